import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Config, loadConfig } from '#platform/config/config.ts';
import { AppError } from '#platform/errors/errors.ts';
import { createLog } from '#platform/log/log.ts';
import { createApp } from './app.ts';

const STOP_MS_MAX = 10_000;
const EXIT_CONFIG = 2;
const say = (line: string) => process.stdout.write(`${line}\n`);

/** `node server/dist/main.js [--data DIR] [--port N] [--host ADDRESS] [--config FILE]`: serves until SIGTERM or SIGINT. */
async function main(): Promise<void> {
  const config = readConfig();
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

function readConfig(): Config {
  try {
    const { values } = parseArgs({
      options: {
        data: { type: 'string' },
        port: { type: 'string' },
        host: { type: 'string' },
        config: { type: 'string' },
      },
    });
    const { config: file, ...overrides } = values;
    return loadConfig({ environment: process.env, overrides, ...(file ? { file } : {}) });
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
