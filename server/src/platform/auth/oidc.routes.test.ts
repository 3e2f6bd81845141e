import type { Me, OidcOffer } from '@ronghe/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AuthBench, startAuthBench } from '#platform/auth/auth.testing.ts';
import { OIDC_FLOW_MS, OIDC_TRIES_PER_MINUTE_MAX } from '#platform/auth/oidc.service.ts';
import {
  type Forgery,
  OIDC_CLIENT,
  signInAt,
  startFalseProvider,
  startProvider,
} from '#platform/auth/oidc.testing.ts';
import type { Config } from '#platform/config/config.ts';
import type { Http } from '#platform/http/http.ts';

let bench: AuthBench;
let provider: Awaited<ReturnType<typeof startProvider>>;
let liar: Awaited<ReturnType<typeof startFalseProvider>>;
/** With a real provider: people who have a user; everybody; and with the false one. */
let known: Http;
let open: Http;
let lied: Http;

beforeAll(async () => {
  [provider, liar] = [await startProvider(), await startFalseProvider()];
  bench = await startAuthBench();
  await bench.auth.bootstrap();
  await bench.addOrganisation('jx.copper');
  const settings: Partial<Config> = {
    ...{ publicUrl: OIDC_CLIENT.publicUrl, oidcIssuer: provider.issuer, oidcName: '省统一认证' },
    ...{ oidcClientId: OIDC_CLIENT.id, oidcClientSecret: OIDC_CLIENT.secret },
  };
  known = await bench.frontOf(settings);
  const adding = { oidcNewPeople: 'add', oidcOrganisation: 'jx.copper', oidcRole: 'officer' } as const;
  open = await bench.frontOf({ ...settings, ...adding });
  lied = await bench.frontOf({ ...settings, ...adding, oidcIssuer: liar.issuer });
}, 60_000);
afterAll(async () => {
  await Promise.all([known, open, lied].map((http) => http?.close()));
  await bench?.stop();
  await Promise.all([provider?.stop(), liar?.stop()]);
});

let addresses = 0;
/** One browser: keeps cookies, and has an address of its own. */
function browserAt(http: Http) {
  const cookies = new Map<string, string>();
  addresses += 1;
  const remoteAddress = `10.2.${Math.floor(addresses / 250)}.${(addresses % 250) + 1}`;
  const get = async (url: string) => {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const answer = await http.inject({ url, remoteAddress, headers: { cookie } });
    for (const line of [answer.headers['set-cookie'] ?? []].flat()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (value === '') cookies.delete(name);
      else cookies.set(name, value);
    }
    return { status: answer.statusCode, to: String(answer.headers.location ?? ''), answer };
  };
  return {
    cookies,
    get,
    start: async (to = '/') => (await get(`/api/auth/oidc/start?to=${encodeURIComponent(to)}`)).to,
    back: async (address: URL) => get(address.pathname + address.search),
    me: async () => (await get('/api/auth/me')).answer.json<Me>(),
  };
}
type Browser = ReturnType<typeof browserAt>;

const signIn = async (http: Http, username: string, to?: string) => {
  const browser = browserAt(http);
  const answer = await browser.back(await signInAt(await browser.start(to), username));
  return { browser, ...answer };
};
const refused = (code: string) => `/sign-in?refused=${code}`;
const newest = async (action: string) =>
  (await bench.audit.list(bench.scope, { limit: 50 })).items.find((entry) => entry.action === action);

