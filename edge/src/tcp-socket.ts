import { Socket } from 'node:net';

const KEEP_ALIVE_MS = 10_000;

/** An open TCP connection; `gone` is aborted, with the reason, when it is no more. */
export type OpenSocket = { socket: Socket; gone: AbortSignal };

/**
 * Connects; rejects with what the network says. Aborting the signal ends the attempt and later the connection. `peer` names
 * the other end in the reason when it closes the connection without one.
 */
export async function openSocket(options: {
  host: string;
  port: number;
  peer: string;
  timeoutMs: number;
  signal: AbortSignal;
}): Promise<OpenSocket> {
  const socket = new Socket();
  const ended = new AbortController();
  const stop = () => socket.destroy(new Error('stopped'));
  options.signal.addEventListener('abort', stop, { once: true });
  let reason = new Error(`the connection was closed by ${options.peer}`);
  socket.on('error', (error) => {
    reason = error;
  });
  socket.once('close', () => {
    options.signal.removeEventListener('abort', stop);
    ended.abort(reason);
  });
  socket.setKeepAlive(true, KEEP_ALIVE_MS);
  socket.setNoDelay(true);
  const timer = setTimeout(() => socket.destroy(new Error('connecting took too long')), options.timeoutMs);
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve);
      ended.signal.addEventListener('abort', () => reject(ended.signal.reason), { once: true });
      socket.connect({ host: options.host, port: options.port });
      if (options.signal.aborted) stop();
    });
  } finally {
    clearTimeout(timer);
  }
  return { socket, gone: ended.signal };
}
