import type { Run, RunStarted } from '@ronghe/contracts';
import { Link, useNavigate } from '@tanstack/react-router';
import { Button } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useSend } from '../../../lib/query.ts';
import { useCan } from '../../../lib/session.ts';
import { useFormat } from '../../../lib/use-format.ts';
import { ReasonDialog } from '../golden/reason-dialog.tsx';
import { useNotify } from '../use-notify.ts';

/** Takes a published run back, for who may decide about runs; the server says when it is not the newest. */
export function Withdraw({ run }: { run: Run }) {
  const { t } = useTranslation();
  const can = useCan();
  const notify = useNotify();
  const navigate = useNavigate();
  const [isOpen, setOpen] = useState(false);
  const send = useSend<RunStarted>(['/api/fuse', '/api/jobs']);
  if (run.state !== 'succeeded' || run.from === 'withdrawal' || !can('fuse:run:decide')) return null;
  const withdraw = async (note: string) => {
    try {
      const path = `/api/fuse/runs/${run.id}/withdrawal`;
      const started = await send.mutateAsync({ method: 'POST', path, body: { note } });
      notify.done(t('golden.withdrawal.started'));
      void navigate({ to: '/fuse/runs/$id', params: { id: started.run } });
    } catch {
      // Said in the dialog.
    }
  };
  return (
    <>
      <Button danger onClick={() => setOpen(true)}>
        {t('golden.withdrawal.action')}
      </Button>
      {isOpen && (
        <ReasonDialog
          title={t('golden.withdrawal.action')}
          lead={t('golden.withdrawal.lead')}
          action={t('golden.withdrawal.action')}
          busy={send.isPending}
          error={send.error}
          onClose={() => setOpen(false)}
          onSend={(note) => void withdraw(note)}
        />
      )}
    </>
  );
}

/** What a withdrawal took back, who asked for it and why. */
export function Withdrawal({ run }: { run: Run }) {
  const { t } = useTranslation();
  const format = useFormat();
  if (run.withdraws === null || !run.decision) return null;
  const { by, at, note } = run.decision;
  return (
    <div className="notice">
      <span>
        {t('golden.withdrawal.done', { by, at: format.dateTime(at) })}{' '}
        <Link to="/fuse/runs/$id" params={{ id: run.withdraws }}>
          {t('golden.withdrawal.target')}
        </Link>{' '}
        {note}
      </span>
    </div>
  );
}
