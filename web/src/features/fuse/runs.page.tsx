import type { Page as PageOf, Run, Source } from '@ronghe/contracts';
import { Link, useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { DataState } from '../../components/data-state.tsx';
import { type Column, DataTable, Pager } from '../../components/data-table.tsx';
import { FilterSelect } from '../../components/filter-select.tsx';
import { Page } from '../../components/page.tsx';
import { WorkTag } from '../../components/tags.tsx';
import { useGet } from '../../lib/query.ts';
import { useSearchState } from '../../lib/search.ts';
import { useCan } from '../../lib/session.ts';
import { useFormat } from '../../lib/use-format.ts';

const ROWS = 50;
const REFRESH_MS = 5_000;

export function RunsPage() {
  const { t } = useTranslation();
  const search = useSearchState();
  const navigate = useNavigate();
  const can = useCan();
  const columns = useColumns();
  const { source, cursor } = search.values;
  const sources = useGet<{ items: Source[] }>('/api/fuse/sources', {}, { enabled: can('fuse:source:read') });
  const query = useGet<PageOf<Run>>(
    '/api/fuse/runs',
    { source, cursor, limit: ROWS },
    { keep: true, refreshMs: REFRESH_MS },
  );
  return (
    <Page title={t('fuse.runs.title')} lead={t('fuse.runs.lead')}>
      <div className="panel">
        <div className="toolbar">
          <FilterSelect
            label={t('fuse.runs.source')}
            all={t('fuse.runs.allSources')}
            value={source}
            options={(sources.data?.items ?? []).map(({ id, name }) => ({ value: id, label: name }))}
            onChange={(next) => search.set({ source: next })}
            width={280}
          />
        </div>
        <DataState
          query={query}
          isEmpty={(page) => page.items.length === 0}
          filtered={{ active: search.filtered, clear: search.clear }}
          empty={{
            title: t('fuse.runs.empty'),
            text: t('fuse.runs.emptyHint'),
            action: <Link to="/fuse/sources">{t('nav.sources')}</Link>,
          }}
        >
          {(page) => (
            <>
              <DataTable
                label={t('fuse.runs.title')}
                rows={page.items}
                rowKey={(row) => row.id}
                columns={columns}
                onOpen={(row) => void navigate({ to: '/fuse/runs/$id', params: { id: row.id } })}
              />
              <Pager page={page} search={search} busy={query.isFetching} />
            </>
          )}
        </DataState>
      </div>
    </Page>
  );
}

function useColumns(): Column<Run>[] {
  const { t } = useTranslation();
  const format = useFormat();
  const count = (
    key: 'rowsIn' | 'rowsLanded' | 'rowsRejected' | 'rowsNew' | 'rowsChanged' | 'rowsGone',
  ): Column<Run> => ({
    key,
    title: t(`fuse.runs.${key}`),
    align: 'end',
    nowrap: true,
    render: (row) => format.number(row[key], 0),
  });
  return [
    {
      key: 'startedAt',
      title: t('fuse.runs.startedAt'),
      nowrap: true,
      render: (row) => (
        <Link to="/fuse/runs/$id" params={{ id: row.id }}>
          {format.dateTime(row.startedAt)}
        </Link>
      ),
    },
    { key: 'source', title: t('fuse.runs.source'), minWidth: 180, render: (row) => row.sourceName },
    { key: 'state', title: t('fuse.runs.state'), render: (row) => <WorkTag state={row.state} /> },
    count('rowsIn'),
    count('rowsLanded'),
    count('rowsRejected'),
    count('rowsNew'),
    count('rowsChanged'),
    count('rowsGone'),
    {
      key: 'values',
      title: t('fuse.runs.values'),
      align: 'end',
      nowrap: true,
      render: (row) => format.number(row.valuesChanged, 0),
    },
    {
      key: 'duration',
      title: t('fuse.runs.duration'),
      align: 'end',
      nowrap: true,
      render: (row) =>
        row.finishedAt === null
          ? '—'
          : format.duration(Date.parse(row.finishedAt) - Date.parse(row.startedAt)),
    },
    { key: 'requestedBy', title: t('fuse.runs.requestedBy'), nowrap: true, render: (row) => row.requestedBy },
  ];
}
