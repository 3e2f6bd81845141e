import { cleanup, screen, waitFor } from '@testing-library/react';
import { afterEach, expect, it } from 'vitest';
import { fakeApi, realBorder } from '../../testing/fake-api.ts';
import { show } from '../../testing/render.tsx';
import { SignInPage } from './sign-in.page.tsx';

afterEach(() => {
  cleanup();
  realBorder();
});

const at = (search: string, locale: 'zh-CN' | 'en' = 'zh-CN') =>
  show(<SignInPage />, locale, { address: `/sign-in${search}`, pattern: '/sign-in' });
const offer = (offered: boolean, name: string | null = null) => ({ 'GET /api/auth/oidc': { offered, name } });

it('leads to the provider only where one is configured, and back to where the person wanted to go', async () => {
  fakeApi(offer(true, '省统一认证'));
  await at('?to=%2Ffuse%2Fsources%3Fpage%3D2');
  const way = await screen.findByRole('link', { name: '使用省统一认证登录' });
  expect(way.getAttribute('href')).toBe('/api/auth/oidc/start?to=%2Ffuse%2Fsources%3Fpage%3D2');
  cleanup();
  const sent = fakeApi(offer(false));
  await at('');
  await waitFor(() => expect(sent).toHaveLength(1));
  expect(screen.queryByRole('link', { name: /统一/ })).toBeNull();
  expect(screen.getByRole('button', { name: /登\s*录/ })).toBeTruthy();
});

it('never takes an address of somewhere else along', async () => {
  fakeApi(offer(true));
  await at('?to=%2F%2Fevil.example', 'en');
  const way = await screen.findByRole('link', { name: 'Sign in with single sign-on' });
  expect(way.getAttribute('href')).toBe('/api/auth/oidc/start?to=%2F');
});

it.each([
  ['OIDC_PERSON_UNKNOWN', /您的账号不能用统一身份认证登录本平台/],
  ['OIDC_UNAVAILABLE', /暂时没有回应/],
  ['OIDC_FAILED', /统一身份认证没有成功/],
  ['constructor', /统一身份认证没有成功/],
])('says why the way through the provider led back: %s', async (code, text) => {
  fakeApi(offer(true));
  await at(`?refused=${code}`);
  expect((await screen.findByRole('alert')).textContent).toMatch(text);
});
