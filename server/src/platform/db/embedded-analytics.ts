import { randomUUID } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { Config } from '#platform/config/config.ts';
import { type Analytics, EXPORT_FORMATS } from '#platform/db/analytics.ts';
import { type Limits, queryTimeout, toAnalyticsError } from '#platform/db/analytics-error.ts';
import {
  checkAnalyticsHealth,
  commandLimits,
  queryLimits,
  SQL_BYTES_MAX,
  storedColumns,
  TRANSFER_TIMEOUT_MS,
} from '#platform/db/analytics-limits.ts';
import { type Chdb, type ChdbSession, loadChdb, THREADPOOL_SIZE } from '#platform/db/chdb.ts';
import { encodeColumns } from '#platform/db/columns.ts';
import { createEmbeddedGuests } from '#platform/db/embedded-guests.ts';
import { createForeignTables, FOREIGN_SETTINGS, type ForeignEngine } from '#platform/db/foreign-tables.ts';
import { createPool, type Pool } from '#platform/db/session-pool.ts';
import { fillParameters, quote, quoteTable } from '#platform/db/sql-parameters.ts';
import { openRelay } from '#platform/db/tcp-relay.ts';
import { AppError } from '#platform/errors/errors.ts';
import type { Log } from '#platform/log/log.ts';

/** What libuv has when nobody sets it. */
const THREADPOOL_SIZE_DEFAULT = 4;
/** Threads that queries leave to inserts, commands, files and cryptography. */
const THREADS_RESERVED = 2;
const READERS_MIN = 2;
const READERS_MAX = 4;
/** The engine stops itself in time mostly; after this it is told to. */
const KILL_AFTER_MS = 250;
/** What running statements get to end by themselves when the engine is stopped. */
const STOP_WAIT_MS = 3_000;
const MARK_CACHE_BYTES_MAX = 268_435_456;
/** Each holds one of libuv's threads for as long as somebody else's database takes. */
const FETCHES_MAX = 2;
/** What a statement gets to end after it was killed and its connections were cut. */
const FETCH_STOP_WAIT_MS = 5_000;

type Parts = {
  chdb: Chdb;
  readers: Pool<ChdbSession>;
  writers: Pool<ChdbSession>;
  commanders: Pool<ChdbSession>;
  killer: ChdbSession;
  fetches: Pool<null>;
  /** the limits a session was told last; they stay until it is told others */
  limits: WeakMap<ChdbSession, string>;
  log: Log;
};

/**
 * ClickHouse in this process, in `<data>/clickhouse`. Reading has two to four sessions, inserts one, commands one.
 * Acknowledged inserts survive `kill -9`; against loss of power a table asks for `fsync_after_insert` in its settings.
 * @throws AppError ENGINE_START_FAILED, DATA_FOLDER_IN_USE
 */