describe('a person of the provider', () => {
  it('is sent there only when one is configured', async () => {
    const offer = async (http: Http) =>
      (await browserAt(http).get('/api/auth/oidc')).answer.json<OidcOffer>();
    expect(await offer(known)).toEqual({ offered: true, name: '省统一认证' });
    expect(await offer(bench.http)).toEqual({ offered: false, name: null });
    for (const path of ['start', 'callback?code=a&state=b'])
      expect((await browserAt(bench.http).get(`/api/auth/oidc/${path}`)).status).toBe(404);
  });

  it('who has a user here gets the same session as with a password, and comes where they wanted to go', async () => {
    const user = await bench.addUser('zhang', 'jx.copper', ['officer']);
    const { browser, status, to, answer } = await signIn(known, 'zhang', '/fuse/sources?page=2');
    expect([status, to]).toEqual([302, '/fuse/sources?page=2']);
    const cookies = [answer.headers['set-cookie'] ?? []].flat();
    expect(cookies[0]).toMatch(
      /^ronghe_session=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict; Max-Age=43200$/,
    );
    expect(await browser.me()).toMatchObject({
      kind: 'user',
      id: user.id,
      name: 'zhang',
      organisation: 'jx.copper',
    });
    expect(await newest('platform:session:create')).toMatchObject({
      ...{ actor: 'zhang', target: 'user:zhang', after: { by: 'oidc', issuer: `${provider.issuer}/` } },
    });
    expect(await newest('platform:user:link')).toMatchObject({
      target: 'user:zhang',
      organisation: 'jx.copper',
    });
  });

  it('is known by the subject from then on, whatever name the provider gives to whom', async () => {
    const user = await bench.addUser('zhao', 'jx.copper', ['officer']);
    expect((await signIn(known, 'zhao')).to).toBe('/');
    const { browser } = await signIn(known, 'zhao');
    expect((await browser.me()).id).toBe(user.id);
    // Another subject that took the name: at the false provider everybody is `wang`.
    await bench.addUser('wang', 'jx.copper', ['officer']);
    expect((await tell({ claims: { sub: 'first' } })).to).toBe('/');
    expect((await tell({ claims: { sub: 'second' } })).to).toBe(refused('OIDC_PERSON_UNKNOWN'));
    expect(await newest('platform:session:refuse')).toMatchObject({ after: { by: 'oidc', reason: 'taken' } });
    expect((await tell({ claims: { sub: 'first', preferred_username: 'somebody' } })).to).toBe('/');
  });

  it('without a user is refused, or gets one with the configured role and organisation', async () => {
    const stranger = await signIn(known, 'stranger');
    expect(stranger.to).toBe(refused('OIDC_PERSON_UNKNOWN'));
    expect(stranger.browser.cookies.size).toBe(0);
    expect(await newest('platform:session:refuse')).toMatchObject({
      target: 'user:unknown',
      after: { reason: 'unknown' },
    });
    const { browser } = await signIn(open, 'stranger');
    expect(await browser.me()).toMatchObject({
      ...{ name: 'stranger', title: 'stranger 同志', organisation: 'jx.copper', roles: ['officer'] },
    });
    expect(await newest('platform:user:create')).toMatchObject({
      target: 'user:stranger',
      organisation: 'jx.copper',
    });
    expect((await signIn(known, 'stranger')).to).toBe('/');
    expect((await signIn(open, 'not a name')).to).toBe(refused('OIDC_PERSON_UNKNOWN'));
  });

  it('who is disabled here stays outside, before and after they were linked', async () => {
    const user = await bench.addUser('disabled', 'jx.copper', ['officer']);
    const disable = (disabled: boolean) => bench.auth.changeUser(bench.scope, user.id, { disabled });
    await disable(true);
    expect((await signIn(open, 'disabled')).to).toBe(refused('OIDC_PERSON_UNKNOWN'));
    await disable(false);
    const { browser, to } = await signIn(open, 'disabled');
    expect(to).toBe('/');
    await disable(true);
    expect((await browser.get('/api/auth/me')).status).toBe(401);
    expect((await signIn(open, 'disabled')).to).toBe(refused('OIDC_PERSON_UNKNOWN'));
    expect(await newest('platform:session:refuse')).toMatchObject({
      target: 'user:disabled',
      after: { reason: 'disabled' },
    });
  });

  it('never becomes an administrator by a name alone', async () => {
    expect((await signIn(open, 'admin')).to).toBe(refused('OIDC_PERSON_UNKNOWN'));
    expect(await newest('platform:session:refuse')).toMatchObject({
      target: 'user:admin',
      after: { reason: 'administrator' },
    });
  });
});

