import type { Enterprise } from '@ronghe/contracts';
import { useNavigate } from '@tanstack/react-router';
import { Button, Checkbox } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Panel } from '../../components/page.tsx';
import { useCan } from '../../lib/session.ts';
import { usePick } from '../../lib/use-format.ts';
import { MergeDialog } from './golden/merge-dialog.tsx';
import { ReasonDialog } from './golden/reason-dialog.tsx';
import { useDecide } from './golden/use-decide.ts';
import { ExplainActs } from './matching/explain-acts.tsx';
import { SourceRow } from './source-row.tsx';

type SourceRecord = Enterprise['records'][number];
const keyOf = ({ source, entityKey }: SourceRecord): string => `${source} ${entityKey}`;

/** The source rows behind the record, and why each was put here: explained for any two, and who may decides that some are another enterprise, or another is this one. */
export function RowsTab({ enterprise }: { enterprise: Enterprise }) {
  const { t } = useTranslation();
  const pick = usePick();
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const { records } = enterprise;
  const choose = (key: string, isChosen: boolean) => {
    const next = new Set(chosen);
    if (isChosen) next.add(key);
    else next.delete(key);
    setChosen(next);
  };
  if (records.length === 0) return <div className="panel empty">{t('fuse.enterprise.rowsEmpty')}</div>;
  return (
    <div className="stack">
      <Acts
        enterprise={enterprise}
        chosen={records.filter((record) => chosen.has(keyOf(record)))}
        onDone={() => setChosen(new Set())}
      />
      <div className="indicator-grid">
        {records.map((record) => (
          <Panel
            key={keyOf(record)}
            title={record.sourceName}
            actions={
              <span className="faint">
                {t('fuse.enterprise.matchedBy')}: {pick(record.matchedByText)}
              </span>
            }
          >
            <div className="stack">
              <span className="row faint">
                {records.length > 1 && (
                  <Checkbox
                    checked={chosen.has(keyOf(record))}
                    aria-label={t('golden.select', { key: `${record.sourceName} ${record.rowKey}` })}
                    onChange={({ target }) => choose(keyOf(record), target.checked)}
                  />
                )}
                {t('fuse.enterprise.row')} <code>{record.rowKey}</code>
              </span>
              <SourceRow row={record.row} />
            </div>
          </Panel>
        ))}
      </div>
    </div>
  );
}

type ActsProps = { enterprise: Enterprise; chosen: readonly SourceRecord[]; onDone: () => void };
function Acts({ enterprise, chosen, onDone }: ActsProps) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const mayDecide = useCan()('fuse:decision:write');
  const [open, setOpen] = useState<'merge' | 'split' | null>(null);
  const goTo = (id: string) => {
    if (id !== enterprise.id) void navigate({ to: '/fuse/enterprises/$id', params: { id }, replace: true });
  };
  return (
    <div className="toolbar">
      <span className="faint" aria-live="polite">
        {t('golden.selected', { count: chosen.length })}
      </span>
      <ExplainActs enterprise={enterprise} chosen={chosen} />
      {mayDecide && (
        <>
          <Button
            disabled={chosen.length === 0 || chosen.length === enterprise.records.length}
            onClick={() => setOpen('split')}
          >
            {t('golden.split')}
          </Button>
          <Button onClick={() => setOpen('merge')}>{t('golden.merge')}</Button>
        </>
      )}
      {open === 'merge' && (
        <MergeDialog enterprise={enterprise} onClose={() => setOpen(null)} onDone={goTo} />
      )}
      {open === 'split' && (
        <SplitDialog enterprise={enterprise} chosen={chosen} onClose={() => setOpen(null)} onDone={onDone} />
      )}
    </div>
  );
}

function SplitDialog({ enterprise, chosen, onClose, onDone }: ActsProps & { onClose: () => void }) {
  const { t } = useTranslation();
  const { busy, error, decide } = useDecide();
  const send = async (reason: string) => {
    const records = chosen.map(({ source, entityKey }) => ({ source, entityKey }));
    const decision = await decide(`/api/fuse/enterprises/${enterprise.id}/split`, { records, reason });
    if (!decision) return;
    onClose();
    onDone();
  };
  return (
    <ReasonDialog
      title={t('golden.splitTitle')}
      lead={t('golden.splitLead')}
      action={t('golden.splitTitle')}
      busy={busy}
      error={error}
      onClose={onClose}
      onSend={(reason) => void send(reason)}
    >
      <ul>
        {chosen.map((record) => (
          <li key={keyOf(record)}>
            {record.sourceName} <code>{record.rowKey}</code>
          </li>
        ))}
      </ul>
    </ReasonDialog>
  );
}
