import type { ConnectionDocument } from '@ronghe/contracts';
import { useTranslation } from 'react-i18next';
import { Failure } from '../../../components/data-state.tsx';
import { DataTable } from '../../../components/data-table.tsx';
import { Tag } from '../../../components/tags.tsx';
import { useFormat } from '../../../lib/use-format.ts';
import { CertificateCard } from './certificate-card.tsx';
import { ReadingValue } from './reading-value.tsx';
import type { Trial } from './use-trial.ts';

/** What a trial told: connected or why not, how long it took, what it read. */
export function TrialResult({ trial, connection }: { trial: Trial; connection: ConnectionDocument }) {
  const { t } = useTranslation();
  const format = useFormat();
  if (trial.error) return <Failure error={trial.error} retry={trial.start} />;
  const { answer } = trial;
  if (!answer) return null;
  return (
    <div className="stack" role="status">
      <div className="row">
        <Tag tone={answer.connected ? 'good' : 'bad'}>
          {t(answer.connected ? 'fleet.trial.connected' : 'fleet.trial.notConnected')}
        </Tag>
        {answer.latencyMs !== null && (
          <span className="faint">
            {t('fleet.trial.latency', { ms: format.number(answer.latencyMs, 0) })}
          </span>
        )}
        {answer.connected && (
          <span className="faint">{t('fleet.trial.readings', { count: answer.readings.length })}</span>
        )}
      </div>
      {answer.error !== null && <div className="notice bad">{answer.error}</div>}
      {answer.certificate && (
        <CertificateCard
          certificate={answer.certificate}
          connection={connection.name}
          onTrusted={trial.start}
        />
      )}
      {answer.readings.length > 0 && (
        <DataTable
          label={t('fleet.trial.reading')}
          rows={answer.readings}
          rowKey={({ key }) => key}
          columns={[
            {
              key: 'key',
              title: t('collect.points.key'),
              minWidth: 160,
              render: ({ key }) => <code>{key}</code>,
            },
            {
              key: 'value',
              title: t('fleet.trial.reading'),
              align: 'end',
              nowrap: true,
              render: (reading) => <ReadingValue reading={reading} />,
            },
            {
              key: 'time',
              title: t('collect.points.time'),
              nowrap: true,
              render: ({ time }) => format.dateTime(time),
            },
          ]}
        />
      )}
    </div>
  );
}
