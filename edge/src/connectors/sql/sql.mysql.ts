import { type Connection, createConnection, type FieldPacket, type QueryError } from 'mysql2';
import { timed } from '../../link-health.ts';
import type { Column, ColumnKind, Raw, Row } from './sql.decode.ts';
import {
  answerOf,
  GRACE_MS,
  type GuardedSocket,
  guardSocket,
  type Link,
  type Request,
  type Session,
  SqlRefused,
  sayGoodbye,
  type TakeRows,
} from './sql.link.ts';
import { writeOffset, writeTime } from './sql.time.ts';

/** Rows handed over together. */
const CHUNK_ROWS = 500;
/** The limit told to the server grows in such steps, so that it need not be told at every poll. */
const LIMIT_STEP = 1_000;
const BINARY_CHARSET = 63;
const TIMESTAMP = 7;

/** Types by their numbers in a column definition (MySQL Client/Server Protocol, field types); all others are text. */
const KINDS: Readonly<Record<number, ColumnKind>> = {
  0: 'decimal',
  1: 'integer',
  2: 'integer',
  3: 'integer',
  4: 'float32',
  5: 'float64',
  7: 'instant',
  8: 'integer',
  9: 'integer',
  10: 'wall-time',
  12: 'wall-time',
  13: 'integer',
  14: 'wall-time',
  16: 'bits',
  246: 'decimal',
};

/** The variable with the time limit of a statement: MariaDB's in seconds, MySQL's in milliseconds. */
const TIME_LIMITS = [
  { name: 'max_statement_time', of: (ms: number) => String(ms / 1_000) },
  { name: 'max_execution_time', of: (ms: number) => String(Math.round(ms)) },
] as const;
type TimeLimit = (typeof TIME_LIMITS)[number];
const UNKNOWN_VARIABLE = 1193;

/**
 * Opens a session of MySQL or MariaDB that is read-only and has the offset of the configured zone (servers seldom have
 * the tables for names of zones). Throws what the network or the server says.
 */
export async function openMysql(session: Session): Promise<Link> {
  const link = guardSocket(session.signal);
  const connection = createConnection({
    host: session.host,
    port: session.port,
    user: session.username,
    password: session.password,
    database: session.database,
    stream: () => link.socket,
    // Our own clock is the one that counts: it tells what happened.
    connectTimeout: 0,
    ...(session.tls === null
      ? {}
      : { ssl: { ...session.tls, verifyIdentity: session.tls.rejectUnauthorized } }),
    // Everything as the server has it: no date goes through the zone of this process, no number is rounded.
    dateStrings: true,
    supportBigNumbers: true,
    bigNumberStrings: true,
    jsonStrings: true,
    // Parsers out of the box instead of code made from the names of columns.
    disableEval: true,
    multipleStatements: false,
  });
  connection.on('error', () => undefined);
  // The library only warns when a packet has not the number it should have, and believes what is in it.
  connection.on('warn', () => link.socket.destroy(new Error('the server sent packets out of order')));
  link.socket.setNoDelay(true);
  link.socket.connect({ host: session.host, port: session.port });
  const timeoutMs = session.timeoutMs + GRACE_MS;
  try {
    await answerOf(link, timeoutMs, () => connected(connection));
    await command({ connection, link, timeoutMs }, 'SET SESSION TRANSACTION READ ONLY');
    await command(
      { connection, link, timeoutMs },
      `SET SESSION time_zone = '${writeOffset(session.offsetSeconds)}'`,
    );
    const timeLimit = await findTimeLimit({ connection, link, timeoutMs });
    session.reached({ address: link.socket.remoteAddress });
    return createLink({ connection, link, timeLimit, session });
  } catch (error) {
    link.socket.destroy();
    throw error;
  }
}

const connected = (connection: Connection): Promise<void> =>
  new Promise((resolve, reject) => {
    connection.connect((error) => (error ? reject(error) : resolve()));
  });

type Wire = { connection: Connection; link: GuardedSocket; timeoutMs: number };

const command = ({ connection, link, timeoutMs }: Wire, text: string): Promise<void> =>
  answerOf(
    link,
    timeoutMs,
    () =>
      new Promise((resolve, reject) => {
        connection.query(text, (error) => (error ? reject(error) : resolve()));
      }),
  );

/** Null for servers that know neither: there the link is closed when an answer takes too long. */
async function findTimeLimit(wire: Wire): Promise<TimeLimit | null> {
  for (const limit of TIME_LIMITS) {
    try {
      await command(wire, `SET SESSION ${limit.name} = 0`);
      return limit;
    } catch (error) {
      if (!isServerError(error) || error.errno !== UNKNOWN_VARIABLE) throw error;
    }
  }
  return null;
}

