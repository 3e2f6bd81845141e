import type { LoginAnswer, LoginRequest, OidcOffer } from '@ronghe/contracts';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate, useRouter, useSearch } from '@tanstack/react-router';
import { Alert, Button, Divider, Form, Input } from 'antd';
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { LanguageButton } from '../../app/top-bar.tsx';
import { Logo } from '../../components/logo.tsx';
import { sendJson } from '../../lib/api.ts';
import { ApiError } from '../../lib/api-error.ts';
import { errorText } from '../../lib/error-text.ts';
import { useGet } from '../../lib/query.ts';
import { ME_PATH } from '../../lib/session.ts';
import { Streams } from './streams.tsx';
import './sign-in.css';

export function SignInPage() {
  const { t } = useTranslation();
  const { to, expired, refused } = useSearch({ from: '/sign-in' });
  const router = useRouter();
  const navigate = useNavigate();
  const client = useQueryClient();
  useEffect(() => {
    document.title = `${t('platform.signIn.title')} · ${t('product')}`;
  }, [t]);
  const signIn = useMutation({
    mutationFn: (request: LoginRequest) =>
      sendJson<LoginAnswer>('POST', '/api/auth/login', { body: request }),
    onSuccess: async ({ me }) => {
      client.clear();
      client.setQueryData([ME_PATH], me);
      if (to && isOwnAddress(to)) router.history.push(to);
      else await navigate({ to: '/' });
    },
  });
  return (
    <div className="sign-in">
      <aside className="sign-in-story">
        <Streams />
        <div className="sign-in-words">
          <p className="sign-in-lead">{t('platform.signIn.lead')}</p>
          <ul>
            <li>{t('platform.signIn.point1')}</li>
            <li>{t('platform.signIn.point2')}</li>
            <li>{t('platform.signIn.point3')}</li>
          </ul>
        </div>
      </aside>
      <main className="sign-in-main" id="main">
        <div className="sign-in-language">
          <LanguageButton />
        </div>
        <div className="sign-in-card">
          <div className="sign-in-brand">
            <Logo size={40} />
            <div>
              <div className="sign-in-name">{t('product')}</div>
              <div className="faint">{t('productLong')}</div>
            </div>
          </div>
          <h1>{t('platform.signIn.title')}</h1>
          {expired && !signIn.error && <Alert type="info" showIcon title={t('platform.signIn.expired')} />}
          {refused && !signIn.error && <ProviderRefusal code={refused} />}
          {signIn.error && <Refusal error={signIn.error} />}
          <SignInForm busy={signIn.isPending} onSubmit={(request) => signIn.mutate(request)} />
          <ProviderButton to={to && isOwnAddress(to) ? to : '/'} />
          <p className="faint">{t('platform.signIn.help')}</p>
        </div>
      </main>
    </div>
  );
}

type SignInFormProps = { busy: boolean; onSubmit: (request: LoginRequest) => void };
function SignInForm({ busy, onSubmit }: SignInFormProps) {
  const { t } = useTranslation();
  const rules = [{ required: true, message: t('required') }];
  return (
    <Form layout="vertical" requiredMark={false} onFinish={onSubmit} size="large" name="sign-in">
      <Form.Item name="username" label={t('platform.signIn.username')} rules={rules}>
        <Input autoComplete="username" autoCapitalize="none" spellCheck={false} maxLength={100} />
      </Form.Item>
      <Form.Item name="password" label={t('platform.signIn.password')} rules={rules}>
        <Input.Password autoComplete="current-password" maxLength={200} />
      </Form.Item>
      <Button type="primary" htmlType="submit" block loading={busy}>
        {t('platform.signIn.submit')}
      </Button>
    </Form>
  );
}

/** The way through an OpenID provider, where one is configured. */
function ProviderButton({ to }: { to: string }) {
  const { t } = useTranslation();
  const offer = useGet<OidcOffer>('/api/auth/oidc');
  if (offer.data?.offered !== true) return null;
  return (
    <>
      <Divider plain>{t('platform.signIn.or')}</Divider>
      <Button block size="large" href={`/api/auth/oidc/start?${new URLSearchParams({ to })}`}>
        {t('platform.signIn.provider', { name: offer.data.name ?? t('platform.signIn.providerName') })}
      </Button>
    </>
  );
}

const REFUSALS = {
  OIDC_PERSON_UNKNOWN: 'personUnknown',
  OIDC_UNAVAILABLE: 'providerAway',
  RATE_LIMITED: 'tooMany',
} as const;

/** Why the way through the provider led back here. */
function ProviderRefusal({ code }: { code: string }) {
  const { t } = useTranslation();
  const reason = Object.hasOwn(REFUSALS, code) ? REFUSALS[code as keyof typeof REFUSALS] : 'providerFailed';
  return (
    <Alert
      type="error"
      showIcon
      role="alert"
      title={t('platform.signIn.failed')}
      description={t(`platform.signIn.${reason}`)}
    />
  );
}

/** Says plainly whether the password was wrong or the account is locked, and for how long. */
function Refusal({ error }: { error: unknown }) {
  const { t } = useTranslation();
  const { message, hint, requestId } = errorText(error, t);
  const locked = error instanceof ApiError && error.code === 'LOGIN_LOCKED';
  const known = error instanceof ApiError && (error.status === 401 || error.status === 423);
  return (
    <Alert
      type={locked ? 'warning' : 'error'}
      showIcon
      title={locked ? t('platform.signIn.locked') : t('platform.signIn.failed')}
      description={
        <>
          <div>{message}</div>
          <div>{hint}</div>
          {!known && requestId && (
            <div>
              {t('state.requestId')} <code>{requestId}</code>
            </div>
          )}
        </>
      }
    />
  );
}

/** Only an address inside the portal: a link must not lead from sign-in to somewhere else. */
const isOwnAddress = (to: string): boolean => /^\/(?![/\\])/.test(to) && !to.startsWith('/sign-in');
