import type { Job, Page as PageOf } from '@ronghe/contracts';
import { App, Button, Drawer, Popconfirm, Progress } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { DataState } from '../../components/data-state.tsx';
import { type Column, DataTable, Pager } from '../../components/data-table.tsx';
import { Facts } from '../../components/figures.tsx';
import { FilterSelect } from '../../components/filter-select.tsx';
import { Page } from '../../components/page.tsx';
import { WorkTag } from '../../components/tags.tsx';
import { errorText } from '../../lib/error-text.ts';
import { useGet, useSend } from '../../lib/query.ts';
import { type SearchState, useSearchState } from '../../lib/search.ts';
import { useCan } from '../../lib/session.ts';
import { useFormat, usePick } from '../../lib/use-format.ts';
import { StartJob, useJobKinds } from './start-job.tsx';

const ROWS = 50;
const REFRESH_MS = 2_000;
const STATES = ['queued', 'running', 'succeeded', 'failed', 'cancelled'] as const;

export function JobsPage() {
  const { t } = useTranslation();
  const can = useCan();
  const search = useSearchState();
  const [shown, setShown] = useState<Job | null>(null);
  const { state, kind, cursor } = search.values;
  const query = useGet<PageOf<Job>>(
    '/api/jobs',
    { state, kind, cursor, limit: ROWS },
    { keep: true, refreshMs: REFRESH_MS },
  );
  const columns = useColumns(setShown);
  return (
    <Page
      title={t('platform.jobs.title')}
      lead={t('platform.jobs.lead')}
      actions={can('platform:job:write') && <StartJob />}
    >
      <div className="panel">
        <Filters search={search} />
        <DataState
          query={query}
          isEmpty={(page) => page.items.length === 0}
          filtered={{ active: search.filtered, clear: search.clear }}
          empty={{ title: t('platform.jobs.empty'), text: t('platform.jobs.emptyHint') }}
        >
          {(page) => (
            <>
              <DataTable
                label={t('platform.jobs.title')}
                rows={page.items}
                rowKey={(row) => row.id}
                columns={columns}
                onOpen={setShown}
              />
              <Pager page={page} search={search} />
            </>
          )}
        </DataState>
      </div>
      <Drawer
        open={shown !== null}
        onClose={() => setShown(null)}
        size={560}
        title={t('platform.jobs.name')}
        destroyOnHidden
      >
        {shown && <JobDetail job={query.data?.items.find((job) => job.id === shown.id) ?? shown} />}
      </Drawer>
    </Page>
  );
}

function Filters({ search }: { search: SearchState }) {
  const { t } = useTranslation();
  const pick = usePick();
  const kinds = useJobKinds();
  return (
    <div className="toolbar">
      <FilterSelect
        label={t('platform.jobs.state')}
        all={`${t('platform.jobs.state')} · ${t('action.all')}`}
        value={search.values.state}
        options={STATES.map((state) => ({ value: state, label: t(`platform.jobs.states.${state}`) }))}
        onChange={(state) => search.set({ state })}
      />
      <FilterSelect
        label={t('platform.jobs.kind')}
        all={`${t('platform.jobs.kind')} · ${t('action.all')}`}
        value={search.values.kind}
        options={kinds.map(({ kind, title }) => ({ value: kind, label: pick(title) }))}
        onChange={(kind) => search.set({ kind })}
        width={240}
      />
    </div>
  );
}

