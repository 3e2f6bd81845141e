import type { Page as PageOf, RowFinding, Run, ValueChange } from '@ronghe/contracts';
import { Link, useNavigate, useParams } from '@tanstack/react-router';
import { Alert } from 'antd';
import { useTranslation } from 'react-i18next';
import { DataState } from '../../components/data-state.tsx';
import { DataTable, Pager } from '../../components/data-table.tsx';
import { Page } from '../../components/page.tsx';
import { Tabs } from '../../components/tabs.tsx';
import { WorkTag } from '../../components/tags.tsx';
import { useDictionaries } from '../../lib/dictionaries.ts';
import { useGet } from '../../lib/query.ts';
import { useSearchState } from '../../lib/search.ts';
import { useFormat } from '../../lib/use-format.ts';
import { FindingTable } from './finding-table.tsx';
import { useGoldenText } from './golden-text.ts';
import './fuse.css';

const ROWS = 50;
const RUNNING_REFRESH_MS = 1_500;

export function RunPage() {
  const { t } = useTranslation();
  const { id } = useParams({ strict: false });
  const format = useFormat();
  const path = `/api/fuse/runs/${id}`;
  const query = useGet<Run>(
    path,
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
  return (
    <span className="row" role="status">
      <WorkTag state={run.state} />
      <span>
        {t('fuse.runs.requestedBy')} {run.requestedBy}
      </span>
      {run.finishedAt && (
        <span>
          {t('fuse.runs.duration')} {format.duration(Date.parse(run.finishedAt) - Date.parse(run.startedAt))}
        </span>
      )}
    </span>
  );
}

function Body({ run }: { run: Run }) {
  const { t } = useTranslation();
  const search = useSearchState();
  const navigate = useNavigate();
  const tab = search.values.tab === 'findings' ? 'findings' : 'changes';
  const open = (next: string) =>
    void navigate({
      to: '.',
      search: (next === 'changes' ? {} : { tab: next }) as never,
      replace: true,
      resetScroll: false,
    });
  return (
    <>
      {run.error && <Alert type="error" showIcon title={run.error} style={{ marginBottom: 16 }} />}
      <Balance run={run} />
      <Tabs
        label={t('fuse.runs.detail')}
        active={tab}
        onChange={open}
        items={[
          { key: 'changes', label: t('fuse.runs.tabs.changes'), children: <Changes run={run} /> },
          { key: 'findings', label: t('fuse.runs.tabs.findings'), children: <Findings run={run} /> },
        ]}
      />
    </>
  );
}

/** The account of a run: what came in is what was stored plus what was rejected. */
function Balance({ run }: { run: Run }) {
  const { t } = useTranslation();
  const format = useFormat();
  const items = [
    ['rowsIn', run.rowsIn],
    ['rowsLanded', run.rowsLanded],
    ['rowsRejected', run.rowsRejected],
    ['rowsNew', run.rowsNew],
    ['rowsChanged', run.rowsChanged],
    ['rowsUnchanged', run.rowsUnchanged],
    ['rowsGone', run.rowsGone],
    ['created', run.enterprisesCreated],
    ['changed', run.enterprisesChanged],
    ['values', run.valuesChanged],
  ] as const;
  const balanced = run.rowsIn === run.rowsLanded + run.rowsRejected;
  const numbers = {
    in: format.number(run.rowsIn, 0),
    landed: format.number(run.rowsLanded, 0),
    rejected: format.number(run.rowsRejected, 0),
  };
  return (
    <>
      <dl className="run-flow">
        {items.map(([key, value]) => (
          <div key={key}>
            <dt>{t(`fuse.runs.${key}`)}</dt>
            <dd>{format.number(value, 0)}</dd>
          </div>
        ))}
      </dl>
      <p className="faint" style={{ margin: '8px 0 4px' }}>
        {balanced || run.state === 'running' ? t('fuse.runs.balance', numbers) : t('fuse.runs.balanceWrong')}
      </p>
    </>
  );
}

function Changes({ run }: { run: Run }) {
  const { t } = useTranslation();
  const format = useFormat();
  const search = useSearchState();
  const dictionaries = useDictionaries();
  const goldenText = useGoldenText();
  const text = ({ attribute }: ValueChange, value: string) => goldenText({ attribute, value, label: null });
  const query = useGet<PageOf<ValueChange>>(
    `/api/fuse/runs/${run.id}/changes`,
    { cursor: search.values.cursor, limit: ROWS },
    { keep: true, refreshMs: run.state === 'running' ? RUNNING_REFRESH_MS : false },
  );
  return (
    <div className="panel">
      <DataState
        query={query}
        isEmpty={(page) => page.items.length === 0}
        empty={{ title: t('fuse.runs.changesEmpty') }}
      >
        {(page) => (
          <>
            <DataTable
              label={t('fuse.runs.tabs.changes')}
              rows={page.items}
              rowKey={(row) => `${row.enterprise}-${row.attribute}-${row.at}`}
              columns={[
                {
                  key: 'enterprise',
                  title: t('fuse.runs.enterprise'),
                  minWidth: 180,
                  render: (row) => (
                    <Link to="/fuse/enterprises/$id" params={{ id: row.enterprise }}>
                      {row.enterpriseName}
                    </Link>
                  ),
                },
                {
                  key: 'attribute',
                  title: t('fuse.runs.attribute'),
                  nowrap: true,
                  render: (row) => dictionaries.name('attributes', row.attribute),
                },
                {
                  key: 'before',
                  title: t('fuse.runs.before'),
                  render: (row) =>
                    row.before === null ? '—' : <span className="change-from">{text(row, row.before)}</span>,
                },
                {
                  key: 'after',
                  title: t('fuse.runs.after'),
                  render: (row) => (row.after === null ? '—' : text(row, row.after)),
                },
                {
                  key: 'at',
                  title: t('fuse.runs.at'),
                  nowrap: true,
                  render: (row) => format.dateTime(row.at),
                },
              ]}
            />
            <Pager page={page} search={search} busy={query.isFetching} />
          </>
        )}
      </DataState>
    </div>
  );
}

function Findings({ run }: { run: Run }) {
  const { t } = useTranslation();
  const search = useSearchState();
  const query = useGet<PageOf<RowFinding>>(
    `/api/fuse/runs/${run.id}/findings`,
    { cursor: search.values.cursor, limit: ROWS },
    { keep: true },
  );
  return (
    <div className="panel">
      <DataState query={query}>
        {(page) => (
          <>
            <FindingTable findings={page.items} empty={t('fuse.runs.findingsEmpty')} />
            {page.items.length > 0 && <Pager page={page} search={search} busy={query.isFetching} />}
          </>
        )}
      </DataState>
    </div>
  );
}
