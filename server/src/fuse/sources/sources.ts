import {
  ENTERPRISE_ATTRIBUTE_NAMES,
  INDICATORS,
  type NewSource,
  type SourceConnection,
  TRANSFORMS,
} from '@ronghe/contracts';
import { Cron } from 'croner';
import { AppError } from '#platform/errors/errors.ts';
import type { StoredConnection } from '../fuse.tables.ts';

type Fault = { path: string; message: string };
const TIME_ZONE = 'Asia/Shanghai';
const FOLDER = /^[\p{L}\p{N}][\p{L}\p{N} ._-]*$/u;
const DEFAULT_PORTS: Readonly<Record<string, string>> = { 'http:': '80', 'https:': '443' };

/** The parts of a source that reading and fusing it need; the credential still sealed. */
export type SourceDefinition = {
  id: string;
  key: string;
  name: string;
  organisation: string;
  connection: StoredConnection;
  passwordSealed: string | null;
  rowKey: string[];
  periodField: string | null;
  priority: number;
  mappings: NewSource['mappings'];
};

/** Address or folder as people see it, never with a credential. */
export const targetOf = (connection: SourceConnection | StoredConnection): string =>
  connection.kind === 'http-json'
    ? joinUrl(connection.url, connection.listPath)
    : `inbox/${connection.folder}`;

/** `base` and `path` as one address: a path in the base is kept. */
export const joinUrl = (base: string, path: string): string =>
  `${base.replace(/\/+$/, '')}/${path.replace(/^\/+/, '')}`;

/** `host:port` of an address, the port always written. */
export function hostOf(address: string): string {
  const url = new URL(address);
  return `${url.hostname}:${url.port || (DEFAULT_PORTS[url.protocol] ?? '')}`;
}

/**
 * Holds a new source against what schemas cannot say.
 * @throws AppError REQUEST_INVALID with every fault in details
 */
export function checkNewSource(source: NewSource): void {
  const faults = [
    ...mappingFaults(source),
    ...scheduleFaults(source.schedule),
    ...connectionFaults(source.connection),
  ];
  if (faults.length > 0) throw new AppError('REQUEST_INVALID', {}, { details: faults });
}

/**
 * Refuses a target that the operator has not allowed. Asked when a source is registered and again before every read,
 * because the setting may have changed.
 * @throws AppError SOURCE_TARGET_REFUSED
 */
export function demandAllowedTarget(
  connection: SourceConnection | StoredConnection,
  allowedHosts: readonly string[],
): void {
  if (connection.kind === 'excel-folder') {
    if (!FOLDER.test(connection.folder) || connection.folder.includes('..'))
      throw new AppError('SOURCE_TARGET_REFUSED', { target: connection.folder });
    return;
  }
  const host = hostOf(connection.url);
  const allowed = allowedHosts.some((candidate) => candidate.toLowerCase() === host);
  if (!allowed) throw new AppError('SOURCE_TARGET_REFUSED', { target: host });
}

/** The next moment of a cron expression in China's time; null without one. */
export function nextRunAt(schedule: string | null, now: Date): Date | null {
  return schedule === null ? null : new Cron(schedule, { timezone: TIME_ZONE, paused: true }).nextRun(now);
}

function mappingFaults({ mappings }: NewSource): Fault[] {
  const faults = mappings.flatMap((mapping, index): Fault[] => {
    const known =
      ENTERPRISE_ATTRIBUTE_NAMES.some((attribute) => attribute === mapping.to) ||
      (mapping.to.startsWith('indicator:') && mapping.to.slice('indicator:'.length) in INDICATORS);
    const indicator = mapping.to.startsWith('indicator:');
    return [
      ...(known ? [] : [{ path: `mappings.${index}.to`, message: `unknown; ${allowedTargets()}` }]),
      ...(mapping.transform in TRANSFORMS
        ? []
        : [
            {
              path: `mappings.${index}.transform`,
              message: `allowed: ${Object.keys(TRANSFORMS).join(', ')}`,
            },
          ]),
      ...(indicator && mapping.transform !== 'number' && mapping.transform !== 'thousand-to-wan'
        ? [{ path: `mappings.${index}.transform`, message: 'an indicator needs number or thousand-to-wan' }]
        : []),
    ];
  });
  if (!mappings.some(({ to }) => to === 'name' || to === 'code'))
    faults.push({ path: 'mappings', message: 'one field must become name or code' });
  return faults;
}

const allowedTargets = (): string =>
  `allowed: ${ENTERPRISE_ATTRIBUTE_NAMES.join(', ')}, ${Object.keys(INDICATORS)
    .map((code) => `indicator:${code}`)
    .join(', ')}`;

function scheduleFaults(schedule: string | null): Fault[] {
  try {
    nextRunAt(schedule, new Date(0));
    return [];
  } catch (error) {
    return [{ path: 'schedule', message: `not a cron expression: ${(error as Error).message}` }];
  }
}

function connectionFaults(connection: SourceConnection): Fault[] {
  if (connection.kind !== 'http-json') return [];
  const url = new URL(connection.url);
  const faults: Fault[] = [];
  if (!(url.protocol in DEFAULT_PORTS)) faults.push({ path: 'connection.url', message: 'http or https' });
  if (url.username || url.password)
    faults.push({ path: 'connection.url', message: 'put the credential into username and password' });
  if (url.search || url.hash) faults.push({ path: 'connection.url', message: 'without ? and #' });
  for (const name of ['tokenPath', 'listPath'] as const) {
    const path = connection[name];
    if (path !== '' && !/^\/(?![/\\])[^\s\\#]*$/.test(path))
      faults.push({ path: `connection.${name}`, message: 'starts with one /' });
  }
  if (connection.listPath === '') faults.push({ path: 'connection.listPath', message: 'must not be empty' });
  return faults;
}
