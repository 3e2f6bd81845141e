import exceljs from 'exceljs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Http } from '#platform/http/http.ts';
import { type FuseTest, inventCode, startFuse } from './testing/fuse-platform.ts';

const DIVISIONS = ['360111', '360681', '360702'] as const;
const KEYS = ['39', '32', '17', '1310'] as const;
const rows = Array.from({ length: 30 }, (_, index) => ({
  id: index,
  qymc: `模拟第${index}号（ABC）制造有限公司`,
  tyshxydm: inventCode(`8000${String(index).padStart(4, '0')}`),
  jc: `简称${index}`,
  cym: index === 7 ? '昔日旧名百分之%厂' : '',
  xzqhdm: DIVISIONS[index % 3],
  hydm: KEYS[index % 4],
  cyrs: 100 + index,
  nysr_wan: index % 5 === 0 ? null : 1000 * (index % 6),
}));

let fuse: FuseTest;
let http: Http;
let city: string;
let admin: string;
beforeAll(async () => {
  fuse = await startFuse();
  http = await fuse.platform.serve([fuse.domain]);
  const scope = fuse.platform.scope();
  await fuse.platform.auth.addOrganisation(scope, {
    path: 'jx.yingtan',
    kind: 'city',
    name: '鹰潭市',
    division: '360600',
    code: null,
  });
  city = await fuse.platform.signIn({ organisation: 'jx.yingtan', role: 'data-engineer', kind: 'city' });
  admin = (await login('admin', 'correct-horse-battery')).token;
  fuse.system.state.rows = rows;
  const source = await post('/api/fuse/sources', fuse.parkCloud);
  expect(source.status).toBe(201);
  const started = await post(`/api/fuse/sources/${source.body.id}/runs`);
  expect(started.status).toBe(202);
  await fuse.platform.jobs.wait(scope, started.body.job);
}, 120_000);
afterAll(() => fuse.stop());

type Answer = {
  status: number;
  body: Record<string, never> & { items: { name: string; id: string }[]; id: string; job: string };
};
const login = async (username: string, password: string) => {
  const answer = await http.inject({
    method: 'POST',
    url: '/api/auth/login',
    payload: { username, password },
  });
  return answer.json<{ token: string }>();
};
const get = async (url: string, token = admin): Promise<Answer> => {
  const answer = await http.inject({ url, headers: { authorization: `Bearer ${token}` } });
  return { status: answer.statusCode, body: answer.json() };
};
const post = async (url: string, payload: object = {}, token = admin): Promise<Answer> => {
  const answer = await http.inject({
    method: 'POST',
    url,
    payload,
    headers: { authorization: `Bearer ${token}` },
  });
  return { status: answer.statusCode, body: answer.json() };
};
const names = async (query: string, token = admin) =>
  (await get(`/api/fuse/enterprises?${query}`, token)).body.items.map(({ name }) => name);

