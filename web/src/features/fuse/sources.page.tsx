import { PlayCircleOutlined, PlusOutlined } from '@ant-design/icons';
import type { Source } from '@ronghe/contracts';
import { Link, useNavigate } from '@tanstack/react-router';
import { Button } from 'antd';
import { useTranslation } from 'react-i18next';
import { DataState } from '../../components/data-state.tsx';
import { type Column, DataTable } from '../../components/data-table.tsx';
import { Page } from '../../components/page.tsx';
import { SearchInput } from '../../components/search-input.tsx';
import { WorkTag } from '../../components/tags.tsx';
import { useGet } from '../../lib/query.ts';
import { useSearchState } from '../../lib/search.ts';
import { useCan } from '../../lib/session.ts';
import { useFormat } from '../../lib/use-format.ts';
import { findSources } from './find-sources.ts';
import { useStartRun } from './use-start-run.ts';

const PATH = '/api/fuse/sources';
/** Milliseconds between two looks while a run is under way, and otherwise. */
const REFRESH_MS = 5_000;

export function SourcesPage() {
  const { t } = useTranslation();
  const can = useCan();
  const navigate = useNavigate();
  const startRun = useStartRun();
  const query = useGet<{ items: Source[] }>(PATH, {}, { refreshMs: REFRESH_MS });
  const columns = useColumns(startRun);
  const search = useSearchState();
  const wanted = search.values.search ?? '';
  const add = can('fuse:source:write') && (
    <Button type="primary" icon={<PlusOutlined />} onClick={() => void navigate({ to: '/fuse/sources/new' })}>
      {t('fuse.sources.add')}
    </Button>
  );
  return (
    <Page title={t('fuse.sources.title')} lead={t('fuse.sources.lead')} actions={add}>
      <div className="panel">
        <div className="toolbar">
          <SearchInput
            label={t('source.search')}
            value={search.values.search ?? ''}
            onChange={(text) => search.set({ search: text })}
          />
        </div>
        <DataState
          query={query}
          isEmpty={(list) => findSources(list.items, wanted).length === 0}
          filtered={{ active: wanted !== '', clear: search.clear }}
          empty={{ title: t('fuse.sources.empty'), text: t('fuse.sources.emptyHint'), action: add }}
        >
          {(list) => (
            <DataTable
              label={t('fuse.sources.title')}
              rows={findSources(list.items, wanted)}
              rowKey={(row) => row.id}
              columns={columns}
              onOpen={(row) => void navigate({ to: '/fuse/sources/$id', params: { id: row.id } })}
            />
          )}
        </DataState>
      </div>
    </Page>
  );
}

function useColumns(startRun: (source: Source) => Promise<void>): Column<Source>[] {
  const { t } = useTranslation();
  const can = useCan();
  const format = useFormat();
  return [
    {
      key: 'name',
      title: t('fuse.sources.name'),
      minWidth: 200,
      render: (row) => (
        <>
          <Link to="/fuse/sources/$id" params={{ id: row.id }}>
            {row.name}
          </Link>
          <div className="faint mono">{row.key}</div>
        </>
      ),
    },
    { key: 'owner', title: t('fuse.sources.owner'), minWidth: 120, render: (row) => row.owner },
    {
      key: 'kind',
      title: t('fuse.sources.kind'),
      minWidth: 180,
      render: (row) => (
        <>
          {t(`source.kinds.${row.kind}`)}
          <div className="faint">{t(`source.targets.${row.target}`)}</div>
        </>
      ),
    },
    {
      key: 'mappings',
      title: t('fuse.sources.mappings'),
      nowrap: true,
      render: (row) => t('fuse.sources.mappingCount', { count: row.mappings.length }),
    },
    { key: 'priority', title: t('fuse.sources.priority'), align: 'end', render: (row) => row.priority },
    {
      key: 'schedule',
      title: t('fuse.sources.schedule'),
      nowrap: true,
      render: (row) =>
        row.schedule ? (
          <code>{row.schedule}</code>
        ) : (
          <span className="faint">{t('fuse.sources.manual')}</span>
        ),
    },
    {
      key: 'records',
      title: t('fuse.sources.records'),
      align: 'end',
      render: (row) => format.number(row.records, 0),
    },
    {
      key: 'lastRun',
      title: t('fuse.sources.lastRun'),
      nowrap: true,
      render: (row) =>
        row.lastRun ? (
          <Link to="/fuse/runs/$id" params={{ id: row.lastRun.id }} className="row">
            <WorkTag state={row.lastRun.state} />
            {format.dateTime(row.lastRun.startedAt)}
          </Link>
        ) : (
          <span className="faint">{t('fuse.sources.neverRun')}</span>
        ),
    },
    {
      key: 'actions',
      title: <span className="visually-hidden">{t('action.more')}</span>,
      nowrap: true,
      align: 'end',
      render: (row) => (
        <span className="row" style={{ flexWrap: 'nowrap' }}>
          <Link to="/fuse/runs" search={{ source: row.id }}>
            {t('fuse.sources.runs')}
          </Link>
          {can('fuse:run:write') && (
            <Button
              size="small"
              icon={<PlayCircleOutlined />}
              aria-label={t('fuse.sources.runOf', { name: row.name })}
              disabled={row.lastRun?.state === 'running' || row.kind === 'push'}
              onClick={() => void startRun(row)}
            >
              {t('fuse.sources.run')}
            </Button>
          )}
        </span>
      ),
    },
  ];
}
