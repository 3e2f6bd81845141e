import type { Job, MatchTraining } from '@ronghe/contracts';
import { useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Alert, Button, Progress } from 'antd';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useGet, useSend } from '../../../lib/query.ts';
import { useCan } from '../../../lib/session.ts';
import { ReasonDialog } from '../golden/reason-dialog.tsx';
import { useNotify } from '../use-notify.ts';

const REFRESH_MS = 1_500;
const ENDED: ReadonlySet<Job['state']> = new Set(['succeeded', 'failed', 'cancelled']);

/** Begins the training of a new version, for who may. */
export function TrainButton({ onStarted }: { onStarted: (job: string) => void }) {
  const { t } = useTranslation();
  const notify = useNotify();
  const may = useCan()('fuse:model:write');
  const [isOpen, setOpen] = useState(false);
  const send = useSend<{ job: string }, MatchTraining>(['/api/jobs']);
  if (!may) return null;
  const close = () => {
    send.reset();
    setOpen(false);
  };
  const train = async (note: string) => {
    try {
      const path = '/api/fuse/matching/models/train';
      const { job } = await send.mutateAsync({ method: 'POST', path, body: { note } });
      notify.done(t('matching.model.trainStarted'));
      onStarted(job);
      close();
    } catch {
      // Said in the dialog.
    }
  };
  return (
    <>
      <Button type="primary" onClick={() => setOpen(true)}>
        {t('matching.model.train')}
      </Button>
      {isOpen && (
        <ReasonDialog
          title={t('matching.model.trainTitle')}
          lead={t('matching.model.trainLead')}
          action={t('matching.model.train')}
          busy={send.isPending}
          error={send.error}
          onClose={close}
          onSend={(note) => void train(note)}
        />
      )}
    </>
  );
}

/** How far a training is, and how it ended; a new version is then in the list. */
export function TrainingJob({ id }: { id: string }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const maySee = useCan()('platform:job:read');
  const { data: job } = useGet<Job>(
    `/api/jobs/${id}`,
    {},
    { enabled: maySee, refreshMs: (known) => (known && ENDED.has(known.state) ? false : REFRESH_MS) },
  );
  const isDone = job?.state === 'succeeded';
  useEffect(() => {
    const isOfMatching = ({ queryKey }: { queryKey: readonly unknown[] }) =>
      String(queryKey[0]).startsWith('/api/fuse/matching');
    if (isDone) void client.invalidateQueries({ predicate: isOfMatching });
  }, [client, isDone]);
  const jobs = maySee && <Link to="/platform/jobs">{t('matching.model.jobs')}</Link>;
  if (job?.state === 'failed')
    return (
      <Alert
        type="error"
        showIcon
        role="alert"
        title={t('matching.model.trainFailed')}
        description={job.error}
        action={jobs}
      />
    );
  const text =
    job?.state === 'cancelled'
      ? t('matching.model.trainCancelled')
      : isDone
        ? t('matching.model.trainDone')
        : t('matching.model.trainRunning');
  return (
    <div className={isDone ? 'notice good' : 'notice'} role="status">
      <span className="row" style={{ flex: 1 }}>
        <span>{text}</span>
        {job && !ENDED.has(job.state) && (
          <>
            <Progress
              percent={Math.round(job.progress * 100)}
              size="small"
              style={{ width: 200 }}
              aria-label={t('matching.model.trainRunning')}
            />
            <span className="faint">{job.message}</span>
          </>
        )}
        {jobs}
      </span>
    </div>
  );
}
