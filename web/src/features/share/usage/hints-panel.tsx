import {
  type AccessHint,
  type AccessHintList,
  HINT_KINDS,
  HINT_STATES,
  type HintDecision,
} from '@ronghe/contracts';
import { Button, Radio, Segmented } from 'antd';
import { useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { DataState } from '../../../components/data-state.tsx';
import { type Column, DataTable } from '../../../components/data-table.tsx';
import { Panel } from '../../../components/page.tsx';
import { Tag } from '../../../components/tags.tsx';
import { useOrganisations } from '../../../lib/organisations.ts';
import { useGet, useSend } from '../../../lib/query.ts';
import { useCan } from '../../../lib/session.ts';
import { useFormat, usePick } from '../../../lib/use-format.ts';
import { ReasonDialog } from '../../fuse/golden/reason-dialog.tsx';
import { useNotify } from '../../fuse/use-notify.ts';

const PATH = '/api/share/hints';
type State = (typeof HINT_STATES)[number];
const TONES = { open: 'warn', explained: 'plain', confirmed: 'bad' } as const;

/** Unusual accesses with their figures, and what people said about them. */
export function HintsPanel({ side }: { side: 'user' | 'owner' }) {
  const { t } = useTranslation();
  const format = useFormat();
  const [state, setState] = useState<State>('open');
  const [deciding, setDeciding] = useState<AccessHint | null>(null);
  const query = useGet<AccessHintList>(PATH, { side, state }, { keep: true });
  const columns = useColumns(setDeciding);
  const until = query.data?.seenUntil ?? null;
  return (
    <Panel
      title={t('hints.title')}
      actions={
        <Segmented
          size="small"
          aria-label={t('hints.state')}
          value={state}
          onChange={(next: State) => setState(next)}
          options={HINT_STATES.map((value) => ({ value, label: t(`hints.states.${value}`) }))}
        />
      }
      flush
    >
      <p className="faint panel-body">
        {t('hints.lead')}{' '}
        {query.data &&
          (until === null ? t('hints.notSeen') : t('hints.seenUntil', { time: format.dateTime(until) }))}
      </p>
      <DataState
        query={query}
        isEmpty={({ items }) => items.length === 0}
        empty={{ title: t('hints.empty'), text: t('hints.emptyHint') }}
      >
        {({ items }) => (
          <DataTable label={t('hints.title')} rows={items} rowKey={({ id }) => id} columns={columns} />
        )}
      </DataState>
      {deciding && <DecideHint hint={deciding} onClose={() => setDeciding(null)} />}
    </Panel>
  );
}

function useColumns(onDecide: (hint: AccessHint) => void): Column<AccessHint>[] {
  const { t } = useTranslation();
  const pick = usePick();
  const format = useFormat();
  const organisations = useOrganisations();
  const may = useCan()('share:hint:write');
  return [
    {
      key: 'kind',
      title: t('hints.kind'),
      nowrap: true,
      render: ({ kind, state }) => <Tag tone={TONES[state]}>{pick(HINT_KINDS[kind])}</Tag>,
    },
    {
      key: 'who',
      title: t('hints.who'),
      minWidth: 160,
      render: ({ actor, organisation }) => (
        <>
          {actor.name}
          <div className="faint">
            {t(`usage.kinds.${actor.kind}`)} · {organisations.name(organisation)}
          </div>
        </>
      ),
    },
    {
      key: 'why',
      title: t('hints.why'),
      minWidth: 320,
      render: ({ why, dataset, decidedBy, decidedAt, reason }) => (
        <>
          {pick(why)}
          {dataset !== '' && <div className="faint">{t('hints.dataset', { name: dataset })}</div>}
          {decidedBy !== null && (
            <div className="faint">
              {t('hints.decidedBy', { name: decidedBy, time: format.dateTime(decidedAt), reason })}
            </div>
          )}
        </>
      ),
    },
    {
      key: 'when',
      title: t('hints.when'),
      nowrap: true,
      render: ({ lastAt, times }) => (
        <>
          {format.dateTime(lastAt)}
          <div className="faint">{t('hints.times', { count: times })}</div>
        </>
      ),
    },
    {
      key: 'decide',
      title: '',
      render: (hint) =>
        may && hint.state === 'open' ? (
          <Button
            size="small"
            aria-label={t('hints.decideOf', { kind: pick(HINT_KINDS[hint.kind]), name: hint.actor.name })}
            onClick={() => onDecide(hint)}
          >
            {t('hints.decide')}
          </Button>
        ) : null,
    },
  ];
}

function DecideHint({ hint, onClose }: { hint: AccessHint; onClose: () => void }) {
  const { t } = useTranslation();
  const pick = usePick();
  const notify = useNotify();
  const id = useId();
  const [state, setState] = useState<HintDecision['state'] | null>(null);
  const send = useSend<AccessHint>([PATH]);
  const save = (reason: string) =>
    send.mutate(
      { method: 'PUT', path: `${PATH}/${hint.id}`, body: { state, reason } },
      {
        onSuccess: () => {
          notify.done(t('hints.saved'));
          onClose();
        },
      },
    );
  return (
    <ReasonDialog
      title={t('hints.decideOf', { kind: pick(HINT_KINDS[hint.kind]), name: hint.actor.name })}
      lead={`${pick(hint.why)} ${t('hints.decideLead')}`}
      action={t('hints.save')}
      ready={state !== null}
      busy={send.isPending}
      error={send.error}
      onClose={onClose}
      onSend={save}
    >
      <div>
        <div id={`${id}-state`}>{t('hints.decision')}</div>
        <Radio.Group
          aria-labelledby={`${id}-state`}
          value={state}
          onChange={({ target }) => setState(target.value)}
          options={(['explained', 'confirmed'] as const).map((value) => ({
            value,
            label: t(`hints.decisions.${value}`),
          }))}
        />
      </div>
    </ReasonDialog>
  );
}
