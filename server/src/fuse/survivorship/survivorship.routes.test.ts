import {
  DEFAULT_SURVIVORSHIP,
  type Enterprise,
  type EnterpriseAsOf,
  type FieldMapping,
  type Pin,
  type Survivorship,
  type SurvivorshipPreview,
  type SurvivorshipSaved,
  type ValueConflict,
  type ValueVersion,
} from '@ronghe/contracts';
import exceljs from 'exceljs';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { FuseTables } from '../fuse.tables.ts';
import { inventCode } from '../testing/fuse-platform.ts';
import { csvOfRows, type IntakeTest, type Row, startIntake } from '../testing/intake-platform.ts';

// each run is a whole one: landed, audited, published, fused
vi.setConfig({ testTimeout: 120_000 });

const map = (from: string, to: string, transform: string): FieldMapping => ({
  ...{ from, to, transform, unit: null },
  values: {},
});
const SHAPE = {
  target: 'enterprise' as const,
  rowKey: ['id'],
  mappings: [
    ...[map('code', 'code', 'code'), map('name', 'name', 'name'), map('phone', 'phone', 'phone')],
    ...[map('division', 'division', 'division'), map('address', 'address', 'text')],
  ],
};
const CODES = [0, 1].map((index) => inventCode(`6100000${index}`));
const rowOf = (id: string, index: number, more: Row = {}): Row => ({
  ...{ id, code: CODES[index], name: `江西第${index}号电子有限公司`, phone: '0791-88120000' },
  ...{ division: index === 1 ? '360700' : '360111', address: '长路1号', ...more },
});

let intake: IntakeTest;
let city: string;
const sources: string[] = [];
const moments: string[] = [];
const now = () => new Date().toISOString();
beforeAll(async () => {
  intake = await startIntake();
  for (const [code, division] of [
    ['nanchang', '360100'],
    ['ganzhou', '360700'],
  ] as const)
    await intake.platform.auth.addOrganisation(intake.platform.scope(), {
      ...{ path: `jx.${code}`, kind: 'city', name: code, division, code: null },
    });
  city = await intake.city('nanchang');
  moments.push(now());
  const tables: [string, Row[], number][] = [
    ['high', [rowOf('h0', 0, { address: '短路' }), rowOf('h1', 1)], 80],
    ['middle', [rowOf('m0', 0), rowOf('m1', 1)], 60],
    ['low', [rowOf('l0', 0), rowOf('l1', 1, { address: '别处' })], 20],
  ];
  for (const [key, rows, priority] of tables)
    sources.push((await intake.table(key, `${key}.csv`, csvOfRows(rows), { ...SHAPE, priority })).source);
  moments.push(now());
}, 180_000);
afterAll(() => intake?.stop());

const found = async (index: number): Promise<Enterprise> => {
  const { items } = await intake.get<{ items: { id: string }[] }>(
    `/api/fuse/enterprises?search=${encodeURIComponent(CODES[index] ?? '')}`,
  );
  return intake.get<Enterprise>(`/api/fuse/enterprises/${items[0]?.id}`);
};
const goldenValue = ({ values }: Pick<Enterprise, 'values'>, attribute: string) =>
  values.find((value) => value.attribute === attribute);
const post = <Body>(path: string, payload: object, token?: string) =>
  intake.call<Body>('POST', path, { payload, token });
const pin = (id: string, attribute: string, value: string, more: object = {}, token?: string) =>
  post<Pin>(`/api/fuse/enterprises/${id}/pins`, { attribute, value, reason: '实地核实', ...more }, token);

