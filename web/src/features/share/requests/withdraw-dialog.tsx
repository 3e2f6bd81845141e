import type { AccessRequest } from '@ronghe/contracts';
import { Modal } from 'antd';
import { useTranslation } from 'react-i18next';
import { useSend } from '../../../lib/query.ts';
import { usePick } from '../../../lib/use-format.ts';
import { Refusal } from '../../fuse/refusal.tsx';
import { useNotify } from '../../fuse/use-notify.ts';

/** Takes one's own request back. */
export function WithdrawDialog({ request, onClose }: { request: AccessRequest; onClose: () => void }) {
  const { t } = useTranslation();
  const pick = usePick();
  const notify = useNotify();
  const send = useSend<AccessRequest>(['/api/share/access-requests']);
  const withdraw = () =>
    send.mutate(
      { method: 'POST', path: `/api/share/access-requests/${request.id}/withdraw` },
      {
        onSuccess: () => {
          notify.done(t('requests.withdrawn'));
          onClose();
        },
      },
    );
  return (
    <Modal
      open
      title={t('requests.withdrawOf', { name: pick(request.datasetTitle) })}
      okText={t('requests.withdraw')}
      confirmLoading={send.isPending}
      onOk={withdraw}
      onCancel={onClose}
    >
      <div className="stack">
        <p>{t('requests.withdrawLead')}</p>
        {send.error && <Refusal error={send.error} />}
      </div>
    </Modal>
  );
}
