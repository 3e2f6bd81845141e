import type { ApiKey } from '@ronghe/contracts';
import { cleanup, fireEvent, screen, waitFor } from '@testing-library/react';
import dayjs from 'dayjs';
import { afterEach, describe, expect, it } from 'vitest';
import { fakeApi, Refused, realBorder } from '../../testing/fake-api.ts';
import { idOf, me } from '../../testing/intake-fixture.ts';
import { press, write } from '../../testing/press.ts';
import { show } from '../../testing/render.tsx';
import { KeysPage } from './keys.page.tsx';
import { changeOf, dayOf, previousOf, stateOf } from './keys.ts';

afterEach(() => {
  cleanup();
  realBorder();
});

const DAY_MS = 86_400_000;
const inDays = (days: number) => new Date(Date.now() + days * DAY_MS).toISOString();
const KEY: ApiKey = {
  ...{
    id: idOf(1),
    name: 'MES 写入',
    prefix: 'rk_0a1b2c3d',
    organisation: 'jx.nanchang',
    createdBy: 'admin',
  },
  ...{ description: '找王工', application: 'MES', allowedAddresses: ['10.0.0.0/8'], expiresAt: inDays(5) },
  ...{ permissions: ['ingest:observation:write', 'ingest:observation:read'], createdAt: inDays(-30) },
  ...{ revokedAt: null, lastUsedAt: inDays(-1), lastUsedFrom: '10.2.3.4', rotatedAt: inDays(-1) },
  previous: { prefix: 'rk_99999999', until: inDays(1), lastUsedAt: inDays(-0.5) },
};
const OTHER: ApiKey = {
  ...{ ...KEY, id: idOf(2), name: '大屏', prefix: 'rk_ffffffff', application: null, expiresAt: null },
  ...{ allowedAddresses: [], lastUsedAt: null, lastUsedFrom: null, rotatedAt: null, previous: null },
};
const answers = {
  'GET /api/auth/keys': { items: [KEY, OTHER] },
  'GET /api/auth/organisations': { items: [{ path: 'jx.nanchang', name: '南昌', kind: 'city' }] },
};

describe('how a key stands', () => {
  const now = Date.parse('2026-11-01T00:00:00Z');
  it.each([
    [{ expiresAt: null }, 'active', null],
    [{ expiresAt: '2026-11-15T00:00:01Z' }, 'active', 15],
    [{ expiresAt: '2026-11-15T00:00:00Z' }, 'ending', 14],
    [{ expiresAt: '2026-11-01T00:00:01Z' }, 'ending', 1],
    [{ expiresAt: '2026-11-01T00:00:00Z' }, 'expired', 0],
    [{ expiresAt: '2026-11-05T00:00:00Z', revokedAt: '2026-10-01T00:00:00Z' }, 'revoked', 4],
  ] as const)('%j: %s', (terms, state, daysLeft) => {
    expect(stateOf({ ...KEY, ...terms }, now)).toEqual({ state, daysLeft });
  });

  it('with an old secret only while that works', () => {
    expect(previousOf(KEY, Date.now())).toEqual(KEY.previous);
    expect(previousOf(KEY, Date.parse(KEY.previous?.until ?? ''))).toBeNull();
    expect(previousOf({ ...KEY, revokedAt: inDays(-1) }, Date.now())).toBeNull();
  });

  it('keeps the hour of its end when only other things change', () => {
    const values = { name: 'x', organisation: 'jx', permissions: KEY.permissions };
    const before = { ...KEY, expiresAt: '2026-12-05T21:34:00.000Z' };
    const at = (day: string) => changeOf({ ...values, expires: dayjs(day) }, before).expiresAt;
    // The day of the list, which is China's, whatever zone the browser has.
    expect(dayOf(before.expiresAt)).toBe('2026-12-06');
    expect(at('2026-12-06')).toBe(before.expiresAt);
    expect(at('2026-12-05')).toBe('2026-12-05T15:59:59.000Z');
    expect(changeOf({ ...values, expires: null }, KEY).expiresAt).toBeNull();
  });
});