describe('survivorship', () => {
  const preview = (content: Survivorship) =>
    post<SurvivorshipPreview>('/api/fuse/survivorship/preview', { content });
  const byAgreement: Survivorship = {
    ...DEFAULT_SURVIVORSHIP,
    attributes: { address: { criteria: ['agreement', 'priority'] } },
  };

  test('as shipped changes nothing, and disagreement of trusted sources is a conflict that is listed', async () => {
    expect((await intake.get<{ version: number }>('/api/fuse/survivorship')).version).toBe(0);
    expect((await preview(DEFAULT_SURVIVORSHIP)).body).toMatchObject({
      enterprises: 2,
      looked: 2,
      changed: 0,
    });
    expect(goldenValue(await found(0), 'address')).toMatchObject({
      value: '短路',
      rule: 'priority',
      conflict: true,
    });
    expect(goldenValue(await found(1), 'address')).toMatchObject({ conflict: false });
    const all = await intake.get<{ items: ValueConflict[]; total: number }>('/api/fuse/conflicts');
    expect(all).toMatchObject({
      total: 1,
      items: [
        {
          attribute: 'address',
          value: '短路',
          sourceName: 'high',
          others: [{ sourceName: 'middle' }, { sourceName: 'low' }],
        },
      ],
    });
    for (const none of ['?attribute=name', '?city=360700'])
      expect(await intake.get(`/api/fuse/conflicts${none}`), none).toMatchObject({ total: 0 });
  });

  test('a change is tried with numbers and examples, saved as a version, and all values are chosen again', async () => {
    const tried = await preview(byAgreement);
    expect(tried.body).toMatchObject({
      ...{ changed: 1, attributes: [{ attribute: 'address', changed: 1 }] },
      examples: [{ attribute: 'address', before: '短路', after: '长路1号' }],
    });
    expect(goldenValue(await found(0), 'address')?.value).toBe('短路');
    const saved = await post<SurvivorshipSaved>('/api/fuse/survivorship', {
      ...{ base: 0, content: byAgreement, note: '地址以多数为准' },
    });
    expect(saved.status, saved.text).toBe(201);
    await intake.platform.jobs.wait(intake.platform.scope(), saved.body.job, { timeoutMs: 60_000 });
    expect(goldenValue(await found(0), 'address')).toMatchObject({ value: '长路1号', rule: 'agreement' });
    const stale = await post('/api/fuse/survivorship', { base: 0, content: byAgreement, note: '又一次' });
    expect(stale).toMatchObject({ status: 409, body: { error: { code: 'SURVIVORSHIP_CHANGED' } } });
    const versions = await intake.get<{ items: { version: number; note: string }[] }>(
      '/api/fuse/survivorship/versions',
    );
    expect(versions.items.map(({ version, note }) => [version, note])).toEqual([[1, '地址以多数为准']]);
  });

  test('trust of one attribute goes before the priority of the source; wrong content and cities are refused', async () => {
    const content: Survivorship = {
      ...DEFAULT_SURVIVORSHIP,
      attributes: { address: { criteria: ['priority'], trust: { [sources[2] ?? '']: 99 } } },
    };
    expect((await preview(content)).body.examples).toMatchObject([{ before: '长路1号', after: '别处' }]);
    for (const wrong of [
      { ...DEFAULT_SURVIVORSHIP, criteria: [] },
      { ...DEFAULT_SURVIVORSHIP, criteria: ['valid', 'valid'] },
      { ...DEFAULT_SURVIVORSHIP, attributes: { nonsense: {} } },
      { ...DEFAULT_SURVIVORSHIP, trustedFrom: 0 },
    ])
      expect((await preview(wrong as Survivorship)).status, JSON.stringify(wrong)).toBe(400);
    const foreign = await post('/api/fuse/survivorship', { base: 1, content, note: '?' }, city);
    expect(foreign).toMatchObject({ status: 403, body: { error: { code: 'ROOT_REQUIRED' } } });
  });
});

