import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { type Kysely, sql } from 'kysely';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { AppError } from '#platform/errors/errors.ts';
import type { JobTables } from '#platform/jobs/job.store.ts';
import { aborted, jobsOn, scopeOf, signal } from '#platform/jobs/jobs.testing.ts';
import type { JobDefinition, Jobs } from '#platform/jobs/jobs.ts';
import { platformMigrations } from '#platform/migrations.ts';
import { startTestEngines, type TestEngines } from '#platform/testing/engines.ts';

let engines: TestEngines;
let db: Kysely<JobTables>;
const root = scopeOf('jx');
const title = { zh: '测试', en: 'Test' };
const started: Jobs[] = [];

/** A server process of its own with these kinds, started; stopped after the test. */
async function processWith(...definitions: (Pick<JobDefinition, 'kind' | 'run'> & Partial<JobDefinition>)[]) {
  const process = jobsOn(engines.relational);
  for (const definition of definitions) process.jobs.define({ title, ...definition });
  started.push(process.jobs);
  await process.jobs.start();
  return process;
}
const rowOf = (id: string) =>
  db.selectFrom('platform.job').selectAll().where('id', '=', id).executeTakeFirstOrThrow();

beforeAll(async () => {
  engines = await startTestEngines([platformMigrations]);
  db = engines.relational.as<JobTables>();
  await sql`insert into platform.organisation (path, kind, name, created_at) values ('jx', 'province', '江西省', now())`.execute(
    db,
  );
});
afterEach(async () => {
  await Promise.all(started.splice(0).map((jobs) => jobs.stop()));
});
afterAll(() => engines.stop());

