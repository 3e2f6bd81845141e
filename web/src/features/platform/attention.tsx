import { CheckCircleFilled, CloseCircleFilled, ExclamationCircleFilled } from '@ant-design/icons';
import type {
  ApiKey,
  Collector,
  FuseOverview,
  IngestStatistics,
  Job,
  Page as PageOf,
  ReviewPair,
  Source,
} from '@ronghe/contracts';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { Panel } from '../../components/page.tsx';
import { useNow } from '../../lib/now.ts';
import { useGet } from '../../lib/query.ts';
import { useCan } from '../../lib/session.ts';
import { useFormat, usePick } from '../../lib/use-format.ts';
import { useWaitingRequests } from '../../lib/waiting-requests.ts';
import { BUFFER_WARN_SHARE, bufferShare } from '../collect/buffer-bar.tsx';
import { stateOf } from './keys.ts';

type Item = { key: string; tone: 'bad' | 'warn'; text: string; to: string };
const REFRESH_MS = 10_000;
const ITEMS_MAX = 8;
const NOW_MS = 60_000;

/** What a person should look at now, worst first, each with the way to it. */
export function Attention() {
  const { t } = useTranslation();
  const items = [...useCollectItems(), ...useFuseItems(), ...useShareItems(), ...usePlatformItems()];
  const sorted = items.sort((left, right) => Number(right.tone === 'bad') - Number(left.tone === 'bad'));
  return (
    <Panel title={t('platform.home.attention')} flush>
      {sorted.length === 0 ? (
        <p className="all-well">
          <CheckCircleFilled aria-hidden /> {t('platform.home.nothing')}
        </p>
      ) : (
        <ul className="lines">
          {sorted.slice(0, ITEMS_MAX).map((item) => (
            <li key={item.key}>
              <span className={`attention ${item.tone}`}>
                {item.tone === 'bad' ? (
                  <CloseCircleFilled aria-hidden />
                ) : (
                  <ExclamationCircleFilled aria-hidden />
                )}
              </span>
              <Link to={item.to} className="grow">
                {item.text}
              </Link>
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
}

function useCollectItems(): Item[] {
  const { t } = useTranslation();
  const can = useCan();
  const format = useFormat();
  const collectors = useGet<{ items: Collector[] }>(
    '/api/collect/collectors',
    {},
    { enabled: can('collect:collector:read'), refreshMs: REFRESH_MS },
  );
  const statistics = useGet<IngestStatistics>(
    '/api/ingest/statistics',
    {},
    { enabled: can('ingest:observation:read'), refreshMs: REFRESH_MS },
  );
  const items = (collectors.data?.items ?? []).flatMap<Item>((collector) => {
    const to = `/collect/collectors/${collector.name}`;
    if (collector.state === 'offline') {
      return [
        { key: collector.id, tone: 'bad', text: t('platform.home.offline', { name: collector.title }), to },
      ];
    }
    const share = collector.report ? bufferShare(collector.report) : 0;
    if (share < BUFFER_WARN_SHARE) return [];
    const text = t('platform.home.bufferHigh', { name: collector.title, share: format.percent(share, 0) });
    return [{ key: collector.id, tone: 'warn', text, to }];
  });
  const rejected = statistics.data?.rejectedDay ?? 0;
  if (rejected > 0 && can('ingest:reject:read')) {
    const text = t('platform.home.rejected', { count: rejected });
    items.push({ key: 'rejected', tone: 'warn', text, to: '/ingest/rejects' });
  }
  return items;
}

function useFuseItems(): Item[] {
  const { t } = useTranslation();
  const can = useCan();
  const sources = useGet<{ items: Source[] }>('/api/fuse/sources', {}, { enabled: can('fuse:source:read') });
  const overview = useGet<FuseOverview>('/api/fuse/overview', {}, { enabled: can('fuse:enterprise:read') });
  const review = useGet<PageOf<ReviewPair>>(
    '/api/fuse/review',
    { state: 'open', limit: 1 },
    { enabled: can('fuse:enterprise:read') && can('fuse:decision:write') },
  );
  const items = (sources.data?.items ?? []).flatMap<Item>((source) =>
    source.lastRun?.state === 'failed' || source.lastRun?.state === 'held'
      ? [
          {
            key: source.id,
            tone: source.lastRun.state === 'failed' ? 'bad' : 'warn',
            text: t(source.lastRun.state === 'failed' ? 'platform.home.runFailed' : 'platform.home.runHeld', {
              name: source.name,
            }),
            to: `/fuse/runs/${source.lastRun.id}`,
          },
        ]
      : [],
  );
  const findings = overview.data?.openFindings ?? 0;
  if (findings > 0) {
    const text = t('platform.home.openFindings', { count: findings });
    items.push({
      key: 'findings',
      tone: 'warn',
      text,
      to: can('fuse:quality:read') ? '/fuse/quality/issues' : '/fuse/runs',
    });
  }
  const pairs = review.data?.total ?? 0;
  if (pairs > 0)
    items.push({
      ...{ key: 'review', tone: 'warn', to: '/fuse/review' },
      text: t('platform.home.pairsToReview', { count: pairs }),
    });
  return items;
}

function useShareItems(): Item[] {
  const { t } = useTranslation();
  const waiting = useWaitingRequests();
  if (waiting === 0) return [];
  const text = t('platform.home.requestsWaiting', { count: waiting });
  return [{ key: 'access-requests', tone: 'warn', text, to: '/share/requests' }];
}

function usePlatformItems(): Item[] {
  const { t } = useTranslation();
  const can = useCan();
  const pick = usePick();
  const jobs = useGet<PageOf<Job>>(
    '/api/jobs',
    { state: 'failed', limit: 3 },
    { enabled: can('platform:job:read') },
  );
  const keys = useGet<{ items: ApiKey[] }>('/api/auth/keys', {}, { enabled: can('platform:key:read') });
  const nowMs = useNow(NOW_MS);
  const items = (jobs.data?.items ?? []).map<Item>((job) => ({
    key: job.id,
    tone: 'bad',
    text: t('platform.home.jobFailed', { name: pick(job.title) }),
    to: '/platform/jobs',
  }));
  const ending = (keys.data?.items ?? []).filter((key) => stateOf(key, nowMs).state === 'ending').length;
  if (ending > 0)
    items.push({
      ...{ key: 'keys', tone: 'warn', to: '/platform/keys' },
      text: t('platform.home.keysEnding', { count: ending }),
    });
  return items;
}
