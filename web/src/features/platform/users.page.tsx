import { PlusOutlined } from '@ant-design/icons';
import type { User } from '@ronghe/contracts';
import { Button } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { DataState } from '../../components/data-state.tsx';
import { type Column, DataTable } from '../../components/data-table.tsx';
import { Page } from '../../components/page.tsx';
import { SearchInput } from '../../components/search-input.tsx';
import { Tag } from '../../components/tags.tsx';
import { useOrganisations } from '../../lib/organisations.ts';
import { useGet } from '../../lib/query.ts';
import { useSearchState } from '../../lib/search.ts';
import { useCan } from '../../lib/session.ts';
import { useFormat } from '../../lib/use-format.ts';
import { useRoles } from './roles.ts';
import { UserForm } from './user-form.tsx';

export function UsersPage() {
  const { t } = useTranslation();
  const can = useCan();
  const search = useSearchState();
  const organisations = useOrganisations();
  const [edited, setEdited] = useState<User | 'new' | null>(null);
  const query = useGet<{ items: User[] }>('/api/auth/users');
  const columns = useColumns(setEdited);
  const wanted = (search.values.search ?? '').toLowerCase();
  const matches = (user: User) =>
    `${user.username} ${user.title} ${organisations.name(user.organisation)}`.toLowerCase().includes(wanted);
  const add = can('platform:user:write') && (
    <Button type="primary" icon={<PlusOutlined />} onClick={() => setEdited('new')}>
      {t('platform.users.add')}
    </Button>
  );
  return (
    <Page title={t('platform.users.title')} lead={t('platform.users.lead')} actions={add}>
      <div className="panel">
        <div className="toolbar">
          <SearchInput
            label={t('platform.users.search')}
            value={search.values.search ?? ''}
            onChange={(text) => search.set({ search: text })}
          />
        </div>
        <DataState
          query={query}
          isEmpty={(list) => list.items.filter(matches).length === 0}
          filtered={{ active: wanted !== '', clear: search.clear }}
          empty={{ title: t('platform.users.empty'), action: add }}
        >
          {(list) => (
            <DataTable
              label={t('platform.users.title')}
              rows={list.items.filter(matches)}
              rowKey={(row) => row.id}
              columns={columns}
            />
          )}
        </DataState>
      </div>
      <UserForm
        key={edited === null || edited === 'new' ? 'new' : edited.id}
        edited={edited}
        onClose={() => setEdited(null)}
      />
    </Page>
  );
}

function useColumns(onEdit: (user: User) => void): Column<User>[] {
  const { t } = useTranslation();
  const can = useCan();
  const format = useFormat();
  const organisations = useOrganisations();
  const roles = useRoles();
  return [
    {
      key: 'username',
      title: t('platform.users.username'),
      nowrap: true,
      render: (row) => <code>{row.username}</code>,
    },
    { key: 'title', title: t('platform.users.name'), nowrap: true, render: (row) => row.title },
    {
      key: 'organisation',
      title: t('platform.users.organisation'),
      minWidth: 140,
      render: (row) => organisations.name(row.organisation),
    },
    {
      key: 'roles',
      title: t('platform.users.roles'),
      minWidth: 140,
      render: (row) => (
        <span className="row">
          {row.roles.map((role) => (
            <Tag key={role} tone="plain" icon={null}>
              {roles.name(role)}
            </Tag>
          ))}
        </span>
      ),
    },
    {
      key: 'state',
      title: t('platform.users.state'),
      nowrap: true,
      render: (row) => <UserState user={row} />,
    },
    {
      key: 'lastLogin',
      title: t('platform.users.lastLogin'),
      nowrap: true,
      render: (row) => format.dateTime(row.lastLoginAt),
    },
    {
      key: 'actions',
      title: <span className="visually-hidden">{t('action.more')}</span>,
      align: 'end',
      render: (row) =>
        can('platform:user:write') && (
          <Button size="small" aria-label={`${t('action.edit')} ${row.username}`} onClick={() => onEdit(row)}>
            {t('action.edit')}
          </Button>
        ),
    },
  ];
}

function UserState({ user }: { user: User }) {
  const { t } = useTranslation();
  const format = useFormat();
  if (user.disabled) return <Tag tone="plain">{t('platform.users.disabled')}</Tag>;
  if (user.lockedUntil !== null && Date.parse(user.lockedUntil) > Date.now()) {
    return <Tag tone="warn">{t('platform.users.locked', { time: format.shortTime(user.lockedUntil) })}</Tag>;
  }
  return <Tag tone="good">{t('platform.users.active')}</Tag>;
}
