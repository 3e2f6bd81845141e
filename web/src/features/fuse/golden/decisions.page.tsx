import {
  DECISION_ACTS,
  DECISION_STATES,
  type Decision,
  type DecisionState,
  type Page as PageOf,
} from '@ronghe/contracts';
import { Link } from '@tanstack/react-router';
import { Button } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { DataState } from '../../../components/data-state.tsx';
import { type Column, DataTable, Pager } from '../../../components/data-table.tsx';
import { FilterSelect } from '../../../components/filter-select.tsx';
import { Page } from '../../../components/page.tsx';
import { Tag, type Tone } from '../../../components/tags.tsx';
import { useGet } from '../../../lib/query.ts';
import { useSearchState } from '../../../lib/search.ts';
import { useCan } from '../../../lib/session.ts';
import { useFormat, usePick } from '../../../lib/use-format.ts';
import { UndoDialog } from './events-tab.tsx';
import { ReasonDialog } from './reason-dialog.tsx';
import { useDecide } from './use-decide.ts';

const ROWS = 50;
const TONES: Readonly<Record<DecisionState, Tone>> = {
  proposed: 'warn',
  confirmed: 'good',
  withdrawn: 'plain',
};
type Asked = { what: 'confirm' | 'undo'; id: string };

/** What people decided; what waits for a second person is confirmed here. */
export function DecisionsPage() {
  const { t } = useTranslation();
  const pick = usePick();
  const search = useSearchState();
  const [asked, setAsked] = useState<Asked | null>(null);
  const columns = useColumns(setAsked);
  const { state, cursor } = search.values;
  const query = useGet<PageOf<Decision>>(
    '/api/fuse/decisions',
    { state, cursor, limit: ROWS },
    { keep: true },
  );
  return (
    <Page title={t('golden.decisions.title')} lead={t('golden.decisions.lead')}>
      <div className="panel">
        <div className="toolbar">
          <FilterSelect
            label={t('golden.decisions.state')}
            all={t('golden.decisions.all')}
            value={state}
            options={Object.entries(DECISION_STATES).map(([value, name]) => ({ value, label: pick(name) }))}
            onChange={(next) => search.set({ state: next })}
            width={200}
          />
        </div>
        <DataState
          query={query}
          isEmpty={({ items }) => items.length === 0}
          filtered={{ active: search.filtered, clear: search.clear }}
          empty={{
            title: t('golden.decisions.empty'),
            text: t('golden.decisions.emptyHint'),
            action: <Link to="/fuse/enterprises">{t('nav.enterprises')}</Link>,
          }}
        >
          {(page) => (
            <>
              <DataTable
                label={t('golden.decisions.title')}
                rows={page.items}
                rowKey={(row) => row.id}
                columns={columns}
              />
              <Pager page={page} search={search} busy={query.isFetching} />
            </>
          )}
        </DataState>
      </div>
      {asked?.what === 'undo' && <UndoDialog decision={asked.id} onClose={() => setAsked(null)} />}
      {asked?.what === 'confirm' && <ConfirmDialog decision={asked.id} onClose={() => setAsked(null)} />}
    </Page>
  );
}

function ConfirmDialog({ decision, onClose }: { decision: string; onClose: () => void }) {
  const { t } = useTranslation();
  const { busy, error, decide } = useDecide();
  return (
    <ReasonDialog
      title={t('golden.confirmTitle')}
      lead={t('golden.confirmLead')}
      action={t('golden.confirm')}
      busy={busy}
      error={error}
      onClose={onClose}
      onSend={(reason) =>
        void decide(`/api/fuse/decisions/${decision}/confirm`, { reason }).then((done) => done && onClose())
      }
    />
  );
}

function useColumns(onAsk: (asked: Asked) => void): Column<Decision>[] {
  const { t } = useTranslation();
  const pick = usePick();
  const format = useFormat();
  const can = useCan();
  return [
    {
      key: 'act',
      title: t('golden.decisions.act'),
      minWidth: 160,
      render: (row) => pick(DECISION_ACTS[row.act]),
    },
    {
      key: 'enterprise',
      title: t('golden.decisions.enterprise'),
      minWidth: 260,
      render: (row) => <About decision={row} />,
    },
    {
      key: 'state',
      title: t('golden.decisions.state'),
      nowrap: true,
      render: (row) => <Tag tone={TONES[row.state]}>{pick(DECISION_STATES[row.state])}</Tag>,
    },
    {
      key: 'made',
      title: t('golden.decisions.madeBy'),
      render: (row) => (
        <>
          {row.confirmedBy ? `${row.madeBy} + ${row.confirmedBy}` : row.madeBy}
          <div className="faint">{format.dateTime(row.confirmedAt ?? row.madeAt)}</div>
        </>
      ),
    },
    {
      key: 'next',
      title: t('golden.undo'),
      render: (row) => (
        <span className="row" style={{ flexWrap: 'nowrap' }}>
          {row.state === 'proposed' && row.isMine && <span className="faint">{t('golden.ownWaits')}</span>}
          {row.state === 'proposed' && !row.isMine && can('fuse:decision:confirm') && (
            <Button size="small" type="primary" onClick={() => onAsk({ what: 'confirm', id: row.id })}>
              {t('golden.confirm')}
            </Button>
          )}
          {row.state !== 'withdrawn' && can('fuse:decision:write') && (
            <Button size="small" onClick={() => onAsk({ what: 'undo', id: row.id })}>
              {t('golden.undo')}
            </Button>
          )}
        </span>
      ),
    },
  ];
}

function About({ decision }: { decision: Decision }) {
  const { t } = useTranslation();
  const pick = usePick();
  return (
    <>
      <Link to="/fuse/enterprises/$id" params={{ id: decision.enterprise }}>
        {decision.enterpriseName}
      </Link>
      {decision.other && (
        <>
          {' · '}
          <Link to="/fuse/enterprises/$id" params={{ id: decision.other }}>
            {decision.otherName ?? decision.other.slice(0, 8)}
          </Link>
        </>
      )}
      {decision.records.map((record) => (
        <div key={`${record.source} ${record.entityKey}`}>
          {record.sourceName}: {record.name} <code>{record.entityKey}</code>
        </div>
      ))}
      <div className="faint">{decision.reason}</div>
      {decision.withdrawnBy && (
        <div className="faint">
          {t('golden.decisions.withdrawn')}: {decision.withdrawnBy} · {decision.withdrawnFor}
        </div>
      )}
      {decision.undo?.left.map((line) => (
        <div key={line.en} className="faint">
          {t('golden.left')}: {pick(line)}
        </div>
      ))}
    </>
  );
}
