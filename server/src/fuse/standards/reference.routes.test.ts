import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Http } from '#platform/http/http.ts';
import { type FuseTest, startFuse } from '../testing/fuse-platform.ts';
import { resolveDivision } from './division-names.ts';
import { keyIndustryOf } from './industries.ts';
import { useReference } from './reference.ts';
import { createReferenceMemory } from './reference-memory.service.ts';
import { sizeOf } from './size.ts';
import { convert } from './units.ts';

let fuse: FuseTest;
let http: Http;
let [admin, city, plant] = ['', '', ''];
beforeAll(async () => {
  fuse = await startFuse();
  http = await fuse.platform.serve([fuse.domain]);
  city = await fuse.platform.signIn({ organisation: 'jx.yingtan', role: 'data-engineer', kind: 'city' });
  plant = await fuse.platform.signIn({
    organisation: 'jx.yingtan.copper',
    role: 'plant-engineer',
    kind: 'enterprise',
  });
  const answer = await http.inject({
    method: 'POST',
    url: '/api/auth/login',
    payload: { username: 'admin', password: 'correct-horse-battery' },
  });
  admin = answer.json<{ token: string }>().token;
}, 120_000);
afterAll(() => fuse.stop());

// biome-ignore lint/suspicious/noExplicitAny: answers of many shapes are looked into
type Answer = { status: number; body: any };
const ask = async (
  method: 'GET' | 'POST',
  path: string,
  payload?: object,
  token = admin,
): Promise<Answer> => {
  const answer = await http.inject({
    method,
    url: `/api/fuse/reference${path}`,
    headers: { authorization: `Bearer ${token}` },
    ...(payload ? { payload } : {}),
  });
  return { status: answer.statusCode, body: answer.json() };
};
const change = (set: string, payload: object, token = admin) =>
  ask('POST', `/${set}/versions`, { source: '测试文件 1 号', ...payload }, token);

describe('what is shipped', () => {
  test('every set has version 1 with its source, valid without end', async () => {
    const { body } = await ask('GET', '');
    expect(body.items.map(({ set }: { set: string }) => set)).toEqual([
      'divisions',
      'industries',
      'key-industries',
      'units',
      'sizes',
      'completeness',
    ]);
    for (const one of body.items)
      expect(one).toMatchObject({ version: 1, edition: 1, validTo: null, madeBy: 'fuse' });
    expect(body.items[0].entries).toBeGreaterThan(3_000);
  });
  test('starting again ships nothing again', async () => {
    const memory = createReferenceMemory({ platform: fuse.platform, system: fuse.platform.scope() });
    await memory.start();
    expect((await ask('GET', '/units/versions')).body.total).toBe(1);
    await memory.stop();
    await fuse.domain.stop?.();
    await fuse.domain.start?.();
  });
  test('entries are found by code and name, page by page', async () => {
    const { body } = await ask('GET', '/divisions/entries?search=庐山&limit=1');
    expect(body).toMatchObject({
      total: 2,
      items: [{ key: '360402 庐山区', value: { until: 2016, successor: '360402' } }],
    });
    const next = await ask('GET', `/divisions/entries?search=庐山&limit=1&cursor=${body.next}`);
    expect(next.body).toMatchObject({ next: null, items: [{ key: '360483 庐山市' }] });
    expect((await ask('GET', '/divisions/entries?cursor=x')).status).toBe(400);
  });
});

