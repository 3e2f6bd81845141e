import type { AlertRule, AlertTrialAnswer } from '@ronghe/contracts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ApplyTest, hot, OTHER_PLANT, PLANT, startApply } from './apply.fixture.ts';

let house: ApplyTest;
beforeAll(async () => {
  house = await startApply();
  await house.applying.evaluation.run();
}, 120_000);
afterAll(() => house?.stop());

/** A point with readings, and a rule over it. */
async function watched(device: string, readings: readonly (readonly [number, number])[], more: object = {}) {
  await house.write(device, readings);
  const point = await house.point(device);
  const rule = await house.rule(hot([point.id], { name: device, ...more }));
  expect(rule.status, rule.text).toBe(201);
  return { point, rule: rule.body };
}
const of = (rule: AlertRule) => house.alerts(`?rule=${rule.id}`);

describe('an alert', () => {
  test('fires, tells why, is acknowledged once, and ends', async () => {
    const { point, rule } = await watched('furnace1', [[30, 70]]);
    await house.evaluate();
    expect(await of(rule)).toEqual([]);
    await house.write('furnace1', [[5, 91]]);
    await house.evaluate();
    const [alert] = await of(rule);
    expect(alert).toMatchObject({
      ...{ colour: 'orange', state: 'open', value: 91, point: point.id, ruleName: 'furnace1' },
      ...{ organisation: PLANT, times: 1, acknowledgedBy: null },
    });

    const told = await house.explain(alert?.id ?? '');
    expect(told.body.rule.condition).toEqual({ kind: 'above', limit: 80, clear: 75 });
    expect(told.body.readings.map(({ value }) => value)).toEqual([70, 91]);
    expect(told.body.events.map(({ kind }) => kind)).toEqual(['fired']);

    const seen = { alerts: [alert?.id], note: '已派人检查' };
    const first = await house.call('POST', '/api/apply/alerts/acknowledge', { payload: seen });
    expect(first.body).toEqual({ acknowledged: 1, already: 0 });
    const second = await house.call('POST', '/api/apply/alerts/acknowledge', { payload: seen });
    expect(second.body).toEqual({ acknowledged: 0, already: 1 });

    await house.write('furnace1', [[1, 60]]);
    await house.evaluate();
    const [ended] = await of(rule);
    expect(ended).toMatchObject({ state: 'ended', endValue: 60, note: '已派人检查' });
    expect((await house.explain(alert?.id ?? '')).body.events.map(({ kind }) => kind)).toEqual([
      'fired',
      'acknowledged',
      'ended',
    ]);
  });

  test('that comes back within a minute is the same one', async () => {
    const { rule } = await watched('tremble', [[40, 91]]);
    await house.evaluate();
    await house.write('tremble', [
      [30, 70],
      [20, 91],
      [10, 70],
    ]);
    await house.evaluate();
    await house.write('tremble', [[5, 91]]);
    await house.evaluate();
    const alerts = await of(rule);
    expect(alerts).toHaveLength(1);
    expect(alerts[0]).toMatchObject({ state: 'open', times: 3, endedAt: null });
  });

  test('tells when it began and when it had held long enough, by the time of the source', async () => {
    const { rule } = await watched(
      'late',
      [
        [600, 95],
        [100, 95],
      ],
      { forSeconds: 300 },
    );
    await house.evaluate();
    const [alert] = await of(rule);
    expect(Date.parse(alert?.firedAt ?? '') - Date.parse(alert?.since ?? '')).toBe(300_000);
  });

  test('ends when its rule changes what it asks, and not when only the name changes', async () => {
    const { rule } = await watched('renamed', [[10, 95]]);
    await house.evaluate();
    const { id, version, state, madeBy, madeAt, open, ...content } = rule;
    const change = (more: object, basedOn: number) =>
      house.call<AlertRule>('PUT', `/api/apply/alert-rules/${id}`, {
        payload: { ...content, ...more, basedOn },
      });
    const named = await change({ name: '新名称' }, version);
    expect(named.body).toMatchObject({ version: 2, open: 1 });
    await house.evaluate();
    expect((await of(rule)).map((alert) => alert.state)).toEqual(['open']);
    expect((await change({ name: 'x' }, version)).status).toBe(409);
    const higher = await change({ condition: { kind: 'above', limit: 100 } }, 2);
    expect(higher.body.open).toBe(0);
    await house.evaluate();
    expect((await of(rule)).map((alert) => alert.state)).toEqual(['ended']);
    const removed = await house.call('DELETE', `/api/apply/alert-rules/${id}`);
    expect(removed.status).toBe(200);
    expect((await house.call('GET', `/api/apply/alert-rules/${id}`)).status).toBe(404);
  });

  test('by what is looked for finds new points and lets go of none', async () => {
    await house.write('pump-a', [[10, 95]]);
    const rule = await house.rule(hot([], { name: 'pumps', watch: { search: 'pump-' } }));
    expect(rule.status, rule.text).toBe(201);
    await house.evaluate();
    expect(await of(rule.body)).toHaveLength(1);
  });
});

