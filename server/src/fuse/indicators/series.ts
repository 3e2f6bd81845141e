import {
  type Growth,
  INDICATORS,
  type IndicatorCode,
  type IndicatorSeries,
  STATISTIC_CODES,
  STATISTICS,
  type StatisticCode,
} from '@ronghe/contracts';
import { growthOf } from './growth.ts';
import { numberOfPeriod, type PeriodNumber, textOfPeriod } from './periods.ts';
import {
  type Amount,
  amountValue,
  baseOf,
  type Figure,
  type Figures,
  figuresOf,
  monthBeforeOf,
} from './statistics.ts';
import type { Winner } from './versions.store.ts';

type Item = IndicatorSeries['items'][number];
type Names = ReadonlyMap<string, string>;

/** Everything there is of one enterprise, by statistic in the order of the catalogue: what it reported and what follows from it. */
export function seriesOf(winners: readonly Winner[], sourceNames: Names): IndicatorSeries[] {
  const reported = new Map<IndicatorCode, Map<PeriodNumber, Winner>>();
  for (const winner of winners) {
    const months = reported.get(winner.code) ?? new Map<PeriodNumber, Winner>();
    reported.set(winner.code, months.set(numberOfPeriod(winner.period), winner));
  }
  const values = new Map(
    [...reported].map(([code, months]) => [
      code,
      new Map([...months].map(([period, { value }]) => [period, value])),
    ]),
  );
  return STATISTIC_CODES.flatMap((code) => {
    const figures = figuresOf(code, values);
    const own = isReported(code) ? reported.get(code) : undefined;
    const periods = [...new Set([...figures.keys(), ...(own?.keys() ?? [])])].sort((a, b) => a - b);
    const { zh, en, unit, measures } = STATISTICS[code];
    const measure = measures[0];
    if (periods.length === 0 || measure === undefined) return [];
    const items = periods.map((period) =>
      itemOf(code, { period, figures, winner: own?.get(period) ?? null, sourceNames }),
    );
    return [{ code, name: { zh, en }, unit, measure, items }];
  });
}

const isReported = (code: StatisticCode): code is StatisticCode & IndicatorCode =>
  Object.hasOwn(INDICATORS, code);

type At = { period: PeriodNumber; figures: Figures; winner: Winner | null; sourceNames: Names };
function itemOf(code: StatisticCode, { period, figures, winner, sourceNames }: At): Item {
  const figure = figures.get(period) ?? { total: null, month: null };
  const monthly = STATISTICS[code].measures[0] === 'month';
  const usual = (of: Figure | null): Amount | null => (of === null ? null : monthly ? of.month : of.total);
  const isFlow = STATISTICS[code].kind === 'flow';
  const short = (of: Figure | null): Amount | null => (of === null ? null : isFlow ? of.month : of.total);
  return {
    period: textOfPeriod(period),
    value: winner?.value ?? amountValue(usual(figure)) ?? 0,
    cumulative: amountValue(figure.total),
    month: amountValue(figure.month),
    yearOnYear: between(code, usual(figure), usual(baseOf(figures, period))),
    monthOnMonth: between(code, short(figure), short(monthBeforeOf(code, figures, period))),
    source: winner?.source ?? null,
    sourceName: winner === null ? null : (sourceNames.get(winner.source) ?? winner.source),
    run: winner?.run ?? null,
    rowKey: winner?.rowKey ?? null,
  };
}

function between(code: StatisticCode, current: Amount | null, base: Amount | null): Growth | null {
  const [now, before] = [amountValue(current), amountValue(base)];
  return now === null || before === null
    ? null
    : growthOf(code, { current: now, base: before, comparable: 1, share: 1 });
}
