import {
  type Growth,
  type IndicatorList,
  type StatisticCode,
  SUPPRESSIONS,
  type Suppression,
  TURNS,
} from '@ronghe/contracts';
import { useTranslation } from 'react-i18next';
import type { Tone } from '../../../components/tags.tsx';
import { useDictionaries } from '../../../lib/dictionaries.ts';
import { useCan } from '../../../lib/session.ts';
import { useFormat, usePick } from '../../../lib/use-format.ts';

export type Indicator = IndicatorList['items'][number];

/** Amounts are kept in 10,000 CNY. */
const MONEY = '万元';

/** Units in English; in Chinese they are as the server says. */
const UNITS_ENGLISH: Readonly<Record<string, string>> = {
  万元: '10,000 CNY',
  元: 'CNY',
  人: 'people',
  天: 'days',
  万千瓦时: '10 MWh',
  '万元/人': '10,000 CNY a person',
};

/** Units that do not read well behind a number in English, with what to say instead. */
const CONVERTED: Readonly<Record<string, { factor: number; unit: string }>> = {
  万千瓦时: { factor: 10, unit: 'MWh' },
  '万元/人': { factor: 10, unit: 'k CNY a person' },
};

/** How numbers of indicators become words. */
export function useFigureText() {
  const { t } = useTranslation();
  const format = useFormat();
  const pick = usePick();
  const signed = (value: number, digits = 1) => `${value > 0 ? '+' : ''}${format.number(value, digits)}`;
  const unit = (of: string): string => (format.locale === 'en' ? (UNITS_ENGLISH[of] ?? of) : of);
  /** Number and unit as they stand beside each other. */
  const parts = (value: number | null | undefined, of: string): { value: string; unit: string } => {
    if (of === MONEY) return format.moneyParts(value);
    if (value === null || value === undefined) return { value: format.number(value), unit: '' };
    const converted = format.locale === 'en' ? CONVERTED[of] : undefined;
    return converted
      ? { value: format.number(value * converted.factor), unit: converted.unit }
      : { value: format.number(value), unit: unit(of) };
  };
  const changeOf = (value: number, of: string): string => {
    const { value: number, unit: sign } = parts(value, of);
    return `${value > 0 ? '+' : ''}${number} ${sign}`;
  };
  return {
    unit,
    /** Short, for axes. */
    short: (value: number, of: string): string =>
      of === MONEY ? format.money(value) : format.compact(value),
    parts,
    value(value: number | null | undefined, of: string): string {
      const { value: number, unit: sign } = parts(value, of);
      return sign === '' ? number : `${number} ${sign}`;
    },
    suppression: (why: Suppression): string => pick(SUPPRESSIONS[why]),
    /** +3.2 %, -0.4 points (of the unit where that is no percentage), 由亏转盈; a dash where nothing is known. */
    growth(growth: Growth | null | undefined, of = '%'): string {
      if (!growth) return '—';
      const turn = growth.turn === null ? '' : pick(TURNS[growth.turn]);
      if (growth.value === null) return turn === '' ? '—' : turn;
      const rate =
        growth.kind === 'points'
          ? of === '%'
            ? t('indicators.points', { value: signed(growth.value, 2) })
            : changeOf(growth.value, of)
          : `${signed(growth.value)}%`;
      return turn === '' ? rate : `${rate} (${turn})`;
    },
    points: (value: number | null): string => (value === null ? '—' : signed(value, 2)),
  };
}

/** Names of codes; who may not see enterprises is not asked for them and goes by the names that come with the figures. */
export function useNames() {
  const can = useCan();
  return useDictionaries(can('fuse:enterprise:read'));
}

/** Good, bad or neither, by the way that is better for the indicator. */
export function toneOf(growth: Growth | null | undefined, direction: Indicator['direction']): Tone {
  if (!growth || direction === 'none') return 'plain';
  const up = growth.value ?? (growth.turn === 'loss-to-profit' || growth.turn === 'loss-shrank' ? 1 : -1);
  if (up === 0) return 'plain';
  return up > 0 === (direction === 'up') ? 'good' : 'bad';
}

/** Months of an indicator that can be asked for, newest first. */
export function periodsOf({ first, last, january, frequency }: Indicator): string[] {
  if (first === null || last === null) return [];
  const periods: string[] = [];
  for (let year = Number(last.slice(0, 4)); year >= Number(first.slice(0, 4)); year -= 1)
    for (let month = 12; month >= 1; month -= 1) {
      const period = `${year}-${String(month).padStart(2, '0')}`;
      const told = frequency === 'quarterly' ? month % 3 === 0 : month > 1 || january === 'separate';
      if (told && period >= first && period <= last) periods.push(period);
    }
  return periods;
}

export const pathOfIndicator = (code: StatisticCode, what: string): string =>
  `/api/fuse/indicators/${code}/${what}`;
