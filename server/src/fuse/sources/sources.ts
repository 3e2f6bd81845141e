import type { FieldMapping, NewSource, SourceConnection } from '@ronghe/contracts';
import { Cron } from 'croner';
import { AppError } from '#platform/errors/errors.ts';
import type { StoredConnection } from '../fuse.tables.ts';
import { checkMapping } from '../mapping/mapping.ts';
import { joinUrl } from './network/http-paging.ts';

type Fault = { path: string; message: string };
const TIME_ZONE = 'Asia/Shanghai';
const FOLDER = /^[\p{L}\p{N}][\p{L}\p{N} ._-]*$/u;
const DEFAULT_PORTS: Readonly<Record<string, string>> = { 'http:': '80', 'https:': '443' };

/** The parts of a source that reading and fusing it need; its secrets still sealed. */
export type SourceDefinition = {
  id: string;
  key: string;
  name: string;
  organisation: string;
  connection: StoredConnection;
  secretsSealed: string | null;
  target: 'enterprise' | 'dataset';
  mode: 'full' | 'incremental';
  watermarkField: string | null;
  /** version of the mapping below */
  mapping: number;
  rowKey: string[];
  periodField: string | null;
  priority: number;
  /** holds each enterprise once */
  duplicateFree: boolean;
  /** days that what its runs left is kept, and how many runs at least; null as configured */
  runDays: number | null;
  runsKept: number | null;
  mappings: FieldMapping[];
};

/** Address or folder as people see it, never with a credential. */
export function addressOf(connection: StoredConnection): string {
  switch (connection.kind) {
    case 'http-json':
      return joinUrl(connection.url, connection.listPath);
    case 'folder':
      return `inbox/${connection.folder}`;
    case 'database':
      return `${connection.engine}://${connection.host}:${connection.port}/${connection.database}/${connection.table}`;
    case 'object':
      return connection.url;
    case 'program':
      return `${connection.program} (${connection.protocol}) ${connection.stream}`;
    case 'upload':
      return 'upload';
    case 'push':
      return connection.format;
  }
}

/**
 * Holds a new source against what schemas cannot say.
 * @throws AppError REQUEST_INVALID with every fault in details
 */
export function checkNewSource(source: NewSource): void {
  const faults = [
    ...checkMapping(source, source.target),
    ...modeFaults(source),
    ...scheduleFaults(source.schedule),
    ...connectionFaults(source.connection),
  ];
  if (faults.length > 0) throw new AppError('REQUEST_INVALID', {}, { details: faults });
}

/** The next moment of a cron expression in China's time; null without one. */
export function nextRunAt(schedule: string | null, now: Date): Date | null {
  return schedule === null ? null : new Cron(schedule, { timezone: TIME_ZONE, paused: true }).nextRun(now);
}

function scheduleFaults(schedule: string | null): Fault[] {
  try {
    nextRunAt(schedule, new Date(0));
    return [];
  } catch (error) {
    return [{ path: 'schedule', message: `not a cron expression: ${(error as Error).message}` }];
  }
}

function modeFaults({ mode, watermarkField, connection }: NewSource): Fault[] {
  if (mode === 'full') return [];
  const pulled = connection.kind === 'database' || connection.kind === 'http-json';
  return pulled && watermarkField === null
    ? [{ path: 'watermarkField', message: 'needed to ask only for what changed' }]
    : [];
}

/**
 * The inbox is one for all organisations, so below the root a folder must carry the name of who asks for it: its path,
 * or its path, a dot and more.
 */
export function folderFaults(folder: string, { asker, root }: { asker: string; root: string }): Fault[] {
  if (asker === root || folder === asker || folder.startsWith(`${asker}.`)) return [];
  return [{ path: 'connection.folder', message: `for ${asker} a folder named ${asker} or ${asker}.…` }];
}

/** Faults of where a source is read, which need no look at it. */
export function connectionFaults(connection: SourceConnection): Fault[] {
  if (connection.kind === 'folder')
    return FOLDER.test(connection.folder) && !connection.folder.includes('..')
      ? []
      : [{ path: 'connection.folder', message: 'the name of one folder' }];
  if (connection.kind !== 'http-json' && connection.kind !== 'object') return [];
  const url = new URL(connection.url);
  const faults: Fault[] = [];
  if (!(url.protocol in DEFAULT_PORTS)) faults.push({ path: 'connection.url', message: 'http or https' });
  if (url.username || url.password)
    faults.push({ path: 'connection.url', message: 'put the credential into username and password' });
  if (url.search || url.hash) faults.push({ path: 'connection.url', message: 'without ? and #' });
  if (connection.kind === 'object') return faults.filter(({ message }) => message !== 'without ? and #');
  for (const name of ['tokenPath', 'listPath'] as const) {
    const path = connection[name];
    if (path !== '' && !/^\/(?![/\\])[^\s\\#]*$/.test(path))
      faults.push({ path: `connection.${name}`, message: 'starts with one /' });
  }
  if (connection.listPath === '') faults.push({ path: 'connection.listPath', message: 'must not be empty' });
  return faults;
}
