import type { Collector, EnrolmentCode } from '@ronghe/contracts';
import { useNavigate } from '@tanstack/react-router';
import { Alert, Button, Modal } from 'antd';
import { useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { CopyButton } from '../../components/copy-button.tsx';
import { Tag } from '../../components/tags.tsx';
import { useNow } from '../../lib/now.ts';
import { useGet } from '../../lib/query.ts';

/** How often the page looks whether the collector is there. */
const LOOK_MS = 2_000;
export type Enrolling = { collector: Collector; enrolment: EnrolmentCode };

/** The command that enrols a collector on its machine. */
export const enrolCommand = (origin: string, code: string): string =>
  `ronghe edge --config collector.yaml --server ${origin} --code ${code}`;

/** Minutes and seconds until a time, as `59:03`; `00:00` when it has passed. */
export function countdown(expiresAt: string, nowMs: number): string {
  const seconds = Math.max(0, Math.ceil((Date.parse(expiresAt) - nowMs) / 1_000));
  const two = (number: number) => String(number).padStart(2, '0');
  return `${two(Math.floor(seconds / 60))}:${two(seconds % 60)}`;
}

/** Shows a one-time code with the command that uses it, and notices when the collector is there. */
export function EnrolmentDialog({ enrolling, onClose }: { enrolling: Enrolling; onClose: () => void }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const now = useNow();
  const { collector, enrolment } = enrolling;
  const arrived = useArrival(collector);
  const command = enrolCommand(window.location.origin, enrolment.code);
  const left = countdown(enrolment.expiresAt, now);
  const expired = left === '00:00';
  const configure = () => {
    onClose();
    void navigate({
      to: '/collect/collectors/$name',
      params: { name: collector.name },
      search: { tab: 'configuration' } as never,
    });
  };
  return (
    <Modal
      open
      width={640}
      title={t('fleet.enrol.title', { title: collector.title })}
      mask={{ closable: false }}
      onCancel={onClose}
      footer={
        arrived ? (
          <Button type="primary" onClick={configure}>
            {t('fleet.enrol.configure')}
          </Button>
        ) : (
          <Button onClick={onClose}>{t('fleet.enrol.close')}</Button>
        )
      }
    >
      <div className="stack">
        {arrived ? (
          <Alert type="success" showIcon title={t('fleet.enrol.arrived')} />
        ) : (
          <>
            <p>{t('fleet.enrol.how')}</p>
            <div className="command">
              <code className="secret" data-testid="command">
                {command}
              </code>
              <CopyButton text={command} label={t('fleet.enrol.copy')} />
            </div>
            <div className="row spread">
              <span>
                {t('fleet.enrol.code')} <code data-testid="code">{enrolment.code}</code>
              </span>
              <Tag tone={expired ? 'bad' : 'info'} icon={null}>
                {expired ? t('fleet.enrol.expired') : t('fleet.enrol.left', { left })}
              </Tag>
            </div>
            <p className="faint">{t('fleet.enrol.once')}</p>
            {!expired && (
              <div className="waiting" role="status">
                <span className="pulse" aria-hidden="true" /> {t('fleet.enrol.waiting')}
              </div>
            )}
          </>
        )}
      </div>
    </Modal>
  );
}

/** True once the collector has reported since the dialog opened; one that moves to another machine was there before. */
function useArrival(collector: Collector): boolean {
  const before = useRef(collector.report?.startedAt ?? null);
  const { data } = useGet<Collector>(`/api/collect/collectors/${collector.name}`, {}, { refreshMs: LOOK_MS });
  const started = data?.report?.startedAt ?? null;
  return data?.state === 'online' && started !== null && started !== before.current;
}
