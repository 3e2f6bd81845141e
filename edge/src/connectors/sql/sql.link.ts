import { Socket } from 'node:net';
import type { Reached } from '../../link-health.ts';
import type { Column, Row } from './sql.decode.ts';

/** Most bytes that may arrive without a row or an answer getting whole. */
const PIECE_BYTES_MAX = 64 * 1024 * 1024;
/** The server ends a statement by itself first; what is still silent after this is a dead link. */
export const GRACE_MS = 1_000;
/** A goodbye gets so long to leave before the socket is closed. */
const GOODBYE_MS = 500;

/** The server answered, and refuses: this query fails, the connection is good. `reason` is for samples. */
export class SqlRefused extends Error {
  readonly reason: string;
  constructor(reason: string, message: string, cause?: unknown) {
    super(message, { cause });
    this.name = 'SqlRefused';
    this.reason = reason;
  }
}

/** One query to run. */
export type Request = {
  /** with parameters in the way of the database */
  text: string;
  /** the same value for each parameter */
  values: readonly (string | null)[];
  /** most rows wanted; the server is told where it can be */
  rowsMax: number;
  timeoutMs: number;
};

/** Takes some rows; false when no more are wanted. Throwing ends the query and comes out of `read`. */
export type TakeRows = (columns: readonly Column[], rows: readonly Row[]) => boolean;

/** One open session that can only read, with one request at a time. */
export type Link = {
  /** Columns of the result, without running the query. Throws SqlRefused, or the reason why the connection is gone. */
  describe(request: Request): Promise<Column[]>;
  /**
   * Hands over rows as they come, some hundred at a time, and at least once with the columns. All see one moment of the
   * database. Throws as `describe` does.
   */
  read(request: Request, take: TakeRows): Promise<void>;
  /** A sign of life. */
  ping(timeoutMs: number): Promise<void>;
  /** An instant, µs since 1970, as text that the database reads as this instant. */
  writeInstant(us: number): string;
  /** Aborted, with the reason, when the connection is gone. */
  gone: AbortSignal;
  /** Says goodbye when nothing is being asked, otherwise just goes. Never throws, takes half a second at most. */
  close(): Promise<void>;
};

/** What both databases need to open a session. */
export type Session = {
  host: string;
  port: number;
  database: string;
  username: string;
  password: string;
  tls: { ca?: string; rejectUnauthorized: boolean } | null;
  /** IANA name, for times without zone and for what the database calls now */
  timeZone: string;
  /** seconds east of Greenwich at this moment, for databases that know no names */
  offsetSeconds: number;
  timeoutMs: number;
  /** Aborting it ends a connection attempt and an open link. */
  signal: AbortSignal;
  reached: Reached;
};

/** A socket whose listeners cannot end the process, and what is known about its end. */
export type GuardedSocket = {
  socket: Socket;
  gone: AbortSignal;
  /** Something whole arrived: what comes next is counted from zero. */
  whole(): void;
};

/**
 * A socket for a library that parses what arrives. A peer that sends nonsense makes such parsers throw out of their
 * listeners, which would end the process: here it ends this socket. Bytes without a whole answer are bounded. `check`
 * sees each piece before the library and may throw.
 */
export function guardSocket(signal: AbortSignal, check?: (piece: Buffer) => void): GuardedSocket {
  const socket = new Socket();
  const ended = new AbortController();
  let reason: unknown = new Error('the connection was closed by the server');
  let bytes = 0;
  const stop = () => socket.destroy(new Error('stopped'));
  signal.addEventListener('abort', stop, { once: true });
  socket.on('error', (error) => {
    reason = error;
  });
  socket.once('close', () => {
    signal.removeEventListener('abort', stop);
    ended.abort(reason);
  });
  const tell = socket.emit.bind(socket);
  socket.emit = (event: string | symbol, ...values: unknown[]): boolean => {
    try {
      if (event === 'data' && check !== undefined && values[0] instanceof Buffer) check(values[0]);
      return tell(event as string, ...values);
    } catch (error) {
      reason = new Error('the server sent what is not its protocol', { cause: error });
      socket.destroy();
      return true;
    }
  };
  socket.on('data', (data) => {
    bytes += data.length;
    if (bytes > PIECE_BYTES_MAX)
      socket.destroy(new Error(`an answer is larger than ${PIECE_BYTES_MAX} bytes`));
  });
  socket.setKeepAlive(true, 10_000);
  if (signal.aborted) stop();
  return {
    socket,
    gone: ended.signal,
    whole() {
      bytes = 0;
    },
  };
}

/**
 * Waits for an answer as long as the link lives, and not longer than the time; then the link is closed, for an answer
 * that comes after its time would be taken for the next one.
 */
export function answerOf<T>(link: GuardedSocket, timeoutMs: number, ask: () => Promise<T>): Promise<T> {
  const { socket, gone } = link;
  return new Promise<T>((resolve, reject) => {
    if (gone.aborted) return reject(gone.reason);
    const lost = () => reject(gone.reason);
    gone.addEventListener('abort', lost, { once: true });
    const timer = setTimeout(() => socket.destroy(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs);
    link.whole();
    ask()
      .then(resolve, (error: unknown) => {
        // The library's own words for a lost link tell less than the socket's, which come a moment later.
        if (gone.aborted) reject(gone.reason);
        else if (socket.destroyed) gone.addEventListener('abort', () => reject(gone.reason), { once: true });
        else reject(error);
      })
      .finally(() => {
        clearTimeout(timer);
        gone.removeEventListener('abort', lost);
      });
  });
}

/** Lets a goodbye leave, then closes. */
export async function sayGoodbye(link: GuardedSocket, goodbye: () => void): Promise<void> {
  if (link.gone.aborted) return;
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, GOODBYE_MS);
    link.gone.addEventListener(
      'abort',
      () => {
        clearTimeout(timer);
        resolve();
      },
      { once: true },
    );
    goodbye();
  });
  link.socket.destroy();
}
