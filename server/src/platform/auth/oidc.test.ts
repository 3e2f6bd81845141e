import { describe, expect, it } from 'vitest';
import { oidcSettings, ownAddress, personOf } from '#platform/auth/oidc.ts';
import { loadConfig } from '#platform/config/config.ts';
import { AppError } from '#platform/errors/errors.ts';

const settingsOf = (environment: Record<string, string>) =>
  oidcSettings(loadConfig({ environment, file: 'nowhere.yaml' }));
const faultsOf = (environment: Record<string, string>): string[] => {
  try {
    settingsOf(environment);
  } catch (error) {
    if (error instanceof AppError) return (error.details ?? []).map(({ path }) => path);
    throw error;
  }
  return [];
};
const FULL = {
  RONGHE_OIDC_ISSUER: 'https://id.example/realms/a',
  RONGHE_OIDC_CLIENT_ID: 'ronghe',
  RONGHE_PUBLIC_URL: 'https://ronghe.example/',
};
const ADDING = { ...FULL, RONGHE_OIDC_NEW_PEOPLE: 'add', RONGHE_OIDC_ORGANISATION: 'jx.copper' };

describe('the settings of a provider', () => {
  it('are off without an issuer, and lead back to the public address', () => {
    expect(settingsOf({})).toBeNull();
    expect(settingsOf({ ...FULL, RONGHE_OIDC_SCOPES: 'profile, email' })).toMatchObject({
      ...{ redirectUri: 'https://ronghe.example/api/auth/oidc/callback', scope: 'openid profile email' },
      ...{ clientSecret: null, newPeople: null },
    });
  });

  it('name what is missing or too much', () => {
    expect(faultsOf({ RONGHE_OIDC_ISSUER: 'http://id.example' })).toEqual([
      ...['oidcIssuer', 'oidcClientId', 'publicUrl'],
    ]);
    expect(faultsOf({ ...FULL, RONGHE_OIDC_NEW_PEOPLE: 'add' })).toEqual(['oidcOrganisation', 'oidcRole']);
    for (const role of ['administrator', 'none', 'constructor'])
      expect(faultsOf({ ...ADDING, RONGHE_OIDC_ROLE: role })).toEqual(['oidcRole']);
    expect(settingsOf({ ...ADDING, RONGHE_OIDC_ROLE: 'officer' })?.newPeople).toEqual({
      ...{ organisation: 'jx.copper', role: 'officer' },
    });
  });
});

it.each([
  ['/fuse/sources?page=2#rows', '/fuse/sources?page=2#rows'],
  ['/', '/'],
  [undefined, '/'],
  ['', '/'],
  ['https://evil.example/', '/'],
  ['//evil.example', '/'],
  ['/\\evil.example', '/'],
  ['/\t/evil.example', '/'],
  ['/\n//evil.example', '/'],
  ['/.//evil.example', '/'],
  ['/x/..//evil.example', '/'],
  ['javascript:alert(1)', '/'],
  ['/api/auth/oidc/start', '/'],
  ['/x\r\nset-cookie: a=b', '/xset-cookie:%20a=b'],
])('%j leads to %j', (to, expected) => expect(ownAddress(to)).toBe(expected));

it('reads a person only from texts, and a name only when it is one of ours', () => {
  const claims = { sub: 's', preferred_username: ' Wang.Li ', name: '王力' };
  expect(personOf(claims, 'preferred_username')).toEqual({
    subject: 's',
    username: 'wang.li',
    title: '王力',
  });
  for (const value of ['a', 'x y', "'; drop", 'a@b.example', 7, null, ['wang'], { a: 1 }, undefined])
    expect(personOf({ sub: 's', preferred_username: value }, 'preferred_username').username).toBeNull();
  expect(personOf({ sub: 's' }, 'constructor').username).toBeNull();
});
