import { ENTERPRISE_EVENTS, type Enterprise, type EnterpriseEvent, type Page } from '@ronghe/contracts';
import { Link } from '@tanstack/react-router';
import { Button } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { DataState } from '../../../components/data-state.tsx';
import { type Column, DataTable } from '../../../components/data-table.tsx';
import { Tag, type Tone } from '../../../components/tags.tsx';
import { useGet } from '../../../lib/query.ts';
import { useCan } from '../../../lib/session.ts';
import { useFormat, usePick } from '../../../lib/use-format.ts';
import { ReasonDialog } from './reason-dialog.tsx';
import { useDecide } from './use-decide.ts';

const ROWS = 100;
const TONES: Readonly<Record<EnterpriseEvent['kind'], Tone>> = {
  ...{ created: 'plain', merged: 'info', split: 'info', undone: 'plain', gone: 'warn', back: 'good' },
};

/** What happened to an enterprise as a whole; decisions in force can be undone here. */
export function EventsTab({ enterprise }: { enterprise: Enterprise }) {
  const { t } = useTranslation();
  const [undoing, setUndoing] = useState<string | null>(null);
  const columns = useColumns(enterprise.id, setUndoing);
  const query = useGet<Page<EnterpriseEvent>>(`/api/fuse/enterprises/${enterprise.id}/events`, {
    limit: ROWS,
  });
  return (
    <div className="panel">
      <DataState
        query={query}
        isEmpty={({ items }) => items.length === 0}
        empty={{ title: t('golden.eventsEmpty') }}
      >
        {({ items }) => (
          <DataTable label={t('golden.events')} rows={items} rowKey={(row) => row.number} columns={columns} />
        )}
      </DataState>
      {undoing !== null && <UndoDialog decision={undoing} onClose={() => setUndoing(null)} />}
    </div>
  );
}

function useColumns(own: string, onUndo: (decision: string) => void): Column<EnterpriseEvent>[] {
  const { t } = useTranslation();
  const pick = usePick();
  const format = useFormat();
  const can = useCan();
  return [
    {
      key: 'kind',
      title: t('golden.kind'),
      nowrap: true,
      render: (row) => <Tag tone={TONES[row.kind]}>{pick(ENTERPRISE_EVENTS[row.kind])}</Tag>,
    },
    {
      key: 'about',
      title: t('golden.about'),
      minWidth: 240,
      render: (row) => {
        const other = row.other === own ? row.enterprise : row.other;
        return (
          <>
            {other && (
              <Link to="/fuse/enterprises/$id" params={{ id: other }}>
                {row.otherName ?? other.slice(0, 8)}
              </Link>
            )}{' '}
            {row.records > 0 && <span className="faint">{t('golden.records', { count: row.records })}</span>}
            {row.reason && <div className="faint">{row.reason}</div>}
          </>
        );
      },
    },
    {
      key: 'actor',
      title: t('golden.actor'),
      render: (row) =>
        row.run && can('fuse:run:read') ? (
          <Link to="/fuse/runs/$id" params={{ id: row.run }}>
            {t('golden.byRun')}
          </Link>
        ) : (
          row.actor
        ),
    },
    { key: 'at', title: t('golden.at'), nowrap: true, render: (row) => format.dateTime(row.at) },
    {
      key: 'undo',
      title: t('golden.undo'),
      render: ({ decision, decisionState, kind }) =>
        decision && decisionState === 'confirmed' && kind !== 'undone' && can('fuse:decision:write') ? (
          <Button size="small" onClick={() => onUndo(decision)}>
            {t('golden.undo')}
          </Button>
        ) : (
          ''
        ),
    },
  ];
}

/** Asks why, undoes, and lets the notice say what could not be put back. */
export function UndoDialog({ decision, onClose }: { decision: string; onClose: () => void }) {
  const { t } = useTranslation();
  const { busy, error, decide } = useDecide();
  return (
    <ReasonDialog
      title={t('golden.undoTitle')}
      lead={t('golden.undoLead')}
      action={t('golden.undo')}
      busy={busy}
      error={error}
      onClose={onClose}
      onSend={(reason) =>
        void decide(`/api/fuse/decisions/${decision}/undo`, { reason }).then((done) => done && onClose())
      }
    />
  );
}
