import { join } from 'node:path';
import type { AppliedConfiguration, ConfigurationIssue } from '@ronghe/contracts';
import type { EdgeConfig } from '../config.ts';
import { ConfigError } from '../config-issues.ts';
import type { Checked } from '../connections.ts';
import { openConnector, PROTOCOLS, schemaOf, type Written } from '../connectors/registry.ts';
import type { Log } from '../log.ts';
import { checkConnections, type Ground } from './check.ts';
import { type Kept, readConfiguration, writeConfiguration } from './configuration.file.ts';
import { localPathsOf } from './local-paths.ts';

/** By which connections a collector works, and what it says of that. */
export type WorkingConfiguration = {
  /** What to begin with: the version that was kept, or the connections of the local file. */
  first: readonly Checked[];
  ground: Ground;
  /** Connections of the local file that the platform may take over; null when it has sent a version, or nothing to say. */
  offered(): readonly Written[] | null;
  /** The newest version seen since the start, or kept as applied; 0 when there is none. */
  seen(): number;
  status(): AppliedConfiguration;
  /**
   * Takes a version, or refuses it and keeps the one before. `change` is called with all connections when they are right
   * and kept on disk. Rejects when they could not be kept or changed; then the version counts as not seen.
   */
  apply(
    version: number,
    connections: unknown,
    change: (to: readonly Checked[]) => Promise<void>,
  ): Promise<AppliedConfiguration>;
};

/**
 * Reads and checks what the collector begins with. Throws ConfigError with every fault of the local file's connections;
 * of a version that was kept, those with a fault are left out, told and reported, for the others must go on.
 */
export async function openConfiguration(config: EdgeConfig, log: Log): Promise<WorkingConfiguration> {
  const { folder } = config.buffer;
  const ground: Ground = {
    connectionsFolder: join(folder, 'connections'),
    allowed: config.allow.folders,
    written: await writtenPaths(config.connections),
  };
  const kept = config.managed ? await readConfiguration(folder, log) : null;
  let current: Kept = { version: null, connections: [], refused: kept?.refused ?? null };
  let first: readonly Checked[];
  if (kept === null || kept.version === null) first = await openLocal(config.connections);
  else {
    const { checked, issues } = await checkConnections(kept.connections, ground);
    first = checked;
    current = { ...kept, refused: issues.length > 0 ? { version: kept.version, issues } : kept.refused };
    if (issues.length > 0)
      log.error(
        { version: kept.version, issues: issues.slice(0, 10) },
        'connections of the kept configuration cannot be used any more; the others go on',
      );
    else log.info({ version: kept.version }, 'working by the version that was kept');
  }
  // A version that was refused is asked for again at every start: what stood in its way may have been a local setting.
  let seen = current.version ?? 0;
  let work: Promise<unknown> = Promise.resolve();

  const refuse = async (version: number, issues: ConfigurationIssue[]): Promise<void> => {
    current = { ...current, refused: { version, issues } };
    seen = version;
    log.error({ version, issues: issues.slice(0, 10) }, 'a configuration was refused, the old one goes on');
    await writeConfiguration(folder, current).catch((error: unknown) =>
      log.warn({ err: error }, 'the refusal could not be kept'),
    );
  };

  const status = (): AppliedConfiguration => ({
    managed: config.managed,
    version: current.version,
    refused: current.refused,
  });

  return {
    first,
    ground,
    offered: () =>
      config.managed && current.version === null && config.connections.length > 0 ? config.connections : null,
    seen: () => seen,
    status,
    apply(version, connections, change) {
      const done = work.then(async () => {
        if (version === seen) return status();
        const { checked, issues } = await checkConnections(connections, ground);
        if (issues.length > 0) {
          await refuse(version, issues);
          return status();
        }
        const next: Kept = { version, connections: checked.map(({ written }) => written), refused: null };
        await writeConfiguration(folder, next);
        await change(checked);
        current = next;
        seen = version;
        log.info({ version, connections: checked.length }, 'a configuration of the platform was taken');
        return status();
      });
      work = done.catch(() => undefined);
      return done;
    },
  };
}

async function writtenPaths(connections: EdgeConfig['connections']): Promise<Set<string>> {
  const known = connections.filter(({ protocol }) => PROTOCOLS.includes(protocol));
  const paths = known.map(async (each) => localPathsOf(each, await schemaOf(each.protocol)));
  return new Set((await Promise.all(paths)).flat());
}

/** Opens connections of the local file. Throws ConfigError with the faults of all of them. */
async function openLocal(connections: EdgeConfig['connections']): Promise<Checked[]> {
  const checked: Checked[] = [];
  const issues: ConfigurationIssue[] = [];
  for (const [index, written] of connections.entries()) {
    try {
      checked.push({ written, opened: await openConnector(written, index) });
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      issues.push(...error.issues);
    }
  }
  if (issues.length > 0) throw new ConfigError(issues);
  return checked;
}