test('what was stored while nobody evaluated is looked at afterwards, once', async () => {
  const { rule } = await watched('asleep', [[100, 70]]);
  await house.evaluate();
  await house.write('asleep', [
    [90, 95],
    [80, 70],
  ]);
  const after = house.applying.evaluation;
  await Promise.all([house.evaluate(after), house.evaluate(after)]);
  await house.evaluate();
  expect((await of(rule)).map(({ state, times }) => [state, times])).toEqual([['ended', 1]]);
});

test('a history that comes at once tells each trouble in it', async () => {
  const { rule } = await watched('history', [[2_000, 70]]);
  await house.evaluate();
  await house.write('history', [
    [1_800, 95],
    [1_700, 70],
    [1_000, 96],
    [990, 70],
    [980, 97],
    [900, 70],
    [500, 98],
  ]);
  await house.evaluate();
  const alerts = await of(rule);
  expect(alerts.map(({ value, state, times }) => [value, state, times]).sort()).toEqual([
    [95, 'ended', 1],
    [96, 'ended', 2],
    [98, 'open', 1],
  ]);
});

test('a rule that fires everywhere lists so many and counts the rest', async () => {
  const lines = Array.from({ length: 620 }, (_, at) => `storm,n=${at} v=95 ${Date.now() - 5_000}`);
  const answer = await house.http.inject({
    method: 'POST',
    url: '/api/v2/write?org=o&bucket=b&precision=ms',
    payload: lines.join('\n'),
    headers: { authorization: `Token ${house.engineer}`, 'content-type': 'text/plain' },
  });
  expect(answer.statusCode, answer.body).toBe(204);
  const rule = await house.rule(hot([], { name: 'storm', watch: { search: 'storm' } }));
  await house.evaluate();
  const page = await house.call<{ total: number }>('GET', `/api/apply/alerts?rule=${rule.body.id}&limit=1`);
  expect(page.body.total).toBe(500);
  const kept = await house.call<AlertRule>('GET', `/api/apply/alert-rules/${rule.body.id}`);
  expect(kept.body.open).toBe(620);
});

test('a point that is found no more lets go of its alert, once', async () => {
  await house.write('leaving', [[10, 95]]);
  const rule = await house.rule(hot([], { name: 'leaving', watch: { search: 'leaving' } }));
  await house.evaluate();
  const [open] = await of(rule.body);
  expect(open?.state).toBe('open');
  const db = house.platform.relational.as<{ 'collect.point_group': { organisation: string; key: string } }>();
  await db
    .updateTable('collect.point_group')
    .set({ organisation: OTHER_PLANT })
    .where('key', 'like', 'leaving%')
    .execute();
  for (let look = 0; look < 3; look += 1) {
    house.later(61);
    await house.evaluate();
  }
  const told = await house.explain(open?.id ?? '');
  expect(told.body.events.map(({ kind }) => kind)).toEqual(['fired', 'ended']);
});

test('what is over for more than two years is deleted, what is open stays', async () => {
  const { rule } = await watched('ancient', [[10, 95]]);
  await house.evaluate();
  await house.write('ancient', [[1, 60]]);
  await house.evaluate();
  await watched('standing', [[10, 95]]);
  await house.evaluate();
  const tidy = async () => {
    const id = await house.platform.jobs.startByHand(house.platform.scope(), 'apply.delete-expired');
    return (await house.platform.jobs.wait(house.platform.scope(), id)).result;
  };
  await house.platform.jobs.start();
  expect(await tidy()).toMatchObject({ alerts: 0 });
  const open = (await house.alerts('?state=open')).length;
  house.later(732 * 86_400);
  expect(Number((await tidy())?.alerts)).toBeGreaterThan(0);
  house.later(-732 * 86_400);
  expect(await of(rule)).toEqual([]);
  expect(await house.alerts('?state=open')).toHaveLength(open);
});

