import type { CollectorReport, CollectorWithKey, Gap, GapPage } from '@ronghe/contracts';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { z } from 'zod';
import type { Http } from '#platform/http/http.ts';
import { startTestPlatform, type TestPlatform } from '#platform/testing/platform.ts';
import { collect, collectMigrations } from '../index.ts';

const PLANT = 'jx.copper';
const OTHER = 'jx.magnet';
const MINUTE_MS = 60_000;
const START_MS = Date.UTC(2026, 0, 5);
let platform: TestPlatform;
let http: Http;
let reader: string;
let stranger: string;
let key: string;
beforeAll(async () => {
  platform = await startTestPlatform({ domains: [collectMigrations] });
  http = await platform.serve([collect(platform)]);
  for (const path of [PLANT, OTHER])
    await platform.auth.addOrganisation(platform.scope(), {
      path,
      kind: 'enterprise',
      name: path,
      division: null,
      code: null,
    });
  reader = await platform.signIn({ organisation: 'jx', role: 'administrator' });
  stranger = await platform.signIn({ organisation: OTHER, role: 'plant-engineer' });
  const made = await call<CollectorWithKey>('POST', '/api/collect/collectors', reader, {
    name: 'copper',
    title: 'copper',
    organisation: PLANT,
  });
  key = made.body.key;
});
afterAll(() => platform.stop());

async function call<Body>(method: 'GET' | 'POST', url: string, token: string, body?: object) {
  const headers = { authorization: `Bearer ${token}` };
  const response = await http.inject({ method, url, headers, ...(body ? { payload: body } : {}) });
  return { status: response.statusCode, body: (response.body ? response.json() : null) as Body };
}
const gap = (minute: number, more: Partial<Gap> = {}): Gap => ({
  connection: 'press',
  from: new Date(START_MS + minute * MINUTE_MS).toISOString(),
  to: new Date(START_MS + (minute + 1) * MINUTE_MS).toISOString(),
  points: 3,
  filled: null,
  reason: 'link-lost',
  ...more,
});
const report = (recentGaps: Gap[]): CollectorReport => ({
  collector: 'copper',
  version: '0.1.0',
  startedAt: '2026-01-01T00:00:00.000Z',
  epoch: 'e',
  sequence: 0,
  acknowledged: 0,
  bufferBytes: 0,
  bufferBytesMax: 1,
  samplesRead: 0,
  samplesSent: 0,
  samplesDropped: 0,
  connections: [],
  recentGaps,
});
const tell = (gaps: Gap[]) => call('POST', '/api/collect/report', key, report(gaps));
const gaps = async (query = '', token = reader) =>
  (await call<z.infer<typeof GapPage>>('GET', `/api/collect/gaps?limit=2${query}`, token)).body;

it('keeps what a collector tells, each gap once, the newest first and page by page', async () => {
  expect((await tell([gap(1), gap(2)])).status).toBe(204);
  expect((await tell([gap(1), gap(2), gap(3, { filled: 40, connection: 'pump' })])).status).toBe(204);
  const first = await gaps();
  expect(first.total).toBe(3);
  expect(first.items).toEqual([
    { collector: 'copper', ...gap(3, { filled: 40, connection: 'pump' }) },
    { collector: 'copper', ...gap(2) },
  ]);
  const second = await gaps(`&cursor=${first.next}`);
  expect(second.items).toEqual([{ collector: 'copper', ...gap(1) }]);
  expect(second.next).toBeNull();
});

it('takes over what is learned later of a gap', async () => {
  await tell([gap(2, { filled: 7 })]);
  expect((await gaps('&connection=press')).items[0]).toMatchObject({ filled: 7 });
});

it('finds those that touch a time, of one collector', async () => {
  const at = new Date(START_MS + 1.5 * MINUTE_MS).toISOString();
  expect((await gaps(`&from=${at}&to=${at}`)).items.map(({ from }) => from)).toEqual([gap(1).from]);
  expect((await gaps('&collector=other')).items).toEqual([]);
});

it('shows nothing of it to another plant, and takes nothing from one', async () => {
  expect(await gaps('', stranger)).toMatchObject({ items: [], total: 0 });
  expect((await call('POST', '/api/collect/report', stranger, report([gap(9)]))).status).not.toBe(204);
  expect((await gaps()).total).toBe(3);
});

it('refuses a cursor that it did not make', async () => {
  expect((await call('GET', '/api/collect/gaps?cursor=x', reader)).status).toBe(400);
});
