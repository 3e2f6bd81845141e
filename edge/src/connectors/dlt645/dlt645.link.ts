import { Socket } from 'node:net';
import { createFrameReader, type Frame } from './dlt645.decode.ts';

/** No answer in time; the line may still be good. */
export class Dlt645Timeout extends Error {
  constructor() {
    super('no answer in time');
    this.name = 'Dlt645Timeout';
  }
}

/** One open connection to the line. */
export type Link = {
  /**
   * Sends a request and waits for the frame that answers it; other frames are passed over. One at a time: the line is
   * half-duplex. Rejects with Dlt645Timeout, or the reason why the connection is gone.
   */
  ask<T>(request: Buffer, answers: (frame: Frame) => T | null): Promise<T>;
  /** Aborted, with the reason, when the connection is gone. */
  gone: AbortSignal;
  close(): void;
};

/** Connects; throws what the network says. Aborting the signal ends a connection attempt and an open link. */
export async function openLink(options: {
  host: string;
  port: number;
  timeoutMs: number;
  signal: AbortSignal;
}): Promise<Link> {
  const { socket, gone } = await openSocket(options);
  const reader = createFrameReader();
  let take: ((frame: Frame) => void) | null = null;
  socket.on('data', (bytes) => {
    for (const frame of reader.push(bytes)) take?.(frame);
  });
  return {
    ask: (request, answers) =>
      new Promise((resolve, reject) => {
        if (gone.aborted) return reject(gone.reason);
        const settle = (work: () => void) => {
          clearTimeout(timer);
          gone.removeEventListener('abort', lost);
          take = null;
          work();
        };
        const lost = () => settle(() => reject(gone.reason));
        const timer = setTimeout(() => settle(() => reject(new Dlt645Timeout())), options.timeoutMs);
        gone.addEventListener('abort', lost, { once: true });
        take = (frame) => {
          const answer = answers(frame);
          if (answer !== null) settle(() => resolve(answer));
        };
        // What is left of an earlier answer must not stand in front of this one.
        reader.reset();
        socket.write(request);
      }),
    gone,
    close: () => socket.destroy(),
  };
}

/** A socket whose end is told with its reason. */
async function openSocket(options: {
  host: string;
  port: number;
  timeoutMs: number;
  signal: AbortSignal;
}): Promise<{ socket: Socket; gone: AbortSignal }> {
  const socket = new Socket();
  const ended = new AbortController();
  const stop = () => socket.destroy(new Error('stopped'));
  options.signal.addEventListener('abort', stop, { once: true });
  let reason = new Error('the connection was closed by the gateway');
  socket.on('error', (error) => {
    reason = error;
  });
  socket.once('close', () => {
    options.signal.removeEventListener('abort', stop);
    ended.abort(reason);
  });
  socket.setKeepAlive(true, 10_000);
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
