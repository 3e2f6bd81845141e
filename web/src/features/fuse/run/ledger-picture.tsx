import type { Run } from '@ronghe/contracts';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { Tag } from '../../../components/tags.tsx';
import { useFormat } from '../../../lib/use-format.ts';
import './run.css';

type Drill = 'new' | 'changed' | 'gone' | 'rejected';
type Part = {
  key: 'rowsLanded' | 'rowsRejected' | 'rowsNew' | 'rowsChanged' | 'rowsUnchanged' | 'rowsGone';
  tone: string;
  drill?: Drill;
};
const READ: readonly Part[] = [
  { key: 'rowsLanded', tone: 'landed' },
  { key: 'rowsRejected', tone: 'rejected', drill: 'rejected' },
];
const LANDED: readonly Part[] = [
  { key: 'rowsNew', tone: 'new', drill: 'new' },
  { key: 'rowsChanged', tone: 'changed', drill: 'changed' },
  { key: 'rowsUnchanged', tone: 'unchanged' },
];

/** The account of a run as a picture: what was read is what was landed and what was rejected; what was landed is new, changed or as before. */
export function LedgerPicture({ run }: { run: Run }) {
  const { t } = useTranslation();
  const format = useFormat();
  const balanced = run.rowsIn === run.rowsLanded + run.rowsRejected;
  const numbers = {
    in: format.number(run.rowsIn, 0),
    landed: format.number(run.rowsLanded, 0),
    rejected: format.number(run.rowsRejected, 0),
  };
  return (
    <section className="ledger" aria-label={t('run.ledger')}>
      <Line run={run} title="rowsIn" total={run.rowsIn} parts={READ} />
      <Line run={run} title="rowsLanded" total={run.rowsLanded} parts={LANDED} />
      <p className="row">
        {run.state === 'running' ? (
          <span className="faint">{t('fuse.runs.balance', numbers)}</span>
        ) : (
          <Tag tone={balanced ? 'good' : 'bad'}>
            {balanced ? t('fuse.runs.balance', numbers) : t('fuse.runs.balanceWrong')}
          </Tag>
        )}
        <DrillText run={run} part={{ key: 'rowsGone', tone: 'gone', drill: 'gone' }} />
        {run.bytes > 0 && <span className="faint">{format.bytes(run.bytes)}</span>}
      </p>
    </section>
  );
}

type LineProps = { run: Run; title: 'rowsIn' | 'rowsLanded'; total: number; parts: readonly Part[] };
function Line({ run, title, total, parts }: LineProps) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <div className="ledger-line">
      <div className="ledger-title">
        <span>{t(`fuse.runs.${title}`)}</span>
        <strong>{format.number(total, 0)}</strong>
      </div>
      <div>
        <div className="ledger-bar" aria-hidden="true">
          {parts.map(
            (part) =>
              run[part.key] > 0 && (
                <i
                  key={part.key}
                  className={part.tone}
                  // A few among millions must still be seen.
                  style={{ flexGrow: run[part.key], minWidth: 4 }}
                />
              ),
          )}
        </div>
        <div className="ledger-parts">
          {parts.map((part) => (
            <DrillText key={part.key} run={run} part={part} />
          ))}
        </div>
      </div>
    </div>
  );
}

function DrillText({ run, part }: { run: Run; part: Part }) {
  const { t } = useTranslation();
  const format = useFormat();
  const count = run[part.key];
  const text = (
    <>
      <i className={`ledger-dot ${part.tone}`} aria-hidden="true" />
      {t(`fuse.runs.${part.key}`)} <strong>{format.number(count, 0)}</strong>
    </>
  );
  if (!part.drill || count === 0) return <span>{text}</span>;
  return (
    <Link to="/fuse/runs/$id" params={{ id: run.id }} search={{ tab: 'rows', change: part.drill }}>
      {text}
    </Link>
  );
}
