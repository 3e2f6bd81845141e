import { type Backoff, pause } from './backoff.ts';
import type { ConnectionTracker } from './connection.ts';
import type { Connector } from './connector.ts';

/**
 * Keeps one connection up: follows it to its end, says that it is lost, waits, and follows the next. Rejects nothing; `stop`
 * ends whatever is under way, and then nothing counts as lost.
 */
export function createFollowing(options: {
  tracker: ConnectionTracker;
  backoff: Backoff;
  /** Once, before the first connection. */
  prepare?: (signal: AbortSignal) => Promise<void>;
  /** Connects and stays until the connection is over. Throws the reason; ends soon when the signal is aborted. */
  follow: (signal: AbortSignal) => Promise<unknown>;
  lost: (reason: unknown) => void;
  /** Once, after the last connection. */
  finish?: () => Promise<void> | void;
}): Pick<Connector, 'start' | 'stop'> {
  const { tracker, backoff } = options;
  const stopping = new AbortController();
  const { signal } = stopping;
  let running: Promise<void> = Promise.resolve();

  const run = async (): Promise<void> => {
    await options.prepare?.(signal);
    while (!signal.aborted) {
      await options.follow(signal).catch((reason: unknown) => {
        if (!signal.aborted) options.lost(reason);
      });
      if (!signal.aborted) await pause(backoff.nextMs(), signal);
    }
  };

  return {
    async start() {
      tracker.become('connecting');
      running = run();
    },
    async stop() {
      stopping.abort();
      await running;
      await options.finish?.();
      tracker.become('stopped');
    },
  };
}
