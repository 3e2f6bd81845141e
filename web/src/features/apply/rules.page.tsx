import { PlusOutlined } from '@ant-design/icons';
import type { AlertRule, Page as PageOf } from '@ronghe/contracts';
import { Link } from '@tanstack/react-router';
import { Button, Modal } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { DataState } from '../../components/data-state.tsx';
import { type Column, DataTable, Pager } from '../../components/data-table.tsx';
import { Page } from '../../components/page.tsx';
import { SearchInput } from '../../components/search-input.tsx';
import { Tag } from '../../components/tags.tsx';
import { useOrganisations } from '../../lib/organisations.ts';
import { useGet, useSend } from '../../lib/query.ts';
import { useSearchState } from '../../lib/search.ts';
import { useCan } from '../../lib/session.ts';
import { useFormat } from '../../lib/use-format.ts';
import { Refusal } from '../fuse/refusal.tsx';
import { useNotify } from '../fuse/use-notify.ts';
import { ColourTag } from './colour-tag.tsx';
import { RuleDrawer } from './rule-drawer.tsx';
import { useConditionText } from './use-condition-text.ts';

const ROWS = 50;
const REFRESH_MS = 10_000;
type Open = { what: 'edit' | 'remove'; rule: AlertRule } | { what: 'new' } | null;

/** Who wants to be told of what. */
export function AlertRulesPage() {
  const { t } = useTranslation();
  const can = useCan();
  const search = useSearchState();
  const [open, setOpen] = useState<Open>(null);
  const { cursor } = search.values;
  const query = useGet<PageOf<AlertRule>>(
    '/api/apply/alert-rules',
    { cursor, limit: ROWS, search: search.values.search },
    { keep: true, refreshMs: REFRESH_MS },
  );
  const mayWrite = can('apply:rule:write') && can('ingest:observation:read');
  const columns = useColumns(setOpen, mayWrite);
  const close = () => setOpen(null);
  const add = mayWrite && (
    <Button type="primary" icon={<PlusOutlined />} onClick={() => setOpen({ what: 'new' })}>
      {t('alertRules.add')}
    </Button>
  );
  return (
    <Page title={t('alertRules.title')} lead={t('alertRules.lead')} actions={add}>
      <div className="panel">
        <div className="toolbar">
          <SearchInput
            label={t('alertRules.search')}
            value={search.values.search ?? ''}
            onChange={(text) => search.set({ search: text })}
          />
        </div>
        <DataState
          query={query}
          isEmpty={(page) => page.items.length === 0}
          filtered={{ active: search.filtered, clear: search.clear }}
          empty={{ title: t('alertRules.empty'), text: t('alertRules.emptyHint'), action: add }}
        >
          {(page) => (
            <>
              <DataTable
                label={t('alertRules.title')}
                rows={page.items}
                rowKey={({ id }) => id}
                columns={columns}
              />
              <Pager page={page} search={search} busy={query.isFetching} />
            </>
          )}
        </DataState>
      </div>
      {open?.what === 'new' && <RuleDrawer rule={null} onClose={close} />}
      {open?.what === 'edit' && <RuleDrawer rule={open.rule} onClose={close} />}
      {open?.what === 'remove' && <RemoveRule rule={open.rule} onClose={close} />}
    </Page>
  );
}

function useColumns(onOpen: (open: Open) => void, mayWrite: boolean): Column<AlertRule>[] {
  const { t } = useTranslation();
  const format = useFormat();
  const organisations = useOrganisations();
  const condition = useConditionText();
  return [
    {
      key: 'name',
      title: t('alertRules.name'),
      minWidth: 180,
      render: ({ name, enabled, version }) => (
        <>
          {name}
          <div className="faint">
            {t('alertRules.version', { version })}
            {!enabled && ` · ${t('alertRules.disabled')}`}
          </div>
        </>
      ),
    },
    {
      key: 'colour',
      title: t('alertRules.colour'),
      nowrap: true,
      render: ({ colour }) => <ColourTag colour={colour} />,
    },
    {
      key: 'condition',
      title: t('alertRules.condition'),
      minWidth: 200,
      render: (rule) => condition(rule),
    },
    {
      key: 'watch',
      title: t('alertRules.watch'),
      minWidth: 140,
      render: ({ watch }) =>
        'points' in watch
          ? t('alertRules.pointCount', { count: watch.points.length })
          : t('alertRules.found', { text: watch.search }),
    },
    {
      key: 'organisation',
      title: t('alertRules.organisation'),
      minWidth: 120,
      render: ({ organisation }) => organisations.name(organisation),
    },
    {
      key: 'open',
      title: t('alertRules.open'),
      nowrap: true,
      render: ({ id, name, open }) =>
        open === 0 ? (
          '—'
        ) : (
          <Link
            to="/alerts"
            search={{ rule: id } as never}
            aria-label={`${name} ${t('alertRules.openCount', { count: open })}`}
          >
            <Tag tone="bad">{format.number(open)}</Tag>
          </Link>
        ),
    },
    {
      key: 'made',
      title: t('alertRules.made'),
      nowrap: true,
      render: ({ madeBy, madeAt }) => t('alertRules.madeBy', { name: madeBy, at: format.dateTime(madeAt) }),
    },
    ...(mayWrite
      ? [
          {
            key: 'actions',
            title: <span className="visually-hidden">{t('action.more')}</span>,
            align: 'end' as const,
            nowrap: true,
            render: (rule: AlertRule) => <Actions rule={rule} onOpen={onOpen} />,
          },
        ]
      : []),
  ];
}

type ActionsProps = { rule: AlertRule; onOpen: (open: Open) => void };
function Actions({ rule, onOpen }: ActionsProps) {
  const { t } = useTranslation();
  return (
    <span className="row alert-choice">
      <Button
        size="small"
        aria-label={t('alertRules.editOf', { name: rule.name })}
        onClick={() => onOpen({ what: 'edit', rule })}
      >
        {t('action.edit')}
      </Button>
      <Button
        size="small"
        danger
        aria-label={t('alertRules.removeOf', { name: rule.name })}
        onClick={() => onOpen({ what: 'remove', rule })}
      >
        {t('alertRules.remove')}
      </Button>
    </span>
  );
}

function RemoveRule({ rule, onClose }: { rule: AlertRule; onClose: () => void }) {
  const { t } = useTranslation();
  const notify = useNotify();
  const send = useSend<AlertRule>(['/api/apply']);
  const remove = () =>
    send.mutate(
      { method: 'DELETE', path: `/api/apply/alert-rules/${rule.id}` },
      {
        onSuccess: () => {
          notify.done(t('alertRules.removed'));
          onClose();
        },
      },
    );
  return (
    <Modal
      open
      title={t('alertRules.removeTitle', { name: rule.name })}
      okText={t('alertRules.remove')}
      okButtonProps={{ danger: true }}
      confirmLoading={send.isPending}
      onOk={remove}
      onCancel={onClose}
    >
      <div className="stack">
        <p>{t('alertRules.removeLead')}</p>
        {send.error && <Refusal error={send.error} />}
      </div>
    </Modal>
  );
}
