import type { IndicatorComparison, IndicatorTrend } from '@ronghe/contracts';
import { Button } from 'antd';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { Chart } from '../../../components/chart.tsx';
import { DataState } from '../../../components/data-state.tsx';
import { Panel } from '../../../components/page.tsx';
import { baseOption, CHART_COLOURS, type EChartsOption } from '../../../lib/echarts.ts';
import { useDark } from '../../../lib/preferences.ts';
import { useGet } from '../../../lib/query.ts';
import { useSearchState } from '../../../lib/search.ts';
import { useFormat, usePick } from '../../../lib/use-format.ts';
import { type Indicator, pathOfIndicator, useFigureText, useNames } from './figure-text.ts';
import type { IndicatorView } from './use-indicator-view.ts';

/** The sum month by month as bars, its growth as a line. */
export function TrendPanel({ view }: { view: IndicatorView }) {
  const { t } = useTranslation();
  const pick = usePick();
  const text = useFigureText();
  const { indicator, measure, filter, period } = view;
  const query = useGet<IndicatorTrend>(
    pathOfIndicator(indicator.code, 'trend'),
    { ...filter, measure, to: period },
    { keep: true },
  );
  const hidden = query.data?.items.find(({ suppressed }) => suppressed)?.suppressed;
  return (
    <Panel title={t('indicators.trend')} actions={<span className="faint">{text.unit(indicator.unit)}</span>}>
      <DataState
        query={query}
        isEmpty={({ items }) => items.every(({ value }) => value === null)}
        empty={{ title: hidden ? text.suppression(hidden) : t('indicators.noData') }}
      >
        {({ items }) => <TrendChart items={items} indicator={indicator} name={pick(indicator.name)} />}
      </DataState>
    </Panel>
  );
}

function useAxes(unit: string) {
  const text = useFigureText();
  const format = useFormat();
  const dark = useDark();
  const colours = CHART_COLOURS[dark ? 'dark' : 'light'];
  const value = {
    type: 'value' as const,
    axisLabel: { color: colours.faint, formatter: (each: number) => text.short(each, unit) },
    splitLine: { lineStyle: { color: colours.line } },
  };
  const months = (data: readonly string[]) => ({
    type: 'category' as const,
    data: [...data],
    axisLabel: { color: colours.faint, hideOverlap: true },
    axisLine: { lineStyle: { color: colours.line } },
    axisTick: { show: false },
  });
  return { colours, value, months, format };
}

type TrendChartProps = { items: IndicatorTrend['items']; indicator: Indicator; name: string };
function TrendChart({ items, indicator, name }: TrendChartProps) {
  const { t } = useTranslation();
  const { colours, value, months, format } = useAxes(indicator.unit);
  const growth = indicator.kind === 'ratio' ? t('indicators.change') : t('indicators.growth');
  const option = useMemo<EChartsOption>(
    () => ({
      ...baseOption(colours),
      tooltip: { ...baseOption(colours).tooltip, valueFormatter: (each) => format.number(Number(each)) },
      xAxis: months(items.map(({ period }) => period)),
      yAxis: [
        { ...value, scale: indicator.kind === 'ratio' },
        { ...value, splitLine: { show: false }, axisLabel: { color: colours.faint, formatter: '{value}%' } },
      ],
      series: [
        {
          type: 'bar',
          name,
          barMaxWidth: 20,
          itemStyle: { color: colours.series[0], borderRadius: [2, 2, 0, 0] },
          data: items.map((item) => item.value),
        },
        {
          type: 'line',
          name: growth,
          yAxisIndex: 1,
          symbolSize: 5,
          itemStyle: { color: colours.series[1] },
          data: items.map((item) => item.growth?.value ?? null),
        },
      ],
    }),
    [items, indicator, name, growth, colours, value, months, format],
  );
  return (
    <Chart
      option={option}
      label={`${name} ${t('indicators.trend')}`}
      fileName={`${name}-${t('indicators.trend')}`}
      table={{
        columns: [t('indicators.period'), `${name} (${indicator.unit})`, growth, t('indicators.comparable')],
        rows: items.map((item) => [
          item.period,
          item.value,
          item.growth?.value ?? null,
          item.growth?.comparable ?? null,
        ]),
      }}
    />
  );
}

/** Several parts side by side, month by month. */
export function ComparisonPanel({ view }: { view: IndicatorView }) {
  const { t } = useTranslation();
  const { set } = useSearchState();
  const { indicator, measure, filter, period, compared } = view;
  const query = useGet<IndicatorComparison>(
    pathOfIndicator(indicator.code, 'comparison'),
    { ...filter, measure, to: period, items: compared.join(',') },
    { keep: true },
  );
  return (
    <Panel
      title={t('indicators.comparing')}
      actions={
        <Button type="link" size="small" onClick={() => set({ compare: null })}>
          {t('indicators.compareClear')}
        </Button>
      }
    >
      <DataState query={query}>
        {(answer) => <ComparisonChart answer={answer} indicator={indicator} />}
      </DataState>
    </Panel>
  );
}

function ComparisonChart({ answer, indicator }: { answer: IndicatorComparison; indicator: Indicator }) {
  const { t } = useTranslation();
  const pick = usePick();
  const { cityName } = useNames();
  const { colours, value, months, format } = useAxes(indicator.unit);
  const periods = useMemo(
    () => [...new Set(answer.items.flatMap(({ items }) => items.map(({ period }) => period)))].sort(),
    [answer],
  );
  const lines = useMemo(
    () =>
      answer.items.map(({ key, name, items }) => {
        const found = new Map(items.map((item) => [item.period, item.value]));
        return {
          name: cityName(key.replace('region:', ''), pick(name)),
          values: periods.map((period) => found.get(period) ?? null),
        };
      }),
    [answer, periods, pick, cityName],
  );
  const option = useMemo<EChartsOption>(
    () => ({
      ...baseOption(colours),
      legend: { ...baseOption(colours).legend, type: 'scroll', left: 0 },
      tooltip: { ...baseOption(colours).tooltip, valueFormatter: (each) => format.number(Number(each)) },
      xAxis: months(periods),
      yAxis: { ...value, scale: indicator.kind === 'ratio' },
      series: lines.map((line, at) => ({
        type: 'line',
        name: line.name,
        data: line.values,
        symbolSize: 5,
        lineStyle: { type: at < colours.series.length ? 'solid' : 'dashed' },
      })),
    }),
    [lines, periods, indicator, colours, value, months, format],
  );
  return (
    <Chart
      option={option}
      label={t('indicators.comparing')}
      fileName={`${pick(indicator.name)}-${t('indicators.comparing')}`}
      table={{
        columns: [t('indicators.period'), ...lines.map(({ name }) => name)],
        rows: periods.map((period, at) => [period, ...lines.map(({ values }) => values[at] ?? null)]),
      }}
    />
  );
}
