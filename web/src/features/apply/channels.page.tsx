import { PlusOutlined } from '@ant-design/icons';
import type { Channel, ChannelTrial } from '@ronghe/contracts';
import { App, Button, Modal } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { DataState } from '../../components/data-state.tsx';
import { type Column, DataTable } from '../../components/data-table.tsx';
import { Page, Panel } from '../../components/page.tsx';
import { SecretOnce } from '../../components/secret-once.tsx';
import { Tag } from '../../components/tags.tsx';
import { useOrganisations } from '../../lib/organisations.ts';
import { useGet, useSend } from '../../lib/query.ts';
import { useCan } from '../../lib/session.ts';
import { useFormat } from '../../lib/use-format.ts';
import { Refusal } from '../fuse/refusal.tsx';
import { useNotify } from '../fuse/use-notify.ts';
import { ChannelDrawer } from './channel-drawer.tsx';
import { MaintenancePanel } from './maintenance-panel.tsx';
import './apply.css';

const REFRESH_MS = 10_000;
type Open = { what: 'edit' | 'remove'; channel: Channel } | { what: 'new' } | null;

/** Who is told, how, and when nobody is. */
export function ChannelsPage() {
  const { t } = useTranslation();
  const can = useCan();
  const [open, setOpen] = useState<Open>(null);
  const [secret, setSecret] = useState<string | null>(null);
  const mayWrite = can('apply:channel:write');
  const query = useGet<{ items: Channel[] }>('/api/apply/channels', {}, { refreshMs: REFRESH_MS });
  const columns = useColumns(setOpen, mayWrite);
  const close = () => setOpen(null);
  const add = mayWrite && (
    <Button type="primary" icon={<PlusOutlined />} onClick={() => setOpen({ what: 'new' })}>
      {t('channels.add')}
    </Button>
  );
  return (
    <Page title={t('channels.title')} lead={t('channels.lead')}>
      <Panel title={t('channels.channels')} actions={add} flush>
        <DataState
          query={query}
          isEmpty={({ items }) => items.length === 0}
          empty={{ title: t('channels.empty'), text: t('channels.emptyHint'), action: add }}
        >
          {({ items }) => (
            <DataTable
              label={t('channels.channels')}
              rows={items}
              rowKey={({ id }) => id}
              columns={columns}
            />
          )}
        </DataState>
      </Panel>
      <MaintenancePanel mayWrite={mayWrite} />
      {open?.what === 'new' && <ChannelDrawer channel={null} onClose={close} onSecret={setSecret} />}
      {open?.what === 'edit' && <ChannelDrawer channel={open.channel} onClose={close} onSecret={setSecret} />}
      {open?.what === 'remove' && <RemoveChannel channel={open.channel} onClose={close} />}
      <SecretOnce secret={secret} onClose={() => setSecret(null)} use={t('channels.secretMade')} />
    </Page>
  );
}

function useColumns(onOpen: (open: Open) => void, mayWrite: boolean): Column<Channel>[] {
  const { t } = useTranslation();
  const organisations = useOrganisations();
  return [
    { key: 'name', title: t('channels.name'), minWidth: 140, render: ({ name }) => name },
    {
      key: 'kind',
      title: t('channels.kind'),
      nowrap: true,
      render: ({ kind }) => t(`channels.kinds.${kind}`),
    },
    { key: 'leadsTo', title: t('channels.leadsTo'), minWidth: 160, render: ({ leadsTo }) => leadsTo },
    {
      key: 'organisation',
      title: t('channels.organisation'),
      minWidth: 120,
      render: ({ organisation }) => organisations.name(organisation),
    },
    {
      key: 'state',
      title: t('channels.state'),
      minWidth: 180,
      render: (channel) => <State channel={channel} />,
    },
    ...(mayWrite
      ? [
          {
            key: 'actions',
            title: <span className="visually-hidden">{t('action.more')}</span>,
            align: 'end' as const,
            nowrap: true,
            render: (channel: Channel) => <Actions channel={channel} onOpen={onOpen} />,
          },
        ]
      : []),
  ];
}

function State({ channel: { deliveredAt, failure, waiting } }: { channel: Channel }) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <>
      {failure === null ? (
        <Tag tone={deliveredAt === null ? 'plain' : 'good'}>
          {deliveredAt === null
            ? t('channels.never')
            : t('channels.ok', { at: format.dateTime(deliveredAt) })}
        </Tag>
      ) : (
        <Tag tone="bad">{t('channels.failed', { why: failure })}</Tag>
      )}
      {waiting > 0 && <div className="faint">{t('channels.waiting', { count: waiting })}</div>}
    </>
  );
}

type ActionsProps = { channel: Channel; onOpen: (open: Open) => void };
function Actions({ channel, onOpen }: ActionsProps) {
  const { t } = useTranslation();
  const notify = useNotify();
  const { modal } = App.useApp();
  const { id, name } = channel;
  const send = useSend<ChannelTrial>(['/api/apply/channels']);
  const tryIt = () =>
    send.mutate(
      { method: 'POST', path: `/api/apply/channels/${id}/try`, waitMsMax: 60_000 },
      {
        onSuccess: ({ delivered, failure }) =>
          delivered
            ? notify.done(t('channels.tried'))
            : modal.error({ title: t('channels.notTried'), content: failure }),
        onError: notify.failed,
      },
    );
  return (
    <span className="row alert-choice">
      <Button
        size="small"
        loading={send.isPending}
        aria-label={t('channels.tryOf', { name })}
        onClick={tryIt}
      >
        {t('channels.try')}
      </Button>
      <Button
        size="small"
        aria-label={t('channels.editOf', { name })}
        onClick={() => onOpen({ what: 'edit', channel })}
      >
        {t('channels.edit')}
      </Button>
      <Button
        size="small"
        danger
        aria-label={t('channels.removeOf', { name })}
        onClick={() => onOpen({ what: 'remove', channel })}
      >
        {t('channels.remove')}
      </Button>
    </span>
  );
}

function RemoveChannel({ channel, onClose }: { channel: Channel; onClose: () => void }) {
  const { t } = useTranslation();
  const notify = useNotify();
  const send = useSend(['/api/apply/channels']);
  const remove = () =>
    send.mutate(
      { method: 'DELETE', path: `/api/apply/channels/${channel.id}` },
      {
        onSuccess: () => {
          notify.done(t('channels.removed'));
          onClose();
        },
      },
    );
  return (
    <Modal
      open
      title={t('channels.removeTitle', { name: channel.name })}
      okText={t('channels.remove')}
      okButtonProps={{ danger: true }}
      confirmLoading={send.isPending}
      onOk={remove}
      onCancel={onClose}
    >
      <div className="stack">
        <p>{t('channels.removeLead')}</p>
        {send.error && <Refusal error={send.error} />}
      </div>
    </Modal>
  );
}
