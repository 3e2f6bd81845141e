import type { AuditEntry, Job, JobKind, Page } from '@ronghe/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Http } from '#platform/http/http.ts';
import { aborted, signal } from '#platform/jobs/jobs.testing.ts';
import { startTestPlatform, type TestPlatform } from '#platform/testing/platform.ts';

let platform: TestPlatform;
let http: Http;
let [copper, steel, officer] = ['', '', ''];
let begun = signal();
const title = { zh: '测试', en: 'Test' };

beforeAll(async () => {
  platform = await startTestPlatform({ domains: [] });
  platform.jobs.define({
    kind: 'test.by-hand',
    title,
    onDemand: true,
    run: async ({ job }) => ({ for: job.organisation }),
  });
  platform.jobs.define({ kind: 'test.not-by-hand', title, schedule: '0 2 * * *', run: async () => ({}) });
  platform.jobs.define({
    kind: 'test.guarded',
    title,
    onDemand: true,
    permission: 'platform:backup:write',
    run: async () => ({}),
  });
  platform.jobs.define({
    kind: 'test.long',
    title,
    onDemand: true,
    run: async (context) => {
      begun.give();
      await aborted(context.signal);
      return {};
    },
  });
  http = await platform.serve();
  await platform.jobs.start();
  copper = await platform.signIn({ organisation: 'jx.copper', role: 'data-engineer' });
  steel = await platform.signIn({ organisation: 'jx.steel', role: 'data-engineer' });
  officer = await platform.signIn({ organisation: 'jx.copper', role: 'officer' });
});
afterAll(() => platform.stop());

async function call<Body = { error: { code: string } }>(
  token: string,
  url: string,
  { method = 'GET', body }: { method?: 'GET' | 'POST'; body?: object } = {},
): Promise<{ status: number; body: Body }> {
  const answer = await http.inject({
    method,
    url: `/api/jobs${url}`,
    headers: { authorization: `Bearer ${token}` },
    ...(body ? { payload: body } : {}),
  });
  return { status: answer.statusCode, body: JSON.parse(answer.body) as Body };
}
const start = (token: string, kind: string) => call<Job>(token, '', { method: 'POST', body: { kind } });

describe('the jobs of an organisation', () => {
  it('are started by hand, for the own organisation, and leave a trace', async () => {
    const { status, body } = await start(copper, 'test.by-hand');
    expect(status).toBe(202);
    const job = await platform.jobs.wait(platform.scope(), body.id);
    expect(job).toMatchObject({ state: 'succeeded', title, result: { for: 'jx.copper' } });
    expect((await call<Job>(copper, `/${body.id}`)).body).toEqual(job);
    const log: Page<AuditEntry> = await platform.audit.list(platform.scope(), { limit: 1, search: body.id });
    expect(log.items[0]).toMatchObject({
      action: 'platform:job:start',
      organisation: 'jx.copper',
      actor: 'jx-copper-data-engineer',
    });
  });

  it('are invisible to others, who can neither read, cancel nor retry them', async () => {
    const { body } = await start(copper, 'test.by-hand');
    await platform.jobs.wait(platform.scope(), body.id);
    const answers = [
      await call(steel, `/${body.id}`),
      await call(steel, `/${body.id}/cancel`, { method: 'POST' }),
      await call(steel, `/${body.id}/retry`, { method: 'POST' }),
    ];
    expect(answers.map((answer) => [answer.status, answer.body.error.code])).toEqual(
      Array(3).fill([404, 'NOT_FOUND']),
    );
    expect((await call<Page<Job>>(steel, '')).body).toEqual({ items: [], next: null, total: 0 });
  });

  it('are cancelled and retried', async () => {
    begun = signal();
    const { body } = await start(copper, 'test.long');
    await begun.heard;
    expect((await call(copper, `/${body.id}/retry`, { method: 'POST' })).body.error.code).toBe('JOB_ACTIVE');
    expect((await call(copper, `/${body.id}/cancel`, { method: 'POST' })).status).toBe(202);
    expect(await platform.jobs.wait(platform.scope(), body.id)).toMatchObject({ state: 'cancelled' });
    expect((await call(copper, `/${body.id}/cancel`, { method: 'POST' })).body.error.code).toBe(
      'JOB_NOT_ACTIVE',
    );
    begun = signal();
    const again = await call<Job>(copper, `/${body.id}/retry`, { method: 'POST' });
    expect(again.status).toBe(202);
    expect(again.body.id).not.toBe(body.id);
    await begun.heard;
    await call(copper, `/${again.body.id}/cancel`, { method: 'POST' });
    await platform.jobs.wait(platform.scope(), again.body.id);
  });

  it('come in pages, newest first, each once', async () => {
    const made: string[] = [];
    for (let n = 0; n < 5; n += 1) made.unshift((await start(steel, 'test.by-hand')).body.id);
    const seen: string[] = [];
    let next: string | null = null;
    do {
      const page: Page<Job> = (await call<Page<Job>>(steel, `?limit=2${next ? `&cursor=${next}` : ''}`)).body;
      expect(page.total).toBe(5);
      seen.push(...page.items.map(({ id }) => id));
      next = page.next;
    } while (next !== null);
    expect([...seen].sort()).toEqual([...made].sort());
    const one = (await call<Page<Job>>(steel, '?kind=test.long')).body;
    expect(one.total).toBe(0);
    const wrong = [
      await call(steel, '?cursor=x'),
      await call(steel, '?limit=501'),
      await call(steel, '?state=odd'),
    ];
    expect(wrong.map(({ body }) => body.error.code)).toEqual(Array(3).fill('REQUEST_INVALID'));
  });
});

describe('a job', () => {
  it.each(['test.not-by-hand', 'test.unknown', '__proto__'])(
    'of kind %s is not started by hand',
    async (kind) => {
      const { status, body } = await call(copper, '', { method: 'POST', body: { kind } });
      expect([status, body.error.code]).toEqual([404, 'JOB_KIND_UNKNOWN']);
    },
  );

  it('that needs a right of its own is not started without it', async () => {
    const { status, body } = await call(copper, '', { method: 'POST', body: { kind: 'test.guarded' } });
    expect([status, body.error.code]).toEqual([403, 'PERMISSION_MISSING']);
  });

  it('is nothing for those without the right', async () => {
    for (const url of ['', '/kinds'])
      expect((await call(officer, url)).body.error.code).toBe('PERMISSION_MISSING');
    const post = await call(officer, '', { method: 'POST', body: { kind: 'test.by-hand' } });
    expect(post.body.error.code).toBe('PERMISSION_MISSING');
  });

  it.each(['/api/jobs/kinds', '/%61pi/jobs/kinds'])(
    'is nothing at %s for those who have not signed in',
    async (url) => {
      expect((await http.inject({ url })).statusCode).toBe(401);
    },
  );

  it('has a kind that is listed with its next moment', async () => {
    const { items } = (await call<{ items: JobKind[] }>(copper, '/kinds')).body;
    expect(items.find(({ kind }) => kind === 'test.not-by-hand')).toMatchObject({
      schedule: '0 2 * * *',
      nextAt: expect.stringMatching(/T18:00:00\.000Z$/),
      onDemand: false,
    });
  });
});
