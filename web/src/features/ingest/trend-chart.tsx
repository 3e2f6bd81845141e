import type { BucketRow, LatestValue, Point, PointReading } from '@ronghe/contracts';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Chart } from '../../components/chart.tsx';
import { DataState } from '../../components/data-state.tsx';
import { getJson } from '../../lib/api.ts';
import { useFormat } from '../../lib/use-format.ts';
import {
  bucketOf,
  bucketTrend,
  LINE_SAMPLES_MAX,
  lineTrend,
  TREND_PLANS,
  type Trend,
  type TrendBucket,
  type TrendRange,
} from './trend.ts';
import { useTrendOption, useTrendTable, type Window } from './trend-option.ts';

const READING_PATH = '/api/ingest/observations';
const BUCKETS_MAX = 1_000;
/** Most live values kept beside what was read. */
const TAIL_MAX = 600;
const HEIGHT = 300;
/** A skeleton as high as the chart, so that nothing jumps. */
const SKELETON_ROWS = 12;

type Line = readonly { time: string; value: number }[];
type Reading = { window: Window; line: Line | null; buckets: readonly TrendBucket[] };
type TrendChartProps = { point: Point; range: TrendRange; latest: LatestValue | undefined };

/** The curve of a point over a range that ends now. */
export function TrendChart({ point, range, latest }: TrendChartProps) {
  const { t } = useTranslation();
  const { refreshMs, bucketMs } = TREND_PLANS[range];
  const query = useQuery({
    queryKey: [READING_PATH, 'trend', point.id, range],
    queryFn: ({ signal }) => read(point, range, signal),
    refetchInterval: refreshMs,
  });
  const tail = useTail(latest);
  const { data } = query;
  const trend = useMemo((): Trend => {
    if (!data) return { points: [], spans: [], buckets: [], isLine: true };
    return data.line === null
      ? bucketTrend(data.buckets, bucketMs)
      : lineTrend(data.line, data.buckets, { bucketMs, tail });
  }, [data, tail, bucketMs]);
  const isEmpty = () => trend.points.length === 0 && trend.spans.length === 0;
  return (
    <DataState
      query={query}
      rows={SKELETON_ROWS}
      isEmpty={isEmpty}
      empty={{ title: t('chart.noData'), text: t('ingest.trend.emptyHint') }}
    >
      {({ window }) => <Drawn trend={trend} point={point} range={range} window={window} />}
    </DataState>
  );
}

type DrawnProps = { trend: Trend; point: Point; range: TrendRange; window: Window };
function Drawn({ trend, point, range, window }: DrawnProps) {
  const { t } = useTranslation();
  const toMs = Math.max(window.toMs, trend.points.at(-1)?.timeMs ?? 0);
  const moved = useMemo(() => ({ fromMs: window.fromMs, toMs }), [window.fromMs, toMs]);
  const option = useTrendOption(trend, point, moved);
  const table = useTrendTable(trend, point);
  return (
    <Chart
      option={option}
      table={table}
      fileName={`${point.key}-${range}`.replace(/[\\/:*?"<>|]/g, '_')}
      label={t('ingest.trend.chartLabel', { name: point.name, range: t(`ingest.trend.ranges.${range}`) })}
      height={HEIGHT}
      note={<Note trend={trend} range={range} isSwitch={point.type === 'boolean'} />}
    />
  );
}

/** What the chart is made of, and in words what the shaded parts mean. */
type NoteProps = { trend: Trend; range: TrendRange; isSwitch: boolean };
function Note({ trend, range, isSwitch }: NoteProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const samples = trend.points.filter(({ mean }) => mean !== null).length;
  const every = format.duration(TREND_PLANS[range].bucketMs);
  const made = trend.isLine
    ? t(samples >= LINE_SAMPLES_MAX ? 'ingest.trend.thinned' : 'ingest.trend.samples', { count: samples })
    : t(isSwitch ? 'ingest.trend.shares' : 'ingest.trend.statistics', { every });
  const bad = trend.spans.reduce((sum, span) => sum + span.bad, 0);
  const gaps = trend.spans.filter(({ kind }) => kind === 'gap').length;
  return (
    <span className="trend-note">
      <span>{made}</span>
      {bad > 0 && (
        <span>
          <i className="swatch bad" aria-hidden="true" /> {t('ingest.trend.badNote', { count: bad })}
        </span>
      )}
      {gaps > 0 && (
        <span>
          <i className="swatch" aria-hidden="true" /> {t('ingest.trend.gapNote', { count: gaps })}
        </span>
      )}
    </span>
  );
}

/** Only numbers can be thinned out; a switch is told by its share of "on" in each bucket. */
async function read(point: Point, range: TrendRange, signal: AbortSignal): Promise<Reading> {
  const { rangeMs, bucket, isLine } = TREND_PLANS[range];
  const toMs = Date.now();
  const window = { fromMs: toMs - rangeMs, toMs };
  const asked = {
    point: point.id,
    from: new Date(window.fromMs).toISOString(),
    to: new Date(toMs).toISOString(),
  };
  const drawsLine = isLine && point.type === 'number';
  const [buckets, line] = await Promise.all([
    getJson<PointReading>(
      READING_PATH,
      { ...asked, bucket, aggregate: 'count,bad,min,max,mean', fill: 'null', limit: BUCKETS_MAX },
      signal,
    ),
    drawsLine
      ? getJson<PointReading>(READING_PATH, { ...asked, downsample: 'lttb', limit: LINE_SAMPLES_MAX }, signal)
      : null,
  ]);
  return {
    window,
    line: line === null ? null : (line.items as Line),
    buckets: (buckets.items as BucketRow[]).map(bucketOf),
  };
}

function useTail(latest: LatestValue | undefined): readonly LatestValue[] {
  const [tail, setTail] = useState<readonly LatestValue[]>([]);
  useEffect(() => {
    if (!latest) return;
    setTail((known) => (known.at(-1)?.time === latest.time ? known : [...known.slice(-TAIL_MAX), latest]));
  }, [latest]);
  return tail;
}
