import type { Point } from '@ronghe/contracts';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { ChartTable } from '../../components/chart.tsx';
import { baseOption, CHART_COLOURS, type ChartColours, type EChartsOption } from '../../lib/echarts.ts';
import { useDark } from '../../lib/preferences.ts';
import { unitSign } from '../../lib/unit.ts';
import { useFormat } from '../../lib/use-format.ts';
import { isAlone, type Trend, type TrendPoint, type TrendSpan } from './trend.ts';

/** Parts of a chart narrower than this share of it get no words, which would cover one another. */
const LABEL_SHARE_MIN = 0.08;
const DAY_MS = 86_400_000;

export type Window = { fromMs: number; toMs: number };

/** The chart of a point and the same as a table; a switch is drawn in steps. */
export function useTrendOption(trend: Trend, point: Point, window: Window): EChartsOption {
  const { t } = useTranslation();
  const format = useFormat();
  const dark = useDark();
  return useMemo(() => {
    const unit = unitSign(point.unit);
    const colours = CHART_COLOURS[dark ? 'dark' : 'light'];
    const base = baseOption(colours);
    const names = {
      bad: t('ingest.trend.bad'),
      partly: t('ingest.trend.bad'),
      gap: t('ingest.trend.gap'),
    };
    const isSwitch = point.type === 'boolean';
    const step = isSwitch ? ({ step: 'end' } as const) : {};
    const line = { type: 'line', symbol: 'none', ...step } as const;
    return {
      ...base,
      xAxis: timeAxis(colours, window, (value) =>
        window.toMs - window.fromMs > DAY_MS ? format.date(value).slice(5) : format.shortTime(value),
      ),
      yAxis: {
        type: 'value',
        // A switch is told by its share of "on", from none to all.
        ...(isSwitch ? { min: 0, max: 1 } : { scale: true }),
        name: unit,
        nameTextStyle: { color: colours.faint, align: 'left' },
        axisLabel: { color: colours.faint, formatter: (value: number) => format.number(value) },
        splitLine: { lineStyle: { color: colours.line } },
      },
      tooltip: {
        ...base.tooltip,
        valueFormatter: (value) => (typeof value === 'number' ? `${format.number(value, 3)} ${unit}` : '—'),
      },
      legend: { show: false },
      series: [
        ...(trend.isLine || isSwitch
          ? []
          : band(line, trend.points, colours, { min: t('ingest.trend.min'), max: t('ingest.trend.max') })),
        {
          ...line,
          name: trend.isLine ? t('ingest.trend.value') : t('ingest.trend.mean'),
          lineStyle: { width: 1.6 },
          itemStyle: { color: colours.series[0] },
          data: trend.points.map((place, index) => ({
            value: [place.timeMs, place.mean],
            ...(isAlone(trend.points, index) ? { symbol: 'circle', symbolSize: 4 } : {}),
          })),
          markArea: { silent: true, data: trend.spans.map((span) => area(span, { colours, window, names })) },
        },
      ],
    } satisfies EChartsOption;
  }, [trend, point, window, t, format, dark]);
}

const timeAxis = (colours: ChartColours, { fromMs, toMs }: Window, formatter: (value: number) => string) =>
  ({
    type: 'time',
    min: fromMs,
    max: toMs,
    axisLabel: { color: colours.faint, hideOverlap: true, formatter },
    axisLine: { lineStyle: { color: colours.line } },
  }) as const;

type Line = { type: 'line'; symbol: 'none' };
/** Two invisible lines with the area between them; the upper one is told as what it is, not as what is stacked. */
function band(
  line: Line,
  points: readonly TrendPoint[],
  colours: ChartColours,
  { min, max }: { min: string; max: string },
) {
  const edge = { ...line, silent: true, lineStyle: { opacity: 0 } };
  const color = colours.series[0];
  return [
    {
      ...edge,
      name: min,
      itemStyle: { color },
      stack: 'band',
      data: points.map((place) => [place.timeMs, place.min]),
    },
    {
      ...edge,
      name: `${min}–${max}`,
      stack: 'band',
      areaStyle: { color, opacity: 0.16 },
      tooltip: { show: false },
      data: points.map(({ timeMs, min: low, max: high }) => [
        timeMs,
        low === null || high === null ? null : high - low,
      ]),
    },
    { ...edge, name: max, itemStyle: { color }, data: points.map((place) => [place.timeMs, place.max]) },
  ];
}

const OPACITIES = { bad: 0.24, partly: 0.1, gap: 0.1 } as const satisfies Record<TrendSpan['kind'], number>;

type AreaLook = { colours: ChartColours; window: Window; names: Record<TrendSpan['kind'], string> };
function area({ kind, fromMs, toMs }: TrendSpan, { colours, window, names }: AreaLook) {
  const isWide = toMs - fromMs >= (window.toMs - window.fromMs) * LABEL_SHARE_MIN;
  const from = {
    name: names[kind],
    xAxis: Math.max(fromMs, window.fromMs),
    itemStyle: { color: kind === 'gap' ? colours.faint : colours.series[1], opacity: OPACITIES[kind] },
    label: { show: isWide, position: 'insideTop' as const, color: colours.ink, fontSize: 11 },
  };
  const corners: [typeof from, { xAxis: number }] = [from, { xAxis: Math.min(toMs, window.toMs) }];
  return corners;
}

/** What is drawn, in rows: samples with the parts that are not good between them, or buckets with their counts. */
export function useTrendTable(trend: Trend, point: Point): ChartTable {
  const { t } = useTranslation();
  const format = useFormat();
  const unit = unitSign(point.unit);
  const withUnit = (title: string) => (unit === '' ? title : `${title} (${unit})`);
  if (!trend.isLine) {
    return {
      columns: [
        t('ingest.trend.time'),
        ...[t('ingest.trend.mean'), t('ingest.trend.min'), t('ingest.trend.max')].map(withUnit),
        t('ingest.trend.good'),
        t('ingest.trend.bad'),
      ],
      rows: trend.buckets.map(({ timeMs, mean, min, max, good, bad }) => [
        format.dateTime(timeMs),
        mean,
        min,
        max,
        good,
        bad,
      ]),
    };
  }
  const samples = trend.points.flatMap(({ timeMs, mean }) =>
    mean === null ? [] : [{ timeMs, cells: [format.preciseTime(timeMs), mean, t('quality.good')] }],
  );
  const parts = trend.spans.map(({ kind, fromMs, toMs, bad }) => ({
    timeMs: fromMs,
    cells: [
      format.preciseTime(fromMs),
      null,
      kind === 'gap'
        ? t('ingest.trend.gapUntil', { until: format.time(toMs) })
        : t('ingest.trend.badUntil', { count: bad, until: format.time(toMs) }),
    ],
  }));
  return {
    columns: [t('ingest.trend.time'), withUnit(t('ingest.trend.value')), t('ingest.trend.quality')],
    rows: [...samples, ...parts].sort((left, right) => left.timeMs - right.timeMs).map(({ cells }) => cells),
  };
}
