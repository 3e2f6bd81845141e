import { INDICATORS, type IndicatorCode, type IndicatorSeries } from '@ronghe/contracts';
import type { StoredIndicator } from './indicators.store.ts';

type Sources = ReadonlyMap<string, { name: string; priority: number }>;

/**
 * Series by indicator with one value a month: the source with the higher priority wins, then the one that came later, then
 * the order of source and row.
 */
export function seriesOf(values: readonly StoredIndicator[], sources: Sources): IndicatorSeries[] {
  const best = new Map<string, StoredIndicator>();
  const priorityOf = (value: StoredIndicator) => sources.get(value.source)?.priority ?? 0;
  const beats = (a: StoredIndicator, b: StoredIndicator) =>
    priorityOf(a) - priorityOf(b) ||
    a.version - b.version ||
    (`${a.source}${a.rowKey}` < `${b.source}${b.rowKey}` ? 1 : -1);
  for (const value of values) {
    const key = `${value.code} ${value.period}`;
    const other = best.get(key);
    if (!other || beats(value, other) > 0) best.set(key, value);
  }
  return (Object.keys(INDICATORS) as IndicatorCode[]).flatMap((code) => {
    const items = [...best.values()]
      .filter((value) => value.code === code)
      .sort((a, b) => (a.period < b.period ? -1 : 1))
      .map(({ period, value, source, run, rowKey }) => ({
        period,
        value,
        source,
        sourceName: sources.get(source)?.name ?? source,
        run,
        rowKey,
      }));
    const { zh, en, unit } = INDICATORS[code];
    return items.length === 0 ? [] : [{ code, name: { zh, en }, unit, items }];
  });
}
