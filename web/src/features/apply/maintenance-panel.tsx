import type { Maintenance, NewMaintenance } from '@ronghe/contracts';
import { Button, Input, Modal, Popconfirm } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { DataState } from '../../components/data-state.tsx';
import { type Column, DataTable } from '../../components/data-table.tsx';
import { Field, OrganisationField } from '../../components/field.tsx';
import { Panel } from '../../components/page.tsx';
import { Tag } from '../../components/tags.tsx';
import { useNow } from '../../lib/now.ts';
import { useOrganisations } from '../../lib/organisations.ts';
import { useGet, useSend } from '../../lib/query.ts';
import { useMe } from '../../lib/session.ts';
import { useFormat } from '../../lib/use-format.ts';
import { Refusal } from '../fuse/refusal.tsx';
import { useNotify } from '../fuse/use-notify.ts';

const PATH = '/api/apply/maintenance';
const CLOCK_MS = 10_000;
const SHANGHAI_MS = 8 * 3_600_000;
const HOUR_MS = 3_600_000;

/** Stretches of time in which nobody is told. */
export function MaintenancePanel({ mayWrite }: { mayWrite: boolean }) {
  const { t } = useTranslation();
  const [isAdding, setAdding] = useState(false);
  const query = useGet<{ items: Maintenance[] }>(PATH);
  const columns = useColumns(mayWrite);
  return (
    <div className="alert-panel">
      <Panel
        title={t('channels.maintenance')}
        actions={mayWrite && <Button onClick={() => setAdding(true)}>{t('channels.addMaintenance')}</Button>}
        flush
      >
        <DataState
          query={query}
          isEmpty={({ items }) => items.length === 0}
          empty={{ title: t('channels.maintenanceEmpty'), text: t('channels.maintenanceLead') }}
        >
          {({ items }) => (
            <DataTable
              label={t('channels.maintenance')}
              rows={items}
              rowKey={({ id }) => id}
              columns={columns}
            />
          )}
        </DataState>
      </Panel>
      {isAdding && <AddMaintenance onClose={() => setAdding(false)} />}
    </div>
  );
}

function useColumns(mayWrite: boolean): Column<Maintenance>[] {
  const { t } = useTranslation();
  const format = useFormat();
  const organisations = useOrganisations();
  const now = useNow(CLOCK_MS);
  const standing = ({ from, to }: Maintenance) => {
    if (Date.parse(to) <= now) return 'over' as const;
    return Date.parse(from) <= now ? ('going' as const) : ('coming' as const);
  };
  return [
    { key: 'reason', title: t('channels.reason'), minWidth: 160, render: ({ reason }) => reason },
    {
      key: 'organisation',
      title: t('channels.organisation'),
      minWidth: 120,
      render: ({ organisation }) => organisations.name(organisation),
    },
    {
      key: 'search',
      title: t('channels.search'),
      render: ({ search }) => (search === '' ? t('channels.allPoints') : search),
    },
    { key: 'from', title: t('channels.from'), nowrap: true, render: ({ from }) => format.dateTime(from) },
    { key: 'to', title: t('channels.to2'), nowrap: true, render: ({ to }) => format.dateTime(to) },
    {
      key: 'state',
      title: t('channels.state'),
      nowrap: true,
      render: (row) => (
        <Tag tone={standing(row) === 'going' ? 'warn' : 'plain'}>{t(`channels.${standing(row)}`)}</Tag>
      ),
    },
    ...(mayWrite
      ? [
          {
            key: 'end',
            title: <span className="visually-hidden">{t('action.more')}</span>,
            align: 'end' as const,
            nowrap: true,
            render: (row: Maintenance) => standing(row) !== 'over' && <EndButton row={row} />,
          },
        ]
      : []),
  ];
}

function EndButton({ row }: { row: Maintenance }) {
  const { t } = useTranslation();
  const notify = useNotify();
  const send = useSend([PATH]);
  const end = () =>
    send.mutate(
      { method: 'DELETE', path: `${PATH}/${row.id}` },
      { onSuccess: () => notify.done(t('channels.ended')), onError: notify.failed },
    );
  return (
    <Popconfirm title={t('channels.endOf', { reason: row.reason })} onConfirm={end}>
      <Button size="small" loading={send.isPending} aria-label={t('channels.endOf', { reason: row.reason })}>
        {t('channels.endNow')}
      </Button>
    </Popconfirm>
  );
}

/** A moment as a field of the browser has it, in the time of Shanghai. */
const fieldOf = (ms: number) => new Date(ms + SHANGHAI_MS).toISOString().slice(0, 16);
const instantOf = (field: string) => new Date(Date.parse(`${field}:00Z`) - SHANGHAI_MS).toISOString();

function AddMaintenance({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const notify = useNotify();
  const me = useMe();
  const [nowMs] = useState(() => Date.now());
  const [draft, setDraft] = useState({
    organisation: me?.organisation ?? '',
    search: '',
    from: fieldOf(nowMs),
    to: fieldOf(nowMs + 2 * HOUR_MS),
    reason: '',
  });
  const put = (more: Partial<typeof draft>) => setDraft({ ...draft, ...more });
  const send = useSend<Maintenance, NewMaintenance>([PATH]);
  const isComplete = draft.reason.trim() !== '' && draft.from !== '' && draft.to > draft.from;
  const save = () =>
    send.mutate(
      {
        method: 'POST',
        path: PATH,
        body: { ...draft, from: instantOf(draft.from), to: instantOf(draft.to) },
      },
      {
        onSuccess: () => {
          notify.done(t('channels.made'));
          onClose();
        },
      },
    );
  return (
    <Modal
      open
      title={t('channels.addMaintenance')}
      okText={t('action.save')}
      okButtonProps={{ disabled: !isComplete }}
      confirmLoading={send.isPending}
      onOk={save}
      onCancel={onClose}
    >
      <div className="stack">
        <p className="faint">{t('channels.maintenanceLead')}</p>
        {send.error && <Refusal error={send.error} />}
        <Field label={t('channels.reason')}>
          {(id) => (
            <Input
              id={id}
              maxLength={500}
              value={draft.reason}
              onChange={({ target }) => put({ reason: target.value })}
            />
          )}
        </Field>
        <OrganisationField
          label={t('channels.organisation')}
          value={draft.organisation}
          onChange={(organisation) => put({ organisation })}
        />
        <Field label={t('channels.search')} hint={t('channels.searchHint')}>
          {(id) => (
            <Input
              id={id}
              maxLength={100}
              value={draft.search}
              onChange={({ target }) => put({ search: target.value })}
            />
          )}
        </Field>
        <div className="rule-grid">
          {(['from', 'to'] as const).map((end) => (
            <Field key={end} label={t(end === 'from' ? 'channels.from' : 'channels.to2')}>
              {(id) => (
                <Input
                  id={id}
                  type="datetime-local"
                  value={draft[end]}
                  onChange={({ target }) => put({ [end]: target.value })}
                />
              )}
            </Field>
          ))}
        </div>
      </div>
    </Modal>
  );
}
