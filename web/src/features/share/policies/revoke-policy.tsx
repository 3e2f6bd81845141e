import type { Policy } from '@ronghe/contracts';
import { useTranslation } from 'react-i18next';
import { useSend } from '../../../lib/query.ts';
import { ReasonDialog } from '../../fuse/golden/reason-dialog.tsx';
import { useNotify } from '../../fuse/use-notify.ts';

/** Ends a policy for good, with the reason. */
export function RevokePolicy({ policy, onClose }: { policy: Policy; onClose: () => void }) {
  const { t } = useTranslation();
  const notify = useNotify();
  const send = useSend<Policy>(['/api/share']);
  const revoke = (reason: string) =>
    send.mutate(
      { method: 'POST', path: `/api/share/policies/${policy.id}/revoke`, body: { reason } },
      {
        onSuccess: () => {
          notify.done(t('policies.revoked'));
          onClose();
        },
      },
    );
  return (
    <ReasonDialog
      title={t('policies.revokeTitle', { name: policy.name })}
      lead={t('policies.revokeLead')}
      action={t('policies.revoke')}
      busy={send.isPending}
      error={send.error}
      onClose={onClose}
      onSend={revoke}
    />
  );
}