describe('changes', () => {
  test('a new version is what the rules read, and going back makes one more', async () => {
    expect(sizeOf(300, 2_000)).toBe('medium');
    const put = [{ size: 'medium', employeesMin: 400, revenueMin: 2_000 }];
    const made = await change('sizes', { base: 1, note: '新办法', put });
    expect(made).toMatchObject({
      status: 201,
      body: {
        version: 2,
        changed: 1,
        added: 0,
        removed: 0,
        source: '测试文件 1 号',
        madeBy: 'admin',
        edition: null,
      },
    });
    expect(sizeOf(300, 2_000)).toBe('small');
    const differences = await ask('GET', '/sizes/versions/2/differences');
    expect(differences.body).toMatchObject({
      more: 0,
      items: [{ key: 'medium', before: { employeesMin: 300 }, after: { employeesMin: 400 } }],
    });
    expect(
      (await ask('GET', '/sizes/entries?version=1&search=medium')).body.items[0].value.employeesMin,
    ).toBe(300);
    const back = await ask('POST', '/sizes/versions/1/restore', { base: 2, note: '误改' });
    expect(back).toMatchObject({ status: 201, body: { version: 3, restores: 1, changed: 1 } });
    expect(sizeOf(300, 2_000)).toBe('medium');
    const { body } = await ask('GET', '/sizes/versions');
    expect(
      body.items.map(({ version, validTo }: { version: number; validTo: string | null }) => [
        version,
        validTo === null,
      ]),
    ).toEqual([
      [3, true],
      [2, false],
      [1, false],
    ]);
  });
  test('a division that ends leads to its successor from then on', async () => {
    const put = [
      { code: '360124', name: '进贤县', since: null, until: 2026, successor: '360114' },
      { code: '360114', name: '进贤区', since: 2026, until: null, successor: null },
    ];
    const { body: found } = await ask('GET', '/divisions/entries?search=360124');
    expect(found.total).toBe(1);
    expect((await change('divisions', { base: 1, put })).status).toBe(201);
    expect(resolveDivision('360124')[0]).toMatchObject({
      code: '360114',
      way: [
        { code: '360124', name: '进贤县', until: 2026 },
        { code: '360114', name: '进贤区', until: null },
      ],
    });
    const dictionaries = await http.inject({
      url: '/api/fuse/dictionaries',
      headers: { authorization: `Bearer ${admin}` },
    });
    expect(dictionaries.json().divisions).toContainEqual({ code: '360114', name: '进贤区', city: '360100' });
  });
  test('key industries and units are data too', async () => {
    const industry = { industry: 'nonferrous', prefix: '324', scope: 'core', note: '' };
    expect(
      (await change('key-industries', { base: 1, put: [{ ...industry, industry: 'aviation' }] })).status,
    ).toBe(201);
    expect(keyIndustryOf('3240')).toBe('aviation');
    expect(convert('1', 'dan', '千克')).toBeNull();
    const put = [{ unit: 'dan', quantity: 'mass', factor: '50000', names: ['担'] }];
    expect((await change('units', { base: 1, put })).status).toBe(201);
    expect(convert('1', '担', '千克')?.value).toBe('50');
  });
  test('another process sees it when it looks', async () => {
    const other = createReferenceMemory({ platform: fuse.platform, system: fuse.platform.scope() });
    useReference(null);
    expect(convert('2', '担', '斤')).toBeNull();
    await other.refresh();
    expect(convert('2', '担', '斤')?.value).toBe('200');
  });
  test('the audit log tells who changed which entries', async () => {
    const log = await http.inject({
      url: '/api/audit/entries?limit=50',
      headers: { authorization: `Bearer ${admin}` },
    });
    expect(log.body).toContain('fuse:reference:update');
    expect(log.body).toContain('360114 进贤区');
  });
});

describe('what is refused', () => {
  test.each([
    ['sizes', { put: [{ size: 'huge', employeesMin: 1, revenueMin: 1 }] }, 'put[0].size'],
    ['sizes', { remove: ['micro'] }, 'sizes'],
    ['sizes', { put: [{ size: 'small', employeesMin: 5_000, revenueMin: 300 }] }, 'medium'],
    ['industries', { put: [{ code: '9999', name: '虚构业' }] }, '9999'],
    ['industries', { remove: ['39'] }, '391'],
    ['key-industries', { put: [{ industry: 'textile', prefix: '99', scope: 'core', note: '' }] }, '99'],
    ['units', { put: [{ unit: 'x', quantity: 'mass', factor: '0', names: ['某'] }] }, 'x'],
    ['units', { put: [{ unit: 'x', quantity: 'mass', factor: '2', names: ['吨'] }] }, 'x'],
    [
      'divisions',
      { put: [{ code: '360199', name: '某区', since: null, until: 2026, successor: '999999' }] },
      '360199 某区',
    ],
    [
      'divisions',
      { put: [{ code: '360111', name: '某区', since: null, until: null, successor: null }] },
      '360111 某区',
    ],
    ['divisions', { remove: ['123456 无'] }, 'remove[0]'],
    ['units', {}, 'put'],
  ])('in %s %j, because of %s', async (set, payload, path) => {
    const { body: versions } = await ask('GET', `/${set}/versions`);
    const { status, body } = await change(set, { base: versions.total, ...payload });
    expect(status).toBe(400);
    expect(body.error.details.map((detail: { path: string }) => detail.path)).toContain(path);
    expect((await ask('GET', `/${set}/versions`)).body.total).toBe(versions.total);
  });
  test('a change of an older version, and two at once', async () => {
    const put = (factor: string) => [{ unit: 'dan', quantity: 'mass', factor, names: ['担'] }];
    expect(await change('units', { base: 1, put: put('1') })).toMatchObject({
      status: 409,
      body: { error: { code: 'REFERENCE_CHANGED' } },
    });
    const both = await Promise.all(
      ['60000', '70000'].map((factor) => change('units', { base: 2, put: put(factor) })),
    );
    expect(both.map(({ status }) => status).sort()).toEqual([201, 409]);
  });
  test('from whoever is not of the whole province, or may not', async () => {
    const payload = { base: 1, put: [{ code: '36', name: '汽车业' }] };
    expect((await change('industries', payload, city)).body.error.code).toBe('ROOT_REQUIRED');
    expect((await change('industries', payload, plant)).body.error.code).toBe('PERMISSION_MISSING');
    expect((await ask('GET', '', undefined, city)).status).toBe(200);
    expect((await ask('GET', '', undefined, plant)).status).toBe(403);
    expect((await ask('GET', '/secrets/entries')).status).toBe(400);
    expect((await ask('GET', '/units/versions/99/differences')).status).toBe(404);
  });
});
