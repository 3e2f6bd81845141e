import type { AccessRequest } from '@ronghe/contracts';
import { useTranslation } from 'react-i18next';
import { useSend } from '../../../lib/query.ts';
import { ReasonDialog } from '../../fuse/golden/reason-dialog.tsx';
import { useNotify } from '../../fuse/use-notify.ts';

type RefuseDialogProps = { request: AccessRequest; onClose: () => void; onDone: () => void };

/** Refuses a request, with the reason for whoever asked. */
export function RefuseDialog({ request, onClose, onDone }: RefuseDialogProps) {
  const { t } = useTranslation();
  const notify = useNotify();
  const send = useSend<AccessRequest>(['/api/share/access-requests']);
  const refuse = (answer: string) =>
    send.mutate(
      { method: 'POST', path: `/api/share/access-requests/${request.id}/refuse`, body: { answer } },
      {
        onSuccess: () => {
          notify.done(t('requests.refused'));
          onDone();
        },
      },
    );
  return (
    <ReasonDialog
      title={t('requests.refuseAction')}
      lead={t('requests.refuseLead')}
      action={t('requests.refuseAction')}
      busy={send.isPending}
      error={send.error}
      onClose={onClose}
      onSend={refuse}
    />
  );
}
