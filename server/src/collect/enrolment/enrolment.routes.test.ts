import type { Collector, CollectorWithCode, EnrolmentAnswer, EnrolmentCode } from '@ronghe/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FleetFixture, OTHER, PLANT, startFleet } from '../fleet.fixture.ts';
import { newCode } from './enrolment.ts';

let fleet: FleetFixture;
beforeAll(async () => {
  fleet = await startFleet();
});
afterAll(() => fleet.stop());

const register = (name: string, token?: string) =>
  fleet.call<CollectorWithCode>('POST', '/api/collect/enrolments', {
    ...(token === undefined ? {} : { token }),
    body: { name, title: name, organisation: PLANT },
  });
const enrol = (code: string) =>
  fleet.call<EnrolmentAnswer & { error: { code: string } }>('POST', '/api/collect/enrol', {
    token: null,
    body: { code },
  });
const audited = async () =>
  JSON.stringify(await fleet.platform.audit.list(fleet.platform.scope(), { limit: 100 }));

describe('a one-time code', () => {
  it('is traded once for a key that delivers for this collector only', async () => {
    const { status, body } = await register('first');
    expect(status).toBe(201);
    expect(body.collector).toMatchObject({ name: 'first', organisation: PLANT, state: 'never-seen' });
    expect(Date.parse(body.enrolment.expiresAt)).toBeGreaterThan(Date.now() + 3_500_000);

    const answer = await enrol(body.enrolment.code.toLowerCase().replaceAll('-', ' '));
    expect(answer).toMatchObject({ status: 200, body: { collector: 'first' } });
    const scope = await fleet.platform.auth.scopeOfKey(answer.body.key, '127.0.0.1');
    expect(scope?.organisation).toBe(PLANT);
    expect([...(scope?.permissions ?? [])].sort()).toEqual([
      'collect:point:write',
      'ingest:observation:write',
    ]);

    expect(await enrol(body.enrolment.code)).toMatchObject({
      status: 403,
      body: { error: { code: 'ENROLMENT_REFUSED' } },
    });
    const log = await audited();
    expect(log).toContain('collect:enrolment:create');
    expect(log).toContain('collect:collector:enrol');
    expect(log).not.toContain(body.enrolment.code);
    expect(log).not.toContain(answer.body.key);
  });

  it('used by two at the same moment gives one key', async () => {
    const { body } = await register('raced');
    const answers = await Promise.all([1, 2, 3, 4].map(() => enrol(body.enrolment.code)));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 403, 403, 403]);
    const keys = await fleet.platform.auth.keys(fleet.platform.scope());
    const live = keys.filter(({ name, revokedAt }) => name === 'collector raced' && revokedAt === null);
    expect(live).toHaveLength(1);
  });

  it('made anew makes the one before worthless, and its use revokes the key so far', async () => {
    const { body } = await register('renewed');
    const first = await enrol(body.enrolment.code);
    const unused = await fleet.call<EnrolmentCode>('POST', '/api/collect/collectors/renewed/enrolment');
    const again = await fleet.call<EnrolmentCode>('POST', '/api/collect/collectors/renewed/enrolment');
    expect(await enrol(unused.body.code)).toMatchObject({ status: 403 });
    expect(await fleet.platform.auth.scopeOfKey(first.body.key, '127.0.0.1')).not.toBeNull();
    const second = await enrol(again.body.code);
    expect(second.status).toBe(200);
    expect(await fleet.platform.auth.scopeOfKey(first.body.key, '127.0.0.1')).toBeNull();
    expect(await fleet.platform.auth.scopeOfKey(second.body.key, '127.0.0.1')).not.toBeNull();
  });

  it('ends after an hour', async () => {
    const { body } = await register('late');
    await fleet.platform.relational
      .as<{ 'collect.enrolment': { collector: string; expires_at: Date } }>()
      .updateTable('collect.enrolment')
      .set({ expires_at: new Date(Date.now() - 1) })
      .where('collector', '=', 'late')
      .execute();
    expect(await enrol(body.enrolment.code)).toMatchObject({ status: 403 });
  });

  it('is not made by who may not, nor for a collector of others', async () => {
    expect(await register('forbidden', fleet.tokens.officer)).toMatchObject({ status: 403 });
    expect(await register('elsewhere', fleet.tokens.stranger)).toMatchObject({ status: 404 });
    await register('mine');
    expect(
      await fleet.call('POST', '/api/collect/collectors/mine/enrolment', { token: fleet.tokens.stranger }),
    ).toMatchObject({ status: 404, body: { error: { code: 'COLLECTOR_UNKNOWN' } } });
    expect(await fleet.call<Collector>('GET', '/api/collect/collectors/mine')).toMatchObject({ status: 200 });
    expect(OTHER).not.toBe(PLANT);
  });

  it('cannot be guessed: after 30 wrong ones in a minute the address is refused', async () => {
    const { body } = await register('guarded');
    const codes: string[] = [];
    for (let tries = 0; tries < 40; tries += 1) codes.push((await enrol(newCode())).body.error.code);
    expect(codes.at(-1)).toBe('RATE_LIMITED');
    expect(codes).toContain('ENROLMENT_REFUSED');
    expect(await enrol(body.enrolment.code)).toMatchObject({ status: 429 });
  });
});
