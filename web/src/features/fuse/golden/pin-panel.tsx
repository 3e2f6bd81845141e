import type { EnterpriseAttribute, GoldenValue, Pin } from '@ronghe/contracts';
import { Button, Input } from 'antd';
import { useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useGet, useSend } from '../../../lib/query.ts';
import { useCan } from '../../../lib/session.ts';
import { useFormat } from '../../../lib/use-format.ts';
import { useNotify } from '../use-notify.ts';
import { ReasonDialog } from './reason-dialog.tsx';

const TOUCHES = ['/api/fuse/enterprises', '/api/fuse/conflicts', '/api/fuse/overview'];

type PinPanelProps = {
  enterprise: string;
  attribute: EnterpriseAttribute;
  /** the attribute as people call it */
  title: string;
  golden: GoldenValue | undefined;
};

/** Says that a person fixed the value and until when; who may fixes it or lifts that. */
export function PinPanel({ enterprise, attribute, title, golden }: PinPanelProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const may = useCan()('fuse:pin:write');
  const [open, setOpen] = useState<'fix' | 'lift' | null>(null);
  const pinned = golden?.pin ?? null;
  const query = useGet<{ items: Pin[] }>(
    `/api/fuse/enterprises/${enterprise}/pins`,
    {},
    { enabled: pinned !== null },
  );
  const pin = query.data?.items.find(({ id }) => id === pinned);
  return (
    <div className="stack">
      {pin && (
        <div className="notice">
          <span>
            {t('golden.pin.by', { name: pin.madeBy })} · {t('golden.pin.reason')}: {pin.reason}
            {pin.expiresAt && ` · ${t('golden.pin.until', { date: format.dateTime(pin.expiresAt) })}`}
          </span>
        </div>
      )}
      {may && (
        <span className="row">
          <Button size="small" onClick={() => setOpen('fix')}>
            {t('golden.pin.fix')}
          </Button>
          {pinned && (
            <Button size="small" onClick={() => setOpen('lift')}>
              {t('golden.pin.lift')}
            </Button>
          )}
        </span>
      )}
      {open === 'fix' && (
        <FixDialog
          enterprise={enterprise}
          attribute={attribute}
          title={title}
          value={golden?.value ?? ''}
          onClose={() => setOpen(null)}
        />
      )}
      {open === 'lift' && pinned && (
        <LiftDialog enterprise={enterprise} pin={pinned} onClose={() => setOpen(null)} />
      )}
    </div>
  );
}

type FixDialogProps = {
  enterprise: string;
  attribute: EnterpriseAttribute;
  title: string;
  value: string;
  onClose: () => void;
};
function FixDialog({ enterprise, attribute, title, value, onClose }: FixDialogProps) {
  const { t } = useTranslation();
  const notify = useNotify();
  const id = useId();
  const [text, setText] = useState(value);
  const [day, setDay] = useState('');
  const send = useSend<Pin>(TOUCHES);
  const fix = async (reason: string) => {
    // The end of the day that was named, in Beijing.
    const expiresAt = day === '' ? null : new Date(`${day}T23:59:59+08:00`).toISOString();
    try {
      const body = { attribute, value: text, reason, expiresAt };
      await send.mutateAsync({ method: 'POST', path: `/api/fuse/enterprises/${enterprise}/pins`, body });
      notify.done(t('golden.pin.done'));
      onClose();
    } catch {
      // Said in the dialog.
    }
  };
  return (
    <ReasonDialog
      title={t('golden.pin.fixTitle', { attribute: title })}
      lead={t('golden.pin.fixLead')}
      action={t('golden.pin.fix')}
      ready={text.trim() !== ''}
      busy={send.isPending}
      error={send.error}
      onClose={onClose}
      onSend={(reason) => void fix(reason)}
    >
      <div>
        <label htmlFor={`${id}-value`}>{t('golden.pin.value')}</label>
        <Input
          id={`${id}-value`}
          value={text}
          maxLength={500}
          onChange={({ target }) => setText(target.value)}
        />
      </div>
      <div>
        <label htmlFor={`${id}-day`}>{t('golden.pin.expires')}</label>
        <Input id={`${id}-day`} type="date" value={day} onChange={({ target }) => setDay(target.value)} />
      </div>
    </ReasonDialog>
  );
}

function LiftDialog({ enterprise, pin, onClose }: { enterprise: string; pin: string; onClose: () => void }) {
  const { t } = useTranslation();
  const notify = useNotify();
  const send = useSend<Pin>(TOUCHES);
  const lift = async (reason: string) => {
    try {
      const path = `/api/fuse/enterprises/${enterprise}/pins/${pin}/lift`;
      await send.mutateAsync({ method: 'POST', path, body: { reason } });
      notify.done(t('golden.pin.lifted'));
      onClose();
    } catch {
      // Said in the dialog.
    }
  };
  return (
    <ReasonDialog
      title={t('golden.pin.lift')}
      lead={t('golden.pin.liftLead')}
      action={t('golden.pin.lift')}
      busy={send.isPending}
      error={send.error}
      onClose={onClose}
      onSend={(reason) => void lift(reason)}
    />
  );
}
