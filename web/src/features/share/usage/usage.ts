import type { Usage } from '@ronghe/contracts';

export type UsageItem = Usage['items'][number];
type Range = { from: string; to: string };

const DAY_MS = 86_400_000;
const SHANGHAI_MS = 8 * 3_600_000;
const dayOf = (ms: number): string => new Date(ms + SHANGHAI_MS).toISOString().slice(0, 10);

/** So many whole days of Shanghai, today among them, up to a moment that the server has not reached yet. */
export function rangeOf(days: number, nowMs: number): Range {
  const today = Math.floor((nowMs + SHANGHAI_MS) / DAY_MS) * DAY_MS - SHANGHAI_MS;
  return {
    from: new Date(today - (days - 1) * DAY_MS).toISOString(),
    to: new Date(today + DAY_MS).toISOString(),
  };
}

/** Every day of the range in order; a day without a request has zeros. */
export function daysOf(items: readonly UsageItem[], { from, to }: Range): UsageItem[] {
  const known = new Map(items.map((item) => [item.key, item]));
  const days: UsageItem[] = [];
  for (let at = Date.parse(from); at < Date.parse(to); at += DAY_MS) {
    const key = dayOf(at);
    days.push(known.get(key) ?? { key, name: key, ...NOTHING });
  }
  return days;
}

const NOTHING = { requests: 0, refused: 0, rows: 0, bytes: 0, elapsedMs: 0 };
export const totalOf = (items: readonly UsageItem[]): typeof NOTHING =>
  items.reduce(
    (sum, item) => ({
      requests: sum.requests + item.requests,
      refused: sum.refused + item.refused,
      rows: sum.rows + item.rows,
      bytes: sum.bytes + item.bytes,
      elapsedMs: sum.elapsedMs + item.elapsedMs,
    }),
    NOTHING,
  );
