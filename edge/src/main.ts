import { parseArgs } from 'node:util';
import { ConfigError } from './config-issues.ts';
import { EnrolmentError, enrol, exists } from './fleet/enrol.ts';
import { type Gateway, openGateway } from './gateway.ts';
import { createLog } from './log.ts';

/** After this the process ends whatever still runs; all that was read is on disk by then. */
const STOP_MS_MAX = 4_500;

const usage =
  'usage: node edge/dist/main.js --config FILE [--config FILE …], or for a collector that is enrolled at its first start: --config FILE --server URL --code CODE';

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      config: { type: 'string', multiple: true },
      server: { type: 'string' },
      code: { type: 'string' },
    },
  });
  if (values.config === undefined) throw new ConfigError([`--config: is missing; ${usage}`]);
  await enrolOnce(values.config, values);
  const gateway = await openGateway(values.config, process.env);
  endOnRequest(gateway);
  await gateway.start((collector) => process.stdout.write(`edge ready ${collector}\n`));
}

/** Makes the configuration file with a one-time code when there is none, so that a service can keep the same command line. */
async function enrolOnce(
  files: readonly string[],
  { server, code }: { server?: string | undefined; code?: string | undefined },
): Promise<void> {
  if (server === undefined && code === undefined) return;
  const [file, ...more] = files;
  if (file === undefined || more.length > 0)
    throw new ConfigError(['--code: enrols one collector; give --config once']);
  const log = createLog('info');
  if (await exists(file)) {
    log.info({ file }, 'the configuration file is there already; --server and --code are not used');
    return;
  }
  if (server === undefined || code === undefined)
    throw new ConfigError([`--server and --code are needed both, since ${file} is not there; ${usage}`]);
  const collector = await enrol({ file, server, code });
  log.info({ file, collector }, 'the collector has been enrolled');
}

/** Ends the process once, in order, at the first signal or when the program that started it has gone. */
function endOnRequest({ log, stop }: Gateway): void {
  let stopping = false;
  const end = (signal: string): void => {
    if (stopping) return;
    stopping = true;
    log.info({ signal }, 'stopping');
    setTimeout(() => {
      log.warn('stopping took too long, ending now');
      process.exit(0);
    }, STOP_MS_MAX).unref();
    void stop().then(
      () => process.exit(0),
      (error: unknown) => {
        log.error({ err: error }, 'stopping failed');
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', () => end('SIGTERM'));
  process.on('SIGINT', () => end('SIGINT'));
  // Only a parent that opened a channel can close it; it may have gone while the collectors were opened.
  process.on('disconnect', () => end('disconnect'));
  if (process.connected === false) end('disconnect');
}

main().catch((error: unknown) => {
  const log = createLog('error');
  if (error instanceof ConfigError || error instanceof EnrolmentError)
    process.stderr.write(`${error.message}\n`);
  else log.fatal({ err: error }, 'the collector could not start');
  process.exit(1);
});
