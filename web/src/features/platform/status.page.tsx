import type { Backup, PlatformStatus } from '@ronghe/contracts';
import { useTranslation } from 'react-i18next';
import { DataState } from '../../components/data-state.tsx';
import { DataTable } from '../../components/data-table.tsx';
import { Figures } from '../../components/figures.tsx';
import { Page, Panel } from '../../components/page.tsx';
import { Tag } from '../../components/tags.tsx';
import { useGet } from '../../lib/query.ts';
import { useFormat } from '../../lib/use-format.ts';

const REFRESH_MS = 10_000;

export function StatusPage() {
  const { t } = useTranslation();
  const query = useGet<PlatformStatus>('/api/platform/status', {}, { refreshMs: REFRESH_MS });
  return (
    <Page title={t('platform.status.title')} lead={t('platform.status.lead')}>
      <div className="stack">
        <DataState query={query}>{(status) => <Engines status={status} />}</DataState>
        <Panel title={t('platform.status.backups')} flush>
          <Backups />
        </Panel>
        <div className="grid-2">
          <Panel title={t('platform.status.docs')}>
            <p>{t('platform.status.docsText')}</p>
            <p style={{ marginTop: 8 }}>
              <a href="/docs" target="_blank" rel="noopener">
                {t('platform.status.docs')}
              </a>
            </p>
          </Panel>
          <Panel title={t('platform.status.about')}>
            <p>{t('platform.status.aboutText')}</p>
          </Panel>
        </div>
      </div>
    </Page>
  );
}

function Engines({ status }: { status: PlatformStatus }) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <div className="stack">
      <Figures
        label={t('platform.status.title')}
        items={[
          { label: t('platform.status.version'), value: status.version },
          { label: t('platform.status.uptime'), value: format.duration(status.uptimeSeconds * 1000) },
          {
            label: t('platform.status.startedAt'),
            value: format.shortTime(status.startedAt),
            note: format.date(status.startedAt),
          },
          { label: t('platform.status.memory'), value: format.bytes(status.memoryBytes) },
        ]}
      />
      <Panel title={t('platform.status.engines')} flush>
        <DataTable
          label={t('platform.status.engines')}
          rows={status.engines}
          rowKey={(row) => row.name}
          columns={[
            {
              key: 'name',
              title: t('platform.status.engines'),
              render: (row) => t(`platform.status.${row.name}`),
            },
            {
              key: 'ready',
              title: t('platform.jobs.state'),
              render: (row) => (
                <Tag tone={row.ready ? 'good' : 'bad'}>
                  {row.ready ? t('platform.status.ready') : t('platform.status.notReady')}
                </Tag>
              ),
            },
            { key: 'kind', title: t('platform.status.kind'), render: (row) => row.kind },
            {
              key: 'version',
              title: t('platform.status.version'),
              render: (row) => <code>{row.version}</code>,
            },
            {
              key: 'bytes',
              title: t('platform.status.size'),
              align: 'end',
              nowrap: true,
              render: (row) => format.bytes(row.bytes),
            },
          ]}
        />
      </Panel>
    </div>
  );
}

function Backups() {
  const { t } = useTranslation();
  const format = useFormat();
  const query = useGet<{ items: Backup[] }>('/api/platform/backups');
  return (
    <DataState
      query={query}
      rows={3}
      isEmpty={(list) => list.items.length === 0}
      empty={{ title: t('platform.status.noBackups'), text: t('platform.status.noBackupsHint') }}
    >
      {(list) => (
        <DataTable
          label={t('platform.status.backups')}
          rows={list.items}
          rowKey={(row) => row.name}
          columns={[
            { key: 'name', title: t('platform.status.backupName'), render: (row) => <code>{row.name}</code> },
            {
              key: 'at',
              title: t('platform.audit.at'),
              nowrap: true,
              render: (row) => format.dateTime(row.createdAt),
            },
            {
              key: 'bytes',
              title: t('platform.status.backupBytes'),
              align: 'end',
              nowrap: true,
              render: (row) => format.bytes(row.bytes),
            },
            {
              key: 'rows',
              title: t('platform.status.backupRows'),
              align: 'end',
              nowrap: true,
              render: (row) => format.number(row.relationalRows, 0),
            },
          ]}
        />
      )}
    </DataState>
  );
}
