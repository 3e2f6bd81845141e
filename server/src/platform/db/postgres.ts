import { join } from 'node:path';
import { Kysely, PostgresDialect, sql } from 'kysely';
import pg from 'pg';
import type { Config } from '#platform/config/config.ts';
import { startEmbeddedPostgres } from '#platform/db/embedded-postgres.ts';
import { postgresTypes } from '#platform/db/postgres-types.ts';
import type { Relational } from '#platform/db/relational.ts';
import { AppError } from '#platform/errors/errors.ts';
import type { Log } from '#platform/log/log.ts';

const CONNECTIONS_MAX = 10;
const STATEMENT_TIMEOUT_MS = 30_000;
const CONNECT_TIMEOUT_MS = 10_000;
const HEALTH_TIMEOUT_MS = 1_000;

/**
 * Opens PostgreSQL: the server of `config.postgresUrl`, else the embedded one in `<data>/postgres`.
 * At most 10 connections; a statement may take 30 s. `bigint` and `numeric` arrive as numbers where that loses nothing, else
 * as strings; `timestamptz` as Date; `date` as the string `YYYY-MM-DD`.
 * @throws AppError ENGINE_START_FAILED, DATA_FOLDER_IN_USE
 */
export async function openRelational(
  config: Pick<Config, 'data' | 'postgresUrl'>,
  log: Log,
): Promise<Relational> {
  const embedded = config.postgresUrl
    ? null
    : await startEmbeddedPostgres({ folder: join(config.data, 'postgres'), log });
  const pool = new pg.Pool({
    ...(embedded?.connection ?? { connectionString: config.postgresUrl }),
    max: CONNECTIONS_MAX,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    statement_timeout: STATEMENT_TIMEOUT_MS,
    application_name: 'ronghe',
    types: postgresTypes,
  });
  // an idle connection that breaks (server restart) is replaced by the pool; unheard, the event would end the process
  pool.on('error', (error) => log.warn({ error }, 'A connection to PostgreSQL was lost'));
  const database = new Kysely<Record<string, never>>({ dialect: new PostgresDialect({ pool }) });
  const stop = async () => {
    await database.destroy();
    await embedded?.stop();
  };
  try {
    await sql`select 1`.execute(database);
  } catch (cause) {
    await stop();
    const values = {
      engine: 'PostgreSQL',
      reason: (cause as Error).message,
      setting: 'RONGHE_POSTGRES_URL',
    };
    throw new AppError('ENGINE_START_FAILED', values, { cause });
  }
  return {
    kind: embedded ? 'embedded' : 'server',
    as: <Tables>() => database as unknown as Kysely<Tables>,
    health: () => checkHealth(pool),
    stop,
  };
}

async function checkHealth(
  pool: pg.Pool,
): Promise<{ ready: boolean; version: string; bytes: number | null }> {
  const unknown = { ready: false, version: '', bytes: null };
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<typeof unknown>((resolve) => {
    timer = setTimeout(() => resolve(unknown), HEALTH_TIMEOUT_MS);
  });
  const asked = pool
    .query<{ version: string; bytes: number }>(
      `select current_setting('server_version') version, pg_database_size(current_database()) bytes`,
    )
    .then(({ rows: [row] }) => (row ? { ready: true, version: row.version, bytes: row.bytes } : unknown))
    .catch(() => unknown);
  try {
    return await Promise.race([asked, late]);
  } finally {
    clearTimeout(timer);
  }
}
