import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ShareTest, startShare } from './share.fixture.ts';

let share: ShareTest;
let nanchang: string;
beforeAll(async () => {
  share = await startShare();
  nanchang = await share.platform.signIn({ organisation: 'jx.nanchang', role: 'officer', kind: 'city' });
  await share.platform.signIn({ organisation: 'jx.ganzhou', role: 'officer', kind: 'city' });
  await share.invent([
    { name: '甲铜业', organisation: 'jx.nanchang', revenue: 100, phone: '0791-88123456' },
    { name: '乙电子', organisation: 'jx.nanchang', revenue: 200 },
    { name: '丙纺织', organisation: 'jx.ganzhou', revenue: null },
  ]);
}, 120_000);
afterAll(() => share?.stop());

test('the administrator sees every enterprise, a city its own', async () => {
  const all = await share.ask({ select: ['name', 'revenue'], sort: [{ by: 'number' }] });
  expect(all.status, all.text).toBe(200);
  expect(all.body.rows).toEqual([
    { name: '甲铜业', revenue: 100 },
    { name: '乙电子', revenue: 200 },
    { name: '丙纺织', revenue: null },
  ]);
  const own = await share.ask({ select: ['name', 'phone'], sort: [{ by: 'number' }] }, nanchang);
  expect(own.status, own.text).toBe(200);
  expect(own.body.rows).toEqual([
    { name: '甲铜业', phone: '0***' },
    { name: '乙电子', phone: null },
  ]);
});

test('rows read are told, or absent: never a number that is not true', async () => {
  const whole = await share.ask({
    select: ['name', 'city'],
    filter: { column: 'name', op: 'contains', value: '铜' },
  });
  expect(whole.body.rows).toHaveLength(1);
  // three enterprises are looked at for one
  if (whole.body.rowsRead !== null) expect(whole.body.rowsRead).toBeGreaterThanOrEqual(3);
  const none = await share.ask({ select: ['name'], filter: { column: 'name', op: 'eq', value: '没有' } });
  expect(none.body.rowsRead).not.toBe(0);
});