describe('the enterprise database over HTTP', () => {
  test('pages follow each other without gap or repetition, also among equal revenues', async () => {
    const seen: string[] = [];
    let next: string | null = '';
    while (next !== null) {
      const cursor = next === '' ? '' : `&cursor=${next}`;
      const { body } = await get(`/api/fuse/enterprises?limit=4${cursor}`);
      expect(body.total).toBe(30);
      seen.push(...body.items.map(({ name }) => name));
      next = body.next ?? null;
    }
    expect(seen).toHaveLength(30);
    expect(new Set(seen).size).toBe(30);
  });

  test.each([
    ['part of the name', '第7号', ['模拟第7号（ABC）制造有限公司']],
    ['full width and case', '第７号（ａｂｃ', ['模拟第7号（ABC）制造有限公司']],
    ['former name', '昔日旧名', ['模拟第7号（ABC）制造有限公司']],
    ['short name', '简称12', ['模拟第12号（ABC）制造有限公司']],
    ['code in lower case', inventCode('80000007').toLowerCase(), ['模拟第7号（ABC）制造有限公司']],
    ['a wildcard as it stands', '%', ['模拟第7号（ABC）制造有限公司']],
    ['nothing', '没有这家', []],
  ])('search finds by %s', async (_by, search, found) => {
    expect(await names(`search=${encodeURIComponent(search)}`)).toEqual(found);
  });

  test('filters narrow and add up', async () => {
    expect(await names('city=360600')).toHaveLength(10);
    expect(await names('keyIndustry=nonferrous&limit=100')).toHaveLength(8);
    expect((await names('city=360600&keyIndustry=nonferrous')).length).toBeLessThan(8);
    expect(await names('size=small&limit=100')).not.toHaveLength(0);
  });

  test('a wrong cursor, id, limit or filter is refused with what is wrong', async () => {
    for (const query of ['cursor=abc', 'limit=0', 'limit=501', 'city=南昌'])
      expect(await get(`/api/fuse/enterprises?${query}`)).toMatchObject({
        status: 400,
        body: { error: { code: 'REQUEST_INVALID' } },
      });
    expect(await get('/api/fuse/enterprises/1')).toMatchObject({ status: 400 });
    expect(await get('/api/fuse/enterprises/11111111-1111-4111-8111-111111111111')).toMatchObject({
      status: 404,
      body: { error: { code: 'NOT_FOUND' } },
    });
  });

  test('overview counts what the caller may see', async () => {
    const all = (await get('/api/fuse/overview')).body as unknown as {
      enterprises: number;
      withValidCode: number;
      cities: { code: string; enterprises: number; revenue: number }[];
      revenue: number;
    };
    expect(all).toMatchObject({ enterprises: 30, withValidCode: 30, sources: 1 });
    expect(all.cities).toHaveLength(11);
    expect(all.cities.reduce((sum, { revenue }) => sum + revenue, 0)).toBe(all.revenue);
    const own = (await get('/api/fuse/overview', city)).body;
    expect(own).toMatchObject({ enterprises: 10, sources: 0 });
  });

  test('the export holds the filtered rows as a workbook and leaves a trace', async () => {
    const answer = await http.inject({
      url: '/api/fuse/enterprises/export?city=360600',
      headers: { authorization: `Bearer ${admin}`, 'accept-language': 'zh-CN' },
    });
    expect(answer.statusCode).toBe(200);
    expect(answer.headers['content-type']).toContain('spreadsheetml');
    const workbook = new exceljs.Workbook();
    await workbook.xlsx.load(answer.rawPayload as unknown as ArrayBuffer);
    const sheet = workbook.worksheets[0];
    expect(sheet?.rowCount).toBe(11);
    expect(sheet?.getRow(1).getCell(1).value).toBe('企业名称');
    expect(String(sheet?.getRow(2).getCell(2).value)).toMatch(/^91/);
    const { items } = await fuse.platform.audit.list(fuse.platform.scope(), { limit: 5, search: 'export' });
    expect(items[0]).toMatchObject({
      action: 'fuse:enterprise:export',
      actor: 'admin',
      after: { rows: 10, filter: { city: '360600' } },
    });
  });

  test('a code is taken apart, or refused with the reason in the caller’s language', async () => {
    expect(await get('/api/fuse/codes/91360000625912173b')).toMatchObject({
      status: 200,
      body: {
        code: '91360000625912173B',
        organisationCode: '625912173',
        divisionName: '江西省',
        kind: { en: 'Enterprise' },
      },
    });
    expect(await get('/api/fuse/codes/91360000625912173C')).toMatchObject({
      status: 422,
      body: { error: { code: 'CODE_INVALID', message: expect.stringContaining('第 18 位') } },
    });
  });

  test('dictionaries name every code', async () => {
    const { body } = await get('/api/fuse/dictionaries');
    expect(body).toMatchObject({
      cities: expect.any(Array),
      keyIndustries: expect.arrayContaining([expect.objectContaining({ key: 'aviation' })]),
    });
  });
});