export async function openEmbeddedAnalytics(
  { data, clickhouseMemoryBytesMax }: Pick<Config, 'data' | 'clickhouseMemoryBytesMax'>,
  log: Log,
): Promise<Analytics> {
  const chdb = await loadChdb(join(data, 'clickhouse'), {
    max_server_memory_usage: clickhouseMemoryBytesMax,
    mark_cache_size: MARK_CACHE_BYTES_MAX,
    max_query_size: SQL_BYTES_MAX,
    output_format_json_quote_64bit_integers: 1,
    allow_experimental_codecs: 1,
    async_insert: 0,
    optimize_on_insert: 0,
    session_timezone: 'UTC',
    'backups.allowed_path': join(data, 'backups'),
  });
  const sessions = Array.from({ length: readerCount(log) + 3 }, () => chdb.open());
  const [killer, writer, commander, ...readers] = sessions as [ChdbSession, ChdbSession, ChdbSession];
  const pools = {
    readers: createPool(readers),
    writers: createPool([writer]),
    commanders: createPool([commander]),
    fetches: createPool(Array.from({ length: FETCHES_MAX }, () => null)),
  };
  const parts: Parts = { chdb, ...pools, killer, limits: new WeakMap(), log };
  const query: Analytics['query'] = async (sql, options = {}) =>
    parseRows(await runLimited(parts, 'readers', fillParameters(sql, options.params), queryLimits(options)));
  let stopped: Promise<void> | undefined;
  const stopping = new AbortController();
  const guests = createEmbeddedGuests({ chdb, keeper: killer, data, log, stopping: stopping.signal });
  const stop = async () => {
    stopping.abort(new AppError('ENGINE_UNAVAILABLE'));
    const hurry = setTimeout(() => void killAll(parts), STOP_WAIT_MS);
    await Promise.all([...Object.values(pools), guests].map((pool) => pool.close()));
    clearTimeout(hurry);
    await chdb.drain();
    for (const session of sessions) session.close();
    await chdb.drain();
  };
  return {
    kind: 'embedded',
    query,
    async command(sql, options = {}) {
      await runLimited(parts, 'commanders', fillParameters(sql, options.params), commandLimits(options));
    },
    async insert(table, columns, { token } = {}) {
      const encoded = encodeColumns(columns);
      if (encoded[0]?.rows) await insert(parts, (session) => session.insert(table, encoded, token));
    },
    exportTable: (table, file) =>
      transfer(
        chdb,
        log,
        `insert into function file(${quote(file)}, Native) select * from ${quoteTable(table)}`,
      ),
    async importTable(table, file) {
      const columns = await storedColumns(query, table);
      const source = `file(${quote(file)}, Native) settings insert_deduplicate = 0`;
      await transfer(
        chdb,
        log,
        `insert into ${quoteTable(table)} (${columns}) select ${columns} from ${source}`,
      );
    },
    exportRows: (sql, file, options = {}) =>
      transfer(
        chdb,
        log,
        `insert into function file(${quote(file)}, ${EXPORT_FORMATS[options.as ?? 'rows']}) ${fillParameters(sql, options.params)}`,
      ),
    foreign: createForeignTables(foreignEngine(parts), stopping.signal),
    guests,
    health: () => checkAnalyticsHealth(query),
    stop: () => (stopped ??= stop()),
  };
}

async function insert({ writers }: Parts, work: (session: ChdbSession) => Promise<void>): Promise<void> {
  try {
    await writers.use(work);
  } catch (error) {
    throw toAnalyticsError(error, { timeoutMs: 0, rowsMax: 0 });
  }
}

/** The session stays taken until the engine is done with it, also when the caller was answered before that. */
async function runLimited(
  parts: Parts,
  pool: 'readers' | 'commanders',
  sql: string,
  limits: Limits,
): Promise<string> {
  const id = randomUUID();
  let over = false;
  const work = parts[pool].use((session) =>
    over ? Promise.reject(queryTimeout(limits)) : runNamed(parts, session, { sql, limits, id }),
  );
  const late = () => {
    over = true;
    void kill(parts, id);
    return queryTimeout(limits);
  };
  try {
    return await withDeadline(work, limits.timeoutMs + KILL_AFTER_MS, late);
  } catch (error) {
    throw toAnalyticsError(error, limits);
  }
}

/**
 * Limits are told when they differ from those the session has, because a statement of its own for them costs a tenth of a
 * small query; other settings stand in the clause of a query and end with it. After an error nobody knows what was taken over.
 */
async function runNamed(
  { limits: told }: Pick<Parts, 'limits'>,
  session: ChdbSession,
  { sql, limits, id }: { sql: string; limits: Limits; id: string },
): Promise<string> {
  const wanted = settingsOf(limits);
  const text = told.get(session) === wanted ? named(sql, id) : `${wanted};\n${named(sql, id)}`;
  told.delete(session);
  const answer = await session.run(text, 'JSONEachRow');
  told.set(session, wanted);
  return answer;
}

const settingsOf = ({ timeoutMs, rowsMax }: Limits): string =>
  `set max_execution_time = ${timeoutMs / 1000}, max_result_rows = ${rowsMax}, result_overflow_mode = 'throw'`;

/** A name before the statement, by which it can be stopped. */
const NAME = '/* ronghe';
const named = (sql: string, id: string): string => `${NAME} ${id} */ ${sql}`;

