import type { Permission } from '@ronghe/contracts';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { type ShareTest, startShare } from '../share.fixture.ts';

// What is kept between two questions must never be seen after it ended: each test asks until everything is in memory, then changes one thing.
let share: ShareTest;
let token: string;
let keyId: string;
let count = 0;
const RIGHTS: Permission[] = ['share:dataset:read', 'fuse:enterprise:read'];
beforeAll(async () => {
  share = await startShare();
  await share.platform.signIn({ organisation: 'jx.nanchang', role: 'officer', kind: 'city' });
  await share.platform.signIn({ organisation: 'jx.ganzhou', role: 'officer', kind: 'city' });
  await share.invent([
    { name: '甲铜业', organisation: 'jx.nanchang', revenue: 100, phone: '13800000001' },
    { name: '乙电子', organisation: 'jx.ganzhou', revenue: 200 },
  ]);
}, 120_000);
beforeEach(async () => {
  count += 1;
  ({ token, id: keyId } = await share.key('jx.nanchang', RIGHTS, `app ${count}`));
});
afterAll(() => share?.stop());

const QUESTION = { select: ['name', 'revenue', 'phone'], sort: [{ by: 'name', order: 'asc' }] };
const asked = (more: object = {}) => share.ask({ ...QUESTION, ...more }, token);
const names = async () => (await asked()).body.rows.map(({ name }) => name);

/** Asks until the answer comes from memory, ready to be sent. */
async function remembered() {
  for (let time = 0; time < 4; time += 1) await asked();
  const { body } = await asked();
  // the engine took no time for it
  expect(body).toMatchObject({ elapsedMs: 0 });
  return body;
}

const grant = (more: object) =>
  share.call<{ id: string }>('POST', '/api/share/policies', {
    payload: {
      ...{ name: `授权 ${count}`, effect: 'grant', dataset: 'enterprises', organisation: 'jx.ganzhou' },
      subject: { kind: 'key', id: keyId },
      ...more,
    },
  });

test('a remembered answer is the answer, with its grade in the headers', async () => {
  const first = await asked();
  await remembered();
  const { rowsRead: _rows, elapsedMs: _ms, ...told } = first.body;
  const again = await asked();
  expect(again.body).toMatchObject(told);
  expect([again.headers['x-data-grade'], again.headers['x-data-level']]).toEqual([
    first.headers['x-data-grade'],
    first.headers['x-data-level'],
  ]);
  expect(again.headers['content-type']).toBe('application/json; charset=utf-8');
});

test('a key that was revoked is answered nothing from memory', async () => {
  await remembered();
  expect((await share.call('DELETE', `/api/auth/keys/${keyId}`)).status).toBeLessThan(300);
  expect((await asked()).status).toBe(401);
});

test('a key that lost a right is answered by what it still has', async () => {
  await remembered();
  const patch = { permissions: ['fuse:enterprise:read'] };
  const answer = await share.http.inject({
    method: 'PATCH',
    url: `/api/auth/keys/${keyId}`,
    payload: patch,
    headers: { authorization: `Bearer ${share.admin}` },
  });
  expect(answer.statusCode, answer.body).toBe(200);
  expect((await asked()).status).toBe(403);
});

test('a policy that begins, and one that is gone, count with the next question', async () => {
  await remembered();
  expect(await names()).not.toContain('乙电子');
  const made = await grant({});
  expect(made.status, made.text).toBeLessThan(300);
  expect(await names()).toContain('乙电子');
  await remembered();
  const gone = await share.call('POST', `/api/share/policies/${made.body.id}/revoke`, {
    payload: { reason: 'x' },
  });
  expect(gone.status).toBeLessThan(300);
  expect(await names()).not.toContain('乙电子');
});

test('a policy that ends by the clock grants nothing a moment later', async () => {
  const until = new Date(Date.now() + 3_000).toISOString();
  const made = await grant({ until });
  expect(made.status, made.text).toBeLessThan(300);
  expect(await names()).toContain('乙电子');
  await expect.poll(names, { timeout: 10_000 }).not.toContain('乙电子');
  expect(Date.now()).toBeGreaterThanOrEqual(Date.parse(until));
});

test('a row that changes is in the next answer, whoever changed it', async () => {
  await remembered();
  await share.invent([{ name: `丙纺织 ${count}`, organisation: 'jx.nanchang' }]);
  expect(await names()).toContain(`丙纺织 ${count}`);
});

test('a quota counts answers from memory too', async () => {
  const made = await grant({ organisation: 'jx.nanchang', quota: { requests: 8 } });
  expect(made.status, made.text).toBeLessThan(300);
  const statuses: number[] = [];
  for (let time = 0; time < 10; time += 1) statuses.push((await asked()).status);
  expect(statuses).toEqual([200, 200, 200, 200, 200, 200, 200, 200, 429, 429]);
});

test('another caller with the same question gets their own rows', async () => {
  await remembered();
  const other = await share.key('jx.ganzhou', RIGHTS, `other ${count}`);
  for (let time = 0; time < 4; time += 1) {
    const { body } = await share.ask(QUESTION, other.token);
    expect(body.rows.map(({ name }) => name)).toEqual(['乙电子']);
  }
});

test('the same question asked by many at once is answered to each, and noted for each', async () => {
  const before = (await share.call<{ items: { requests: number }[] }>('GET', '/api/share/usage?by=dataset'))
    .body;
  const answers = await Promise.all(Array.from({ length: 40 }, () => asked({ limit: 7 })));
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
  expect(new Set(answers.map(({ body }) => JSON.stringify(body.rows))).size).toBe(1);
  const after = (await share.call<{ items: { requests: number }[] }>('GET', '/api/share/usage?by=dataset'))
    .body;
  const sum = ({ items }: typeof after) => items.reduce((total, { requests }) => total + requests, 0);
  expect(sum(after) - sum(before)).toBe(40);
});