describe('another tenant', () => {
  test('sees its own enterprises and none of the others, by list, search, id or export', async () => {
    expect(await names('limit=100', city)).toHaveLength(10);
    const [foreign] = (await get('/api/fuse/enterprises?city=360700')).body.items;
    const id = foreign?.id ?? '';
    expect(await names(`search=${encodeURIComponent(foreign?.name ?? '')}`, city)).toEqual([]);
    expect(await get(`/api/fuse/enterprises/${id}`)).toMatchObject({ status: 200 });
    expect(await get(`/api/fuse/enterprises/${id}`, city)).toMatchObject({ status: 404 });
    expect(await get(`/api/fuse/enterprises/${id}/indicators`, city)).toMatchObject({ status: 404 });
  });

  test('does not see or run sources above it, nor their runs', async () => {
    const [source] = (await get('/api/fuse/sources')).body.items;
    const [run] = (await get('/api/fuse/runs')).body.items;
    expect((await get('/api/fuse/sources', city)).body.items).toEqual([]);
    expect((await get('/api/fuse/runs', city)).body.items).toEqual([]);
    expect(await get(`/api/fuse/sources/${source?.id}`, city)).toMatchObject({ status: 404 });
    expect(await post(`/api/fuse/sources/${source?.id}/runs`, {}, city)).toMatchObject({ status: 404 });
    for (const part of ['', '/findings', '/changes'])
      expect(await get(`/api/fuse/runs/${run?.id}${part}`, city)).toMatchObject({ status: 404 });
  });

  test('cannot register a source outside its organisation', async () => {
    expect(await post('/api/fuse/sources', { ...fuse.parkCloud, key: 'mine' }, city)).toMatchObject({
      status: 404,
    });
    const own = await post(
      '/api/fuse/sources',
      { ...fuse.parkCloud, key: 'mine', organisation: 'jx.yingtan' },
      city,
    );
    expect(own.status).toBe(201);
    expect(JSON.stringify(own.body)).not.toContain(fuse.system.password);
  });

  test('cannot change, take over or move an enterprise outside its organisation by a source of its own', async () => {
    const foreign = rows.find(({ xzqhdm }) => xzqhdm === '360702');
    const ours = rows.find(({ xzqhdm }) => xzqhdm === '360681');
    fuse.system.state.rows = [
      { ...foreign, id: 'x1', qymc: '冒名有限公司', xzqhdm: '360702', cyrs: 999_999 },
      { ...ours, id: 'x2', cyrs: 4321 },
    ];
    const { body } = await post(
      '/api/fuse/sources',
      { ...fuse.parkCloud, key: 'loud', organisation: 'jx.yingtan', priority: 100 },
      city,
    );
    const started = await post(`/api/fuse/sources/${body.id}/runs`, {}, city);
    await fuse.platform.jobs.wait(fuse.platform.scope(), started.body.job);
    const theirs = await get(`/api/fuse/enterprises?search=${foreign?.tyshxydm}`);
    expect(theirs.body.items).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ name: foreign?.qymc, employees: foreign?.cyrs, organisation: 'jx' }),
        expect.objectContaining({ name: '冒名有限公司', organisation: 'jx.yingtan' }),
      ]),
    );
    expect(theirs.body.items).toHaveLength(2);
    const own = await get(`/api/fuse/enterprises?search=${ours?.tyshxydm}`, city);
    expect(own.body.items).toMatchObject([{ name: ours?.qymc, employees: 4321, sources: 2 }]);
  });

  test('without the permission is refused by name', async () => {
    const auditor = await fuse.platform.signIn({ organisation: 'jx.yingtan', role: 'auditor', kind: 'city' });
    for (const path of ['enterprises', 'enterprises/export', 'sources', 'runs', 'overview'])
      expect(await get(`/api/fuse/${path}`, auditor), path).toMatchObject({
        status: 403,
        body: { error: { code: 'PERMISSION_MISSING' } },
      });
    expect(await post('/api/fuse/sources', fuse.parkCloud, auditor)).toMatchObject({ status: 403 });
  });
});
