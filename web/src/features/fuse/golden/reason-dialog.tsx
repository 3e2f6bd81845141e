import { Input, Modal } from 'antd';
import { type ReactNode, useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Refusal } from '../refusal.tsx';

type ReasonDialogProps = {
  title: string;
  lead: string;
  action: string;
  /** false keeps the button off until the rest of the dialog is filled in */
  ready?: boolean;
  wide?: boolean;
  busy: boolean;
  error: unknown;
  children?: ReactNode;
  onClose: () => void;
  onSend: (reason: string) => void;
};

/** A decision with its reason, which must not be left out. */
export function ReasonDialog(props: ReasonDialogProps) {
  const { t } = useTranslation();
  const id = useId();
  const [reason, setReason] = useState('');
  const [missing, setMissing] = useState(false);
  const send = () => {
    setMissing(reason.trim() === '');
    if (reason.trim() !== '') props.onSend(reason.trim());
  };
  return (
    <Modal
      open
      title={props.title}
      width={props.wide ? 720 : 520}
      okText={props.action}
      okButtonProps={{ disabled: props.ready === false }}
      confirmLoading={props.busy}
      onOk={send}
      onCancel={props.onClose}
      destroyOnHidden
    >
      <div className="stack">
        <p className="faint">{props.lead}</p>
        {props.error !== null && <Refusal error={props.error} />}
        {props.children}
        <div>
          <label htmlFor={id}>{t('golden.reason')}</label>
          <Input.TextArea
            id={id}
            rows={2}
            maxLength={500}
            value={reason}
            placeholder={t('golden.reasonHint')}
            aria-invalid={missing}
            aria-describedby={`${id}-missing`}
            onChange={({ target }) => setReason(target.value)}
            {...(missing ? { status: 'error' as const } : {})}
          />
          {missing && (
            <span id={`${id}-missing`} role="alert" className="field-error">
              {t('golden.reasonMissing')}
            </span>
          )}
        </div>
      </div>
    </Modal>
  );
}
