import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { FuseTables } from './fuse.tables.ts';
import { fuse as buildFuse } from './index.ts';
import { createLanding } from './sources/landing.service.ts';
import { createUnscopedLandingStore } from './sources/landing.store.ts';
import { createRunStore } from './sources/runs.store.ts';
import { createSourceStore } from './sources/sources.store.ts';
import { type FuseTest, inventCode, startFuse } from './testing/fuse-platform.ts';

let fuse: FuseTest;
let source: string;
const rows = Array.from({ length: 4 }, (_, index) => ({
  id: index,
  qymc: `模拟${index}号有限公司`,
  tyshxydm: inventCode(`9000000${index}`),
  xzqhdm: '360111',
}));
beforeAll(async () => {
  fuse = await startFuse();
  source = (await fuse.domain.sources.register(fuse.platform.scope(), fuse.parkCloud)).id;
  fuse.system.state.rows = rows;
}, 120_000);
afterAll(() => fuse.stop());

const landed = () =>
  fuse.platform.analytics.query<{ row_key: string; change: string }>(
    'select row_key, change from fuse.landing order by row_key, received_at',
  );

test('a run that breaks off half way keeps what landed, and the next run completes the work', async () => {
  fuse.system.state.onPage = async (page) => {
    if (page === 2) throw new Error('the system broke');
  };
  const broken = await fuse.run(source);
  expect(broken).toMatchObject({ state: 'failed', rowsLanded: 2, enterprisesCreated: 0 });
  expect(broken.error).toMatch(/500/);
  fuse.system.state.onPage = async () => {};
  const run = await fuse.run(source);
  expect(run).toMatchObject({ state: 'succeeded', rowsNew: 2, rowsUnchanged: 2, enterprisesCreated: 4 });
  expect((await landed()).map(({ row_key }) => row_key)).toEqual(['0', '1', '2', '3']);
}, 60_000);

test('a process that dies right after writing to ClickHouse does not make the next one write twice', async () => {
  const { platform } = fuse;
  const db = platform.relational.as<FuseTables>();
  const definition = await createSourceStore(db).find(platform.scope(), source);
  const [run] = (await createRunStore(db).list(platform.scope(), { limit: 1 })).items;
  const opened = run ? await createRunStore(db).find(platform.scope(), run.id) : null;
  if (!definition || !opened) throw new Error('the source has no run');
  const dies = {
    ...platform.analytics,
    insert: async (...request: Parameters<typeof platform.analytics.insert>) => {
      await platform.analytics.insert(...request);
      throw new Error('killed');
    },
  };
  const landing = createLanding(
    { db, analytics: dies, clock: platform.clock },
    { id: opened.id, number: opened.number, source: definition },
  );
  await expect(landing.land([{ ...rows[0], qymc: '改名有限公司' }])).rejects.toThrow('killed');
  const after = (await landed()).filter(({ change }) => change === 'changed');
  expect(after).toHaveLength(1);
  await createUnscopedLandingStore(db, platform.analytics).flush(source);
  expect((await landed()).filter(({ change }) => change === 'changed')).toHaveLength(1);
  expect(await db.selectFrom('fuse.outbox').selectAll().execute()).toEqual([]);
});

test('a run whose process is killed is marked failed at the next start, not while it lives', async () => {
  const { platform } = fuse;
  const store = createRunStore(platform.relational.as<FuseTables>());
  const run = platform.ids.next();
  await store.reserve(platform.scope(), { id: run, source, requestedBy: 'tester', at: new Date() });
  const child = spawn(
    process.execPath,
    [
      '--import',
      'tsx',
      join(import.meta.dirname, 'testing/dying-run.ts'),
      platform.config.postgresUrl ?? '',
      run,
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  try {
    const [said] = (await once(child.stdout, 'data')) as [Buffer];
    expect(said.toString()).toBe('begun\n');
    await expect(fuse.domain.runs.start(platform.scope(), source)).rejects.toMatchObject({
      code: 'RUN_ACTIVE',
    });
    child.kill('SIGKILL');
    await once(child, 'exit');
  } finally {
    child.kill('SIGKILL');
  }
  const second = buildFuse({ ...platform, jobs: { ...platform.jobs, define: () => {} } });
  await expect
    .poll(async () => {
      await second.start?.();
      await second.stop?.();
      return (await fuse.domain.runs.get(platform.scope(), run)).state;
    })
    .toBe('failed');
  expect((await fuse.domain.runs.get(platform.scope(), run)).error).toContain('中断');
  expect(await fuse.run(source)).toMatchObject({ state: 'succeeded' });
}, 60_000);