/** In a session of its own, so that nobody waits behind a backup. */
async function transfer(chdb: Chdb, log: Log, sql: string): Promise<void> {
  const limits = { timeoutMs: TRANSFER_TIMEOUT_MS, rowsMax: 0 };
  const startedAt = performance.now();
  const session = chdb.open();
  try {
    await session.run(`${settingsOf(limits)};\n${named(sql, 'transfer')}`, 'Null');
    log.debug({ elapsedMs: Math.round(performance.now() - startedAt) }, 'Transferred a table');
  } catch (error) {
    throw toAnalyticsError(error, limits);
  } finally {
    session.close();
  }
}

/** A statement with a credential is shown rewritten and without comments, so it is found by a setting instead. */
function foreignEngine(parts: Parts): ForeignEngine {
  const run = (sql: string, format: string, signal: AbortSignal): Promise<string> =>
    parts.fetches.use(async () => {
      signal.throwIfAborted();
      const session = parts.chdb.open();
      const id = randomUUID();
      const settings = Object.entries({ ...FOREIGN_SETTINGS, log_comment: id })
        .map(([name, value]) => `${name} = ${typeof value === 'number' ? value : quote(value)}`)
        .join(', ');
      const work = session.run(`${sql} settings ${settings}`, format).finally(() => session.close());
      return orAborted(work, signal, () =>
        killWhere(parts, `Settings['log_comment'] = ${quote(id)} and query not like 'KILL%'`),
      );
    });
  return {
    rows: async (sql, signal) => parseRows(await run(sql, 'JSONEachRow', signal)),
    async write(file, { select, format }, signal) {
      await run(`insert into function file(${quote(file)}, ${format}) ${select}`, 'Null', signal);
    },
    reach: openRelay,
  };
}

/** Waits for `work`; after the signal, for no longer than a killed statement needs whose connections are cut. */
async function orAborted<Result>(
  work: Promise<Result>,
  signal: AbortSignal,
  kill: () => Promise<void>,
): Promise<Result> {
  let timer: NodeJS.Timeout | undefined;
  let onAbort = () => {};
  const over = new Promise<never>((_resolve, reject) => {
    onAbort = () => {
      void kill();
      timer = setTimeout(() => reject(signal.reason), FETCH_STOP_WAIT_MS);
    };
    signal.addEventListener('abort', onAbort, { once: true });
  });
  try {
    return await Promise.race([work, over]);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
  }
}

const kill = (parts: Parts, id: string): Promise<void> =>
  killWhere(parts, `startsWith(trimLeft(query), ${quote(`${NAME} ${id} `)})`);
/** Inserts are left to end: they are short, and somebody waits for their acknowledgement. */
const killAll = (parts: Parts): Promise<void> =>
  killWhere(parts, `startsWith(trimLeft(query), ${quote(NAME)})`);

async function killWhere({ killer, log }: Pick<Parts, 'killer' | 'log'>, condition: string): Promise<void> {
  try {
    await killer.run(`kill query where ${condition} async`, 'Null');
  } catch (error) {
    log.warn({ error }, 'A statement that ran too long could not be stopped');
  }
}

/** Gives the answer of `work`, or after `timeoutMs` the error; `work` goes on and is nobody's concern then. */
async function withDeadline<Result>(
  work: Promise<Result>,
  timeoutMs: number,
  late: () => Error,
): Promise<Result> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(late()), timeoutMs);
  });
  try {
    return await Promise.race([work, deadline]);
  } finally {
    clearTimeout(timer);
  }
}

function parseRows<Row>(text: string): Row[] {
  // A line break inside a value is escaped, so each one left parts two rows; one array is parsed faster than many rows.
  return JSON.parse(`[${text.trimEnd().replaceAll('\n', ',')}]`) as Row[];
}

function readerCount(log: Log): number {
  const threads = Number(process.env.UV_THREADPOOL_SIZE ?? THREADPOOL_SIZE_DEFAULT);
  if (threads < THREADPOOL_SIZE)
    log.debug({ threads, better: THREADPOOL_SIZE }, 'UV_THREADPOOL_SIZE is small: fewer queries run at once');
  const wanted = Math.min(READERS_MAX, availableParallelism(), threads - THREADS_RESERVED);
  return Math.max(READERS_MIN, wanted);
}
