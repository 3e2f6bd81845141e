import { BREAKDOWNS, type IndicatorList, MEASURES } from '@ronghe/contracts';
import { Segmented, Select } from 'antd';
import { useTranslation } from 'react-i18next';
import { FilterSelect } from '../../../components/filter-select.tsx';
import { useSearchState } from '../../../lib/search.ts';
import { useCan } from '../../../lib/session.ts';
import { usePick } from '../../../lib/use-format.ts';
import { periodsOf, useNames } from './figure-text.ts';
import type { IndicatorView } from './use-indicator-view.ts';

/** Which indicator, month and measure, of which industry and size. */
export function Controls({ list, view }: { list: IndicatorList; view: IndicatorView }) {
  const { t } = useTranslation();
  const pick = usePick();
  const can = useCan();
  const dictionaries = useNames();
  const { set } = useSearchState();
  const { indicator, period, measure, by, filter, breakdowns } = view;
  const separate = indicator.january === 'separate';
  const nameOfPeriod = (each: string) =>
    each.endsWith('-02') && !separate ? t('indicators.januaryToFebruary', { year: each.slice(0, 4) }) : each;
  return (
    <search className="toolbar" aria-label={t('indicators.filters')}>
      <Select
        showSearch={{ optionFilterProp: 'label' }}
        aria-label={t('indicators.indicator')}
        value={indicator.code}
        options={list.items
          .filter(({ last, measures }) => last !== null && measures.length > 0)
          .map(({ code, name }) => ({ value: code, label: pick(name) }))}
        onChange={(code) => set({ code, measure: null })}
        style={{ width: 210 }}
        popupMatchSelectWidth={false}
      />
      <Select
        aria-label={t('indicators.period')}
        value={period}
        options={periodsOf(indicator).map((each) => ({ value: each, label: nameOfPeriod(each) }))}
        onChange={(next) => set({ period: next })}
        style={{ width: 150 }}
        popupMatchSelectWidth={false}
      />
      {indicator.measures.length > 1 && (
        <Segmented
          aria-label={t('indicators.measure')}
          value={measure}
          options={indicator.measures.map((each) => ({ value: each, label: pick(MEASURES[each]) }))}
          onChange={(next) => set({ measure: next })}
        />
      )}
      <Select
        aria-label={t('indicators.by')}
        value={by}
        options={breakdowns.map((each) => ({
          value: each,
          label: t('indicators.byName', { name: pick(BREAKDOWNS[each]) }),
        }))}
        onChange={(next) => set({ by: next, compare: null })}
        style={{ width: 150 }}
        popupMatchSelectWidth={false}
      />
      {(dictionaries.sectors.length > 0 || filter.sector !== undefined) && (
        <FilterSelect
          label={t('indicators.sector')}
          all={t('indicators.allIndustries')}
          value={filter.sector}
          options={dictionaries.sectors}
          onChange={(sector) => set({ sector, by: null })}
          width={170}
        />
      )}
      {can('fuse:enterprise:read') && (
        <>
          <FilterSelect
            label={t('indicators.keyIndustry')}
            all={t('indicators.allKeyIndustries')}
            value={filter.keyIndustry}
            options={dictionaries.options('keyIndustries')}
            onChange={(keyIndustry) => set({ keyIndustry })}
          />
          <FilterSelect
            label={t('indicators.size')}
            all={t('indicators.allSizes')}
            value={filter.size}
            options={dictionaries.options('sizes')}
            onChange={(size) => set({ size })}
            width={120}
          />
        </>
      )}
    </search>
  );
}