it('the list tells the end, the addresses, the last use and the old secret, and is narrowed to an application', async () => {
  fakeApi(answers);
  await show(<KeysPage />, 'zh-CN', { me: me() });
  expect(await screen.findByText('5 天后到期')).toBeTruthy();
  expect(screen.getByText(/有 1 个密钥即将到期/)).toBeTruthy();
  for (const text of [/10\.0\.0\.0\/8/, /来自 10\.2\.3\.4/, /旧密钥 rk_99999999… 可用至/, /最近仍在使用/])
    expect(screen.getByText(text)).toBeTruthy();
  fireEvent.mouseDown(screen.getByLabelText('应用'));
  fireEvent.click(await screen.findByTitle('MES'));
  await waitFor(() => expect(screen.queryByText('大屏')).toBeNull());
});

it('a key is renewed with the chosen grace, and the secret is shown this once', async () => {
  const sent = fakeApi({ ...answers, 'POST /api/auth/keys/*/rotate': { apiKey: KEY, key: 'rk_new_secret' } });
  await show(<KeysPage />, 'zh-CN', { me: me() });
  await screen.findByText('MES 写入');
  await press('更换 MES 写入');
  write('旧密钥继续有效的天数', '0');
  await press('生成新密钥');
  expect((await screen.findByTestId('secret')).textContent).toBe('rk_new_secret');
  const posted = sent.find(({ method }) => method === 'POST');
  expect(posted).toMatchObject({ path: `/api/auth/keys/${KEY.id}/rotate`, body: { graceDays: 0 } });
});

it('a change sends what may change, and a refusal stays in the drawer', async () => {
  let refused = true;
  const details = [{ path: 'body/allowedAddresses/0', message: 'an IPv4 or IPv6 address' }];
  const sent = fakeApi({
    ...answers,
    'PATCH /api/auth/keys/*': () =>
      refused ? new Refused(400, { code: 'REQUEST_INVALID', details }) : { ...KEY, name: '新名' },
  });
  await show(<KeysPage />, 'zh-CN', { me: me() });
  await screen.findByText('MES 写入');
  await press('修改 MES 写入');
  write('名称', '新名');
  fireEvent.click(screen.getByRole('checkbox', { name: '读取观测值' }));
  await press('保存');
  expect(await screen.findByText(/an IPv4 or IPv6 address/)).toBeTruthy();
  refused = false;
  await press('保存');
  await waitFor(() => expect(screen.queryByText(/an IPv4 or IPv6 address/)).toBeNull());
  expect(sent.filter(({ method }) => method === 'PATCH').at(-1)).toMatchObject({
    path: `/api/auth/keys/${KEY.id}`,
    body: {
      ...{ name: '新名', application: 'MES', description: '找王工', allowedAddresses: ['10.0.0.0/8'] },
      ...{ permissions: ['ingest:observation:write'], expiresAt: KEY.expiresAt },
    },
  });
});

it('a new key carries its application, addresses and end', async () => {
  const sent = fakeApi({ ...answers, 'POST /api/auth/keys': { apiKey: KEY, key: 'rk_first' } });
  await show(<KeysPage />, 'en', { me: me() });
  await screen.findByText('MES 写入');
  await press('Issue a key');
  write('Name', 'BI');
  fireEvent.change(screen.getByLabelText('Application', { selector: '.ant-drawer input' }), {
    target: { value: 'PowerBI' },
  });
  fireEvent.change(screen.getByLabelText('Allowed from'), { target: { value: '10.1.0.0/16,2001:db8::1,' } });
  fireEvent.click(screen.getByRole('checkbox', { name: 'Read observations' }));
  fireEvent.click(screen.getAllByRole('button', { name: 'Issue a key' }).at(-1) as HTMLElement);
  expect((await screen.findByTestId('secret')).textContent).toBe('rk_first');
  expect(sent.find(({ method }) => method === 'POST')?.body).toMatchObject({
    ...{ name: 'BI', application: 'PowerBI', allowedAddresses: ['10.1.0.0/16', '2001:db8::1'] },
    ...{ permissions: ['ingest:observation:read'], expiresAt: null, organisation: 'jx.nanchang' },
  });
});

it('who may only look sees no way to change a key', async () => {
  fakeApi(answers);
  await show(<KeysPage />, 'zh-CN', { me: me(['platform:key:write']) });
  await screen.findByText('MES 写入');
  expect(screen.queryByRole('button', { name: /修改|更换|吊销|签发/ })).toBeNull();
});