describe('a pin', () => {
  test('wins over every source and run, shows who lost and why, and gives way when it is lifted', async () => {
    const { id } = await found(0);
    moments.push(now());
    const made = await pin(id, 'phone', '0791 8666 0001');
    expect(made.status, made.text).toBe(201);
    expect(made.body).toMatchObject({ value: '0791-86660001', raw: '0791 8666 0001', madeBy: 'admin' });
    const pinned = goldenValue(await found(0), 'phone');
    expect(pinned).toMatchObject({
      ...{
        value: '0791-86660001',
        rule: 'pinned',
        source: null,
        run: null,
        pin: made.body.id,
        sourceName: 'admin',
      },
    });
    expect(pinned?.others.map(({ value, reason }) => [value, reason.en])).toEqual(
      Array.from({ length: 3 }, () => ['0791-88120000', 'A value that a person pinned goes first']),
    );
    await intake.renew(
      sources[0] ?? '',
      csvOfRows([rowOf('h0', 0, { phone: '0791-88129999' }), rowOf('h1', 1)]),
    );
    expect(goldenValue(await found(0), 'phone')?.value).toBe('0791-86660001');
    moments.push(now());
    const lifted = await post<Pin>(`/api/fuse/enterprises/${id}/pins/${made.body.id}/lift`, {
      reason: '来源已更正',
    });
    expect(lifted.body).toMatchObject({ endedBy: 'admin', endedFor: '来源已更正' });
    expect(goldenValue(await found(0), 'phone')).toMatchObject({
      value: '0791-88129999',
      rule: 'priority',
      pin: null,
    });
    expect(
      (await post(`/api/fuse/enterprises/${id}/pins/${made.body.id}/lift`, { reason: '再' })).status,
    ).toBe(404);
  });

  test('ends when its time is over, and a new one takes the place of the old', async () => {
    const { id } = await found(0);
    const first = await pin(id, 'park', '高新区');
    const next = await pin(id, 'park', '经开区', {
      expiresAt: new Date(Date.now() + 3_600_000).toISOString(),
    });
    expect(goldenValue(await found(0), 'park')?.value).toBe('经开区');
    await sql`update fuse.pin set expires_at = now() - interval '1 second' where id = ${next.body.id}`.execute(
      intake.platform.relational.as<FuseTables>(),
    );
    const job = await intake.platform.jobs.enqueue(intake.platform.scope(), { kind: 'fuse.expire-pins' });
    await intake.platform.jobs.wait(intake.platform.scope(), job, { timeoutMs: 60_000 });
    expect(goldenValue(await found(0), 'park')).toBeUndefined();
    const { items } = await intake.get<{ items: Pin[] }>(`/api/fuse/enterprises/${id}/pins`);
    expect(
      items.filter(({ attribute }) => attribute === 'park').map((one) => [one.id, one.endedFor]),
    ).toEqual([
      [next.body.id, '到期'],
      [first.body.id, '由新的固定值取代'],
    ]);
  });

  test('moves with a merge and back with its undo', async () => {
    const [a, b] = [await found(0), await found(1)];
    await pin(b.id, 'legalPerson', '示例人');
    const merged = await post<{ id: string; enterprise: string }>(`/api/fuse/enterprises/${a.id}/merge`, {
      ...{ other: b.id, reason: '同一家' },
    });
    expect(
      goldenValue(await intake.get<Enterprise>(`/api/fuse/enterprises/${a.id}`), 'legalPerson')?.rule,
    ).toBe('pinned');
    await post(`/api/fuse/decisions/${merged.body.id}/undo`, { reason: '弄错' });
    expect(goldenValue(await found(0), 'legalPerson')).toBeUndefined();
    expect(goldenValue(await found(1), 'legalPerson')?.value).toBe('示例人');
  });

  test('of what cannot be a value, in the past, or of an enterprise outside is refused', async () => {
    const [a, b] = [await found(0), await found(1)];
    for (const [attribute, value] of [
      ['code', '91360000625912173C'],
      ['division', '火星'],
      ['employees', '约五百'],
      ['size', '巨型'],
    ] as const)
      expect(await pin(a.id, attribute, value), attribute).toMatchObject({
        ...{ status: 422, body: { error: { code: 'PIN_INVALID' } } },
      });
    expect((await pin(a.id, 'park', '园', { expiresAt: '2020-01-01T00:00:00Z' })).status).toBe(422);
    expect((await pin(b.id, 'park', '园', {}, city)).status).toBe(404);
    expect((await pin(a.id, 'size', '大型')).body.value).toBe('large');
  });
});

