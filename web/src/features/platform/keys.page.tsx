import { PlusOutlined } from '@ant-design/icons';
import type { ApiKey } from '@ronghe/contracts';
import { PERMISSIONS } from '@ronghe/contracts/permissions';
import { App, Button, Popconfirm, Tooltip } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { DataState } from '../../components/data-state.tsx';
import { type Column, DataTable } from '../../components/data-table.tsx';
import { Page } from '../../components/page.tsx';
import { SecretOnce } from '../../components/secret-once.tsx';
import { Tag } from '../../components/tags.tsx';
import { errorText } from '../../lib/error-text.ts';
import { useOrganisations } from '../../lib/organisations.ts';
import { useGet, useSend } from '../../lib/query.ts';
import { useCan } from '../../lib/session.ts';
import { useFormat, usePick } from '../../lib/use-format.ts';
import { KeyForm } from './key-form.tsx';

export function KeysPage() {
  const { t } = useTranslation();
  const can = useCan();
  const [adding, setAdding] = useState(false);
  const [secret, setSecret] = useState<string | null>(null);
  const query = useGet<{ items: ApiKey[] }>('/api/auth/keys');
  const columns = useColumns();
  const add = can('platform:key:write') && (
    <Button type="primary" icon={<PlusOutlined />} onClick={() => setAdding(true)}>
      {t('platform.keys.add')}
    </Button>
  );
  return (
    <Page title={t('platform.keys.title')} lead={t('platform.keys.lead')} actions={add}>
      <div className="panel">
        <DataState
          query={query}
          isEmpty={(list) => list.items.length === 0}
          empty={{ title: t('platform.keys.empty'), text: t('platform.keys.emptyHint'), action: add }}
        >
          {(list) => (
            <DataTable
              label={t('platform.keys.title')}
              rows={list.items}
              rowKey={(row) => row.id}
              columns={columns}
            />
          )}
        </DataState>
      </div>
      <KeyForm open={adding} onClose={() => setAdding(false)} onKey={setSecret} />
      <SecretOnce secret={secret} onClose={() => setSecret(null)} />
    </Page>
  );
}

function useColumns(): Column<ApiKey>[] {
  const { t } = useTranslation();
  const pick = usePick();
  const format = useFormat();
  const organisations = useOrganisations();
  return [
    {
      key: 'name',
      title: t('platform.keys.name'),
      minWidth: 140,
      render: (row) => (
        <>
          {row.name}
          <div className="faint mono">{row.prefix}…</div>
        </>
      ),
    },
    {
      key: 'state',
      title: t('platform.keys.state'),
      nowrap: true,
      render: (row) => <KeyState apiKey={row} />,
    },
    {
      key: 'organisation',
      title: t('platform.keys.organisation'),
      minWidth: 130,
      render: (row) => organisations.name(row.organisation),
    },
    {
      key: 'permissions',
      title: t('platform.keys.permissions'),
      nowrap: true,
      render: (row) => (
        <Tooltip title={row.permissions.map((permission) => pick(PERMISSIONS[permission])).join('；')}>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: the list appears on focus too */}
          <span tabIndex={0}>{t('platform.keys.permissionCount', { count: row.permissions.length })}</span>
        </Tooltip>
      ),
    },
    { key: 'createdBy', title: t('platform.keys.createdBy'), nowrap: true, render: (row) => row.createdBy },
    {
      key: 'createdAt',
      title: t('platform.keys.createdAt'),
      nowrap: true,
      render: (row) => format.date(row.createdAt),
    },
    {
      key: 'expiresAt',
      title: t('platform.keys.expiresAt'),
      nowrap: true,
      render: (row) => (row.expiresAt === null ? t('platform.keys.never') : format.date(row.expiresAt)),
    },
    {
      key: 'lastUsed',
      title: t('platform.keys.lastUsed'),
      nowrap: true,
      render: (row) =>
        row.lastUsedAt === null ? t('platform.keys.neverUsed') : format.dateTime(row.lastUsedAt),
    },
    {
      key: 'actions',
      title: <span className="visually-hidden">{t('action.more')}</span>,
      align: 'end',
      render: (row) => <Revoke apiKey={row} />,
    },
  ];
}

function KeyState({ apiKey }: { apiKey: ApiKey }) {
  const { t } = useTranslation();
  if (apiKey.revokedAt !== null) return <Tag tone="plain">{t('platform.keys.revoked')}</Tag>;
  if (apiKey.expiresAt !== null && Date.parse(apiKey.expiresAt) < Date.now()) {
    return <Tag tone="warn">{t('platform.keys.expired')}</Tag>;
  }
  return <Tag tone="good">{t('platform.keys.active')}</Tag>;
}

function Revoke({ apiKey }: { apiKey: ApiKey }) {
  const { t } = useTranslation();
  const can = useCan();
  const { notification } = App.useApp();
  const revoke = useSend<void>(['/api/auth/keys']);
  if (!can('platform:key:write') || apiKey.revokedAt !== null) return null;
  const confirm = () =>
    revoke.mutate(
      { method: 'DELETE', path: `/api/auth/keys/${apiKey.id}` },
      {
        onError: (error) => {
          const { message, hint } = errorText(error, t);
          notification.error({ title: message, description: hint });
        },
      },
    );
  return (
    <Popconfirm title={t('platform.keys.revokeAsk')} okButtonProps={{ danger: true }} onConfirm={confirm}>
      <Button
        size="small"
        danger
        loading={revoke.isPending}
        aria-label={`${t('platform.keys.revoke')} ${apiKey.name}`}
      >
        {t('platform.keys.revoke')}
      </Button>
    </Popconfirm>
  );
}
