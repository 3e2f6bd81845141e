import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AuthBench, PASSWORD, startAuthBench } from '#platform/auth/auth.testing.ts';

let bench: AuthBench;
beforeAll(async () => {
  bench = await startAuthBench({
    adminPassword: undefined,
    organisationPath: 'yz',
    organisationName: '某省',
  });
});
afterAll(() => bench.stop());

describe('the first start without a configured password', () => {
  it('makes one administrator and tells one password once, also when several processes start at once', async () => {
    const answers = await Promise.all([1, 2, 3].map(() => bench.anotherAuth().bootstrap()));
    const passwords = answers.map(({ password }) => password).filter((password) => password !== null);
    expect(passwords).toHaveLength(1);
    const { status, body } = await bench.login('admin', passwords[0] ?? '');
    expect(status).toBe(200);
    expect(body.me).toMatchObject({ organisation: 'yz', organisationName: '某省' });
    expect(await bench.auth.bootstrap()).toEqual({ password: null });
    const log = await bench.audit.list(bench.scope, { limit: 10, search: 'bootstrap' });
    expect(log.items.map(({ action }) => action)).toEqual([
      'platform:user:create',
      'platform:organisation:create',
    ]);
    expect(JSON.stringify(log)).not.toContain(passwords[0]);
    expect((await bench.login('admin', PASSWORD)).status).toBe(401);
  });
});