describe('an answer of the provider', () => {
  const begun = async (): Promise<{ browser: Browser; address: URL }> => {
    const browser = browserAt(open);
    return { browser, address: await signInAt(await browser.start(), 'attacked') };
  };

  it('serves once', async () => {
    const { browser, address } = await begun();
    const cookies = new Map(browser.cookies);
    expect((await browser.back(address)).to).toBe('/');
    for (const [name, value] of cookies) browser.cookies.set(name, value);
    expect((await browser.back(address)).to).toBe(refused('OIDC_FAILED'));
    // The code itself serves once at the provider too: with a state that is still good.
    const again = browserAt(open);
    const next = new URL(await again.start());
    const replayed = new URL(address);
    replayed.searchParams.set('state', next.searchParams.get('state') ?? '');
    expect((await again.back(replayed)).to).toBe(refused('OIDC_FAILED'));
    expect(again.cookies.has('ronghe_session')).toBe(false);
  });

  it('is taken only from the browser that left for it', async () => {
    const { address } = await begun();
    const victim = browserAt(open);
    expect((await victim.back(address)).to).toBe(refused('OIDC_FAILED'));
    await victim.start();
    expect((await victim.back((await begun()).address)).to).toBe(refused('OIDC_FAILED'));
    expect(victim.cookies.has('ronghe_session')).toBe(false);
  });

  it.each([
    ['another state', (address: URL) => address.searchParams.set('state', 'x')],
    ['no state', (address: URL) => address.searchParams.delete('state')],
    ['two states', (address: URL) => address.searchParams.append('state', 'x')],
    ['no code', (address: URL) => address.searchParams.delete('code')],
    ['two codes', (address: URL) => address.searchParams.append('code', 'x')],
    ['another code', (address: URL) => address.searchParams.set('code', 'x')],
    ['another issuer', (address: URL) => address.searchParams.set('iss', 'https://evil.example')],
    ['no issuer', (address: URL) => address.searchParams.delete('iss')],
    ['an error', (address: URL) => address.searchParams.set('error', 'access_denied')],
  ])('with %s is refused', async (_name, change) => {
    const { browser, address } = await begun();
    change(address);
    expect((await browser.back(address)).to).toBe(refused('OIDC_FAILED'));
    expect(browser.cookies.size).toBe(0);
  });

  it('that comes too late is refused', async () => {
    const { browser, address } = await begun();
    bench.pass(OIDC_FLOW_MS);
    expect((await browser.back(address)).to).toBe(refused('OIDC_FAILED'));
  });

  it('leads nowhere outside', async () => {
    for (const to of ['https://evil.example', '//evil.example', '/\\evil.example', '/\t/evil.example'])
      expect((await signIn(open, 'attacked', to)).to).toBe('/');
  });

  it('cannot be asked for without end', async () => {
    const browser = browserAt(open);
    for (let n = 0; n < OIDC_TRIES_PER_MINUTE_MAX; n += 1) await browser.start();
    expect(await browser.start()).toBe(refused('RATE_LIMITED'));
  });
});

/** Signs in at the false provider, which lies as told. */
async function tell(forgery: Forgery) {
  const browser = browserAt(lied);
  const authorization = await browser.start();
  liar.lie(forgery, authorization);
  const address = new URL(OIDC_CLIENT.callback);
  const state = new URL(authorization).searchParams.get('state') ?? '';
  address.search = new URLSearchParams({ code: 'c', state, iss: liar.issuer }).toString();
  return { browser, ...(await browser.back(address)) };
}

describe('an ID token', () => {
  const past = Math.floor(Date.now() / 1000) - 3600;
  it('as it should be is taken', async () => {
    expect((await tell({ claims: { sub: 'honest', preferred_username: 'honest' } })).to).toBe('/');
  });

  it.each<[string, Forgery]>([
    ['without a signature', { algorithm: 'none' }],
    ['signed with a secret algorithm', { algorithm: 'HS256' }],
    ['signed by another key', { foreignKey: true }],
    ['of another issuer', { claims: { iss: 'https://evil.example' } }],
    ['for another audience', { claims: { aud: 'another' } }],
    ['for another party among several', { claims: { aud: ['another', OIDC_CLIENT.id], azp: 'another' } }],
    ['with another nonce', { claims: { nonce: 'another' } }],
    ['without a nonce', { claims: { nonce: undefined } }],
    ['that has ended', { claims: { exp: past } }],
    ['without an end', { claims: { exp: undefined } }],
    ['from the future', { claims: { nbf: past + 9_000 } }],
    ['without a subject', { claims: { sub: undefined } }],
    ['with an empty subject', { claims: { sub: '' } }],
  ])('%s is refused', async (_name, forgery) => {
    const { to, browser } = await tell({
      ...forgery,
      claims: { preferred_username: 'forged', sub: 'forged', ...forgery.claims },
    });
    expect(to).toBe(refused('OIDC_FAILED'));
    expect(browser.cookies.size).toBe(0);
    expect((await bench.auth.users(bench.scope)).some(({ username }) => username === 'forged')).toBe(false);
  });

  it('of a provider that is broken says so', async () => {
    expect((await tell({ status: 500 })).to).toBe(refused('OIDC_UNAVAILABLE'));
    const gone = await bench.frontOf({
      ...{ publicUrl: OIDC_CLIENT.publicUrl, oidcIssuer: 'http://127.0.0.1:1', oidcClientId: 'x' },
    });
    expect(await browserAt(gone).start()).toBe(refused('OIDC_UNAVAILABLE'));
    await gone.close();
  });

  it('of a provider that calls itself something else is never asked for', async () => {
    const fresh = await bench.frontOf({
      ...{ publicUrl: OIDC_CLIENT.publicUrl, oidcIssuer: liar.issuer, oidcClientId: OIDC_CLIENT.id },
    });
    liar.lie({ metadata: { issuer: 'https://evil.example' } }, liar.issuer);
    expect(await browserAt(fresh).start()).toBe(refused('OIDC_UNAVAILABLE'));
    liar.lie({ metadata: { authorization_endpoint: 'javascript:alert(1)' } }, liar.issuer);
    expect(await browserAt(fresh).start()).toBe(refused('OIDC_UNAVAILABLE'));
    await fresh.close();
  });
});
