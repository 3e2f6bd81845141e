import pg from 'pg';
import { type Reached, timed } from '../../link-health.ts';
import type { Column, ColumnKind, Row } from './sql.decode.ts';
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
import { checkFrames } from './sql.postgres-frames.ts';
import { writeTime } from './sql.time.ts';

/** Rows in one answer: the server keeps the others, so memory here does not depend on the size of the result. */
const FETCH_ROWS = 500;

/** Types by their numbers (catalog pg_type), which are the same in every PostgreSQL; all others are read as text. */
const KINDS: Readonly<Record<number, ColumnKind>> = {
  16: 'boolean',
  17: 'bytes',
  20: 'integer',
  21: 'integer',
  23: 'integer',
  26: 'integer',
  700: 'float32',
  701: 'float64',
  1082: 'wall-time',
  1114: 'wall-time',
  1184: 'instant',
  1560: 'bits',
  1562: 'bits',
  1700: 'decimal',
};

/** Why a server refuses, by SQLSTATE (PostgreSQL manual, appendix A), as reasons of samples. */
const REASONS: Readonly<Record<string, string>> = {
  '0A000': 'feature-not-supported',
  '22007': 'invalid-datetime-format',
  '22P02': 'invalid-text-representation',
  '25006': 'read-only-sql-transaction',
  '34000': 'invalid-cursor-name',
  '42501': 'insufficient-privilege',
  '42601': 'syntax-error',
  '42702': 'ambiguous-column',
  '42703': 'undefined-column',
  '42804': 'datatype-mismatch',
  '42883': 'undefined-function',
  '42P01': 'undefined-table',
  '42P18': 'indeterminate-datatype',
  '53200': 'out-of-memory',
  '57014': 'query-timeout',
};

/**
 * Opens a session of PostgreSQL (or what speaks its protocol 3.0) that is read-only by default, writes ISO dates and
 * has the zone of the configuration. Every value is taken as the text the server sends. Throws what the network or the
 * server says.
 */
export async function openPostgres(session: Session): Promise<Link> {
  // Inside TLS nothing gets changed on the way, and there is nothing to see from here.
  const link = guardSocket(session.signal, session.tls === null ? checkFrames() : undefined);
  const client = new pg.Client({
    host: session.host,
    port: session.port,
    database: session.database,
    user: session.username,
    // As a function, so that neither the environment nor a password file of the home folder is asked.
    password: () => session.password,
    ssl:
      session.tls === null
        ? false
        : { ...session.tls, ...(session.tls.ca === undefined ? {} : { ca: session.tls.ca }) },
    application_name: 'ronghe-edge',
    stream: () => link.socket,
    types: { getTypeParser: () => (value: string) => value },
  });
  // What they tell is told by the socket too; unheard, they would end the process.
  client.on('error', () => undefined);
  try {
    await answerOf(link, session.timeoutMs + GRACE_MS, () => client.connect());
    await answerOf(link, session.timeoutMs + GRACE_MS, () =>
      client.query(
        `SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY; SET default_transaction_read_only = on; SET datestyle = 'ISO, YMD'; SET TIME ZONE '${session.timeZone}'`,
      ),
    );
  } catch (error) {
    link.socket.destroy();
    throw error;
  }
  session.reached({ address: link.socket.remoteAddress });
  return createLink({ client, link, reached: session.reached });
}

function createLink(options: { client: pg.Client; link: GuardedSocket; reached: Reached }): Link {
  const { client, link, reached } = options;
  let busy = false;
  /** Our own words only: they go by the simple protocol, where several commands may stand in one text. */
  const command = (text: string, timeoutMs: number) =>
    answerOf(link, timeoutMs + GRACE_MS, () => client.query({ text, rowMode: 'array' }));

  /** Inside a read-only transaction with a time limit, with an open cursor on the query. */
  const inCursor = async (request: Request, work: () => Promise<void>): Promise<void> => {
    const { timeoutMs } = request;
    busy = true;
    try {
      const begin = `BEGIN TRANSACTION READ ONLY; SET LOCAL statement_timeout = ${Math.round(timeoutMs)}`;
      await timed(reached, () => command(begin, timeoutMs));
      try {
        // A cursor takes queries only, even without the transaction's guard, and the extended protocol one command only.
        const declare: pg.QueryConfig & { queryMode: 'extended' } = {
          text: `DECLARE ronghe NO SCROLL CURSOR WITHOUT HOLD FOR ${request.text}`,
          values: [...request.values],
          queryMode: 'extended',
        };
        await answerOf(link, timeoutMs + GRACE_MS, () => client.query(declare));
        await work();
      } catch (error) {
        if (!link.gone.aborted) await command('ROLLBACK', timeoutMs);
        throw error;
      }
      await command('COMMIT', timeoutMs);
    } catch (error) {
      throw translate(error, link.gone);
    } finally {
      busy = false;
    }
  };
  const fetch = async (rows: number, timeoutMs: number): Promise<{ columns: Column[]; rows: Row[] }> => {
    const answer = await command(`FETCH FORWARD ${rows} FROM ronghe`, timeoutMs);
    const columns = answer.fields.map(
      ({ name, dataTypeID }): Column => ({ name, kind: KINDS[dataTypeID] ?? 'text' }),
    );
    return { columns, rows: answer.rows };
  };

  return {
    async describe(request) {
      let columns: Column[] = [];
      await inCursor({ ...request, values: request.values.map(() => null) }, async () => {
        ({ columns } = await fetch(0, request.timeoutMs));
      });
      return columns;
    },
    async read(request: Request, take: TakeRows) {
      await inCursor(request, async () => {
        let wanted = request.rowsMax;
        while (wanted > 0) {
          const size = Math.min(FETCH_ROWS, wanted);
          const { columns, rows } = await fetch(size, request.timeoutMs);
          wanted -= rows.length;
          if (!take(columns, rows) || rows.length < size) return;
        }
      });
    },
    async ping(timeoutMs) {
      await timed(reached, () => command('SELECT 1', timeoutMs));
    },
    writeInstant: (us) => `${writeTime(us)}+00`,
    gone: link.gone,
    async close() {
      if (busy) link.socket.destroy();
      else await sayGoodbye(link, () => void client.end().catch(() => undefined));
    },
  };
}

/** Classes 08 (connection), 57P (shutdown) and 53300 end the session; everything else is the query's own fault. */
function translate(error: unknown, gone: AbortSignal): unknown {
  if (gone.aborted || !(error instanceof pg.DatabaseError)) return error;
  const code = error.code ?? '';
  if (/^(08|57P)/.test(code) || error.severity === 'FATAL') return error;
  return new SqlRefused(REASONS[code] ?? `sqlstate-${code.toLowerCase()}`, error.message, error);
}
