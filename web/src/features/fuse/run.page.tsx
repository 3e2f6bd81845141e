import type { Job, Run } from '@ronghe/contracts';
import { Link, useNavigate, useParams } from '@tanstack/react-router';
import { Alert, Button, Popconfirm } from 'antd';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { DataState } from '../../components/data-state.tsx';
import { Page, Panel } from '../../components/page.tsx';
import { Tabs } from '../../components/tabs.tsx';
import { WorkTag } from '../../components/tags.tsx';
import { useGet, useSend } from '../../lib/query.ts';
import { useSearchState } from '../../lib/search.ts';
import { useCan } from '../../lib/session.ts';
import { useFormat } from '../../lib/use-format.ts';
import { ChangesTab } from './run/changes-tab.tsx';
import { DriftTable } from './run/drift-table.tsx';
import { Decision, Held } from './run/held.tsx';
import { LedgerPicture } from './run/ledger-picture.tsx';
import { AuditTab, FindingsTab, ProblemsTab, RunProfileTab } from './run/report-tabs.tsx';
import { RunRowsTab } from './run/rows-tab.tsx';
import { StageBar } from './run/stage-bar.tsx';
import { Withdraw, Withdrawal } from './run/withdrawal.tsx';
import { useAfresh } from './use-afresh.ts';
import { useNotify } from './use-notify.ts';
import './fuse.css';

const RUNNING_REFRESH_MS = 1_500;
const TABS = ['changes', 'rows', 'problems', 'findings', 'audit', 'drift', 'profile'] as const;
type Tab = (typeof TABS)[number];

export function RunPage() {
  const { t } = useTranslation();
  const { id } = useParams({ strict: false });
  const format = useFormat();
  const query = useGet<Run>(
    `/api/fuse/runs/${id}`,
    {},
    { refreshMs: (run) => (run?.state === 'running' ? RUNNING_REFRESH_MS : false) },
  );
  const title = query.data
    ? `${query.data.sourceName} · ${format.dateTime(query.data.startedAt)}`
    : t('fuse.runs.detail');
  return (
    <Page
      title={title}
      above={<Link to="/fuse/runs">{t('fuse.runs.title')}</Link>}
      lead={query.data && <Headline run={query.data} />}
      actions={
        query.data &&
        (query.data.state === 'running' ? <Cancel job={query.data.job} /> : <Withdraw run={query.data} />)
      }
    >
      <DataState query={query} rows={8}>
        {(run) => <Body run={run} />}
      </DataState>
    </Page>
  );
}

function Headline({ run }: { run: Run }) {
  const { t } = useTranslation();
  const format = useFormat();
  const can = useCan();
  return (
    <span className="row">
      <span role="status">
        <WorkTag state={run.state} />
      </span>
      {can('fuse:source:read') && (
        <Link to="/fuse/sources/$id" params={{ id: run.source }}>
          {run.sourceName}
        </Link>
      )}
      <span>
        {t('fuse.runs.requestedBy')} {run.requestedBy}
      </span>
      <span>{t(`source.mode.${run.mode}`)}</span>
      <span>{t('run.mapping', { version: run.mapping })}</span>
      {run.finishedAt && (
        <span>
          {t('fuse.runs.duration')} {format.duration(Date.parse(run.finishedAt) - Date.parse(run.startedAt))}
        </span>
      )}
    </span>
  );
}

/** Stops the job that fills the run. */
function Cancel({ job }: { job: string | null }) {
  const { t } = useTranslation();
  const can = useCan();
  const notify = useNotify();
  const send = useSend<Job>(['/api/fuse', '/api/jobs']);
  if (job === null || !can('platform:job:write')) return null;
  const cancel = () =>
    send.mutate({ method: 'POST', path: `/api/jobs/${job}/cancel` }, { onError: notify.failed });
  return (
    <Popconfirm title={t('platform.jobs.cancelAsk')} onConfirm={cancel}>
      <Button danger loading={send.isPending}>
        {t('platform.jobs.cancel')}
      </Button>
    </Popconfirm>
  );
}

function Body({ run }: { run: Run }) {
  const { t } = useTranslation();
  useAfresh(`/api/fuse/runs/${run.id}`, run.state);
  const can = useCan();
  const search = useSearchState();
  const navigate = useNavigate();
  const allowed = TABS.filter((tab) => tab !== 'audit' || can('fuse:quality:read'));
  const first: Tab =
    run.enterprisesCreated + run.enterprisesChanged + run.valuesChanged > 0 ? 'changes' : 'rows';
  const active = allowed.find((tab) => tab === search.values.tab) ?? first;
  const open = (tab: Tab) =>
    void navigate({
      to: '.',
      search: { tab } as never,
      replace: true,
      resetScroll: false,
    });
  return (
    <div className="stack">
      {run.error && <Alert type="error" showIcon title={run.error} />}
      <Decision run={run} />
      <Withdrawal run={run} />
      {run.state === 'held' && <Held run={run} />}
      <Panel title={t('run.ledger')}>
        <div className="stack">
          <StageBar run={run} />
          <LedgerPicture run={run} />
          <Enterprises run={run} />
        </div>
      </Panel>
      <div>
        <Tabs
          label={t('fuse.runs.detail')}
          active={active}
          onChange={open}
          items={allowed.map((key) => ({
            key,
            label: labelOf(key),
            children: <Content tab={key} run={run} />,
          }))}
        />
      </div>
    </div>
  );

  function labelOf(tab: Tab): string {
    const count = tab === 'problems' ? run.problems : tab === 'drift' ? run.drift.length : 0;
    return count === 0 ? t(`run.tabs.${tab}`) : `${t(`run.tabs.${tab}`)} ${count}`;
  }
}

function Content({ tab, run }: { tab: Tab; run: Run }): ReactNode {
  const { t } = useTranslation();
  switch (tab) {
    case 'changes':
      return <ChangesTab run={run} />;
    case 'rows':
      return <RunRowsTab run={run} />;
    case 'problems':
      return <ProblemsTab run={run} />;
    case 'findings':
      return <FindingsTab run={run} />;
    case 'audit':
      return <AuditTab run={run} />;
    case 'profile':
      return <RunProfileTab run={run} />;
    case 'drift':
      return run.drift.length === 0 ? (
        <div className="panel empty">
          <strong>{t('source.drift.empty')}</strong>
        </div>
      ) : (
        <div className="panel">
          <DriftTable drift={run.drift} />
        </div>
      );
  }
}

/** What became of enterprises; a dataset has none. */
function Enterprises({ run }: { run: Run }) {
  const { t } = useTranslation();
  const format = useFormat();
  const items = [
    ['created', run.enterprisesCreated],
    ['changed', run.enterprisesChanged],
    ['values', run.valuesChanged],
  ] as const;
  if (items.every(([, value]) => value === 0)) return null;
  return (
    <dl className="run-flow three">
      {items.map(([key, value]) => (
        <div key={key}>
          <dt>{t(`fuse.runs.${key}`)}</dt>
          <dd>{format.number(value, 0)}</dd>
        </div>
      ))}
    </dl>
  );
}
