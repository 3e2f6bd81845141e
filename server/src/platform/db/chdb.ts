import { randomUUID } from 'node:crypto';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Session } from 'chdb';
import type { ColumnType } from '#platform/db/analytics.ts';
import { checkMachine, refuseAnalytics } from '#platform/db/chdb-requirements.ts';
import type { EncodedColumn } from '#platform/db/columns.ts';
import { quote, quoteName, quoteTable } from '#platform/db/sql-parameters.ts';
import { AppError } from '#platform/errors/errors.ts';

/** UV_THREADPOOL_SIZE the launcher sets before Node starts: each running statement of chDB holds one of libuv's threads. */
export const THREADPOOL_SIZE = 16;

const ARROW_FORMATS: Record<ColumnType, string> = {
  UInt8: 'C',
  UInt16: 'S',
  UInt32: 'I',
  UInt64: 'L',
  Int32: 'i',
  Int64: 'l',
  Float64: 'g',
  'DateTime64(3)': 'tsm:UTC',
  'DateTime64(6)': 'tsu:UTC',
  Date: 'tdD',
  String: 'u',
};

type ArrowColumn = {
  name: string;
  format: string;
  length: number;
  nullCount: number;
  buffers: (Uint8Array | null)[];
};
/** chdb exports more than it declares; two functions take columns without any SQL or text in between. */
type Module = {
  Session: typeof Session;
  drainPending(): Promise<void>;
  _arrowRegisterColumns(connection: unknown, name: string, columns: ArrowColumn[]): void;
  _arrowUnregister(connection: unknown, name: string): void;
};

/** One connection. Statements of one session run one after the other. */
export type ChdbSession = {
  /** Runs SQL of ours; the answer in a text format of ClickHouse. Never hand it text from outside. */
  run(sql: string, format: string): Promise<string>;
  /** Runs SQL of ours and gives the whole answer as it is in that format, with its rows: for answers that are bounded. */
  answer(sql: string, format: string): Promise<{ bytes: Uint8Array; rows: number }>;
  /** Runs SQL of ours whose answer goes into a file or pipe that it names; gives the rows of the answer. */
  write(sql: string): Promise<{ rows: number }>;
  /** Inserts columns of `database.table` from memory; durable against `kill -9` when it resolves. */
  insert(table: string, columns: readonly EncodedColumn[], token: string | undefined): Promise<void>;
  close(): void;
};
export type Chdb = { open(): ChdbSession; drain(): Promise<void> };

/**
 * The only door to libchdb: ClickHouse in this process on one folder (a second folder in one process is refused by the engine).
 * `settings` are those of `clickhouse local`. Never use it in a worker thread: libchdb does not survive a second one.
 * @throws AppError ENGINE_START_FAILED (no build, no AVX2, no glibc), and from `open` also DATA_FOLDER_IN_USE
 */
export async function loadChdb(
  folder: string,
  settings: Readonly<Record<string, string | number>> = {},
): Promise<Chdb> {
  checkMachine();
  const module = await loadModule();
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const connectionArgs = Object.entries(settings).map(([name, value]) => `--${name}=${value}`);
  return {
    open() {
      let session = openSession(module, folder, connectionArgs);
      const all = [session];
      const asked = async (sql: string, format: string) => {
        try {
          return await session.queryAsync(sql, { format });
        } catch (error) {
          if (!(await cleared(session))) {
            session = openSession(module, folder, connectionArgs);
            all.push(session);
          }
          throw error;
        }
      };
      return {
        run: async (sql, format) => (await asked(sql, format)).text(),
        async answer(sql, format) {
          const answer = await asked(sql, format);
          return { bytes: answer.bytes(), rows: answer.rowsRead };
        },
        write: async (sql) => ({ rows: (await asked(sql, 'Null')).rowsRead }),
        insert: (table, columns, token) => insertArrow({ module, session }, { table, columns, token }),
        close() {
          for (const one of all) one.close();
        },
      };
    },
    drain: () => module.drainPending(),
  };
}

/**
 * A statement that fails under way leaves what it had put out in its session, in front of the next answer: rows of one caller in the answer
 * to another (seen on chDB 26.7, every time). One answer that nobody reads takes them away; a session that cannot even give that is used no more.
 */
async function cleared(session: Session): Promise<boolean> {
  try {
    await session.queryAsync('select 1', { format: 'Null' });
    return true;
  } catch {
    return false;
  }
}

async function loadModule(): Promise<Module> {
  try {
    const { default: module }: { default: unknown } = await import('chdb');
    return module as Module;
  } catch (cause) {
    throw refuseAnalytics((cause as Error).message, cause);
  }
}

function openSession(module: Module, folder: string, connectionArgs: string[]): Session {
  try {
    return new module.Session(folder, { connectionArgs });
  } catch (cause) {
    const holder = holderOf(folder);
    if (holder !== null) throw new AppError('DATA_FOLDER_IN_USE', { folder, process: holder }, { cause });
    throw refuseAnalytics((cause as Error).message, cause);
  }
}

/** The process that has the folder open. The engine itself tells only standard error, but notes its id in `status`. */
function holderOf(folder: string): number | null {
  try {
    const pid = Number(/^PID: (\d+)/m.exec(readFileSync(join(folder, 'status'), 'utf8'))?.[1]);
    if (pid === process.pid) return null;
    process.kill(pid, 0);
    return pid;
  } catch {
    return null;
  }
}

type Insert = { table: string; columns: readonly EncodedColumn[]; token: string | undefined };

/** A registered stream can be read once, and its buffers are used in place until the insert ends. */
async function insertArrow(
  { module, session }: { module: Module; session: Session },
  { table, columns, token }: Insert,
): Promise<void> {
  const stream = `insert_${randomUUID().replaceAll('-', '')}`;
  const names = columns.map(({ name }) => quoteName(name)).join(', ');
  const settings = token === undefined ? '' : ` settings insert_deduplication_token = ${quote(token)}`;
  const sql = `insert into ${quoteTable(table)} (${names}) select ${names} from arrowstream('${stream}')${settings}`;
  module._arrowRegisterColumns(session.connection, stream, columns.map(toArrow));
  try {
    await session.queryAsync(sql, { format: 'Null' });
  } finally {
    module._arrowUnregister(session.connection, stream);
  }
}

/** Arrow C data interface: validity (none is null), offsets of text, values. */
function toArrow({ name, type, rows, bytes, offsets }: EncodedColumn): ArrowColumn {
  const buffers = offsets
    ? [null, new Uint8Array(offsets.buffer, offsets.byteOffset, offsets.byteLength), bytes]
    : [null, bytes];
  return { name, format: ARROW_FORMATS[type], length: rows, nullCount: 0, buffers };
}
