import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { Transform } from 'node:stream';

/** A head that was begun and can still take headers, or a stream of its body. */
export type OpenHead = {
  /** Writes the headers that the response has got since, and gives what takes the body; the connection ends with it. */
  body(): Transform;
  socket: Socket;
};

/** Every so many headers the pause between them doubles: clients take 16 KiB of headers, and an answer may take two minutes. */
const HEADERS_AT_ONE_PAUSE = 8;
const PAUSE_MS_MAX = 60_000;

/**
 * Sends what is known of a question while it runs, as ClickHouse does: the head of the answer is begun, and one `X-ClickHouse-Progress` after the
 * other belongs to it. Node writes heads at once and whole, so that this one is written by us, after the first pause; an answer that is there before
 * is Node's own. With it goes the status 200, whatever comes: an error is told in `X-ClickHouse-Exception-Code` and in the body.
 */
export function startProgress(
  response: ServerResponse,
  { everyMs, textNow }: { everyMs: number; textNow: () => string },
): { stop(): OpenHead | null } {
  const { socket } = response;
  const written = new Set<string>();
  let begun = false;
  let sent = 0;
  const newLines = () =>
    Object.entries(response.getHeaders())
      .filter(([name]) => !written.has(name) && written.add(name))
      .map(([name, value]) => `${name}: ${value}\r\n`)
      .join('');
  const tell = () => {
    if (!socket?.writable || response.headersSent) return;
    if (!begun) socket.write(`HTTP/1.1 200 OK\r\nDate: ${new Date().toUTCString()}\r\n${newLines()}`);
    begun = true;
    socket.write(`X-ClickHouse-Progress: ${textNow()}\r\n`);
    sent += 1;
    timer = setTimeout(tell, Math.min(everyMs * 2 ** Math.floor(sent / HEADERS_AT_ONE_PAUSE), PAUSE_MS_MAX));
  };
  let timer = setTimeout(tell, everyMs);
  return {
    stop() {
      clearTimeout(timer);
      if (!begun || !socket) return null;
      return {
        socket,
        body() {
          socket.write(`${newLines()}Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n`);
          return inChunks();
        },
      };
    },
  };
}

/** The chunks of HTTP/1.1. Source: RFC 9112, 7.1. */
const inChunks = (): Transform =>
  new Transform({
    transform(chunk: Buffer, _encoding, done) {
      if (chunk.length > 0) {
        this.push(`${chunk.length.toString(16)}\r\n`);
        this.push(chunk);
        this.push('\r\n');
      }
      done();
    },
    flush(done) {
      this.push('0\r\n\r\n');
      done();
    },
  });
