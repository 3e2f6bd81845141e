import { useBlocker } from '@tanstack/react-router';
import { Modal } from 'antd';
import type { RefObject } from 'react';
import { useTranslation } from 'react-i18next';

type LeaveGuardProps = {
  /** true once the work is saved and the page is left on purpose; the guard itself may be taken away only later */
  leaving?: RefObject<boolean>;
  /** what becomes of the work, where it is not simply lost */
  words?: { title: string; text: string };
};

/** Asks before a page with unsaved work is left. */
export function LeaveGuard({ leaving, words }: LeaveGuardProps) {
  const { t } = useTranslation();
  const blocker = useBlocker({
    shouldBlockFn: ({ current, next }) => current.pathname !== next.pathname && !leaving?.current,
    enableBeforeUnload: true,
    withResolver: true,
  });
  return (
    <Modal
      open={blocker.status === 'blocked'}
      title={words?.title ?? t('studio.leave.title')}
      okText={t('studio.leave.leave')}
      cancelText={t('studio.leave.stay')}
      onOk={() => blocker.proceed?.()}
      onCancel={() => blocker.reset?.()}
    >
      <p>{words?.text ?? t('studio.leave.text')}</p>
    </Modal>
  );
}
