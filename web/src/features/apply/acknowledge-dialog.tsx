import type { AcknowledgementAnswer } from '@ronghe/contracts';
import { Input, Modal } from 'antd';
import { useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useSend } from '../../lib/query.ts';
import { Refusal } from '../fuse/refusal.tsx';
import { useNotify } from '../fuse/use-notify.ts';

type Props = { alerts: readonly string[]; onClose: (isDone: boolean) => void };

/** Says that one has seen alerts and takes care, with a note. */
export function AcknowledgeDialog({ alerts, onClose }: Props) {
  const { t } = useTranslation();
  const notify = useNotify();
  const id = useId();
  const [note, setNote] = useState('');
  const send = useSend<AcknowledgementAnswer>(['/api/apply/alerts']);
  const acknowledge = () =>
    send.mutate(
      { method: 'POST', path: '/api/apply/alerts/acknowledge', body: { alerts: [...alerts], note } },
      {
        onSuccess: ({ acknowledged, already }) => {
          const text = t('alerts.done', { count: acknowledged });
          notify.done(
            already === 0 ? text : [text, t('alerts.already', { count: already })].join(t('share.listed')),
          );
          onClose(true);
        },
      },
    );
  return (
    <Modal
      open
      title={t('alerts.acknowledgeTitle', { count: alerts.length })}
      okText={t('alerts.acknowledge')}
      confirmLoading={send.isPending}
      onOk={acknowledge}
      onCancel={() => onClose(false)}
    >
      <div className="stack">
        <p>{t('alerts.acknowledgeLead')}</p>
        <div className="form-field">
          <label htmlFor={id}>{t('alerts.note')}</label>
          <Input.TextArea
            id={id}
            autoFocus
            rows={3}
            maxLength={1_000}
            value={note}
            onChange={({ target }) => setNote(target.value)}
          />
          <p className="faint">{t('alerts.noteHint')}</p>
        </div>
        {send.error && <Refusal error={send.error} />}
      </div>
    </Modal>
  );
}