describe('history', () => {
  const asOf = async (id: string, at: string) =>
    intake.get<EnterpriseAsOf>(`/api/fuse/enterprises/${id}/as-of?at=${encodeURIComponent(at)}`);

  test('the record as it was known at a moment, each value with its provenance then', async () => {
    const { id } = await found(0);
    expect((await asOf(id, moments[0] ?? '')).values).toEqual([]);
    const first = await asOf(id, moments[1] ?? '');
    expect(goldenValue(first, 'address')).toMatchObject({
      value: '短路',
      rule: 'priority',
      sourceName: 'high',
      conflict: true,
    });
    expect(goldenValue(await asOf(id, moments[2] ?? ''), 'address')).toMatchObject({
      value: '长路1号',
      rule: 'agreement',
    });
    expect(goldenValue(await asOf(id, moments[2] ?? ''), 'phone')?.value).toBe('0791-88120000');
    expect(goldenValue(await asOf(id, moments[3] ?? ''), 'phone')).toMatchObject({
      rule: 'pinned',
      sourceName: 'admin',
    });
    const today = await asOf(id, now());
    expect(today.values).toEqual((await found(0)).values);
    const future = await intake.call('GET', `/api/fuse/enterprises/${id}/as-of?at=2999-01-01T00:00:00Z`);
    expect(future.status).toBe(400);
  });

  test('each value from when to when, without gap, newest first, in pages', async () => {
    const { id } = await found(0);
    const seen: ValueVersion[] = [];
    let next: string | null = '';
    while (next !== null) {
      const cursor: string = next === '' ? '' : `&cursor=${encodeURIComponent(next)}`;
      const page: { items: ValueVersion[]; next: string | null; total: number } = await intake.get(
        `/api/fuse/enterprises/${id}/history?attribute=phone&limit=2${cursor}`,
      );
      seen.push(...page.items);
      next = page.next;
      expect(page.total).toBeGreaterThan(3);
    }
    expect(seen[0]?.until).toBeNull();
    for (const [at, version] of seen.slice(1).entries()) expect(version.until).toBe(seen[at]?.at);
    expect(seen.map(({ value }) => value)).toContain('0791-86660001');
  });

  test('an enterprise that was one of its own then is exported under the id it had; formulas stay text', async () => {
    const [a, b] = [await found(0), await found(1)];
    await pin(a.id, 'address', '=1+1');
    const before = now();
    const merged = await post<{ id: string }>(`/api/fuse/enterprises/${a.id}/merge`, {
      other: b.id,
      reason: '同一家',
    });
    const csv = await intake.call('GET', `/api/fuse/enterprises/as-of/export?format=csv&at=${before}`);
    const lines = csv.text.replace('\uFEFF', '').trim().split('\r\n');
    expect(lines).toHaveLength(3);
    expect(csv.text).toContain(b.id);
    expect(csv.text).toContain("'=1+1");
    expect(goldenValue(await asOf(b.id, before), 'name')?.value).toBe('江西第1号电子有限公司');
    const later = await intake.call('GET', `/api/fuse/enterprises/as-of/export?format=csv&at=${now()}`);
    expect(later.text.trim().split('\r\n')).toHaveLength(2);
    await post(`/api/fuse/decisions/${merged.body.id}/undo`, { reason: '弄错' });
    const inside = await intake.call('GET', `/api/fuse/enterprises/as-of/export?format=csv&at=${before}`, {
      token: city,
    });
    expect(inside.text).not.toContain(b.id);
    const ganzhou = await intake.call(
      'GET',
      `/api/fuse/enterprises/as-of/export?format=csv&city=360700&at=${before}`,
    );
    expect(ganzhou.text.trim().split('\r\n')).toHaveLength(2);
    const raw = await intake.http.inject({
      ...{ method: 'GET', url: `/api/fuse/enterprises/as-of/export?at=${before}` },
      headers: { authorization: `Bearer ${intake.admin}` },
    });
    const book = new exceljs.Workbook();
    await book.xlsx.load(raw.rawPayload as never);
    expect(book.worksheets[0]?.rowCount).toBe(3);
  });
});
