import type { Point } from '@ronghe/contracts';
import { Segmented } from 'antd';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useLive } from '../../lib/live.ts';
import { useNow } from '../../lib/now.ts';
import { useFormat } from '../../lib/use-format.ts';
import { LiveBadge } from './live-badge.tsx';
import { RecordList } from './record-list.tsx';
import { useStaleTest } from './stale.ts';
import { TREND_RANGE_NAMES, type TrendRange } from './trend.ts';
import { TrendChart } from './trend-chart.tsx';
import { LiveQuality, LiveValue } from './value.tsx';

/** Present value and history of one point; short ranges go on by themselves. */
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
          <div>
            <Segmented
              aria-label={t('ingest.trend.range')}
              value={range}
              onChange={setRange}
              options={TREND_RANGE_NAMES.map((name) => ({
                value: name,
                label: t(`ingest.trend.ranges.${name}`),
              }))}
            />
          </div>
          <TrendChart key={`${point.id}-${range}`} point={point} range={range} latest={latest} />
        </>
      )}
    </div>
  );
}
