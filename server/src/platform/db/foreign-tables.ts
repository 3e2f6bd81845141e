import { chmod, readFile, rm, stat } from 'node:fs/promises';
import {
  type Cell,
  type Fetched,
  type FetchOptions,
  type ForeignDatabase,
  type ForeignLimits,
  type ForeignSource,
  type ForeignTables,
  unreachable,
} from '#platform/db/foreign.ts';
import { toForeignError } from '#platform/db/foreign-error.ts';
import { cellOfFile, fileFunction, pathCondition } from '#platform/db/foreign-files.ts';
import {
  cellOfMongodb,
  highestOfMongodb,
  isObjectId,
  mongodbFunction,
  openMongodb,
} from '#platform/db/foreign-mongodb.ts';
import {
  cellOfMysql,
  describeMysql,
  fromMysql,
  listMysql,
  type MysqlRow,
  type MysqlTable,
  tableOfMysql,
} from '#platform/db/foreign-mysql.ts';
import {
  cellOfPostgresql,
  describePostgresql,
  fromPostgresql,
  listPostgresql,
  type PostgresqlRow,
  type PostgresqlTable,
  tableOfPostgresql,
} from '#platform/db/foreign-postgresql.ts';
import { countLines, tooManyBytes, watched } from '#platform/db/foreign-written.ts';
import { quote, quoteAnyName } from '#platform/db/sql-parameters.ts';
import { ForeignError } from '#platform/errors/foreign-error.ts';

/** What the two kinds of engine do differently. Nothing goes on when the signal is aborted: both calls end soon then. */
export type ForeignEngine = {
  rows<Row>(sql: string, signal: AbortSignal): Promise<Row[]>;
  /** Writes the answer of a `select` into a new file. */
  write(file: string, answer: { select: string; format: string }, signal: AbortSignal): Promise<void>;
  /** Where the engine connects to, to reach an address, and whether a server of it is there at all. */
  reach(address: Address, signal: AbortSignal): Promise<Address>;
};
export type Address = { host: string; port: number };

/** Lossless JSON; no redirect; whatever else would send the engine to another place. */
export const FOREIGN_SETTINGS: Readonly<Record<string, string | number>> = {
  output_format_json_quote_64bit_integers: 0,
  output_format_json_quote_denormals: 1,
  output_format_json_escape_forward_slashes: 0,
  output_format_json_validate_utf8: 1,
  cast_string_to_variant_use_inference: 0,
  prefer_column_name_to_alias: 1,
  // a condition on a date, which its connector cannot hand to MongoDB, is the engine's to judge
  mongodb_throw_on_unsupported_query: 0,
  max_http_get_redirects: 0,
  s3_max_redirects: 0,
  // no kill reaches a request that waits for an answer, so these bound how long one may outlive its caller
  http_max_tries: 1,
  s3_retry_attempts: 1,
  s3_request_timeout_ms: 20_000,
  http_send_timeout: 20,
  http_connection_timeout: 10,
  http_receive_timeout: 20,
  connect_timeout: 10,
  external_storage_connect_timeout_sec: 10,
};
/** Largest integer that every reader of JSON keeps exactly. */
const EXACT_MAX = Number.MAX_SAFE_INTEGER;
const COMPACT = 'JSONCompactEachRowWithNames';

