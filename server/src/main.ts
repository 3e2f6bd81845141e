import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { restoreBackup } from '#platform/backup/restore.ts';
import { type Config, loadConfig } from '#platform/config/config.ts';
import { AppError, errorBody } from '#platform/errors/errors.ts';
import { createLog } from '#platform/log/log.ts';
import { createApp, MIGRATIONS } from './app.ts';
import { missingAfterRestore } from './fuse/index.ts';

const STOP_MS_MAX = 10_000;
const EXIT_CONFIG = 2;
const say = (line: string) => process.stdout.write(`${line}\n`);

/**
 * `node server/dist/main.js [--data DIR] [--port N] [--host ADDRESS] [--config FILE]` serves until SIGTERM or SIGINT;
 * with `--restore BACKUP_FOLDER` it fills the empty data folder from a backup and ends.
 */
async function main(): Promise<void> {
  const { config, restore } = readArguments();
  if (restore) return restoreInto(config, restore);
  mkdirSync(config.data, { recursive: true, mode: 0o750 });
  const log = createLog(config.logLevel);
  const app = await createApp({ config, log, webRoot: join(import.meta.dirname, '../../web/dist') });
  let stopping = false;
  const stop = (signal: string) => {
    if (stopping) return;
    stopping = true;
    log.info({ signal }, 'stopping');
    setTimeout(() => process.exit(1), STOP_MS_MAX).unref();
    app.stop().then(
      () => process.exit(0),
      (error: unknown) => {
        log.error({ err: error }, 'stopping failed');
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', () => stop('SIGTERM'));
  process.on('SIGINT', () => stop('SIGINT'));
  // A parent that dies without a signal closes the channel; nothing may stay behind.
  process.on('disconnect', () => stop('disconnect'));
  const { url, password } = await app.start();
  if (password) say(`admin password: ${password}`);
  say(`ready ${url}`);
}

async function restoreInto(config: Config, backup: string): Promise<void> {
  try {
    let missing: string[] = [];
    const { name, relational, analytics } = await restoreBackup({
      backup,
      config,
      domains: MIGRATIONS,
      log: createLog('warn'),
      async afterwards(engines) {
        missing = await missingAfterRestore(engines.relational, config.data);
      },
    });
    const rows = [...relational, ...analytics].reduce((sum, table) => sum + table.rows, 0);
    say(`restored ${name}: ${rows} rows into ${config.data}; start the platform with --data ${config.data}`);
    for (const line of missing) say(line);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    const { message, hint } = errorBody(error, { locale: 'en', requestId: 'restore' }).error;
    process.stderr.write(`${message}\n${hint}\n`);
    process.exitCode = 1;
  }
}

function readArguments(): { config: Config; restore: string | undefined } {
  try {
    const { values } = parseArgs({
      options: {
        data: { type: 'string' },
        port: { type: 'string' },
        host: { type: 'string' },
        config: { type: 'string' },
        restore: { type: 'string' },
      },
    });
    const { config: file, restore, ...overrides } = values;
    return {
      config: loadConfig({ environment: process.env, overrides, ...(file ? { file } : {}) }),
      restore,
    };
  } catch (error) {
    const lines =
      error instanceof AppError
        ? (error.details ?? []).map(({ message }) => message)
        : [(error as Error).message];
    process.stderr.write(
      `The configuration is not valid:\n${lines.map((line) => `  - ${line}`).join('\n')}\n`,
    );
    process.exit(EXIT_CONFIG);
  }
}

main().catch((error: unknown) => {
  process.stderr.write(
    `Ronghe could not start: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
  );
  process.exit(1);
});
