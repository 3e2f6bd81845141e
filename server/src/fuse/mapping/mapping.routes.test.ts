import { MappingPreview, MappingSuggestion } from '@ronghe/contracts';
import exceljs from 'exceljs';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Http } from '#platform/http/http.ts';
import { startTestPlatform, type TestPlatform } from '#platform/testing/platform.ts';
import type { FuseTables } from '../fuse.tables.ts';
import { fuseMigrations } from '../migrations.ts';
import { tableOf } from '../profile/profile.fixture.ts';
import { createProfiler, pageOfRows } from '../profile/profile.ts';
import { templateRoutes } from '../templates/templates.routes.ts';
import { createConnectorTemplates } from '../templates/templates.service.ts';
import { TEMPLATES } from '../templates/templates.ts';
import { mappingRoutes } from './mapping.routes.ts';
import { createMappings } from './mapping.service.ts';
import { standardise } from './standardise.fixture.ts';

let platform: TestPlatform;
let http: Http;
let [admin, city, plant] = ['', '', ''];
const asked: unknown[] = [];
const CONTENT = {
  rowKey: ['id'],
  periodField: null,
  mappings: [{ from: 'qymc', to: 'name', transform: 'name', unit: null, values: {} }],
  tests: [],
};

beforeAll(async () => {
  platform = await startTestPlatform({ domains: [fuseMigrations] });
  const mappings = createMappings({
    platform,
    standardise,
    templates: TEMPLATES,
    rowsOf: async (scope, from, limit) => {
      asked.push([scope.organisation, from, limit]);
      return [{ id: 1, qymc: '南昌澄昱铜业有限公司' }];
    },
  });
  http = await platform.serve([
    {
      name: 'fuse',
      routes: async (app) => {
        await app.register(mappingRoutes(mappings));
        await app.register(templateRoutes(createConnectorTemplates()));
      },
    },
  ]);
  city = await platform.signIn({ organisation: 'jx.yingtan', role: 'data-engineer', kind: 'city' });
  plant = await platform.signIn({ organisation: 'jx.yingtan.copper', role: 'plant-engineer' });
  const answer = await http.inject({
    method: 'POST',
    url: '/api/auth/login',
    payload: { username: 'admin', password: 'correct-horse-battery' },
  });
  admin = answer.json<{ token: string }>().token;
}, 120_000);
afterAll(() => platform.stop());

let source = '';
let number = 0;
async function addSource(organisation: string): Promise<string> {
  const db = platform.relational.as<FuseTables>();
  const id = platform.ids.next();
  number += 1;
  await db
    .insertInto('fuse.source')
    .values({
      id,
      key: `s${number}`,
      name: '来源',
      owner: '测试',
      organisation,
      kind: 'push',
      address: '',
      connection: JSON.stringify({ kind: 'push', format: 'rows' }),
      secrets_sealed: null,
      target: 'enterprise',
      mode: 'full',
      watermark_field: null,
      bookmark: null,
      mapping: 1,
      priority: 50,
      schedule: null,
      next_run_at: null,
      created_by: 'tester',
      created_at: new Date(),
      deleted_at: null,
    })
    .execute();
  await db
    .insertInto('fuse.mapping')
    .values({
      source: id,
      version: 1,
      row_key: JSON.stringify(CONTENT.rowKey),
      period_field: null,
      mappings: JSON.stringify(CONTENT.mappings),
      tests: '[]',
      note: '',
      restores: null,
      made_by: 'tester',
      made_at: new Date(),
    })
    .execute();
  return id;
}
beforeEach(async () => {
  source = await addSource('jx');
});

// biome-ignore lint/suspicious/noExplicitAny: answers of many shapes are looked into
type Answer = { status: number; body: any };
async function ask(method: 'GET' | 'POST', path: string, payload?: object, token = admin): Promise<Answer> {
  const answer = await http.inject({
    method,
    url: `/api/fuse${path}`,
    headers: { authorization: `Bearer ${token}` },
    ...(payload ? { payload } : {}),
  });
  return { status: answer.statusCode, body: answer.json() };
}
const save = (change: object, token = admin, id = source) =>
  ask('POST', `/sources/${id}/mappings`, { ...CONTENT, basedOn: 1, ...change }, token);
