import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { FuseTables } from './fuse.tables.ts';
import { fuse as buildFuse } from './index.ts';
import { createRunStore } from './sources/runs.store.ts';
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

test('a source that dies half way leaves nothing that anybody reads, and the next run brings everything', async () => {
  fuse.system.state.onPage = async (page) => {
    if (page === 2) throw new Error('the system broke');
  };
  const broken = await fuse.run(source);
  expect(broken).toMatchObject({ state: 'failed', stage: 'deliver', rowsLanded: 0, enterprisesCreated: 0 });
  expect(broken.error).toMatch(/500/);
  expect(await landed()).toEqual([]);
  fuse.system.state.onPage = async () => {};
  const run = await fuse.run(source);
  expect(run).toMatchObject({ state: 'succeeded', rowsNew: 4, rowsUnchanged: 0, enterprisesCreated: 4 });
  expect((await landed()).map(({ row_key }) => row_key)).toEqual(['0', '1', '2', '3']);
}, 60_000);

test('a run whose process is killed is marked failed at the next start, not while it lives', async () => {
  const { platform } = fuse;
  const store = createRunStore(platform.relational.as<FuseTables>());
  const run = platform.ids.next();
  await store.reserve(platform.scope(), {
    id: run,
    source,
    requestedBy: 'tester',
    at: new Date(),
    stage: 'deliver',
    mode: 'full',
    from: 'source',
    mapping: 1,
    delivered: null,
  });
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
