import { createHash } from 'node:crypto';

const ENTRIES_MAX = 20_000;
const WINDOW_MS = 10 * 60_000;

/**
 * Remembers when messages came first. One that its sender marks as sent before keeps that time, so that values without a
 * time of their own are not stored a second time only because an acknowledgement was lost.
 */
export type Recall = {
  /** Milliseconds with microseconds behind them; no two first messages get the same, so that none replaces another. */
  firstMs(message: Sent): number;
};
type Sent = { sender: string; topic: string; payload: Buffer; qos: 0 | 1 | 2; again: boolean; nowMs: number };

export function createRecall(): Recall {
  const seen = new Map<string, number>();
  let lastUs = 0;
  return {
    firstMs({ sender, topic, payload, qos, again, nowMs }) {
      lastUs = Math.max(Math.round(nowMs * 1000), lastUs + 1);
      const freshMs = lastUs / 1000;
      if (qos === 0) return freshMs;
      const digest = createHash('sha256').update(payload).digest('base64');
      const id = `${sender} ${topic} ${digest}`;
      const before = seen.get(id);
      const firstMs = again && before !== undefined && nowMs - before < WINDOW_MS ? before : freshMs;
      seen.delete(id);
      seen.set(id, firstMs);
      if (seen.size > ENTRIES_MAX) {
        const oldest = seen.keys().next().value;
        if (oldest !== undefined) seen.delete(oldest);
      }
      return firstMs;
    },
  };
}
