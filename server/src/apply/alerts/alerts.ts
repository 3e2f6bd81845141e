import { type Alert, type AlertExplanation, QUALITIES } from '@ronghe/contracts';

/** Shown before and after an alert at least, and at most of a long one. */
const MARGIN_MS_MIN = 10 * 60_000;
const WINDOW_MS_MAX = 7 * 86_400_000;

/** The stretch of time in which an alert is seen: as much before and after as it took, half of what is shown at least. */
export function windowOf(alert: Alert, nowMs: number): { fromMs: number; toMs: number } {
  const sinceMs = Date.parse(alert.since);
  const endMs = alert.endedAt === null ? nowMs : Date.parse(alert.endedAt);
  const marginMs = Math.max(MARGIN_MS_MIN, (endMs - sinceMs) / 2);
  const fromMs = sinceMs - Math.min(marginMs, WINDOW_MS_MAX / 4);
  return {
    fromMs,
    toMs: Math.max(fromMs + 1, Math.min(endMs + marginMs, nowMs + 1, fromMs + WINDOW_MS_MAX)),
  };
}

type Row = { timesMs: readonly number[]; values: readonly (number | null)[]; qualities: readonly number[] };

/**
 * At most so many readings: of each of equal stretches the lowest and the highest value stay, so that no peak is lost, and what
 * is not good.
 */
export function thinned({ timesMs, values, qualities }: Row, max: number): AlertExplanation['readings'] {
  const kept = new Set<number>();
  const stretch = Math.ceil(timesMs.length / Math.max(1, Math.floor(max / 3)));
  for (let from = 0; from < timesMs.length; from += stretch) {
    const end = Math.min(timesMs.length, from + stretch);
    let [low, high, bad] = [from, from, -1];
    for (let at = from; at < end; at += 1) {
      const value = values[at] ?? Number.NaN;
      if (value < (values[low] ?? Number.POSITIVE_INFINITY)) low = at;
      if (value > (values[high] ?? Number.NEGATIVE_INFINITY)) high = at;
      if (bad < 0 && qualities[at] !== 0) bad = at;
    }
    kept.add(low).add(high);
    if (bad >= 0) kept.add(bad);
  }
  return [...kept]
    .sort((a, b) => a - b)
    .map((at) => ({
      time: new Date(timesMs[at] ?? 0).toISOString(),
      value: values[at] ?? null,
      quality: QUALITIES[qualities[at] ?? 0] ?? 'bad',
    }));
}
