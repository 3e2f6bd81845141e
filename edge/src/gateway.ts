import { systemClock } from './clock.ts';
import { type Collector, createCollector } from './collector.ts';
import { type EdgeConfig, loadConfig } from './config.ts';
import { ConfigError } from './config-issues.ts';
import { createLog, type Log } from './log.ts';

/** Most collectors of one process; they share its memory and one core. */
export const COLLECTORS_MAX = 50;

type Environment = Readonly<Record<string, string | undefined>>;
type Opened = { name: string; collector: Collector };

/** The collectors of one process. Each has its own buffer, delivery and report; they share only the process. */
export type Gateway = {
  /** for what concerns all of them */
  log: Log;
  /** Starts all; `ready` is called with the name of each that has started its connections. */
  start(ready: (collector: string) => void): Promise<void>;
  /** Stops all side by side. Throws AggregateError when some could not. */
  stop(): Promise<void>;
};

/**
 * Opens one collector per configuration file, all or none: a gateway with a collector missing would look healthy.
 * Throws ConfigError, which names the file when there are several, and what `createCollector` throws.
 */
export async function openGateway(files: readonly string[], environment: Environment): Promise<Gateway> {
  if (files.length > COLLECTORS_MAX)
    throw new ConfigError([`--config: ${files.length} files; at most ${COLLECTORS_MAX}`]);
  const configs = await loadAll(files, environment);
  refuseShared(files, configs);
  const opened: Opened[] = [];
  for (const [index, config] of configs.entries()) {
    const log = createLog(config.logLevel).child({ collector: config.collector });
    try {
      const collector = await inFile(files, index, () =>
        createCollector({ config, log, clock: systemClock }),
      );
      opened.push({ name: config.collector, collector });
    } catch (error) {
      await Promise.allSettled(opened.map(({ collector }) => collector.stop()));
      throw error;
    }
  }
  return {
    log: createLog(configs[0]?.logLevel ?? 'info'),
    async start(ready) {
      await Promise.all(
        opened.map(async ({ name, collector }) => {
          await collector.start();
          ready(name);
        }),
      );
    },
    async stop() {
      const results = await Promise.allSettled(opened.map(({ collector }) => collector.stop()));
      const failed = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []));
      if (failed.length > 0) throw new AggregateError(failed, 'some collectors could not stop');
    },
  };
}

async function loadAll(files: readonly string[], environment: Environment): Promise<EdgeConfig[]> {
  // One key in the environment cannot be that of several collectors.
  const keys = files.length > 1 ? {} : environment;
  const configs: EdgeConfig[] = [];
  for (const [index, file] of files.entries())
    configs.push(await inFile(files, index, () => loadConfig(file, keys)));
  return configs;
}

/** Two files of one collector or one buffer folder would give the same sequence to different batches. */
function refuseShared(files: readonly string[], configs: readonly EdgeConfig[]): void {
  configs.forEach((config, index) => {
    const earlier = configs.slice(0, index);
    const name = earlier.findIndex(({ collector }) => collector === config.collector);
    if (name >= 0)
      throw new ConfigError([`${files[index]}: collector: ${config.collector} is used by ${files[name]}`]);
    const folder = earlier.findIndex(({ buffer }) => buffer.folder === config.buffer.folder);
    if (folder >= 0)
      throw new ConfigError([
        `${files[index]}: buffer.folder: ${config.buffer.folder} is used by ${files[folder]}; every collector needs a folder of its own`,
      ]);
  });
}

/** With several files a fault names its file; a single one is known. */
async function inFile<Result>(
  files: readonly string[],
  index: number,
  work: () => Promise<Result>,
): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (files.length === 1) throw error;
    if (error instanceof ConfigError) throw error.inFile(files[index] ?? '');
    throw new Error(`the collector of ${files[index]} cannot be opened`, { cause: error });
  }
}
