import { describe, expect, it } from 'vitest';
import { readTokenRequest, scopeOfToken, TokenRefusal } from '#platform/auth/access-token.ts';

const GRANT = { grant_type: 'client_credentials' };
const basic = (pair: string) => `Basic ${Buffer.from(pair).toString('base64')}`;
const refusalOf = (work: () => unknown): string => {
  try {
    work();
  } catch (error) {
    if (error instanceof TokenRefusal) return error.error;
    throw error;
  }
  return 'none';
};

describe('a request for a token', () => {
  it('shows id and key in the form or as Basic, where both are form-encoded first', () => {
    const expected = { id: 'a b', secret: 'k:%+' };
    const form = { ...GRANT, client_id: 'a b', client_secret: 'k:%+' };
    expect(readTokenRequest(form, undefined)).toEqual({ ...expected, scope: null });
    expect(readTokenRequest(GRANT, basic('a+b:k%3A%25%2B'))).toEqual({ ...expected, scope: null });
  });

  it('names permissions, separated by spaces', () => {
    const request = (scope: string) => readTokenRequest({ ...GRANT, scope }, basic('a:b')).scope;
    expect([request(''), request(' '), request('x  y ')]).toEqual([null, null, ['x', 'y']]);
  });

  it.each<[Record<string, string>, string | undefined, string]>([
    [{}, basic('a:b'), 'invalid_request'],
    [{ grant_type: 'password' }, basic('a:b'), 'unsupported_grant_type'],
    [{ grant_type: 'authorization_code' }, basic('a:b'), 'unsupported_grant_type'],
    [GRANT, undefined, 'invalid_client'],
    [{ ...GRANT, client_id: 'a' }, undefined, 'invalid_client'],
    [{ ...GRANT, client_secret: 'b' }, undefined, 'invalid_client'],
    [GRANT, 'Bearer abc', 'invalid_client'],
    [GRANT, 'Basic', 'invalid_client'],
    [GRANT, basic('a'), 'invalid_client'],
    [GRANT, basic(':b'), 'invalid_client'],
    [GRANT, basic('a:'), 'invalid_client'],
    [GRANT, basic('a:%zz'), 'invalid_client'],
    [{ ...GRANT, client_id: 'a', client_secret: 'b' }, basic('a:b'), 'invalid_request'],
    [{ ...GRANT, client_id: 'c' }, basic('a:b'), 'invalid_request'],
    [{ ...GRANT, client_id: 'a' }, basic('a:b'), 'none'],
  ])('%j with %s: %s', (body, authorization, expected) => {
    expect(refusalOf(() => readTokenRequest(body, authorization))).toBe(expected);
  });
});

describe('the permissions of a token', () => {
  const has = new Set(['platform:key:read', 'platform:audit:read'] as const);

  it('are all of the key, or those asked for', () => {
    expect(scopeOfToken(null, has)).toEqual(['platform:audit:read', 'platform:key:read']);
    expect(scopeOfToken(['platform:key:read', 'platform:key:read'], has)).toEqual(['platform:key:read']);
  });

  it.each([['platform:user:read'], ['*'], ['constructor'], ['openid']])('never %s', (name) => {
    expect(refusalOf(() => scopeOfToken(['platform:key:read', name], has))).toBe('invalid_scope');
  });
});
