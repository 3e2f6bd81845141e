import type { Clock } from '#platform/clock/clock.ts';
import { AppError } from '#platform/errors/errors.ts';

const WINDOW_MS = 60_000;
const ADDRESSES_MAX = 10_000;

/** Failed attempts per network address in this process. */
export type FailureLimit = {
  /** Counts an attempt before it is judged, so that many at once are all counted. @throws RATE_LIMITED */
  begin(address: string): void;
  /** Takes the attempt back when it turned out right. */
  succeed(address: string): void;
};

/** At most `failuresMax` failures a minute and address; the oldest addresses are forgotten beyond 10,000. */
export function createFailureLimit(options: { clock: Clock; failuresMax: number }): FailureLimit {
  const windows = new Map<string, { startedMs: number; count: number }>();
  return {
    begin(address) {
      const nowMs = options.clock.now().getTime();
      const found = windows.get(address);
      const window = found && nowMs - found.startedMs < WINDOW_MS ? found : { startedMs: nowMs, count: 0 };
      if (window.count >= options.failuresMax) {
        const seconds = Math.ceil((window.startedMs + WINDOW_MS - nowMs) / 1000);
        throw new AppError('RATE_LIMITED', { seconds });
      }
      window.count += 1;
      windows.delete(address);
      windows.set(address, window);
      const oldest = windows.keys().next().value;
      if (windows.size > ADDRESSES_MAX && oldest !== undefined) windows.delete(oldest);
    },
    succeed(address) {
      const window = windows.get(address);
      if (window) window.count = Math.max(0, window.count - 1);
    },
  };
}
