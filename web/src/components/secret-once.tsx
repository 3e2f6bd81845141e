import { Alert, Button, Modal } from 'antd';
import type { ReactNode } from 'react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { copyText } from '../lib/copy.ts';

type SecretOnceProps = { secret: string | null; use?: ReactNode; onClose: () => void };

/** Shows a key this once. Only the button closes it, so that a stray click cannot lose the key. */
export function SecretOnce({ secret, use, onClose }: SecretOnceProps) {
  const { t } = useTranslation();
  const [copied, setCopied] = useState<boolean | null>(null);
  const close = () => {
    setCopied(null);
    onClose();
  };
  const copy = async () => setCopied(await copyText(secret ?? ''));
  return (
    <Modal
      open={secret !== null}
      title={t('secret.title')}
      closable={false}
      mask={{ closable: false }}
      keyboard={false}
      destroyOnHidden
      footer={
        <Button type="primary" onClick={close}>
          {t('secret.done')}
        </Button>
      }
    >
      <div className="stack">
        <Alert type="warning" showIcon title={t('secret.once')} />
        <code className="secret" data-testid="secret">
          {secret}
        </code>
        <div className="row">
          <Button onClick={() => void copy()}>
            {copied === true ? t('action.copied') : t('action.copy')}
          </Button>
          {copied === false && <span role="status">{t('action.copyFailed')}</span>}
        </div>
        {use && <p className="faint">{use}</p>}
      </div>
    </Modal>
  );
}
