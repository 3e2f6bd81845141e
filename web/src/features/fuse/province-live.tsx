import type { Collector, IngestStatistics } from '@ronghe/contracts';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useGet } from '../../lib/query.ts';
import { useCan } from '../../lib/session.ts';
import { useFormat } from '../../lib/use-format.ts';

const REFRESH_MS = 2_000;
const COLLECTORS_REFRESH_MS = 5_000;
/** Readings of the little curve: two minutes. */
const READINGS_MAX = 60;

/** What arrives from the machines right now. */
export function LivePanel() {
  const { t } = useTranslation();
  const can = useCan();
  const format = useFormat();
  const statistics = useGet<IngestStatistics>(
    '/api/ingest/statistics',
    {},
    { enabled: can('ingest:observation:read'), refreshMs: REFRESH_MS },
  );
  const collectors = useGet<{ items: Collector[] }>(
    '/api/collect/collectors',
    {},
    { enabled: can('collect:collector:read'), refreshMs: COLLECTORS_REFRESH_MS },
  );
  const readings = useReadings(statistics.data?.perSecond, statistics.dataUpdatedAt);
  if (!can('ingest:observation:read')) return null;
  const { data } = statistics;
  const list = collectors.data?.items ?? [];
  const online = list.filter((collector) => collector.state === 'online').length;
  const perSecond = format.compactParts(data?.perSecond);
  return (
    <section className="wall-card grow" aria-labelledby="wall-live">
      <h2 id="wall-live">
        <i className={statistics.isError ? 'wall-dot off' : 'wall-dot'} aria-hidden="true" />
        {t('province.live')}
        {statistics.isError && <em className="wall-stale">{t('province.stale')}</em>}
      </h2>
      <div className="wall-rate">
        <strong>
          {perSecond.value}
          {perSecond.unit}
        </strong>
        <span>{t('province.perSecond')}</span>
      </div>
      <Sparkline values={readings} />
      <dl className="wall-figures small">
        <div>
          <dt>{t('province.pointsOnline')}</dt>
          <dd>{format.number(data?.points, 0)}</dd>
        </div>
        <div>
          <dt>{t('province.collectorsOnline')}</dt>
          <dd>
            {online}
            <small>/ {list.length}</small>
          </dd>
        </div>
        <div>
          <dt>{t('province.observations')}</dt>
          <dd>{format.compact(data?.observations, 2)}</dd>
        </div>
        <div>
          <dt>{t('province.rejectedDay')}</dt>
          <dd>{format.compact(data?.rejectedDay)}</dd>
        </div>
      </dl>
    </section>
  );
}

function useReadings(value: number | undefined, at: number): readonly number[] {
  const [readings, setReadings] = useState<readonly number[]>([]);
  useEffect(() => {
    if (value !== undefined && at > 0) setReadings((known) => [...known.slice(1 - READINGS_MAX), value]);
  }, [value, at]);
  return readings;
}

/** The last two minutes as a line; decoration beside the number, so hidden from screen readers. */
function Sparkline({ values }: { values: readonly number[] }) {
  const max = Math.max(1, ...values) * 1.15;
  const places = values.map((value, index) => {
    const x = ((READINGS_MAX - values.length + index) / (READINGS_MAX - 1)) * 400;
    return `${x.toFixed(1)},${(60 - (value / max) * 56).toFixed(1)}`;
  });
  const first = places[0]?.split(',')[0] ?? '0';
  return (
    <svg
      className="wall-spark"
      viewBox="0 0 400 60"
      preserveAspectRatio="none"
      aria-hidden="true"
      focusable="false"
    >
      {places.length > 1 && (
        <>
          <polygon points={`${first},60 ${places.join(' ')} 400,60`} />
          <polyline points={places.join(' ')} />
        </>
      )}
    </svg>
  );
}
