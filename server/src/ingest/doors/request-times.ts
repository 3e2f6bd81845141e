import { createHash } from 'node:crypto';
import type { Clock } from '#platform/clock/clock.ts';

/** One request as it is seen before it is stored. */
export type RequestTime = {
  /** when this request came first: for a retry whose answer was lost, the time of the first try; ms since 1970 UTC */
  firstMs: number;
  /** the same for a request and its retries, and for nothing else */
  token: string;
  /** Whether the answer reached the sender: if so, the same body again is a new request; if not, a retry. */
  end(answered: boolean): void;
};

/**
 * Gives samples without a time the time of the server, and the same one again when the request is repeated because its
 * answer was lost: a retry then stores nothing twice, while a device that reports an unchanged value is believed.
 */
export type RequestTimes = {
  begin(request: { door: string; organisation: string; actor: string; body: Uint8Array }): RequestTime;
};

/** How long a request whose answer was lost is waited for to come again. */
const RETRY_WINDOW_MS = 60_000;
const REQUESTS_MAX = 10_000;

export function createRequestTimes({ clock }: { clock: Clock }): RequestTimes {
  const open = new Map<string, number>();
  return {
    begin({ door, organisation, actor, body }) {
      const digest = createHash('sha256').update(body).digest('hex');
      const id = `${door} ${organisation} ${actor} ${digest}`;
      const nowMs = clock.now().getTime();
      const beforeMs = open.get(id);
      const firstMs = beforeMs !== undefined && nowMs - beforeMs < RETRY_WINDOW_MS ? beforeMs : nowMs;
      open.delete(id);
      open.set(id, firstMs);
      if (open.size > REQUESTS_MAX) {
        const oldest = open.keys().next().value;
        if (oldest !== undefined) open.delete(oldest);
      }
      return {
        firstMs,
        token: `${id} ${firstMs}`,
        end: (answered) => {
          if (answered) open.delete(id);
        },
      };
    },
  };
}
