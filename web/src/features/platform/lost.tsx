import type { Permission } from '@ronghe/contracts';
import { Link } from '@tanstack/react-router';
import { Button } from 'antd';
import { lazy, Suspense } from 'react';
import { useTranslation } from 'react-i18next';
import { Page } from '../../components/page.tsx';
import { errorText } from '../../lib/error-text.ts';

// Loaded when it is needed: the list of permissions brings the schema library with it.
const ForbiddenHint = lazy(() => import('./forbidden-hint.tsx'));

/** Says which permission is missing and whom to ask. */
export function Forbidden({ permission }: { permission: Permission | null }) {
  const { t } = useTranslation();
  return (
    <Page title={t('state.forbiddenTitle')}>
      <div className="panel empty">
        {permission && (
          <Suspense fallback={<span>{t('state.forbiddenHint', { permission })}</span>}>
            <ForbiddenHint permission={permission} />
          </Suspense>
        )}
        <Link to="/" className="empty-action">
          {t('lost.goHome')}
        </Link>
      </div>
    </Page>
  );
}

export function NotFound() {
  const { t } = useTranslation();
  return (
    <Page title={t('lost.notFoundTitle')}>
      <div className="panel empty">
        <span>{t('lost.notFoundHint')}</span>
        <Link to="/" className="empty-action">
          {t('lost.goHome')}
        </Link>
      </div>
    </Page>
  );
}

/** A page that failed: plain words, the text for the operator, and a way out. */
export function Crash({ error }: { error: unknown }) {
  const { t } = useTranslation();
  const { message, hint, requestId } = errorText(error, t);
  return (
    <Page title={t('lost.crashTitle')}>
      <div className="panel empty" role="alert">
        <span>{t('lost.crashHint')}</span>
        <code>{message}</code>
        {hint !== '' && <span>{hint}</span>}
        {requestId && <code>{requestId}</code>}
        <Button type="primary" className="empty-action" onClick={() => window.location.reload()}>
          {t('lost.reload')}
        </Button>
      </div>
    </Page>
  );
}