describe('a job', () => {
  it('runs with its parameters, for its organisation, and keeps its result', async () => {
    const { jobs, events } = await processWith({
      kind: 'test.add',
      async run({ job, progress }) {
        await progress(0.5, '一半');
        const { a, b } = job.params as { a: number; b: number };
        return { sum: a + b, organisation: job.organisation, requestedBy: job.requestedBy };
      },
    });
    const states: string[] = [];
    events.listen('platform.job.changed', ({ state }) => void states.push(state));
    const request = { kind: 'test.add', params: { a: 1, b: 2 }, organisation: 'jx.copper' };
    const job = await jobs.wait(root, await jobs.enqueue(root, request));
    expect(job).toMatchObject({
      state: 'succeeded',
      progress: 1,
      message: '一半',
      attempt: 1,
      organisation: 'jx.copper',
      requestedBy: 'tester',
      error: null,
      result: { sum: 3, organisation: 'jx.copper', requestedBy: 'tester' },
    });
    expect(states).toEqual(['queued', 'running', 'succeeded']);
  });

  it('starts without waiting for the next look at the queue', async () => {
    const { jobs } = await processWith({ kind: 'test.quick', run: async () => ({}) });
    const startMs = performance.now();
    for (let n = 0; n < 5; n += 1) await jobs.wait(root, await jobs.enqueue(root, { kind: 'test.quick' }));
    // Five looks once a second would take five seconds.
    expect(performance.now() - startMs).toBeLessThan(3_000);
  });

  it('runs once when several processes take from one queue', async () => {
    const ran: string[] = [];
    const definition = {
      kind: 'test.once',
      run: async ({ job }: { job: { id: string } }) => {
        ran.push(job.id);
        return {};
      },
    };
    const processes = await Promise.all([1, 2, 3].map(() => processWith(definition)));
    const queue = processes[0]?.jobs;
    if (!queue) throw new Error('three processes were started');
    const ids = await Promise.all(
      Array.from({ length: 30 }, () => queue.enqueue(root, { kind: 'test.once' })),
    );
    await Promise.all(ids.map((id) => queue.wait(root, id)));
    expect([...ran].sort()).toEqual([...ids].sort());
  });

  it('leaves room for one more beside it, and not for two', async () => {
    const [first, second, end] = [signal(), signal(), signal()];
    const begun = [first, second];
    const { jobs } = await processWith({
      kind: 'test.slow',
      async run() {
        begun.shift()?.give();
        await end.heard;
        return {};
      },
    });
    const ids = [];
    for (let n = 0; n < 3; n += 1) ids.push(await jobs.enqueue(root, { kind: 'test.slow' }));
    await Promise.all([first.heard, second.heard]);
    const { items } = await jobs.list(root, { limit: 10, kind: 'test.slow' });
    expect(items.map(({ state }) => state).sort()).toEqual(['queued', 'running', 'running']);
    end.give();
    for (const id of ids) expect(await jobs.wait(root, id)).toMatchObject({ state: 'succeeded' });
  });

  it('that fails is tried again after a while, and fails for good after its last attempt', async () => {
    const { jobs } = await processWith({
      kind: 'test.failing',
      attemptsMax: 2,
      run: async ({ job }) => Promise.reject(new Error(`attempt ${job.attempt} broke`)),
    });
    const startMs = performance.now();
    const job = await jobs.wait(root, await jobs.enqueue(root, { kind: 'test.failing' }));
    expect(job).toMatchObject({ state: 'failed', attempt: 2, error: 'INTERNAL: attempt 2 broke' });
    expect(performance.now() - startMs).toBeGreaterThan(1_900);
  });

  it('that meets the caller’s own fault is not tried again', async () => {
    const { jobs } = await processWith({
      kind: 'test.refused',
      run: () => Promise.reject(new AppError('SOURCE_TARGET_REFUSED', { target: 'x' })),
    });
    const job = await jobs.wait(root, await jobs.enqueue(root, { kind: 'test.refused' }));
    expect(job).toMatchObject({ state: 'failed', attempt: 1 });
    expect(job.error).toMatch(/^SOURCE_TARGET_REFUSED: /);
  });

  it('that takes too long is told to end', async () => {
    const { jobs } = await processWith({
      kind: 'test.endless',
      attemptsMax: 1,
      timeoutMs: 50,
      run: async (context) => {
        await aborted(context.signal);
        return {};
      },
    });
    const job = await jobs.wait(root, await jobs.enqueue(root, { kind: 'test.endless' }));
    expect(job).toMatchObject({ state: 'failed', error: 'INTERNAL: the time of the job was over' });
  });

  it('of an unknown kind, outside the organisation or too large is refused', async () => {
    const { jobs } = await processWith({ kind: 'test.known', run: async () => ({}) });
    await expect(jobs.enqueue(root, { kind: 'test.unknown' })).rejects.toMatchObject({
      code: 'JOB_KIND_UNKNOWN',
    });
    const outside = { kind: 'test.known', organisation: 'jx.steel' };
    await expect(jobs.enqueue(scopeOf('jx.copper'), outside)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    const large = { kind: 'test.known', params: { text: 'x'.repeat(70_000) } };
    await expect(jobs.enqueue(root, large)).rejects.toMatchObject({ code: 'REQUEST_TOO_LARGE' });
    expect(() => jobs.define({ kind: 'test.known', title, run: async () => ({}) })).toThrow(/twice/);
  });
});

describe('cancel', () => {
  it('ends a queued job at once, and says so when it had ended', async () => {
    const { jobs } = jobsOn(engines.relational);
    jobs.define({ kind: 'test.waiting', title, run: async () => ({}) });
    const id = await jobs.enqueue(root, { kind: 'test.waiting' });
    await jobs.cancel(root, id);
    expect(await jobs.get(root, id)).toMatchObject({ state: 'cancelled', attempt: 0 });
    await expect(jobs.cancel(root, id)).rejects.toMatchObject({ code: 'JOB_NOT_ACTIVE' });
  });

  it('ends a running job, whichever process runs it', async () => {
    for (const where of ['here', 'elsewhere']) {
      const begun = signal();
      const kind = `test.cancelled-${where}`;
      const definition = {
        kind,
        run: async (context: { signal: AbortSignal }) => {
          begun.give();
          await aborted(context.signal);
          context.signal.throwIfAborted();
          return {};
        },
      };
      const { jobs } = await processWith(definition);
      const id = await jobs.enqueue(root, { kind });
      await begun.heard;
      const other = jobsOn(engines.relational).jobs;
      other.define({ title, ...definition });
      await (where === 'here' ? jobs : other).cancel(root, id);
      expect(await jobs.wait(root, id, { timeoutMs: 10_000 })).toMatchObject({
        state: 'cancelled',
        error: null,
      });
    }
  });
});

describe('retry', () => {
  it('queues the same work once more as a new job, and not while it is under way', async () => {
    const { jobs } = await processWith({ kind: 'test.again', run: async ({ job }) => ({ ...job.params }) });
    const request = { kind: 'test.again', params: { n: 1 }, organisation: 'jx.copper' };
    const first = await jobs.enqueue(root, request);
    await jobs.wait(root, first);
    const second = await jobs.retry(root, first);
    expect(second).not.toBe(first);
    expect(await jobs.wait(root, second)).toMatchObject({ organisation: 'jx.copper', result: { n: 1 } });
    const idle = jobsOn(engines.relational).jobs;
    idle.define({ kind: 'test.idle', title, run: async () => ({}) });
    const waiting = await idle.enqueue(root, { kind: 'test.idle' });
    await expect(idle.retry(root, waiting)).rejects.toMatchObject({ code: 'JOB_ACTIVE' });
    await idle.cancel(root, waiting);
  });
});

describe('a process that ends', () => {
  it('in order tells its runs to end and leaves them queued, without costing an attempt', async () => {
    const begun = signal();
    const definition = {
      kind: 'test.interrupted',
      run: async ({ job, signal: abort }: { job: { attempt: number }; signal: AbortSignal }) => {
        begun.give();
        if (first) await aborted(abort);
        abort.throwIfAborted();
        return { attempt: job.attempt };
      },
    };
    let first = true;
    const { jobs } = await processWith(definition);
    const id = await jobs.enqueue(root, { kind: definition.kind });
    await begun.heard;
    await jobs.stop();
    expect(await rowOf(id)).toMatchObject({ state: 'queued', attempt: 0, worker: null });
    first = false;
    const next = await processWith(definition);
    expect(await next.jobs.wait(root, id)).toMatchObject({ state: 'succeeded', result: { attempt: 1 } });
  });

  it('by kill -9 is noticed by its silence, and another one does the work', async () => {
    const script = fileURLToPath(new URL('./killed-worker.testing.ts', import.meta.url));
    const child = spawn(process.execPath, ['--import', 'tsx', script, engines.config.postgresUrl ?? ''], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const ended = once(child, 'exit');
    let id = '';
    try {
      const [line]: string[] = await once(createInterface({ input: child.stdout }), 'line');
      id = line?.split(' ')[1] ?? '';
      expect(line).toBe(`running ${id} 1`);
    } finally {
      child.kill('SIGKILL');
      await ended;
    }
    expect(await rowOf(id)).toMatchObject({ state: 'running', attempt: 1 });
    // Half a minute passes for the heartbeat; that it is needed is the next test.
    await db
      .updateTable('platform.job')
      .set({ heartbeat_at: sql`now() - interval '31 seconds'` })
      .where('id', '=', id)
      .execute();
    const { jobs } = await processWith({
      kind: 'platform.test-killed',
      run: async ({ job }) => ({ by: job.attempt }),
    });
    expect(await jobs.wait(root, id)).toMatchObject({ state: 'succeeded', attempt: 2, result: { by: 2 } });
  });

  it.each([
    ['29 seconds ago is left alone', '29 seconds', {}, 'running'],
    ['31 seconds ago is queued again', '31 seconds', {}, 'queued'],
    ['31 seconds ago fails without an attempt left', '31 seconds', { attempt: 3 }, 'failed'],
    [
      '31 seconds ago and was to be cancelled is cancelled',
      '31 seconds',
      { cancel_requested: true },
      'cancelled',
    ],
  ])('whose job was last heard of %s', async (_what, ago, more, state) => {
    const idle = jobsOn(engines.relational).jobs;
    idle.define({ kind: 'test.orphan', title, run: async () => ({}) });
    const id = await idle.enqueue(root, { kind: 'test.orphan' });
    await db
      .updateTable('platform.job')
      .set({
        state: 'running',
        worker: 'gone',
        attempt: 1,
        heartbeat_at: sql`now() - ${ago}::interval`,
        ...more,
      })
      .where('id', '=', id)
      .execute();
    // A process that does not know the kind tidies up all the same, and does not take the job.
    const probe = await processWith({ kind: 'test.probe', run: async () => ({}) });
    await probe.jobs.wait(root, await probe.jobs.enqueue(root, { kind: 'test.probe' }));
    expect((await rowOf(id)).state).toBe(state);
    await db.deleteFrom('platform.job').where('id', '=', id).execute();
  });

  it('and comes back finds that its run is void when another has taken it', async () => {
    const [begun, go] = [signal(), signal()];
    const { jobs } = await processWith({
      kind: 'test.frozen',
      async run() {
        begun.give();
        await go.heard;
        return { by: 'the frozen one' };
      },
    });
    const id = await jobs.enqueue(root, { kind: 'test.frozen' });
    await begun.heard;
    await db
      .updateTable('platform.job')
      .set({ worker: 'another', attempt: 2 })
      .where('id', '=', id)
      .execute();
    go.give();
    await jobs.stop();
    expect(await rowOf(id)).toMatchObject({ state: 'running', worker: 'another', attempt: 2, result: null });
    await db.deleteFrom('platform.job').where('id', '=', id).execute();
  });
});

describe('a scheduled kind', () => {
  it('is queued once over all processes, for the root organisation', async () => {
    const definition = { kind: 'test.tick', schedule: '* * * * * *', run: async () => ({}) };
    const processes = await Promise.all([1, 2, 3].map(() => processWith(definition)));
    const jobs = processes[0]?.jobs;
    if (!jobs) throw new Error('three processes were started');
    await expect
      .poll(async () => (await jobs.list(root, { limit: 50, kind: 'test.tick', state: 'succeeded' })).total, {
        timeout: 15_000,
      })
      .toBeGreaterThanOrEqual(3);
    const rows = await db.selectFrom('platform.job').selectAll().where('kind', '=', 'test.tick').execute();
    const keys = rows.map(({ once_key }) => once_key);
    expect(new Set(keys).size).toBe(keys.length);
    expect(rows[0]).toMatchObject({ organisation: 'jx', requested_by: 'schedule' });
    expect(jobs.kinds()).toMatchObject([{ kind: 'test.tick', onDemand: false, nextAt: expect.any(String) }]);
  });
});
