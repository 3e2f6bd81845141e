import type { LatestValue, Point, Series } from '@ronghe/contracts';
import { useQuery } from '@tanstack/react-query';
import { Segmented } from 'antd';
import { useEffect, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Chart } from '../../components/chart.tsx';
import { DataState } from '../../components/data-state.tsx';
import { getJson } from '../../lib/api.ts';
import { baseOption, CHART_COLOURS, type EChartsOption } from '../../lib/echarts.ts';
import { useLive } from '../../lib/live.ts';
import { useNow } from '../../lib/now.ts';
import { useDark } from '../../lib/preferences.ts';
import { unitSign } from '../../lib/unit.ts';
import { useFormat } from '../../lib/use-format.ts';
import { LiveBadge } from './live-badge.tsx';
import { RecordList } from './record-list.tsx';
import { useStaleTest } from './stale.ts';
import {
  gapsOf,
  TREND_RANGE_NAMES,
  TREND_RANGES,
  type TrendPoint,
  type TrendRange,
  trendOf,
} from './trend.ts';
import { LiveQuality, LiveValue } from './value.tsx';

const BUCKETS = 240;
/** Milliseconds between two readings of the past; live values fill what lies between. */
const REFRESH_MS = 20_000;
/** Most live values kept beside the buckets. */
const TAIL_MAX = 600;

/** Present value and curve of one point; the curve goes on by itself. */
export function TrendPanel({ point }: { point: Point }) {
  const { t } = useTranslation();
  const [range, setRange] = useState<TrendRange>('10m');
  const points = useMemo(() => [point.id], [point.id]);
  const { values, state } = useLive(points);
  const latest = values.get(point.id);
  const isStale = useStaleTest();
  const stale = latest !== undefined && isStale(point, latest);
  const now = useNow();
  const format = useFormat();
  return (
    <div className="stack">
      <div className="trend-now">
        <strong>
          <LiveValue latest={latest} unit={point.unit} stale={stale} />
        </strong>
        <LiveQuality latest={latest} stale={stale} />
        <LiveBadge state={state} />
        {latest && (
          <span className="faint">{t('ingest.trend.age', { age: format.ago(latest.time, now) })}</span>
        )}
      </div>
      {point.type === 'text' ? (
        <RecordList point={point} />
      ) : (
        <>
          <Segmented
            aria-label={t('ingest.trend.range')}
            value={range}
            onChange={setRange}
            options={TREND_RANGE_NAMES.map((name) => ({
              value: name,
              label: t(`ingest.trend.ranges.${name}`),
            }))}
          />
          <TrendChart key={`${point.id}-${range}`} point={point} range={range} latest={latest} />
        </>
      )}
    </div>
  );
}

type TrendChartProps = { point: Point; range: TrendRange; latest: LatestValue | undefined };
function TrendChart({ point, range, latest }: TrendChartProps) {
  const { t } = useTranslation();
  const rangeMs = TREND_RANGES[range];
  const query = useQuery({
    queryKey: ['/api/ingest/series', point.id, range],
    queryFn: ({ signal }) => {
      const nowMs = Date.now();
      const from = new Date(nowMs - rangeMs).toISOString();
      return getJson<Series>(
        '/api/ingest/series',
        { point: point.id, from, to: new Date(nowMs).toISOString(), buckets: BUCKETS },
        signal,
      );
    },
    refetchInterval: REFRESH_MS,
  });
  const tail = useTail(latest);
  const data = query.data;
  const curve = useMemo(() => (data ? trendOf(data, tail, Date.now() - rangeMs) : []), [data, tail, rangeMs]);
  const { option, table } = useTrendOption(curve, point, rangeMs);
  const gaps = gapsOf(curve);
  return (
    <DataState query={query} isEmpty={() => curve.length === 0} empty={{ title: t('chart.noData') }}>
      {() => (
        <Chart
          option={option}
          table={table}
          fileName={`${point.key}-${range}`.replace(/[\\/:*?"<>|]/g, '_')}
          label={t('ingest.trend.chartLabel', { name: point.name, range: t(`ingest.trend.ranges.${range}`) })}
          height={300}
          note={gaps > 0 ? t('ingest.trend.gapNote', { count: gaps }) : undefined}
        />
      )}
    </DataState>
  );
}

function useTail(latest: LatestValue | undefined): readonly LatestValue[] {
  const [tail, setTail] = useState<readonly LatestValue[]>([]);
  useEffect(() => {
    if (!latest) return;
    setTail((known) => (known.at(-1)?.time === latest.time ? known : [...known.slice(-TAIL_MAX), latest]));
  }, [latest]);
  return tail;
}

function useTrendOption(curve: readonly TrendPoint[], point: Point, rangeMs: number) {
  const { t } = useTranslation();
  const format = useFormat();
  const dark = useDark();
  return useMemo(() => {
    const unit = unitSign(point.unit);
    const colours = CHART_COLOURS[dark ? 'dark' : 'light'];
    const table = {
      columns: [
        t('ingest.trend.time'),
        t('ingest.trend.mean'),
        t('ingest.trend.min'),
        t('ingest.trend.max'),
      ].map((title, index) => (index === 0 || unit === '' ? title : `${title} (${unit})`)),
      rows: curve.map((item) => [format.dateTime(item.timeMs), item.mean, item.min, item.max]),
    };
    const step = point.type === 'boolean' ? ({ step: 'end' } as const) : {};
    const line = { type: 'line', showSymbol: false, ...step } as const;
    const option: EChartsOption = {
      ...baseOption(colours),
      xAxis: {
        type: 'time',
        min: Date.now() - rangeMs,
        max: Date.now(),
        axisLabel: {
          color: colours.faint,
          hideOverlap: true,
          formatter: (value: number) => format.shortTime(value),
        },
        axisLine: { lineStyle: { color: colours.line } },
      },
      yAxis: {
        type: 'value',
        scale: true,
        name: unit,
        nameTextStyle: { color: colours.faint, align: 'left' },
        axisLabel: { color: colours.faint, formatter: (value: number) => format.number(value) },
        splitLine: { lineStyle: { color: colours.line } },
      },
      tooltip: {
        ...baseOption(colours).tooltip,
        valueFormatter: (value) => (typeof value === 'number' ? `${format.number(value, 3)} ${unit}` : '—'),
      },
      series: [
        {
          ...line,
          name: t('ingest.trend.min'),
          stack: 'band',
          silent: true,
          lineStyle: { opacity: 0 },
          data: band(curve, 'min'),
          tooltip: { show: false },
        },
        {
          ...line,
          name: t('ingest.trend.band'),
          stack: 'band',
          silent: true,
          lineStyle: { opacity: 0 },
          areaStyle: { color: colours.series[0], opacity: 0.16 },
          data: curve.map((item) => [
            item.timeMs,
            item.max === null || item.min === null ? null : item.max - item.min,
          ]),
          tooltip: { show: false },
        },
        {
          ...line,
          name: t('ingest.trend.mean'),
          lineStyle: { width: 1.6 },
          itemStyle: { color: colours.series[0] },
          data: band(curve, 'mean'),
        },
      ],
      legend: { ...baseOption(colours).legend, show: false },
    };
    return { option, table };
  }, [curve, point, rangeMs, t, format, dark]);
}

const band = (curve: readonly TrendPoint[], field: 'min' | 'mean') =>
  curve.map((item): [number, number | null] => [item.timeMs, item[field]]);
