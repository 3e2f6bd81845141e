import type { ApiKey } from '@ronghe/contracts';
import { Form, InputNumber, Modal } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useSend } from '../../lib/query.ts';
import { Refusal } from '../fuse/refusal.tsx';

const GRACE_DAYS_MAX = 7;
const GRACE_DAYS = 1;

type RotateKeyProps = {
  /** the key to renew; null shows nothing */
  apiKey: ApiKey | null;
  onClose: () => void;
  /** gets the new secret */
  onKey: (key: string) => void;
};

/** Makes a new secret for a key; how long the old one keeps working is chosen here. */
export function RotateKey({ apiKey, onClose, onKey }: RotateKeyProps) {
  const { t } = useTranslation();
  const [graceDays, setGraceDays] = useState(GRACE_DAYS);
  const rotate = useSend<{ key: string }>(['/api/auth/keys']);
  const close = () => {
    rotate.reset();
    setGraceDays(GRACE_DAYS);
    onClose();
  };
  const submit = async () => {
    if (apiKey === null) return;
    const path = `/api/auth/keys/${apiKey.id}/rotate`;
    const { key } = await rotate.mutateAsync({ method: 'POST', path, body: { graceDays } });
    close();
    onKey(key);
  };
  return (
    <Modal
      open={apiKey !== null}
      title={t('platform.keys.rotateTitle', { name: apiKey?.name })}
      okText={t('platform.keys.rotateNow')}
      onOk={() => void submit().catch(() => {})}
      onCancel={close}
      confirmLoading={rotate.isPending}
      destroyOnHidden
    >
      {rotate.error && <Refusal error={rotate.error} />}
      <Form layout="vertical">
        <p>{t('platform.keys.rotateText')}</p>
        <Form.Item label={t('platform.keys.grace')} extra={t('platform.keys.graceHint')} htmlFor="grace-days">
          <InputNumber
            id="grace-days"
            min={0}
            max={GRACE_DAYS_MAX}
            precision={0}
            value={graceDays}
            onChange={(days) => setGraceDays(days ?? GRACE_DAYS)}
          />
        </Form.Item>
      </Form>
    </Modal>
  );
}
