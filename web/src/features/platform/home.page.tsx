import type { Collector, FuseOverview, IngestStatistics, Job, Page as PageOf, Run } from '@ronghe/contracts';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { MENU_PAGES, PAGE_PATHS } from '../../app/pages.tsx';
import { DataState } from '../../components/data-state.tsx';
import { Figures } from '../../components/figures.tsx';
import { Page, Panel } from '../../components/page.tsx';
import { CollectorTag, WorkTag } from '../../components/tags.tsx';
import { TIME_ZONE } from '../../lib/format.ts';
import { useNow } from '../../lib/now.ts';
import { useGet } from '../../lib/query.ts';
import { useCan, useMe } from '../../lib/session.ts';
import { useFormat, usePick } from '../../lib/use-format.ts';
import { Attention } from './attention.tsx';
import '../../styles/platform.css';

const REFRESH_MS = 5_000;
const LIST_ROWS = 6;

/** What matters to this person first: what needs attention, figures, latest work, shortcuts. */
export function HomePage() {
  const { t } = useTranslation();
  const me = useMe();
  const can = useCan();
  const format = useFormat();
  const now = useNow(60_000);
  const hour = Number(
    new Intl.DateTimeFormat('en-GB', { timeZone: TIME_ZONE, hour: '2-digit', hourCycle: 'h23' }).format(now),
  );
  const part = hour < 12 ? 'morning' : hour < 18 ? 'afternoon' : 'evening';
  return (
    <Page
      title={t(`platform.home.${part}`, { name: me?.title ?? '' })}
      lead={`${me?.organisationName ?? ''} · ${format.date(now)} ${format.weekday(now)}`}
    >
      <div className="stack">
        {can('fuse:enterprise:read') && <EnterpriseFigures />}
        {can('ingest:observation:read') && <CollectionFigures />}
        <div className="home-columns">
          <div className="stack">
            <Attention />
            {can('fuse:run:read') && <LatestRuns />}
            {can('platform:job:read') && !can('fuse:run:read') && <LatestJobs />}
          </div>
          <div className="stack">
            {can('collect:collector:read') && <CollectorStates />}
            <Shortcuts />
          </div>
        </div>
      </div>
    </Page>
  );
}

function EnterpriseFigures() {
  const { t } = useTranslation();
  const format = useFormat();
  const query = useGet<FuseOverview>('/api/fuse/overview', {}, { refreshMs: 30_000 });
  return (
    <DataState query={query} rows={2}>
      {(overview) => {
        const revenue = format.moneyParts(overview.revenue);
        return (
          <Figures
            label={t('nav.groups.fuse')}
            items={[
              {
                label: t('platform.home.enterprises'),
                value: format.number(overview.enterprises, 0),
                note: `${t('fuse.sources.title')} ${format.number(overview.sources, 0)}`,
              },
              {
                label: t('platform.home.validCode'),
                value: format.percent(
                  overview.enterprises === 0 ? null : overview.withValidCode / overview.enterprises,
                ),
              },
              { label: t('platform.home.revenue'), value: revenue.value, unit: revenue.unit },
              { label: t('fuse.enterprises.employees'), ...parts(format.compactParts(overview.employees)) },
              { label: t('platform.home.findings'), value: format.number(overview.openFindings, 0) },
            ]}
          />
        );
      }}
    </DataState>
  );
}

const parts = (value: { value: string; unit: string }) => value;

function CollectionFigures() {
  const { t } = useTranslation();
  const format = useFormat();
  const query = useGet<IngestStatistics>('/api/ingest/statistics', {}, { refreshMs: REFRESH_MS });
  return (
    <DataState query={query} rows={2}>
      {(statistics) => (
        <Figures
          label={t('nav.groups.collect')}
          items={[
            { label: t('platform.home.perSecond'), ...parts(format.compactParts(statistics.perSecond)) },
            { label: t('platform.home.points'), value: format.number(statistics.points, 0) },
            {
              label: t('platform.home.observations'),
              ...parts(format.compactParts(statistics.observations, 2)),
            },
            { label: t('platform.home.rejectedDay'), value: format.number(statistics.rejectedDay, 0) },
          ]}
        />
      )}
    </DataState>
  );
}