/** `stopping` is aborted when the engine is about to be stopped. */
export function createForeignTables(engine: ForeignEngine, stopping: AbortSignal): ForeignTables {
  const within = createWithin(stopping);
  return {
    list: (asked, limits) => {
      const source: ForeignDatabase = { ...asked, table: '' };
      return within(source, limits, async (signal) => {
        const reachable = { ...source, ...(await engine.reach(source, signal)) };
        if (source.kind === 'mysql') {
          const statement = selectFrom(reachable, listMysql(source, limits.rowsMax));
          return (await engine.rows<MysqlTable>(statement, signal)).map(tableOfMysql);
        }
        const statement = selectFrom(reachable, listPostgresql(limits.rowsMax));
        return (await engine.rows<PostgresqlTable>(statement, signal)).map(tableOfPostgresql);
      });
    },
    async describe(source, limits) {
      const cells = await within(source, limits, async (signal) =>
        cellsOf(engine, await reached(engine, source, signal), signal),
      );
      return cells.map(({ column }) => column);
    },
    files: (source, limits) =>
      within(source, limits, async (signal) => {
        const listing = `select distinct _path as path from ${fileFunction(source, 'One')} order by path limit ${limits.rowsMax + 1}`;
        const rows = await engine.rows<{ path: string }>(listing, signal);
        if (rows.length > limits.rowsMax)
          throw new ForeignError('too-large', `more than ${limits.rowsMax} files`);
        return rows.map(({ path }) => path);
      }),
    async fetchInto(file, source, options) {
      try {
        const fetched = await within(source, options, (signal, stop) =>
          fetchWithin(engine, { file, source, options, stop }, signal),
        );
        await chmod(file, 0o600);
        return fetched;
      } catch (error) {
        await rm(file, { force: true });
        throw error;
      }
    },
  };
}

type Within = <Result>(
  source: ForeignSource,
  limits: Pick<ForeignLimits, 'timeoutMs' | 'signal'>,
  work: (signal: AbortSignal, stop: (error: ForeignError) => void) => Promise<Result>,
) => Promise<Result>;

/** Runs `work` until it ends, the time is over, `stop` is called or somebody gives up; the engine is told to end then. */
const createWithin =
  (stopping: AbortSignal): Within =>
  async (source, { timeoutMs, signal }, work) => {
    const given = AbortSignal.any([signal, stopping]);
    given.throwIfAborted();
    const own = new AbortController();
    const forward = () => own.abort(given.reason);
    given.addEventListener('abort', forward, { once: true });
    const stop = (error: ForeignError) => own.abort(error);
    const late = `reading took longer than ${Math.ceil(timeoutMs / 1000)} s`;
    const timer = setTimeout(() => stop(new ForeignError('too-large', late)), timeoutMs);
    try {
      return await work(own.signal, stop);
    } catch (error) {
      if (own.signal.aborted) throw own.signal.reason;
      throw toForeignError(error, source);
    } finally {
      clearTimeout(timer);
      given.removeEventListener('abort', forward);
      // takes down what `reach` put up
      own.abort();
    }
  };

async function reached(
  engine: ForeignEngine,
  source: ForeignSource,
  signal: AbortSignal,
): Promise<ForeignSource> {
  return 'host' in source ? { ...source, ...(await engine.reach(source, signal)) } : source;
}

async function opened(
  engine: ForeignEngine,
  { file, source: asked }: Fetch,
  signal: AbortSignal,
): Promise<ForeignSource> {
  const source = await reached(engine, asked, signal);
  return source.kind === 'mongodb'
    ? openMongodb(source, (sql) => rowsByFile(engine, { file, sql }, signal))
    : source;
}

/**
 * Rows of a collection by way of a file. Of a `select` that fails the embedded engine lets go the client of MongoDB only when the
 * session is closed, in our thread, and that client waits for an answer which the relay, in the same thread, cannot bring.
 */
async function rowsByFile<Row>(
  engine: ForeignEngine,
  { file, sql }: { file: string; sql: string },
  signal: AbortSignal,
): Promise<Row[]> {
  const beside = `${file}.asked`;
  try {
    await engine.write(beside, { select: sql, format: 'JSONEachRow' }, signal);
    const lines = (await readFile(beside, 'utf8')).split('\n').filter(Boolean);
    return lines.map((line) => JSON.parse(line) as Row);
  } finally {
    await rm(beside, { force: true });
  }
}

