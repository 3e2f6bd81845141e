import { PlayCircleOutlined } from '@ant-design/icons';
import type { Source } from '@ronghe/contracts';
import { Link, useNavigate, useParams } from '@tanstack/react-router';
import { Button } from 'antd';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { DataState } from '../../../components/data-state.tsx';
import { Page } from '../../../components/page.tsx';
import { Tabs } from '../../../components/tabs.tsx';
import { WorkTag } from '../../../components/tags.tsx';
import { useOrganisations } from '../../../lib/organisations.ts';
import { useGet } from '../../../lib/query.ts';
import { useSearchState } from '../../../lib/search.ts';
import { useCan } from '../../../lib/session.ts';
import { useFormat } from '../../../lib/use-format.ts';
import { useAfresh } from '../use-afresh.ts';
import { useStartRun } from '../use-start-run.ts';
import { ConnectionTab } from './connection-tab.tsx';
import { DataTab } from './data-tab.tsx';
import { DatasetTab } from './dataset-tab.tsx';
import { DriftTab } from './drift-tab.tsx';
import { MappingTab } from './mapping-tab.tsx';
import { ProfileTab } from './profile-tab.tsx';
import { QualityTab } from './quality-tab.tsx';
import { RunsTab } from './runs-tab.tsx';
import './source.css';

const RUNNING_REFRESH_MS = 2_000;
const IDLE_REFRESH_MS = 15_000;
const TABS = ['data', 'runs', 'profile', 'mapping', 'quality', 'drift', 'connection', 'dataset'] as const;
type Tab = (typeof TABS)[number];

export function SourcePage() {
  const { t } = useTranslation();
  const { id } = useParams({ strict: false });
  const query = useGet<Source>(
    `/api/fuse/sources/${id}`,
    {},
    { refreshMs: (source) => (source?.lastRun?.state === 'running' ? RUNNING_REFRESH_MS : IDLE_REFRESH_MS) },
  );
  return (
    <Page
      title={query.data?.name ?? t('source.title')}
      above={<Link to="/fuse/sources">{t('fuse.sources.title')}</Link>}
      lead={query.data && <Lead source={query.data} />}
      actions={query.data && <Actions source={query.data} />}
    >
      <DataState query={query} rows={8}>
        {(source) => <Body source={source} />}
      </DataState>
    </Page>
  );
}

function Lead({ source }: { source: Source }) {
  const { t } = useTranslation();
  const format = useFormat();
  const organisations = useOrganisations();
  return (
    <span className="row">
      <span className="tag">{t(`source.kinds.${source.kind}`)}</span>
      <span className="tag">{t(`source.targets.${source.target}`)}</span>
      <span>{source.owner}</span>
      <span>{organisations.name(source.organisation)}</span>
      <span>
        {t('source.recordCount', { count: source.records, formatted: format.number(source.records, 0) })}
      </span>
      {source.lastRun && (
        <Link to="/fuse/runs/$id" params={{ id: source.lastRun.id }} className="row">
          <WorkTag state={source.lastRun.state} />
          {format.dateTime(source.lastRun.startedAt)}
        </Link>
      )}
    </span>
  );
}

function Actions({ source }: { source: Source }) {
  const { t } = useTranslation();
  const can = useCan();
  const startRun = useStartRun();
  // Rows that others push start their runs themselves.
  if (!can('fuse:run:write') || source.kind === 'push') return null;
  const uploads = source.kind === 'upload' && can('fuse:source:write');
  const run = (
    <Button
      {...(uploads ? {} : { type: 'primary' as const })}
      icon={<PlayCircleOutlined />}
      disabled={source.lastRun?.state === 'running'}
      onClick={() => void startRun(source)}
    >
      {t('fuse.sources.run')}
    </Button>
  );
  if (!uploads) return run;
  // Reading the same file again is rare; the next one is what people come with.
  return (
    <>
      {run}
      <Link
        to="/fuse/sources/$id"
        params={{ id: source.id }}
        search={{ tab: 'connection' } as never}
        className="link-button"
      >
        {t('source.newFile')}
      </Link>
    </>
  );
}

function Body({ source }: { source: Source }) {
  const { t } = useTranslation();
  useAfresh(`/api/fuse/sources/${source.id}`, `${source.lastRun?.id} ${source.lastRun?.state}`);
  const can = useCan();
  const search = useSearchState();
  const navigate = useNavigate();
  const allowed = TABS.filter(
    (tab) =>
      (tab !== 'quality' || can('fuse:quality:read')) &&
      (!['runs', 'drift'].includes(tab) || can('fuse:run:read')),
  );
  const active = allowed.find((tab) => tab === search.values.tab) ?? 'data';
  const open = (next: Tab) =>
    void navigate({
      to: '.',
      search: (next === 'data' ? {} : { tab: next }) as never,
      replace: true,
      resetScroll: false,
    });
  const panels: Record<Tab, ReactNode> = {
    data: <DataTab source={source} />,
    runs: <RunsTab source={source} />,
    profile: <ProfileTab source={source} />,
    mapping: <MappingTab source={source} />,
    quality: <QualityTab source={source} />,
    drift: <DriftTab source={source} />,
    connection: <ConnectionTab source={source} />,
    dataset: <DatasetTab source={source} />,
  };
  return (
    <>
      <OlderRows source={source} />
      <Tabs
        label={source.name}
        active={active}
        onChange={open}
        items={allowed.map((key) => ({ key, label: t(`source.tabs.${key}`), children: panels[key] }))}
      />
    </>
  );
}

/** Rows that came before the newest mapping and do not come again by themselves, with what brings them up to it. */
function OlderRows({ source }: { source: Source }) {
  const { t } = useTranslation();
  const format = useFormat();
  const can = useCan();
  const startRun = useStartRun();
  if (source.rowsOlder === 0) return null;
  return (
    <section className="notice" aria-label={t('source.renewRows')}>
      <p>
        {t('source.rowsOlder', {
          count: source.rowsOlder,
          formatted: format.number(source.rowsOlder, 0),
        })}
      </p>
      {can('fuse:run:write') && (
        <Button
          disabled={source.lastRun?.state === 'running'}
          onClick={() => void startRun(source, 'landed')}
        >
          {t('source.renewRows')}
        </Button>
      )}
    </section>
  );
}