describe('a trial', () => {
  const from = () => new Date(Date.now() - 3_600_000).toISOString();
  const to = () => new Date().toISOString();
  test('tells what would have fired, and saves nothing', async () => {
    await house.write('tried', [
      [600, 70],
      [500, 95],
      [400, 70],
      [200, 99],
    ]);
    const point = await house.point('tried');
    const payload = { rule: hot([point.id], { name: 'trial' }), from: from(), to: to() };
    const answer = await house.call<AlertTrialAnswer>('POST', '/api/apply/alert-rules/try', { payload });
    expect(answer.body).toMatchObject({ points: 1, samples: 4, alerts: 2, openAtEnd: 1 });
    expect(answer.body.items.map(({ value, endedAt }) => [value, endedAt === null])).toEqual([
      [95, false],
      [99, true],
    ]);
    const rules = await house.call<{ total: number }>('GET', '/api/apply/alert-rules?search=trial');
    expect(rules.body.total).toBe(0);
  });

  test('refuses times that make no sense', async () => {
    const point = await house.point('tried');
    const payload = { rule: hot([point.id]), from: to(), to: from() };
    expect((await house.call('POST', '/api/apply/alert-rules/try', { payload })).status).toBe(400);
  });
});

describe('a rule that cannot be', () => {
  test.each([
    [{ condition: { kind: 'above', limit: 80, clear: 90 } }, 'ALERT_RULE_INVALID'],
    [{ condition: { kind: 'below', limit: 80, clear: 70 } }, 'ALERT_RULE_INVALID'],
    [{ condition: { kind: 'outside', low: 9, high: 3 } }, 'ALERT_RULE_INVALID'],
    [{ condition: { kind: 'outside', low: 1, high: 3, margin: 2 } }, 'ALERT_RULE_INVALID'],
    [
      { condition: { kind: 'silent', seconds: 60 }, missing: { behaviour: 'alert', seconds: 60 } },
      'ALERT_RULE_INVALID',
    ],
    [{ watch: { points: [99_999_999] } }, 'POINT_UNKNOWN'],
    [{ watch: {} }, 'REQUEST_INVALID'],
    [{ condition: { kind: 'drop table' } }, 'REQUEST_INVALID'],
    [{ colour: 'purple' }, 'REQUEST_INVALID'],
    [{ id: 'mine' }, 'REQUEST_INVALID'],
  ])('%j is %s', async (more, code) => {
    await house.write('faulty', [[10, 1]]);
    const point = await house.point('faulty');
    const answer = await house.call<{ error: { code: string } }>('POST', '/api/apply/alert-rules', {
      payload: hot([point.id], more),
    });
    expect(answer.body.error?.code, answer.text).toBe(code);
  });
});

describe('another plant', () => {
  test('sees, changes and acknowledges nothing, and has no point of others watched', async () => {
    const { point, rule } = await watched('secret', [[10, 95]]);
    await house.evaluate();
    const [alert] = await of(rule);
    const token = house.other;
    expect(await house.alerts(`?rule=${rule.id}`, token)).toEqual([]);
    expect(await house.alerts(`?organisation=${PLANT}`, token)).toEqual([]);
    const strange = [
      await house.explain(alert?.id ?? '', token),
      await house.call('GET', `/api/apply/alert-rules/${rule.id}`, { token }),
      await house.call('DELETE', `/api/apply/alert-rules/${rule.id}`, { token }),
      await house.call('PUT', `/api/apply/alert-rules/${rule.id}`, {
        token,
        payload: { ...hot([point.id], { organisation: OTHER_PLANT }), basedOn: 1 },
      }),
      await house.rule(hot([point.id], { organisation: OTHER_PLANT }), token),
      await house.rule(hot([point.id]), token),
      await house.call('POST', '/api/apply/alerts/acknowledge', {
        token,
        payload: { alerts: [alert?.id] },
      }),
    ];
    expect(strange.map(({ status }) => status)).toEqual([404, 404, 404, 404, 404, 404, 404]);
    for (const { text } of strange) expect(text).not.toContain('secret');
    const looked = await house.rule(
      hot([], { organisation: OTHER_PLANT, watch: { search: 'secret' } }),
      token,
    );
    expect(looked.status).toBe(201);
    await house.evaluate();
    expect(await house.alerts('', token)).toEqual([]);
    expect((await of(rule))[0]?.acknowledgedBy).toBeNull();
  });
});
