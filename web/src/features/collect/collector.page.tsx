import {
  type Collector,
  type CollectorReport,
  type ConnectionState,
  RECOVERY_STEPS,
} from '@ronghe/contracts';
import { Link, useParams } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { DataState } from '../../components/data-state.tsx';
import { DataTable } from '../../components/data-table.tsx';
import { Facts, Figures } from '../../components/figures.tsx';
import { Page, Panel } from '../../components/page.tsx';
import { CollectorTag, ConnectionTag } from '../../components/tags.tsx';
import { useNow } from '../../lib/now.ts';
import { useOrganisations } from '../../lib/organisations.ts';
import { useGet } from '../../lib/query.ts';
import { useFormat } from '../../lib/use-format.ts';
import { bufferShare } from './buffer-bar.tsx';
import { GapsPanel } from './gaps-panel.tsx';

const REFRESH_MS = 3_000;

export function CollectorPage() {
  const { t } = useTranslation();
  const { name } = useParams({ strict: false });
  const query = useGet<Collector>(`/api/collect/collectors/${name}`, {}, { refreshMs: REFRESH_MS });
  return (
    <Page
      title={query.data?.title ?? name ?? ''}
      above={<Link to="/collect/collectors">{t('collect.collectors.title')}</Link>}
      lead={query.data && <Headline collector={query.data} />}
      actions={
        <Link to="/collect/points" search={{ collector: name ?? '' }}>
          {t('collect.collectors.seePoints')}
        </Link>
      }
    >
      <DataState query={query}>
        {(collector) =>
          collector.report ? (
            <Report report={collector.report} points={collector.points} />
          ) : (
            <div className="panel empty">
              <strong>{t('collect.collectors.noReport')}</strong>
              <span>{t('collect.collectors.keyUse')}</span>
            </div>
          )
        }
      </DataState>
    </Page>
  );
}

/** How often it came back, and by what. */
function Recoveries({ connection }: { connection: ConnectionState }) {
  const { t } = useTranslation();
  const steps = RECOVERY_STEPS.filter((step) => (connection.steps?.[step] ?? 0) > 0);
  return (
    <>
      {connection.recoveries}
      {steps.map((step) => (
        <div className="faint" key={step}>
          {t(`collect.collectors.steps.${step}`)} {connection.steps?.[step]}
        </div>
      ))}
    </>
  );
}

function Headline({ collector }: { collector: Collector }) {
  const organisations = useOrganisations();
  return (
    <span className="row">
      <CollectorTag state={collector.state} />
      <code>{collector.name}</code>
      <span>{organisations.name(collector.organisation)}</span>
    </span>
  );
}

function Report({ report, points }: { report: CollectorReport; points: number }) {
  const { t } = useTranslation();
  const format = useFormat();
  const now = useNow();
  return (
    <div className="stack">
      <Figures
        label={t('platform.home.figures')}
        items={[
          { label: t('collect.collectors.points'), value: format.number(points, 0) },
          { label: t('collect.collectors.samplesRead'), value: format.compact(report.samplesRead) },
          { label: t('collect.collectors.samplesSent'), value: format.compact(report.samplesSent) },
          {
            label: t('collect.collectors.waiting'),
            value: format.number(report.sequence - report.acknowledged, 0),
          },
          {
            label: t('collect.collectors.replayed'),
            value: format.bytes(report.bufferBytesReplayed ?? 0),
          },
          { label: t('collect.collectors.samplesDropped'), value: format.number(report.samplesDropped, 0) },
          {
            label: t('collect.collectors.buffer'),
            value: format.percent(bufferShare(report)),
            note: t('collect.collectors.bufferOf', {
              used: format.bytes(report.bufferBytes),
              max: format.bytes(report.bufferBytesMax),
            }),
          },
        ]}
      />
      <Panel title={t('collect.collectors.connections')} flush>
        <DataTable
          label={t('collect.collectors.connections')}
          rows={report.connections}
          rowKey={(row) => row.name}
          columns={[
            { key: 'name', title: t('collect.collectors.displayName'), render: (row) => row.name },
            {
              key: 'state',
              title: t('collect.collectors.state'),
              render: (row) => <ConnectionTag state={row.state} />,
            },
            {
              key: 'protocol',
              title: t('collect.collectors.protocol'),
              nowrap: true,
              render: (row) => row.protocol,
            },
            {
              key: 'endpoint',
              title: t('collect.collectors.endpoint'),
              render: (row) => <code>{row.endpoint}</code>,
            },
            {
              key: 'since',
              title: t('collect.collectors.since'),
              nowrap: true,
              render: (row) => format.ago(row.since, now),
            },
            {
              key: 'points',
              title: t('collect.collectors.points'),
              align: 'end',
              render: (row) => row.points,
            },
            {
              key: 'failed',
              title: t('collect.collectors.failedPoints'),
              align: 'end',
              render: (row) => row.pointsFailed,
            },
            {
              key: 'silent',
              title: t('collect.collectors.silentPoints'),
              align: 'end',
              render: (row) => row.pointsSilent ?? 0,
            },
            {
              key: 'recoveries',
              title: t('collect.collectors.recoveries'),
              align: 'end',
              render: (row) => <Recoveries connection={row} />,
            },
            {
              key: 'error',
              title: t('collect.collectors.lastError'),
              minWidth: 180,
              render: (row) => row.lastError ?? '—',
            },
          ]}
        />
      </Panel>
      <GapsPanel collector={report.collector} />
      <Panel title={t('action.details')}>
        <Facts
          items={[
            { label: t('collect.collectors.version'), value: report.version },
            { label: t('collect.collectors.startedAt'), value: format.dateTime(report.startedAt) },
            { label: 'epoch', value: <code>{report.epoch}</code> },
          ]}
        />
      </Panel>
    </div>
  );
}