function LatestRuns() {
  const { t } = useTranslation();
  const format = useFormat();
  const query = useGet<PageOf<Run>>('/api/fuse/runs', { limit: LIST_ROWS }, { refreshMs: REFRESH_MS });
  return (
    <Panel
      title={t('platform.home.recentRuns')}
      actions={<Link to="/fuse/runs">{t('platform.home.all')}</Link>}
      flush
    >
      <DataState
        query={query}
        rows={4}
        isEmpty={(page) => page.items.length === 0}
        empty={{ title: t('fuse.runs.empty') }}
      >
        {(page) => (
          <ul className="lines">
            {page.items.map((run) => (
              <li key={run.id}>
                <WorkTag state={run.state} />
                <Link to="/fuse/runs/$id" params={{ id: run.id }} className="grow">
                  {run.sourceName}
                </Link>
                <span className="faint">
                  {t('fuse.runs.rowsIn')} {format.number(run.rowsIn, 0)} · {t('fuse.runs.values')}{' '}
                  {format.number(run.valuesChanged, 0)}
                </span>
                <time className="faint nowrap" dateTime={run.startedAt}>
                  {format.dateTime(run.startedAt)}
                </time>
              </li>
            ))}
          </ul>
        )}
      </DataState>
    </Panel>
  );
}

function LatestJobs() {
  const { t } = useTranslation();
  const pick = usePick();
  const format = useFormat();
  const query = useGet<PageOf<Job>>('/api/jobs', { limit: LIST_ROWS }, { refreshMs: REFRESH_MS });
  return (
    <Panel
      title={t('platform.home.recentJobs')}
      actions={<Link to="/platform/jobs">{t('platform.home.all')}</Link>}
      flush
    >
      <DataState
        query={query}
        rows={4}
        isEmpty={(page) => page.items.length === 0}
        empty={{ title: t('platform.jobs.empty') }}
      >
        {(page) => (
          <ul className="lines">
            {page.items.map((job) => (
              <li key={job.id}>
                <WorkTag state={job.state} />
                <span className="grow">{pick(job.title)}</span>
                <time className="faint nowrap" dateTime={job.createdAt}>
                  {format.dateTime(job.createdAt)}
                </time>
              </li>
            ))}
          </ul>
        )}
      </DataState>
    </Panel>
  );
}

function CollectorStates() {
  const { t } = useTranslation();
  const query = useGet<{ items: Collector[] }>('/api/collect/collectors', {}, { refreshMs: REFRESH_MS });
  return (
    <Panel
      title={t('platform.home.collectorsTitle')}
      actions={<Link to="/collect/collectors">{t('platform.home.all')}</Link>}
      flush
    >
      <DataState
        query={query}
        rows={4}
        isEmpty={(list) => list.items.length === 0}
        empty={{ title: t('collect.collectors.empty') }}
      >
        {(list) => (
          <ul className="lines">
            {list.items.slice(0, LIST_ROWS + 2).map((collector) => (
              <li key={collector.id}>
                <CollectorTag state={collector.state} />
                <Link to="/collect/collectors/$name" params={{ name: collector.name }} className="grow">
                  {collector.title}
                </Link>
                <span className="faint nowrap">
                  {t('collect.collectors.points')} {collector.points}
                </span>
              </li>
            ))}
          </ul>
        )}
      </DataState>
    </Panel>
  );
}

function Shortcuts() {
  const { t } = useTranslation();
  const can = useCan();
  const pages = MENU_PAGES.filter((page) => page.key !== 'home' && can(page.permission));
  return (
    <Panel title={t('platform.home.links')}>
      <ul className="shortcuts">
        {pages.map((page) => (
          <li key={page.key}>
            <Link to={PAGE_PATHS[page.key]}>
              {page.icon}
              {t(`nav.${page.key}`)}
            </Link>
          </li>
        ))}
      </ul>
    </Panel>
  );
}