function profileOfTwo() {
  const profiler = createProfiler();
  profiler.add(pageOfRows(tableOf({ 企业名称: 'name', 信用代码: 'code' })));
  return profiler.result();
}
const parked = { from: 'szyq', to: 'park', transform: 'text' };

describe('versions', () => {
  test('a change is the next version, which the source uses, with its trace', async () => {
    const made = await save({ mappings: [...CONTENT.mappings, parked], note: '加园区' });
    expect(made).toMatchObject({
      status: 201,
      body: { version: 2, note: '加园区', restores: null, madeBy: 'admin' },
    });
    const { body } = await ask('GET', `/sources/${source}/mappings`);
    expect(
      body.items.map(({ version, mappings }: { version: number; mappings: unknown[] }) => [
        version,
        mappings.length,
      ]),
    ).toEqual([
      [2, 2],
      [1, 1],
    ]);
    const row = await platform.relational
      .as<FuseTables>()
      .selectFrom('fuse.source')
      .select('mapping')
      .where('id', '=', source)
      .executeTakeFirst();
    expect(row?.mapping).toBe(2);
    const log = await http.inject({
      url: '/api/audit/entries?limit=20',
      headers: { authorization: `Bearer ${admin}` },
    });
    const entry = log
      .json<{
        items: { action: string; target: string; before: { version: number }; after: { version: number } }[];
      }>()
      .items.find(({ target }) => target === `source:${source}`);
    expect(entry).toMatchObject({
      action: 'fuse:mapping:create',
      before: { version: 1 },
      after: { version: 2 },
    });
  });
  test('an older version comes back as a new one', async () => {
    await save({ mappings: [...CONTENT.mappings, parked] });
    const back = await ask('POST', `/sources/${source}/mappings/1/restore`, { basedOn: 2, note: '误改' });
    expect(back).toMatchObject({
      status: 201,
      body: { version: 3, restores: 1, mappings: CONTENT.mappings },
    });
    expect(
      (await ask('POST', `/sources/${source}/mappings/9/restore`, { basedOn: 3, note: '' })).status,
    ).toBe(404);
  });
  test('what was edited from an older version is refused, also when two come at once', async () => {
    const answers = await Promise.all([save({ note: 'a' }), save({ note: 'b' }), save({ note: 'c' })]);
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 409, 409]);
    expect((await save({})).body.error).toMatchObject({ code: 'MAPPING_OUTDATED' });
    expect((await ask('GET', `/sources/${source}/mappings`)).body.items).toHaveLength(2);
  });
  test('what has faults or fails its tests is refused with every reason', async () => {
    const wrong = await save({ mappings: [{ from: 'x', to: 'nmae' }] });
    expect(wrong).toMatchObject({ status: 400, body: { error: { code: 'REQUEST_INVALID' } } });
    expect(JSON.stringify(wrong.body)).toContain('mappings.0.to');
    const tests = [{ name: '改名', row: { id: 1, qymc: ' 甲 公司 ' }, expected: { name: '乙公司' } }];
    const failed = await save({ tests });
    expect(failed).toMatchObject({ status: 422, body: { error: { code: 'MAPPING_TEST_FAILED' } } });
    expect(JSON.stringify(failed.body)).toContain('甲公司');
    expect((await save({ tests: [{ ...tests[0], expected: { name: '甲公司' } }] })).status).toBe(201);
  });
});