async function cellsOf(engine: ForeignEngine, source: ForeignSource, signal: AbortSignal): Promise<Cell[]> {
  switch (source.kind) {
    case 'postgresql':
    case 'mysql': {
      const cells =
        source.kind === 'mysql'
          ? (await engine.rows<MysqlRow>(selectFrom(source, describeMysql(source)), signal)).map(cellOfMysql)
          : (await engine.rows<PostgresqlRow>(selectFrom(source, describePostgresql(source)), signal)).map(
              cellOfPostgresql,
            );
      if (cells.length === 0) throw unreachable('there is no such table, or this user may not read it');
      return cells;
    }
    case 'mongodb':
      return source.fields.map(cellOfMongodb);
    case 'http':
    case 's3': {
      if (source.format !== 'parquet') return [];
      const rows = await engine.rows<{ name: string; type: string }>(
        `describe table ${fileFunction(source)}`,
        signal,
      );
      return rows.map(cellOfFile);
    }
  }
}

type Fetch = {
  file: string;
  source: ForeignSource;
  options: FetchOptions;
  stop: (error: ForeignError) => void;
};

async function fetchWithin(engine: ForeignEngine, fetch: Fetch, signal: AbortSignal): Promise<Fetched> {
  const { file, options, stop } = fetch;
  const source = await opened(engine, fetch, signal);
  const plain = 'url' in source && source.format !== 'parquet';
  const all = plain ? [] : await cellsOf(engine, source, signal);
  const cells = chosen(all, options.columns);
  const { where, highest } = await watermarkOf(engine, { file, source, cells: all, options }, signal);
  const select = plain
    ? `select line from ${fileFunction(source)}${pathCondition(source)}`
    : selectCells(source, {
        cells,
        where,
        limit: options.rowsMax + 1,
        beginning: options.beginning === true,
        comparesIds: isObjectId(options.watermark?.value),
      });
  await watched(file, { bytesMax: options.bytesMax, onBytes: options.onBytes, stop }, () =>
    engine.write(file, { select, format: plain ? 'TSVRaw' : COMPACT }, signal),
  );
  const { size: bytes } = await stat(file);
  if (bytes > options.bytesMax) throw tooManyBytes(options.bytesMax);
  const lines = await countLines(file);
  const rows = plain ? (source.format === 'jsonl' ? lines : null) : Math.max(0, lines - 1);
  if ((rows ?? 0) > options.rowsMax && !options.beginning)
    throw new ForeignError('too-large', `more than ${options.rowsMax} rows`);
  return { rows, bytes, highest };
}

function chosen(cells: readonly Cell[], columns: readonly string[] | undefined): readonly Cell[] {
  if (columns === undefined) return cells;
  return [...new Set(columns)].map((name) => cellNamed(cells, name));
}

function cellNamed(cells: readonly Cell[], name: string): Cell {
  const cell = cells.find(({ column }) => column.name === name);
  if (cell === undefined) throw unreachable(`there is no column ${name}`);
  return cell;
}

/**
 * The highest value there is is asked for before the rows are, and rows above it are left for the next time: so what comes in
 * meanwhile is neither lost nor needed, and the source compares its own values in its own order.
 */
async function watermarkOf(
  engine: ForeignEngine,
  {
    file,
    source,
    cells,
    options,
  }: { file: string; source: ForeignSource; cells: readonly Cell[]; options: FetchOptions },
  signal: AbortSignal,
): Promise<{ where: string; highest: string | null }> {
  const { watermark: asked } = options;
  if (asked === undefined) return { where: '', highest: null };
  if (!isDatabase(source) && source.kind !== 'mongodb') throw unreachable('a file has no watermark');
  const cell = cellNamed(cells, asked.column);
  const { watermark } = cell;
  if (watermark === null)
    throw unreachable(`${asked.column} is ${cell.column.type}, which tells no order of changes`);
  const above = asked.value === null ? [] : [`${watermark.column} > ${watermark.literal(asked.value)}`];
  const conditions = whereAll([...above, ...(watermark.only === null ? [] : [watermark.only])]);
  const sql =
    source.kind === 'mongodb'
      ? `select toString(${cellSql(cell, 'cell_0')}) as highest from (${highestOfMongodb(source, cell)})`
      : highestOf(source, { cell, column: watermark.column, conditions });
  const [row] =
    source.kind === 'mongodb'
      ? await rowsByFile<Highest>(engine, { file, sql }, signal)
      : await engine.rows<Highest>(sql, signal);
  const highest = row?.highest ?? null;
  if (asked.value === null) return { where: '', highest };
  if (highest === null) return { where: ' where 1 = 0', highest: asked.value };
  return { where: whereAll([...above, `${watermark.column} <= ${watermark.literal(highest)}`]), highest };
}

