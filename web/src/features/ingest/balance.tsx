import type { IngestCounters, IngestStats } from '@ronghe/contracts';
import { Link } from '@tanstack/react-router';
import { Segmented } from 'antd';
import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Panel } from '../../components/page.tsx';
import { useCan } from '../../lib/session.ts';
import { useFormat } from '../../lib/use-format.ts';
import './intake.css';

const SPANS = ['all', 'sinceStart'] as const;

/** The counters as the sum they are: received = stored + duplicate + rejected, each to the last sample. */
export function Balance({ stats }: { stats: IngestStats }) {
  const { t } = useTranslation();
  const format = useFormat();
  const [span, setSpan] = useState<(typeof SPANS)[number]>('all');
  return (
    <Panel
      title={t('intake.balance.title')}
      actions={
        <span className="row">
          <span className="faint">
            {t('intake.balance.startedAt', { at: format.dateTime(stats.startedAt) })}
          </span>
          <Segmented
            size="small"
            aria-label={t('intake.balance.span')}
            value={span}
            onChange={setSpan}
            options={SPANS.map((name) => ({ value: name, label: t(`intake.balance.${name}`) }))}
          />
        </span>
      }
    >
      <Sum counters={span === 'all' ? stats : stats.sinceStart} />
      {stats.received === 0 && (
        <p className="balance-none" role="status">
          <strong>{t('intake.balance.none')}</strong> {t('intake.balance.noneHint')}
        </p>
      )}
    </Panel>
  );
}

function Sum({ counters }: { counters: IngestCounters }) {
  const { t } = useTranslation();
  const can = useCan();
  const format = useFormat();
  const { stored, late, duplicate, rejected } = counters;
  const lateNote = t('intake.balance.late', {
    late: format.number(late, 0),
    share: format.percent(stored === 0 ? 0 : late / stored),
  });
  const rejectedNote = can('ingest:reject:read') && (
    <Link to="/ingest/rejects">{t('intake.balance.rejectedNote')}</Link>
  );
  return (
    <>
      <dl className="balance">
        <Term sign="" name="received" counters={counters} />
        <Term sign="=" name="stored" counters={counters} note={lateNote} />
        <Term sign="+" name="duplicate" counters={counters} note={t('intake.balance.duplicateNote')} />
        <Term sign="+" name="rejected" counters={counters} note={rejectedNote} />
      </dl>
      <div className="balance-bar" aria-hidden="true">
        <i className="on-time" style={{ flexGrow: stored - late }} />
        <i className="late" style={{ flexGrow: late }} />
        <i className="duplicate" style={{ flexGrow: duplicate }} />
        <i className="rejected" style={{ flexGrow: rejected }} />
      </div>
    </>
  );
}

type TermProps = {
  sign: '' | '=' | '+';
  name: 'received' | 'stored' | 'duplicate' | 'rejected';
  counters: IngestCounters;
  note?: ReactNode;
};
function Term({ sign, name, counters, note }: TermProps) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <div className={`balance-term ${name}`} data-sign={sign}>
      <dt>{t(`intake.balance.${name}`)}</dt>
      <dd>
        {format.number(counters[name], 0)}
        {note && <div className="figure-note">{note}</div>}
      </dd>
    </div>
  );
}
