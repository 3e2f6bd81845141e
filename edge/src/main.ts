import { parseArgs } from 'node:util';
import { systemClock } from './clock.ts';
import { createCollector } from './collector.ts';
import { loadConfig } from './config.ts';
import { ConfigError } from './config-issues.ts';
import { createLog } from './log.ts';

/** After this the process ends whatever still runs; all that was read is on disk by then. */
const STOP_MS_MAX = 4_500;

const usage = 'usage: node edge/dist/main.js --config FILE';

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { config: { type: 'string' } } });
  if (values.config === undefined) throw new ConfigError([`--config: is missing; ${usage}`]);
  const config = await loadConfig(values.config, process.env);
  const log = createLog(config.logLevel);
  const collector = await createCollector({ config, log, clock: systemClock });
  let stopping = false;
  const stop = (signal: string): void => {
    if (stopping) return;
    stopping = true;
    log.info({ signal }, 'stopping');
    setTimeout(() => {
      log.warn('stopping took too long, ending now');
      process.exit(0);
    }, STOP_MS_MAX).unref();
    void collector.stop().then(
      () => process.exit(0),
      (error: unknown) => {
        log.error({ err: error }, 'stopping failed');
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', () => stop('SIGTERM'));
  process.on('SIGINT', () => stop('SIGINT'));
  await collector.start();
  process.stdout.write(`edge ready ${config.collector}\n`);
}

main().catch((error: unknown) => {
  const log = createLog('error');
  if (error instanceof ConfigError) process.stderr.write(`${error.message}\n`);
  else log.fatal({ err: error }, 'the collector could not start');
  process.exit(1);
});
