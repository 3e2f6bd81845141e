import { PlusOutlined } from '@ant-design/icons';
import type { Collector } from '@ronghe/contracts';
import { Link, useNavigate } from '@tanstack/react-router';
import { Button } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { DataState } from '../../components/data-state.tsx';
import { type Column, DataTable } from '../../components/data-table.tsx';
import { Page } from '../../components/page.tsx';
import { SearchInput } from '../../components/search-input.tsx';
import { SecretOnce } from '../../components/secret-once.tsx';
import { CollectorTag } from '../../components/tags.tsx';
import { useNow } from '../../lib/now.ts';
import { useOrganisations } from '../../lib/organisations.ts';
import { useGet } from '../../lib/query.ts';
import { useSearchState } from '../../lib/search.ts';
import { useCan } from '../../lib/session.ts';
import { useFormat } from '../../lib/use-format.ts';
import { BufferBar } from './buffer-bar.tsx';
import { CollectorForm } from './collector-form.tsx';
import { type Enrolling, EnrolmentDialog } from './enrolment-dialog.tsx';
import './fleet.css';

const REFRESH_MS = 3_000;

export function CollectorsPage() {
  const { t } = useTranslation();
  const can = useCan();
  const navigate = useNavigate();
  const search = useSearchState();
  const organisations = useOrganisations();
  const [adding, setAdding] = useState(false);
  const [key, setKey] = useState<string | null>(null);
  const [enrolling, setEnrolling] = useState<Enrolling | null>(null);
  const query = useGet<{ items: Collector[] }>('/api/collect/collectors', {}, { refreshMs: REFRESH_MS });
  const columns = useColumns();
  const wanted = (search.values.search ?? '').toLowerCase();
  const matches = (row: Collector) =>
    `${row.name} ${row.title} ${organisations.name(row.organisation)}`.toLowerCase().includes(wanted);
  const add = can('collect:collector:write') && (
    <Button type="primary" icon={<PlusOutlined />} onClick={() => setAdding(true)}>
      {t('collect.collectors.add')}
    </Button>
  );
  return (
    <Page title={t('collect.collectors.title')} lead={t('collect.collectors.lead')} actions={add}>
      <div className="panel">
        <div className="toolbar">
          <SearchInput
            label={t('collect.collectors.search')}
            value={search.values.search ?? ''}
            onChange={(text) => search.set({ search: text })}
          />
        </div>
        <DataState
          query={query}
          isEmpty={(list) => list.items.filter(matches).length === 0}
          filtered={{ active: wanted !== '', clear: search.clear }}
          empty={{
            title: t('collect.collectors.empty'),
            text: t('collect.collectors.emptyHint'),
            action: add,
          }}
        >
          {(list) => (
            <DataTable
              label={t('collect.collectors.title')}
              rows={list.items.filter(matches)}
              rowKey={(row) => row.id}
              columns={columns}
              onOpen={(row) => void navigate({ to: '/collect/collectors/$name', params: { name: row.name } })}
            />
          )}
        </DataState>
      </div>
      <CollectorForm open={adding} onClose={() => setAdding(false)} onKey={setKey} onCode={setEnrolling} />
      {enrolling && <EnrolmentDialog enrolling={enrolling} onClose={() => setEnrolling(null)} />}
      <SecretOnce secret={key} use={t('collect.collectors.keyUse')} onClose={() => setKey(null)} />
    </Page>
  );
}

function useColumns(): Column<Collector>[] {
  const { t } = useTranslation();
  const format = useFormat();
  const now = useNow();
  const organisations = useOrganisations();
  return [
    {
      key: 'name',
      title: t('collect.collectors.displayName'),
      minWidth: 180,
      render: (row) => (
        <>
          <Link to="/collect/collectors/$name" params={{ name: row.name }}>
            {row.title}
          </Link>
          <div className="faint mono">{row.name}</div>
        </>
      ),
    },
    {
      key: 'state',
      title: t('collect.collectors.state'),
      render: (row) => <CollectorTag state={row.state} />,
    },
    {
      key: 'organisation',
      title: t('collect.collectors.organisation'),
      minWidth: 140,
      render: (row) => organisations.name(row.organisation),
    },
    {
      key: 'connections',
      title: t('collect.collectors.connections'),
      nowrap: true,
      render: (row) => (row.report ? <Connections collector={row} /> : <span className="faint">—</span>),
    },
    {
      key: 'points',
      title: t('collect.collectors.points'),
      align: 'end',
      render: (row) => format.number(row.points, 0),
    },
    {
      key: 'buffer',
      title: t('collect.collectors.buffer'),
      minWidth: 150,
      render: (row) => (row.report ? <BufferBar report={row.report} /> : <span className="faint">—</span>),
    },
    {
      key: 'lastSeen',
      title: t('collect.collectors.lastSeen'),
      nowrap: true,
      render: (row) => (row.lastSeenAt ? format.ago(row.lastSeenAt, now) : t('collect.collectors.never')),
    },
    {
      key: 'lastError',
      title: t('collect.collectors.lastError'),
      minWidth: 180,
      render: (row) => (
        <span className="faint">
          {row.report?.connections.find((connection) => connection.lastError !== null)?.lastError ?? ''}
        </span>
      ),
    },
  ];
}

function Connections({ collector }: { collector: Collector }) {
  const { t } = useTranslation();
  const all = collector.report?.connections ?? [];
  const connected = all.filter((connection) => connection.state === 'connected').length;
  return <>{t('collect.collectors.connectionsOf', { connected, all: all.length })}</>;
}
