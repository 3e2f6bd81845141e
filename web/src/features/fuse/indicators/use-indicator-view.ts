import { Breakdown, type IndicatorList, Measure, type StatisticCode } from '@ronghe/contracts';
import { useNavigate } from '@tanstack/react-router';
import { useSearchState } from '../../../lib/search.ts';
import { useCan } from '../../../lib/session.ts';
import { type Indicator, periodsOf } from './figure-text.ts';

const FILTERS = ['region', 'sector', 'keyIndustry', 'size', 'park'] as const;
export type FilterName = (typeof FILTERS)[number];
/** Parts that single enterprises could be told from; only who may see these is offered them. */
const OPEN_ONLY: readonly Breakdown[] = ['keyIndustry', 'size', 'park', 'enterprise'];
const FIRST_SHOWN: StatisticCode = 'REVENUE';

export type IndicatorView = {
  indicator: Indicator;
  period: string;
  measure: Measure;
  by: Breakdown;
  order: 'value' | 'change';
  filter: Partial<Record<FilterName, string>>;
  compared: readonly string[];
  breakdowns: readonly Breakdown[];
};

/** What the page shows, read from its address; nothing when there are no values at all. */
export function useIndicatorView(list: IndicatorList | undefined): IndicatorView | null {
  const { values } = useSearchState();
  const can = useCan();
  const usable = (list?.items ?? []).filter(({ last, measures }) => last !== null && measures.length > 0);
  const indicator =
    usable.find(({ code }) => code === values.code) ??
    usable.find(({ code }) => code === FIRST_SHOWN) ??
    usable[0];
  if (!indicator) return null;
  const periods = periodsOf(indicator);
  const measure = Measure.safeParse(values.measure);
  const by = Breakdown.safeParse(values.by);
  const filter: IndicatorView['filter'] = {};
  for (const name of FILTERS) if (values[name] !== undefined) filter[name] = values[name];
  const isCity = filter.region?.endsWith('00') ?? false;
  const breakdowns = Breakdown.options.filter(
    (each) =>
      (can('fuse:enterprise:read') || !OPEN_ONLY.includes(each)) &&
      (each !== 'city' || filter.region === undefined) &&
      (each !== 'county' || isCity || (filter.region === undefined && can('fuse:enterprise:read'))) &&
      (each !== 'section' || filter.sector === undefined),
  );
  const usual =
    filter.region === undefined
      ? 'city'
      : isCity
        ? 'county'
        : can('fuse:enterprise:read')
          ? 'enterprise'
          : 'section';
  return {
    indicator,
    period: periods.find((period) => period === values.period) ?? periods[0] ?? '',
    measure:
      measure.success && indicator.measures.includes(measure.data)
        ? measure.data
        : (indicator.measures[0] ?? 'level'),
    by:
      by.success && breakdowns.includes(by.data)
        ? by.data
        : breakdowns.includes(usual)
          ? usual
          : (breakdowns[0] ?? 'section'),
    order: values.order === 'change' ? 'change' : 'value',
    filter,
    compared: (values.compare ?? '').split(',').filter((key) => key !== ''),
    breakdowns,
  };
}

/** Where a part leads: one level down. The address keeps everything else, and Back undoes it. */
export function useDrill(view: IndicatorView) {
  const navigate = useNavigate();
  const { values } = useSearchState();
  const can = useCan();
  const go = (change: Record<string, string | undefined>) =>
    void navigate({
      to: '.',
      search: { ...values, by: undefined, compare: undefined, ...change } as never,
      resetScroll: false,
    });
  const { by } = view;
  const enterprise = can('fuse:enterprise:read') ? 'enterprise' : undefined;
  return (key: string): (() => void) | null => {
    if (key === '') return null;
    switch (by) {
      case 'city':
        return () => go({ region: key, by: 'county' });
      case 'county':
        return () => go({ region: key, by: enterprise ?? 'section' });
      case 'section':
        return () => go({ sector: key, by: 'sector' });
      case 'sector':
        return () => go({ sector: key, by: view.filter.region === undefined ? 'city' : enterprise });
      case 'keyIndustry':
        return () => go({ keyIndustry: key, by: 'sector' });
      case 'size':
        return () => go({ size: key, by: view.filter.region === undefined ? 'city' : enterprise });
      case 'park':
        return () => go({ park: key, by: enterprise });
      case 'enterprise':
        return () =>
          void navigate({
            to: '/fuse/enterprises/$id',
            params: { id: key },
            search: { tab: 'indicators' } as never,
          });
    }
  };
}

/** What a row of the table is called in a comparison; null for rows that cannot be compared. */
export function comparedKey(by: Breakdown, key: string): string | null {
  if (key === '') return null;
  if (by === 'city' || by === 'county') return `region:${key}`;
  if (by === 'section') return `sector:${key}`;
  return `${by}:${key}`;
}
