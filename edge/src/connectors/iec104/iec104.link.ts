import { Socket } from 'node:net';
import type { Reached } from '../../link-health.ts';
import { createTransfer, type LinkLimits } from './iec104.transfer.ts';

/** Longest wait for the confirmation of STOPDT; a station that does not answer is left all the same. */
const STOP_MS_MAX = 1_000;

/** One connection to a controlled station. */
export type Link = {
  /** Resolves with the reason when the connection is gone. Never rejects. */
  gone: Promise<Error>;
  /** Sends an ASDU now, or when the station has acknowledged enough. Does nothing on a link that is gone. */
  send(asdu: Buffer): void;
  /** Acknowledges what has come, stops the transfer and closes; two seconds at most. Never rejects. */
  stop(): Promise<void>;
};

/**
 * Connects and starts the transfer. A fault of the numbering, an unknown frame or a timer ends the connection, as the
 * standard asks.
 */
export function openLink(options: {
  host: string;
  port: number;
  limits: LinkLimits;
  /** STARTDT is confirmed; called before the first ASDU, which may have come together with the confirmation. */
  onStarted: () => void;
  onAsdu: (asdu: Buffer) => void;
  /** Something came, were it only the answer to a test. */
  onHeard: () => void;
  reached: Reached;
}): Link {
  const { limits } = options;
  const socket = new Socket();
  const stopped = deferred<void>();
  const gone = deferred<Error>();
  let reason = new Error('the connection was closed by the station');

  const fail = (error: Error): void => {
    if (socket.destroyed) return;
    reason = error;
    transfer.close();
    socket.destroy();
  };
  const transfer = createTransfer(limits, {
    write: (bytes) => socket.writable && socket.write(bytes),
    fail,
    onAsdu: options.onAsdu,
    started: options.onStarted,
    stopped: stopped.resolve,
    confirmed: (latencyMs) => options.reached({ latencyMs }),
  });
  const connecting = setTimeout(
    () => fail(new Error(`connecting took longer than ${limits.t0Ms} ms`)),
    limits.t0Ms,
  );

  socket.setNoDelay(true);
  socket.on('error', (error) => {
    reason = error;
  });
  socket.on('data', (bytes) => {
    options.onHeard();
    transfer.take(bytes);
  });
  socket.once('connect', () => {
    clearTimeout(connecting);
    options.reached({ address: socket.remoteAddress });
    transfer.start();
  });
  socket.once('close', () => {
    clearTimeout(connecting);
    transfer.close();
    stopped.resolve();
    gone.resolve(reason);
  });
  socket.connect({ host: options.host, port: options.port });

  return {
    gone: gone.promise,
    send: transfer.send,
    async stop() {
      if (!socket.destroyed && !socket.connecting) {
        transfer.stop();
        const timer = setTimeout(stopped.resolve, STOP_MS_MAX);
        await stopped.promise;
        clearTimeout(timer);
      }
      if (socket.destroyed) {
        await gone.promise;
        return;
      }
      reason = new Error('stopped');
      // What the other side of a frozen link still holds must not keep the socket.
      const timer = setTimeout(() => socket.destroy(), STOP_MS_MAX);
      if (socket.connecting) socket.destroy();
      else socket.destroySoon();
      await gone.promise;
      clearTimeout(timer);
    },
  };
}

function deferred<T>() {
  let resolve: (value: T) => void = () => undefined;
  const promise = new Promise<T>((onResolve) => {
    resolve = onResolve;
  });
  return { promise, resolve };
}