function createLink(options: {
  connection: Connection;
  link: GuardedSocket;
  timeLimit: TimeLimit | null;
  session: Session;
}): Link {
  const { connection, link, timeLimit } = options;
  const { offsetSeconds, reached } = options.session;
  const offset = writeOffset(offsetSeconds);
  let busy = false;
  let limits = '';
  const run = (text: string, timeoutMs: number) =>
    command({ connection, link, timeoutMs: timeoutMs + GRACE_MS }, text);
  const guarded = async <T>(work: () => Promise<T>): Promise<T> => {
    busy = true;
    try {
      return await work();
    } catch (error) {
      throw link.gone.aborted ? link.gone.reason : translate(error);
    } finally {
      busy = false;
    }
  };
  /** Only when they change: each command costs a way to the server and back. */
  const setLimits = async ({ rowsMax, timeoutMs }: Request): Promise<void> => {
    const rows = Math.ceil(rowsMax / LIMIT_STEP) * LIMIT_STEP;
    const time = timeLimit === null ? '' : `, SESSION ${timeLimit.name} = ${timeLimit.of(timeoutMs)}`;
    const text = `SET SESSION sql_select_limit = ${rows}${time}`;
    if (text !== limits) await run(text, timeoutMs);
    limits = text;
  };
  const columnsOf = (fields: readonly FieldPacket[]): Column[] =>
    fields.map((field) => ({ name: field.name, kind: kindOf(field) }));

  return {
    describe: (request) =>
      guarded(async () => {
        const fields = await answerOf(link, request.timeoutMs + GRACE_MS, () =>
          prepare(connection, request.text),
        );
        return columnsOf(fields);
      }),
    read: (request, take) =>
      guarded(async () => {
        const { timeoutMs } = request;
        await setLimits(request);
        await timed(reached, () => run('START TRANSACTION READ ONLY', timeoutMs));
        try {
          await answerOf(link, timeoutMs + GRACE_MS, () =>
            execute({ connection, link, request, columnsOf, offset }, take),
          );
        } catch (error) {
          if (!link.gone.aborted) await run('ROLLBACK', timeoutMs);
          throw error;
        }
        await run('COMMIT', timeoutMs);
      }),
    ping: (timeoutMs) => timed(reached, () => answerOf(link, timeoutMs, () => pinged(connection))),
    writeInstant: (us) => writeTime(us + offsetSeconds * 1_000_000),
    gone: link.gone,
    async close() {
      if (busy) link.socket.destroy();
      else await sayGoodbye(link, () => connection.end(() => undefined));
    },
  };
}

const pinged = (connection: Connection): Promise<void> =>
  new Promise((resolve, reject) => {
    connection.ping((error) => (error ? reject(error) : resolve()));
  });

/** The columns that a statement would give; it is closed again at once. */
const prepare = (connection: Connection, text: string): Promise<readonly FieldPacket[]> =>
  new Promise((resolve, reject) => {
    connection.prepare(text, (error, statement) => {
      if (error) return reject(error);
      statement.close();
      resolve(fieldsOf(statement));
    });
  });

/** The library has them, its types do not tell. */
function fieldsOf(statement: object): readonly FieldPacket[] {
  const fields: unknown = Reflect.get(statement, 'columns');
  return Array.isArray(fields) ? fields : [];
}

/** Runs a prepared statement (its parameters travel beside it) and hands over rows while they arrive. */
function execute(
  wire: {
    connection: Connection;
    link: GuardedSocket;
    request: Request;
    columnsOf: (fields: readonly FieldPacket[]) => Column[];
    offset: string;
  },
  take: TakeRows,
): Promise<void> {
  const { connection, link, request } = wire;
  return new Promise((resolve, reject) => {
    let columns: Column[] = [];
    let instants: number[] = [];
    let chunk: Row[] = [];
    let wanted = true;
    let left = request.rowsMax;
    let fault: unknown = null;
    // Thrown inside the library's parser it would end the connection.
    const hand = (): void => {
      link.whole();
      const rows = chunk;
      chunk = [];
      try {
        if (wanted) wanted = take(columns, rows);
      } catch (error) {
        fault = error;
        wanted = false;
      }
    };
    const running = connection.execute({ sql: request.text, values: [...request.values], rowsAsArray: true });
    running.on('fields', (fields: FieldPacket[]) => {
      columns = wire.columnsOf(fields);
      instants = fields.flatMap((field, index) => (field.columnType === TIMESTAMP ? [index] : []));
    });
    running.on('result', (values: unknown) => {
      // What goes beyond the limit of a query that has its own is let go by.
      if (!wanted || left <= 0 || !Array.isArray(values)) return link.whole();
      left -= 1;
      chunk.push(rowOf(values, instants, wire.offset));
      if (chunk.length >= CHUNK_ROWS) hand();
    });
    running.once('error', (error: Error) => {
      fault ??= error;
    });
    running.once('end', () => {
      if (fault === null) hand();
      if (fault === null) resolve();
      else reject(fault);
    });
  });
}

/** A TIMESTAMP is written in the offset of the session; with it, it says which instant it is. */
function rowOf(values: readonly unknown[], instants: readonly number[], offset: string): Row {
  const row = values.map(rawOf);
  for (const index of instants) {
    const text = row[index];
    if (typeof text === 'string') row[index] = `${text}${offset}`;
  }
  return row;
}

/** Shapes of the geometry types come as objects. */
function rawOf(value: unknown): Raw {
  if (value === null || value === undefined) return null;
  switch (typeof value) {
    case 'string':
    case 'number':
    case 'bigint':
    case 'boolean':
      return value;
    default:
      return value instanceof Uint8Array ? value : JSON.stringify(value);
  }
}

function kindOf({ columnType, characterSet }: FieldPacket): ColumnKind {
  const kind = KINDS[columnType ?? -1];
  if (kind !== undefined) return kind;
  const text = columnType !== undefined && columnType >= 247 && columnType <= 254;
  return text && characterSet === BINARY_CHARSET ? 'bytes' : 'text';
}

const isServerError = (error: unknown): error is QueryError & { errno: number } =>
  error instanceof Error && 'errno' in error && typeof error.errno === 'number' && 'sqlState' in error;

/** Class 08 and the server's shutdown end the session; everything else is the query's own fault. */
function translate(error: unknown): unknown {
  if (!isServerError(error) || error.fatal === true) return error;
  if (/^08/.test(error.sqlState ?? '') || error.errno === 1053) return error;
  const timedOut = error.errno === 3024 || error.errno === 1969;
  return new SqlRefused(timedOut ? 'query-timeout' : error.code, error.message, error);
}
