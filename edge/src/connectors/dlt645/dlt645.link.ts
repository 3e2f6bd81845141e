import { type Reached, timed } from '../../link-health.ts';
import { openSocket } from '../../tcp-socket.ts';
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
  reached: Reached;
}): Promise<Link> {
  const { reached } = options;
  const { socket, gone } = await openSocket({ ...options, peer: 'the gateway' });
  reached({ address: socket.remoteAddress });
  const reader = createFrameReader();
  let take: ((frame: Frame) => void) | null = null;
  socket.on('data', (bytes) => {
    for (const frame of reader.push(bytes)) take?.(frame);
  });
  const ask = <T>(request: Buffer, answers: (frame: Frame) => T | null): Promise<T> =>
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
    });
  return {
    ask: (request, answers) => timed(reached, () => ask(request, answers)),
    gone,
    close: () => socket.destroy(),
  };
}
