import { PlusOutlined } from '@ant-design/icons';
import type { ApiKey } from '@ronghe/contracts';
import { PERMISSIONS } from '@ronghe/contracts/permissions';
import { Alert, App, Button, Popconfirm, Tooltip } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { DataState } from '../../components/data-state.tsx';
import { type Column, DataTable } from '../../components/data-table.tsx';
import { FilterSelect } from '../../components/filter-select.tsx';
import { Page } from '../../components/page.tsx';
import { SecretOnce } from '../../components/secret-once.tsx';
import { Tag } from '../../components/tags.tsx';
import { errorText } from '../../lib/error-text.ts';
import { useNow } from '../../lib/now.ts';
import { useOrganisations } from '../../lib/organisations.ts';
import { useGet, useSend } from '../../lib/query.ts';
import { useCan } from '../../lib/session.ts';
import { useFormat, usePick } from '../../lib/use-format.ts';
import { KeyForm } from './key-form.tsx';
import { RotateKey } from './key-rotate.tsx';
import { applicationsOf, previousOf, stateOf } from './keys.ts';

const NOW_MS = 60_000;
/** What is done to a key in a dialog now. */
type Doing = { what: 'add' } | { what: 'change' | 'rotate'; apiKey: ApiKey };

export function KeysPage() {
  const { t } = useTranslation();
  const can = useCan();
  const [doing, setDoing] = useState<Doing | null>(null);
  const [secret, setSecret] = useState<string | null>(null);
  const [application, setApplication] = useState<string>();
  const query = useGet<{ items: ApiKey[] }>('/api/auth/keys');
  const columns = useColumns(setDoing);
  const applications = applicationsOf(query.data?.items ?? []);
  const add = can('platform:key:write') && (
    <Button type="primary" icon={<PlusOutlined />} onClick={() => setDoing({ what: 'add' })}>
      {t('platform.keys.add')}
    </Button>
  );
  const filter = applications.length > 0 && (
    <FilterSelect
      label={t('platform.keys.application')}
      all={t('platform.keys.allApplications')}
      value={application}
      options={applications.map((name) => ({ value: name, label: name }))}
      onChange={setApplication}
    />
  );
  const close = () => setDoing(null);
  return (
    <Page
      title={t('platform.keys.title')}
      lead={t('platform.keys.lead')}
      actions={
        <>
          {filter}
          {add}
        </>
      }
    >
      <EndingNotice keys={query.data?.items ?? []} />
      <div className="panel">
        <DataState
          query={query}
          isEmpty={(list) => list.items.length === 0}
          empty={{ title: t('platform.keys.empty'), text: t('platform.keys.emptyHint'), action: add }}
        >
          {(list) => (
            <DataTable
              label={t('platform.keys.title')}
              rows={list.items.filter((row) => application === undefined || row.application === application)}
              rowKey={(row) => row.id}
              columns={columns}
            />
          )}
        </DataState>
      </div>
      <KeyForm
        open={doing?.what === 'add' || doing?.what === 'change'}
        apiKey={doing?.what === 'change' ? doing.apiKey : null}
        applications={applications}
        onClose={close}
        onKey={setSecret}
      />
      <RotateKey apiKey={doing?.what === 'rotate' ? doing.apiKey : null} onClose={close} onKey={setSecret} />
      <SecretOnce secret={secret} onClose={() => setSecret(null)} />
    </Page>
  );
}

/** Says that keys in use end soon or have just ended. */
function EndingNotice({ keys }: { keys: readonly ApiKey[] }) {
  const { t } = useTranslation();
  const now = useNow(NOW_MS);
  const count = keys.filter((key) => ['ending', 'expired'].includes(stateOf(key, now).state)).length;
  if (count === 0) return null;
  return (
    <Alert
      type="warning"
      showIcon
      title={t('platform.keys.endingNotice', { count })}
      style={{ marginBottom: 12 }}
    />
  );
}

