import type { Policy } from '@ronghe/contracts';
import { Modal } from 'antd';
import { useTranslation } from 'react-i18next';
import { useSend } from '../../../lib/query.ts';
import { Refusal } from '../../fuse/refusal.tsx';
import { useNotify } from '../../fuse/use-notify.ts';

/** Ends a policy for good. */
export function RevokePolicy({ policy, onClose }: { policy: Policy; onClose: () => void }) {
  const { t } = useTranslation();
  const notify = useNotify();
  const send = useSend<Policy>(['/api/share']);
  const revoke = () =>
    send.mutate(
      { method: 'DELETE', path: `/api/share/policies/${policy.id}` },
      {
        onSuccess: () => {
          notify.done(t('policies.revoked'));
          onClose();
        },
      },
    );
  return (
    <Modal
      open
      title={t('policies.revokeTitle', { name: policy.name })}
      okText={t('policies.revoke')}
      okButtonProps={{ danger: true }}
      confirmLoading={send.isPending}
      onOk={revoke}
      onCancel={onClose}
    >
      <div className="stack">
        <p>{t('policies.revokeLead')}</p>
        {send.error && <Refusal error={send.error} />}
      </div>
    </Modal>
  );
}
