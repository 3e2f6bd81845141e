import { useBlocker } from '@tanstack/react-router';
import { Modal } from 'antd';
import { useTranslation } from 'react-i18next';

/** Asks before a page with a draft is left. The draft stays in the browser; only secrets in it do not outlive the page. */
export function LeaveGuard() {
  const { t } = useTranslation();
  const blocker = useBlocker({
    shouldBlockFn: ({ current, next }) => current.pathname !== next.pathname,
    enableBeforeUnload: true,
    withResolver: true,
  });
  return (
    <Modal
      open={blocker.status === 'blocked'}
      title={t('fleet.leave.title')}
      okText={t('fleet.leave.leave')}
      cancelText={t('fleet.leave.stay')}
      onOk={() => blocker.proceed?.()}
      onCancel={() => blocker.reset?.()}
    >
      <p>{t('fleet.leave.text')}</p>
    </Modal>
  );
}
