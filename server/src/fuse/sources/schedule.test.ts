import { afterAll, beforeAll, expect, test } from 'vitest';
import { silentLog } from '#platform/log/log.ts';
import type { FuseTables } from '../fuse.tables.ts';
import { type FuseTest, startFuse } from '../testing/fuse-platform.ts';
import { createSchedule } from './schedule.ts';
import { createSourceStore } from './sources.store.ts';
import { nextRunAt } from './sources.ts';

let fuse: FuseTest;
beforeAll(async () => {
  fuse = await startFuse();
}, 120_000);
afterAll(() => fuse.stop());

test('a schedule counts in China’s time', () => {
  expect(nextRunAt('30 2 * * *', new Date('2026-03-01T00:00:00Z'))?.toISOString()).toBe(
    '2026-03-01T18:30:00.000Z',
  );
  expect(nextRunAt(null, new Date())).toBeNull();
});

test('a due source is run once, however many processes look, and its next time is set', async () => {
  const { platform, domain, system } = fuse;
  system.state.rows = [{ id: 1, qymc: '模拟定时有限公司', xzqhdm: '360111' }];
  const { id } = await domain.sources.register(platform.scope(), {
    ...fuse.parkCloud,
    schedule: '30 2 * * *',
  });
  const db = platform.relational.as<FuseTables>();
  const store = createSourceStore(db);
  const make = (at: string) =>
    createSchedule({
      store,
      opening: { closeAbandoned: async () => {} },
      runs: domain.runs,
      system: platform.scope({ name: 'fuse' }),
      clock: { now: () => new Date(at) },
      log: silentLog(),
    });
  await make(new Date().toISOString()).look();
  expect((await domain.runs.list(platform.scope(), { source: id, limit: 10 })).total).toBe(0);
  const later = new Date(Date.now() + 36 * 3_600_000).toISOString();
  await Promise.all([make(later).look(), make(later).look()]);
  const { items } = await domain.runs.list(platform.scope(), { source: id, limit: 10 });
  expect(items).toHaveLength(1);
  await expect
    .poll(async () => (await domain.runs.get(platform.scope(), items[0]?.id ?? '')).state, {
      timeout: 30_000,
    })
    .toBe('succeeded');
  const [row] = await store.list(platform.scope());
  expect(row?.nextRunAt?.getTime()).toBeGreaterThan(Date.parse(later));
});