function useColumns(onDo: (doing: Doing) => void): Column<ApiKey>[] {
  const { t } = useTranslation();
  const pick = usePick();
  const format = useFormat();
  const organisations = useOrganisations();
  return [
    {
      key: 'name',
      title: t('platform.keys.name'),
      minWidth: 150,
      render: (row) => <KeyName apiKey={row} />,
    },
    {
      key: 'state',
      title: t('platform.keys.state'),
      nowrap: true,
      render: (row) => <State apiKey={row} />,
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
    {
      key: 'addresses',
      title: t('platform.keys.addresses'),
      minWidth: 130,
      render: (row) =>
        row.allowedAddresses.length === 0 ? (
          <span className="faint">{t('platform.keys.anywhere')}</span>
        ) : (
          <span className="mono">{row.allowedAddresses.join(' ')}</span>
        ),
    },
    {
      key: 'created',
      title: t('platform.keys.createdBy'),
      nowrap: true,
      render: (row) => (
        <>
          {row.createdBy}
          <div className="faint">{format.date(row.createdAt)}</div>
        </>
      ),
    },
    {
      key: 'lastUsed',
      title: t('platform.keys.lastUsed'),
      nowrap: true,
      render: (row) => <LastUse apiKey={row} />,
    },
    {
      key: 'actions',
      title: <span className="visually-hidden">{t('action.more')}</span>,
      align: 'end',
      render: (row) => <Actions apiKey={row} onDo={onDo} />,
    },
  ];
}

function KeyName({ apiKey }: { apiKey: ApiKey }) {
  const { t } = useTranslation();
  const format = useFormat();
  const previous = previousOf(apiKey, useNow(NOW_MS));
  return (
    <>
      {apiKey.description === '' ? (
        apiKey.name
      ) : (
        <Tooltip title={apiKey.description}>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: the description appears on focus too */}
          <span tabIndex={0}>{apiKey.name}</span>
        </Tooltip>
      )}
      <div className="faint">
        <span className="mono">{apiKey.prefix}…</span>
        {apiKey.application === null ? '' : ` · ${apiKey.application}`}
      </div>
      {previous && (
        <div className="faint">
          {t('platform.keys.oldUntil', { prefix: previous.prefix, until: format.dateTime(previous.until) })}
          {' · '}
          {previous.lastUsedAt === null || previous.lastUsedAt <= (apiKey.rotatedAt ?? '')
            ? t('platform.keys.oldUnused')
            : t('platform.keys.oldUsed', { at: format.dateTime(previous.lastUsedAt) })}
        </div>
      )}
    </>
  );
}

function LastUse({ apiKey }: { apiKey: ApiKey }) {
  const { t } = useTranslation();
  const format = useFormat();
  if (apiKey.lastUsedAt === null) return t('platform.keys.neverUsed');
  return (
    <>
      {format.dateTime(apiKey.lastUsedAt)}
      {apiKey.lastUsedFrom !== null && (
        <div className="faint">{t('platform.keys.lastUsedFrom', { from: apiKey.lastUsedFrom })}</div>
      )}
    </>
  );
}

const TONES = { active: 'good', ending: 'warn', expired: 'bad', revoked: 'plain' } as const;

function State({ apiKey }: { apiKey: ApiKey }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { state, daysLeft } = stateOf(apiKey, useNow(NOW_MS));
  const today = state === 'ending' && daysLeft !== null && daysLeft <= 1;
  return (
    <>
      <Tag tone={TONES[state]}>
        {today ? t('platform.keys.endingOne') : t(`platform.keys.${state}`, { count: daysLeft ?? 0 })}
      </Tag>
      <div className="faint">
        {apiKey.expiresAt === null
          ? t('platform.keys.never')
          : t('platform.keys.until', { date: format.date(apiKey.expiresAt) })}
      </div>
    </>
  );
}

function Actions({ apiKey, onDo }: { apiKey: ApiKey; onDo: (doing: Doing) => void }) {
  const { t } = useTranslation();
  const can = useCan();
  if (!can('platform:key:write') || apiKey.revokedAt !== null) return null;
  return (
    <div className="row" style={{ justifyContent: 'flex-end', flexWrap: 'nowrap' }}>
      <Button
        size="small"
        aria-label={`${t('platform.keys.changeShort')} ${apiKey.name}`}
        onClick={() => onDo({ what: 'change', apiKey })}
      >
        {t('platform.keys.changeShort')}
      </Button>
      <Button
        size="small"
        aria-label={`${t('platform.keys.rotate')} ${apiKey.name}`}
        onClick={() => onDo({ what: 'rotate', apiKey })}
      >
        {t('platform.keys.rotate')}
      </Button>
      <Revoke apiKey={apiKey} />
    </div>
  );
}

function Revoke({ apiKey }: { apiKey: ApiKey }) {
  const { t } = useTranslation();
  const { notification } = App.useApp();
  const revoke = useSend<void>(['/api/auth/keys']);
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
