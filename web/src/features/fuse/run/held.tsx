import type { Run, RunDecision } from '@ronghe/contracts';
import { Link } from '@tanstack/react-router';
import { Button, Input } from 'antd';
import { useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Panel } from '../../../components/page.tsx';
import { Tag } from '../../../components/tags.tsx';
import { useSend } from '../../../lib/query.ts';
import { useCan } from '../../../lib/session.ts';
import { useFormat, usePick } from '../../../lib/use-format.ts';
import { Refusal } from '../refusal.tsx';
import { useNotify } from '../use-notify.ts';
import { DriftTable } from './drift-table.tsx';

/** Why a run was kept back, what readers see meanwhile, and the decision for who may take it. */
export function Held({ run }: { run: Run }) {
  const { t } = useTranslation();
  const can = useCan();
  const pick = usePick();
  const breaks = run.drift.filter((drift) => drift.breaks);
  return (
    <Panel title={t('run.held.title')} actions={<Tag tone="warn">{t('platform.jobs.states.held')}</Tag>}>
      <div className="stack">
        <p>{t('run.held.text')}</p>
        <ul className="reasons-list">
          {run.heldFor.map((reason) => (
            <li key={reason.en}>{pick(reason)}</li>
          ))}
        </ul>
        {breaks.length > 0 && <DriftTable drift={breaks} />}
        {breaks.length > 0 && can('fuse:source:read') && (
          <Link to="/fuse/sources/$id/mapping" params={{ id: run.source }}>
            {t('run.held.adapt')}
          </Link>
        )}
        {can('fuse:run:decide') ? <Decide run={run} /> : <p className="faint">{t('run.held.notYours')}</p>}
      </div>
    </Panel>
  );
}

function Decide({ run }: { run: Run }) {
  const { t } = useTranslation();
  const notify = useNotify();
  const id = useId();
  const [note, setNote] = useState('');
  const [missing, setMissing] = useState(false);
  const send = useSend<Run, RunDecision>(['/api/fuse', '/api/jobs']);
  const decide = async (action: RunDecision['action']) => {
    setMissing(note.trim() === '');
    if (note.trim() === '') return;
    try {
      await send.mutateAsync({
        method: 'POST',
        path: `/api/fuse/runs/${run.id}/decision`,
        body: { action, note: note.trim() },
      });
      notify.done(t(`run.held.done.${action}`));
    } catch {
      // Said below, over the buttons.
    }
  };
  return (
    <div className="decision">
      {send.error && <Refusal error={send.error} />}
      <label htmlFor={id}>{t('run.held.note')}</label>
      <Input.TextArea
        id={id}
        rows={2}
        maxLength={500}
        value={note}
        aria-invalid={missing}
        aria-describedby={`${id}-missing`}
        onChange={({ target }) => setNote(target.value)}
        {...(missing ? { status: 'error' as const } : {})}
      />
      {missing && (
        <span id={`${id}-missing`} role="alert" className="field-error">
          {t('run.held.noteMissing')}
        </span>
      )}
      <div className="row">
        <Button type="primary" loading={send.isPending} onClick={() => void decide('publish')}>
          {t('run.held.publish')}
        </Button>
        <Button danger loading={send.isPending} onClick={() => void decide('discard')}>
          {t('run.held.discard')}
        </Button>
      </div>
    </div>
  );
}

/** Who decided what about a run that was held. */
export function Decision({ run }: { run: Run }) {
  const { t } = useTranslation();
  const format = useFormat();
  if (!run.decision || run.from === 'withdrawal') return null;
  const { by, at, note } = run.decision;
  return (
    <div className={run.state === 'discarded' ? 'notice' : 'notice good'}>
      <span>
        {t(run.state === 'discarded' ? 'run.held.wasDiscarded' : 'run.held.wasPublished', {
          by,
          at: format.dateTime(at),
        })}{' '}
        {note}
      </span>
    </div>
  );
}
