import {
  type CollectorReport,
  type ConnectionState,
  type LinkState,
  RECOVERY_STEPS,
} from '@ronghe/contracts';
import type { TFunction } from 'i18next';
import { useTranslation } from 'react-i18next';
import { DataTable } from '../../components/data-table.tsx';
import { Facts, Figures } from '../../components/figures.tsx';
import { Panel } from '../../components/page.tsx';
import { ConnectionTag } from '../../components/tags.tsx';
import { useNow } from '../../lib/now.ts';
import { useFormat } from '../../lib/use-format.ts';
import { bufferShare } from './buffer-bar.tsx';
import { GapsPanel } from './gaps-panel.tsx';

/** What a collector said of itself a moment ago. */
export function CollectorReportView({ report, points }: { report: CollectorReport; points: number }) {
  const { t } = useTranslation();
  const format = useFormat();
  const lagNote = (lagMs: number | undefined) =>
    lagMs === undefined ? undefined : t('collect.collectors.lag', { age: format.duration(lagMs) });
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
            note: lagNote(report.delivery?.lagMs),
          },
          {
            label: t('collect.collectors.replayed'),
            value: format.bytes(report.bufferBytesReplayed ?? 0),
            note: lagNote(report.delivery?.lagReplayedMs),
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
      <Connections connections={report.connections} />
      <GapsPanel collector={report.collector} />
      <Panel title={t('action.details')}>
        <Facts
          items={[
            { label: t('collect.collectors.version'), value: report.version },
            { label: t('collect.collectors.delivery'), value: linkText(report.delivery, t) },
            { label: t('collect.collectors.startedAt'), value: format.dateTime(report.startedAt) },
            { label: 'epoch', value: <code>{report.epoch}</code> },
          ]}
        />
      </Panel>
    </div>
  );
}

/** Every connection with its state, its link and what went wrong with it. */
function Connections({ connections }: { connections: readonly ConnectionState[] }) {
  const { t } = useTranslation();
  const format = useFormat();
  const now = useNow();
  return (
    <Panel title={t('collect.collectors.connections')} flush>
      <DataTable
        label={t('collect.collectors.connections')}
        rows={connections}
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
            key: 'link',
            title: t('collect.collectors.link'),
            nowrap: true,
            render: (row) => linkText(row.link, t),
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

/** `IPv6 · 3 ms`, as far as it is known. */
function linkText(link: LinkState | undefined, t: TFunction): string {
  const latency = link?.latencyMs ?? null;
  const parts = [
    ...(link?.family ? [link.family] : []),
    ...(latency === null
      ? []
      : [t('collect.collectors.latency', { ms: latency < 10 ? latency : Math.round(latency) })]),
  ];
  return parts.length === 0 ? '—' : parts.join(' · ');
}
