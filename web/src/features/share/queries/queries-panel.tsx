import { PlusOutlined } from '@ant-design/icons';
import type { SavedQuery } from '@ronghe/contracts';
import { Link } from '@tanstack/react-router';
import { Button, Modal } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { DataState } from '../../../components/data-state.tsx';
import { type Column, DataTable } from '../../../components/data-table.tsx';
import { Panel } from '../../../components/page.tsx';
import { Tag } from '../../../components/tags.tsx';
import { useOrganisations } from '../../../lib/organisations.ts';
import { useGet, useSend } from '../../../lib/query.ts';
import { usePick } from '../../../lib/use-format.ts';
import { Refusal } from '../../fuse/refusal.tsx';
import { useNotify } from '../../fuse/use-notify.ts';
import { QueryDrawer } from './query-drawer.tsx';

const PATH = '/api/share/queries';
type Open = { what: 'new' } | { what: 'edit' | 'remove'; query: SavedQuery };

/** Queries that are saved as datasets, for those who may save some. */
export function QueriesPanel() {
  const { t } = useTranslation();
  const query = useGet<{ items: SavedQuery[] }>(PATH);
  const [open, setOpen] = useState<Open | null>(null);
  const columns = useColumns(setOpen);
  const close = () => setOpen(null);
  return (
    <Panel
      title={t('queries.title')}
      actions={
        <Button size="small" icon={<PlusOutlined />} onClick={() => setOpen({ what: 'new' })}>
          {t('queries.add')}
        </Button>
      }
      flush
    >
      <p className="faint panel-body">{t('queries.lead')}</p>
      <DataState
        query={query}
        isEmpty={({ items }) => items.length === 0}
        empty={{ title: t('queries.empty'), text: t('queries.emptyHint') }}
      >
        {({ items }) => (
          <DataTable label={t('queries.title')} rows={items} rowKey={({ name }) => name} columns={columns} />
        )}
      </DataState>
      {open?.what === 'new' && <QueryDrawer query={null} onClose={close} />}
      {open?.what === 'edit' && <QueryDrawer query={open.query} onClose={close} />}
      {open?.what === 'remove' && <RemoveQuery query={open.query} onClose={close} />}
    </Panel>
  );
}

function useColumns(onOpen: (open: Open) => void): Column<SavedQuery>[] {
  const { t } = useTranslation();
  const pick = usePick();
  const organisations = useOrganisations();
  return [
    {
      key: 'title',
      title: t('share.title'),
      minWidth: 220,
      render: ({ dataset, title, broken }) => (
        <>
          {broken === null ? (
            <Link to="/share/datasets/$id" params={{ id: dataset }}>
              {pick(title)}
            </Link>
          ) : (
            pick(title)
          )}
          <div className="faint">
            <code>share.{dataset}</code>
          </div>
        </>
      ),
    },
    {
      key: 'state',
      title: t('queries.state'),
      minWidth: 160,
      render: ({ broken, version }) => (
        <>
          <Tag tone={broken === null ? 'good' : 'bad'}>
            {t(broken === null ? 'queries.usable' : 'queries.broken')}
          </Tag>
          <div className="faint">{broken === null ? t('queries.version', { version }) : pick(broken)}</div>
        </>
      ),
    },
    {
      key: 'reads',
      title: t('queries.reads'),
      minWidth: 140,
      render: ({ reads }) => <code>{reads.join(', ')}</code>,
    },
    {
      key: 'organisation',
      title: t('queries.organisation'),
      render: ({ organisation }) => organisations.name(organisation),
    },
    {
      key: 'actions',
      title: '',
      nowrap: true,
      render: (query) => (
        <span className="row">
          <Button
            size="small"
            aria-label={t('queries.edit', { name: query.dataset })}
            onClick={() => onOpen({ what: 'edit', query })}
          >
            {t('queries.editShort')}
          </Button>
          <Button
            size="small"
            danger
            aria-label={t('queries.remove', { name: query.dataset })}
            onClick={() => onOpen({ what: 'remove', query })}
          >
            {t('queries.removeShort')}
          </Button>
        </span>
      ),
    },
  ];
}

function RemoveQuery({ query, onClose }: { query: SavedQuery; onClose: () => void }) {
  const { t } = useTranslation();
  const notify = useNotify();
  const send = useSend<void>(['/api/share']);
  const remove = () =>
    send.mutate(
      { method: 'DELETE', path: `${PATH}/${query.name}` },
      {
        onSuccess: () => {
          notify.done(t('queries.removed'));
          onClose();
        },
      },
    );
  return (
    <Modal
      open
      title={t('queries.removeTitle', { name: query.dataset })}
      okText={t('queries.removeShort')}
      okButtonProps={{ danger: true }}
      confirmLoading={send.isPending}
      onOk={remove}
      onCancel={onClose}
    >
      <div className="stack">
        <p>{t('queries.removeLead')}</p>
        {send.error && <Refusal error={send.error} />}
      </div>
    </Modal>
  );
}