function useColumns(onOpen: (job: Job) => void): Column<Job>[] {
  const { t } = useTranslation();
  const pick = usePick();
  const format = useFormat();
  return [
    {
      key: 'name',
      title: t('platform.jobs.name'),
      minWidth: 200,
      render: (row) => (
        <>
          <button type="button" className="plain golden" onClick={() => onOpen(row)}>
            {pick(row.title)}
          </button>
          <div className="faint mono">{row.kind}</div>
        </>
      ),
    },
    { key: 'state', title: t('platform.jobs.state'), render: (row) => <WorkTag state={row.state} /> },
    {
      key: 'progress',
      title: t('platform.jobs.progress'),
      minWidth: 150,
      render: (row) => (
        <>
          {row.state === 'running' && (
            <Progress
              percent={Math.round(row.progress * 100)}
              size="small"
              aria-label={t('platform.jobs.progress')}
            />
          )}
          <span className="faint">{row.error ?? (row.state === 'running' ? row.message : '') ?? ''}</span>
        </>
      ),
    },
    {
      key: 'createdAt',
      title: t('platform.jobs.createdAt'),
      nowrap: true,
      render: (row) => format.dateTime(row.createdAt),
    },
    {
      key: 'duration',
      title: t('platform.jobs.duration'),
      align: 'end',
      nowrap: true,
      render: (row) => format.duration(durationMs(row)),
    },
    {
      key: 'attempt',
      title: t('platform.jobs.attempt'),
      align: 'end',
      nowrap: true,
      render: (row) => `${row.attempt} / ${row.attemptsMax}`,
    },
    {
      key: 'requestedBy',
      title: t('platform.jobs.requestedBy'),
      nowrap: true,
      render: (row) => row.requestedBy,
    },
    {
      key: 'actions',
      title: <span className="visually-hidden">{t('action.more')}</span>,
      align: 'end',
      nowrap: true,
      render: (row) => <JobActions job={row} />,
    },
  ];
}

const durationMs = (job: Job): number | null =>
  job.startedAt === null
    ? null
    : Date.parse(job.finishedAt ?? new Date().toISOString()) - Date.parse(job.startedAt);

function JobActions({ job }: { job: Job }) {
  const { t } = useTranslation();
  const can = useCan();
  const { notification } = App.useApp();
  const change = useSend<Job>(['/api/jobs']);
  if (!can('platform:job:write')) return null;
  const act = (action: 'cancel' | 'retry') =>
    change.mutate(
      { method: 'POST', path: `/api/jobs/${job.id}/${action}` },
      {
        onError: (error) => {
          const { message, hint } = errorText(error, t);
          notification.error({ title: message, description: hint });
        },
      },
    );
  if (job.state === 'queued' || job.state === 'running') {
    return (
      <Popconfirm title={t('platform.jobs.cancelAsk')} onConfirm={() => act('cancel')}>
        <Button size="small" danger loading={change.isPending}>
          {t('platform.jobs.cancel')}
        </Button>
      </Popconfirm>
    );
  }
  if (job.state === 'succeeded') return null;
  return (
    <Button size="small" loading={change.isPending} onClick={() => act('retry')}>
      {t('platform.jobs.retry')}
    </Button>
  );
}

function JobDetail({ job }: { job: Job }) {
  const { t } = useTranslation();
  const pick = usePick();
  const format = useFormat();
  return (
    <div className="stack">
      <Facts
        items={[
          { label: t('platform.jobs.name'), value: pick(job.title) },
          { label: t('platform.jobs.kind'), value: <code>{job.kind}</code> },
          { label: t('platform.jobs.state'), value: <WorkTag state={job.state} /> },
          { label: t('platform.jobs.progress'), value: format.percent(job.progress, 0) },
          { label: t('platform.jobs.requestedBy'), value: job.requestedBy },
          { label: t('platform.jobs.createdAt'), value: format.dateTime(job.createdAt) },
          { label: t('platform.jobs.duration'), value: format.duration(durationMs(job)) },
          { label: t('platform.jobs.message'), value: job.message ?? '—' },
          { label: t('platform.jobs.error'), value: job.error ?? '—' },
        ]}
      />
      {job.result && (
        <section aria-label={t('platform.jobs.result')}>
          <h3>{t('platform.jobs.result')}</h3>
          <pre className="json">{JSON.stringify(job.result, null, 2)}</pre>
        </section>
      )}
    </div>
  );
}