describe('who may', () => {
  test('a city sees and changes its own sources and no others', async () => {
    const own = await addSource('jx.yingtan');
    expect((await ask('GET', `/sources/${own}/mappings`, undefined, city)).status).toBe(200);
    expect((await save({}, city, own)).status).toBe(201);
    for (const other of [source, await addSource('jx.ganzhou')]) {
      expect((await ask('GET', `/sources/${other}/mappings`, undefined, city)).status).toBe(404);
      expect((await save({}, city, other)).status).toBe(404);
      expect((await ask('POST', `/sources/${other}/mappings/1/restore`, { basedOn: 1 }, city)).status).toBe(
        404,
      );
      const preview = { ...CONTENT, from: { kind: 'source', source: other } };
      expect((await ask('POST', '/mappings/preview', preview, city)).status).toBe(404);
    }
  });
  test('who may not see sources may do none of it', async () => {
    const paths: [method: 'GET' | 'POST', path: string, payload?: object][] = [
      ['GET', `/sources/${source}/mappings`],
      ['POST', `/sources/${source}/mappings`, { ...CONTENT, basedOn: 1 }],
      ['POST', `/sources/${source}/mappings/1/restore`, { basedOn: 1 }],
      ['POST', '/mappings/suggest', { rows: 0, columns: [], keys: [], problems: [], problemCount: 0 }],
      ['POST', '/mappings/preview', { ...CONTENT, from: { kind: 'rows', rows: [] } }],
      ['GET', '/templates'],
      ['GET', '/templates/self-report/workbook'],
    ];
    for (const [method, path, payload] of paths)
      expect([path, (await ask(method, path, payload, plant)).status]).toEqual([path, 403]);
  });
});

describe('trying', () => {
  test('a profile is answered with a proposal', async () => {
    const { status, body } = await ask('POST', '/mappings/suggest', profileOfTwo());
    expect([status, MappingSuggestion.parse(body).columns.map(({ to }) => to)]).toEqual([
      200,
      ['name', 'code'],
    ]);
  });
  test('a profile of more columns than are profiled is refused', async () => {
    const column = (await ask('POST', '/mappings/suggest', { ...profileOfTwo(), columns: [] })).status;
    expect(column).toBe(200);
    const [one] = profileOfTwo().columns;
    const columns = Array.from({ length: 2_001 }, (_, at) => ({ ...one, name: `c${at}` }));
    expect((await ask('POST', '/mappings/suggest', { ...profileOfTwo(), columns })).status).toBe(400);
  });
  test('rows at hand, of a source and of a file are previewed', async () => {
    const preview = async (from: object) =>
      MappingPreview.parse((await ask('POST', '/mappings/preview', { ...CONTENT, from, limit: 5 })).body);
    expect(
      (await preview({ kind: 'rows', rows: [{ id: 1, qymc: '甲公司' }] })).rows[0]?.values[0]?.value,
    ).toBe('甲公司');
    const kinds = [
      { kind: 'source', source },
      { kind: 'upload', upload: source },
    ];
    for (const from of kinds)
      expect((await preview(from)).rows[0]?.values[0]?.value).toBe('南昌澄昱铜业有限公司');
    expect(asked).toEqual([
      ['jx', { kind: 'source', source }, 5],
      ['jx', { kind: 'upload', upload: source, options: {} }, 5],
    ]);
  });
});

describe('templates', () => {
  test('are listed', async () => {
    expect((await ask('GET', '/templates')).body.items.map(({ key }: { key: string }) => key)).toEqual(
      TEMPLATES.map(({ key }) => key),
    );
  });
  test('are handed out as workbooks with header, example and what each column is', async () => {
    const answer = await http.inject({
      url: '/api/fuse/templates/self-report/workbook',
      headers: { authorization: `Bearer ${admin}` },
    });
    expect(answer.headers['content-disposition']).toBe('attachment; filename="self-report.xlsx"');
    const workbook = new exceljs.Workbook();
    await workbook.xlsx.load(answer.rawPayload as unknown as exceljs.Buffer);
    expect(workbook.worksheets.map(({ name }) => name)).toEqual(['数据', '说明']);
    const [data, about] = workbook.worksheets;
    expect(data?.getRow(1).getCell(2).text).toBe('统一社会信用代码');
    expect(data?.getRow(2).getCell(1).text).toBe('江西示例澄昱铜业有限公司');
    expect(about?.rowCount).toBe(
      (TEMPLATES.find(({ key }) => key === 'self-report')?.columns.length ?? 0) + 1,
    );
    expect((await ask('GET', '/templates/nothing/workbook')).status).toBe(404);
  });
});