type Highest = { highest: string | null };

function highestOf(
  source: ForeignDatabase,
  { cell, column, conditions }: { cell: Cell; column: string; conditions: string },
): string {
  const inner = `select max(${column}) as ${column} from ${tableOf(source)}${conditions}`;
  return selectFrom(
    source,
    `select ${cell.source} as highest from (${inner}) s`,
    cell.engine === 'hex' ? 'unhex(highest) as highest' : 'toString(highest) as highest',
  );
}

const isDatabase = (source: ForeignSource): source is ForeignDatabase =>
  source.kind === 'postgresql' || source.kind === 'mysql';

const whereAll = (conditions: readonly string[]): string =>
  conditions.length === 0 ? '' : ` where ${conditions.join(' and ')}`;

const tableOf = (source: ForeignDatabase): string =>
  source.kind === 'mysql' ? fromMysql(source) : fromPostgresql(source);

type Selection = {
  cells: readonly Cell[];
  where: string;
  limit: number;
  beginning: boolean;
  /** MongoDB only: what a condition on `_id` compares with is an object id */
  comparesIds: boolean;
};

/** Columns go by number on the way, so that no name of theirs can mean anything to the engine. */
function selectCells(
  source: ForeignSource,
  { cells, where, limit, beginning, comparesIds }: Selection,
): string {
  const names = cells.map(
    (cell, index) => `${cellSql(cell, `cell_${index}`)} as ${quoteAnyName(cell.column.name)}`,
  );
  if (isDatabase(source)) {
    const fields = cells.map((cell, index) => `${cell.source} as cell_${index}`).join(', ');
    const statement = `select ${fields} from ${tableOf(source)}${where}`;
    // MariaDB reads a whole table with a limit in more than half as much time again, so the engine stops it there
    return beginning || source.kind === 'postgresql'
      ? selectFrom(source, `${statement} limit ${limit}`, names.join(', '))
      : `${selectFrom(source, statement, names.join(', '))} limit ${limit}`;
  }
  const numbered = cells
    .map(({ column, source: asked }, index) => `${asked || quoteAnyName(column.name)} as cell_${index}`)
    .join(', ');
  const from =
    source.kind === 'mongodb'
      ? `${mongodbFunction(source, comparesIds)}${where}`
      : `${fileFunction(source)}${pathCondition(source)}`;
  return `select ${names.join(', ')} from (select ${numbered} from ${from} limit ${limit})`;
}

/** A statement of the source's own SQL, run there and read here. */
function selectFrom(source: ForeignDatabase, statement: string, what = '*'): string {
  const { kind, host, port, database, username, password } = source;
  const address = quote(`${host.includes(':') ? `[${host}]` : host}:${port}`);
  return `select ${what} from ${kind}(${address}, ${quote(database)}, query(${quote(statement)}), ${quote(username)}, ${quote(password)})`;
}

function cellSql({ engine }: Cell, cell: string): string {
  if (typeof engine === 'function') return engine(cell);
  switch (engine) {
    case 'plain':
      return cell;
    case 'boolean':
      return `cast(${cell} as Nullable(Bool))`;
    case 'hex':
      return `unhex(${cell})`;
    case 'whole': {
      const number = `cast(toInt64(${cell}) as Variant(Int64, String))`;
      const text = `cast(toString(${cell}) as Variant(Int64, String))`;
      return `multiIf(isNull(${cell}), null, ${cell} between -${EXACT_MAX} and ${EXACT_MAX}, ${number}, ${text})`;
    }
  }
}
