import { PlayCircleOutlined, PlusOutlined } from '@ant-design/icons';
import type { RunStarted, Source } from '@ronghe/contracts';
import { Link, useNavigate } from '@tanstack/react-router';
import { App, Button } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { DataState } from '../../components/data-state.tsx';
import { type Column, DataTable } from '../../components/data-table.tsx';
import { Page } from '../../components/page.tsx';
import { WorkTag } from '../../components/tags.tsx';
import { errorText } from '../../lib/error-text.ts';
import { useGet, useSend } from '../../lib/query.ts';
import { useCan } from '../../lib/session.ts';
import { useFormat } from '../../lib/use-format.ts';
import { SourceForm } from './source-form.tsx';

const PATH = '/api/fuse/sources';
/** Milliseconds between two looks while a run is under way, and otherwise. */
const REFRESH_MS = 5_000;

export function SourcesPage() {
  const { t } = useTranslation();
  const can = useCan();
  const [adding, setAdding] = useState(false);
  const startRun = useStartRun();
  const query = useGet<{ items: Source[] }>(PATH, {}, { refreshMs: REFRESH_MS });
  const columns = useColumns(startRun);
  const add = can('fuse:source:write') && (
    <Button type="primary" icon={<PlusOutlined />} onClick={() => setAdding(true)}>
      {t('fuse.sources.add')}
    </Button>
  );
  return (
    <Page title={t('fuse.sources.title')} lead={t('fuse.sources.lead')} actions={add}>
      <div className="panel">
        <DataState
          query={query}
          isEmpty={(list) => list.items.length === 0}
          empty={{ title: t('fuse.sources.empty'), text: t('fuse.sources.emptyHint'), action: add }}
        >
          {(list) => (
            <DataTable
              label={t('fuse.sources.title')}
              rows={list.items}
              rowKey={(row) => row.id}
              columns={columns}
            />
          )}
        </DataState>
      </div>
      <SourceForm open={adding} onClose={() => setAdding(false)} onRun={startRun} />
    </Page>
  );
}

/** Starts a run and goes to it; says plainly when one is running already. */
function useStartRun(): (source: { id: string }) => Promise<void> {
  const { t } = useTranslation();
  const { message, notification } = App.useApp();
  const navigate = useNavigate();
  const start = useSend<RunStarted>(['/api/fuse', '/api/jobs']);
  return async (source) => {
    try {
      const started = await start.mutateAsync({ method: 'POST', path: `${PATH}/${source.id}/runs` });
      void message.success(t('fuse.sources.runStarted'));
      await navigate({ to: '/fuse/runs/$id', params: { id: started.run } });
    } catch (error) {
      const { message: words, hint } = errorText(error, t);
      notification.error({ title: words, description: hint });
    }
  };
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
          {row.name}
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
          {t(`fuse.sources.kinds.${row.kind}`)}
          <div className="faint mono">{row.target}</div>
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
              disabled={row.lastRun?.state === 'running'}
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
