import type { Collector, CollectorReport, CollectorWithKey, Page, Point } from '@ronghe/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Http } from '#platform/http/http.ts';
import { startTestPlatform, type TestPlatform } from '#platform/testing/platform.ts';
import { type Collect, collect, collectMigrations } from './index.ts';

const PLANT = 'jx.yingtan.copper';
const OTHER = 'jx.ganzhou.magnet';
let platform: TestPlatform;
let domain: Collect;
let http: Http;
const tokens: Record<'administrator' | 'engineer' | 'other' | 'officer', string> = {
  administrator: '',
  engineer: '',
  other: '',
  officer: '',
};

beforeAll(async () => {
  platform = await startTestPlatform({ domains: [collectMigrations] });
  domain = collect(platform);
  http = await platform.serve([domain]);
  for (const path of ['jx.yingtan', 'jx.ganzhou'])
    await platform.auth.addOrganisation(platform.scope(), {
      path,
      kind: 'city',
      name: path,
      division: null,
      code: null,
    });
  tokens.administrator = await platform.signIn({ organisation: 'jx', role: 'administrator' });
  tokens.engineer = await platform.signIn({ organisation: PLANT, role: 'plant-engineer' });
  tokens.other = await platform.signIn({ organisation: OTHER, role: 'plant-engineer' });
  tokens.officer = await platform.signIn({ organisation: 'jx', role: 'officer' });
});
afterAll(() => platform.stop());

const call = async <Body>(
  method: 'GET' | 'POST' | 'PATCH',
  url: string,
  options: { token?: string; body?: object } = {},
) => {
  const response = await http.inject({
    method,
    url,
    headers: { authorization: `Bearer ${options.token ?? tokens.administrator}` },
    ...(options.body === undefined ? {} : { payload: options.body }),
  });
  return { status: response.statusCode, body: (response.body ? response.json() : null) as Body };
};
const register = (name: string, organisation = PLANT, token = tokens.administrator) =>
  call<CollectorWithKey>('POST', '/api/collect/collectors', {
    token,
    body: { name, title: `${name} 采集器`, organisation },
  });
const report = (collector: string): CollectorReport => ({
  collector,
  version: '0.1.0',
  startedAt: '2026-01-01T00:00:00.000Z',
  epoch: 'e',
  sequence: 5,
  acknowledged: 4,
  bufferBytes: 10,
  bufferBytesMax: 100,
  samplesRead: 7,
  samplesSent: 6,
  samplesDropped: 0,
  connections: [],
});

describe('a collector', () => {
  it('is registered by an engineer of the plant, who needs no right to issue keys, and gets a key that can only deliver', async () => {
    const { status, body } = await register('first', PLANT, tokens.engineer);
    expect(status).toBe(201);
    expect(body.collector).toMatchObject({
      name: 'first',
      organisation: PLANT,
      state: 'never-seen',
      report: null,
      points: 0,
    });
    const scope = await platform.auth.scopeOfKey(body.key, '127.0.0.1');
    expect(scope?.organisation).toBe(PLANT);
    expect([...(scope?.permissions ?? [])].sort()).toEqual([
      'collect:point:write',
      'ingest:observation:write',
    ]);
    const { items } = await platform.audit.list(platform.scope(), { limit: 50 });
    expect(items).toContainEqual(
      expect.objectContaining({ action: 'collect:collector:create', target: 'collector first' }),
    );
    expect(JSON.stringify(items)).not.toContain(body.key);
  });

  it('cannot have a name that is taken, an unknown organisation, or one outside the scope', async () => {
    await register('second');
    expect(await register('second')).toMatchObject({ status: 409, body: { error: { code: 'CONFLICT' } } });
    expect(await register('third', 'jx.nowhere')).toMatchObject({ status: 404 });
    expect(await register('third', OTHER, tokens.engineer)).toMatchObject({
      status: 404,
      body: { error: { code: 'NOT_FOUND' } },
    });
    expect(await register('Third')).toMatchObject({
      status: 400,
      body: { error: { code: 'REQUEST_INVALID' } },
    });
    expect(await register('third', PLANT, tokens.officer)).toMatchObject({ status: 403 });
  });

  it('registered by two at the same moment exists once, and the key of the loser is worth nothing', async () => {
    const answers = await Promise.all([register('raced'), register('raced'), register('raced')]);
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 409, 409]);
    const keys = (await platform.auth.keys(platform.scope())).filter(
      ({ name }) => name === 'collector raced',
    );
    expect(keys.filter(({ revokedAt }) => revokedAt === null)).toHaveLength(1);
  });

  it('that reports is online with its report, and offline when it falls silent', async () => {
    const { body } = await register('reporter');
    const answer = await call('POST', '/api/collect/report', { token: body.key, body: report('reporter') });
    expect(answer.status).toBe(204);
    expect(await call<Collector>('GET', '/api/collect/collectors/reporter')).toMatchObject({
      body: { state: 'online', report: { sequence: 5 } },
    });
    const later = collect({ ...platform, clock: { now: () => new Date(Date.now() + 31_000) } });
    expect(await later.collectors.get(platform.scope(), 'reporter')).toMatchObject({
      state: 'offline',
      report: { sequence: 5 },
    });
  });

  it('keeps its newest report over a restart', async () => {
    const { body } = await register('restarted');
    for (const sequence of [1, 2])
      await call('POST', '/api/collect/report', {
        token: body.key,
        body: { ...report('restarted'), sequence },
      });
    const restarted = collect(platform);
    expect((await restarted.collectors.get(platform.scope(), 'restarted')).report?.sequence).toBe(1);
    await domain.stop?.();
    expect((await restarted.collectors.get(platform.scope(), 'restarted')).report?.sequence).toBe(2);
  });

  it('cannot report for another one', async () => {
    const { body } = await register('honest');
    await register('victim', OTHER);
    for (const name of ['victim', 'nobody', 'second'])
      expect(
        await call('POST', '/api/collect/report', { token: body.key, body: report(name) }),
      ).toMatchObject({
        status: 404,
        body: { error: { code: 'COLLECTOR_UNKNOWN' } },
      });
  });

  it('is seen by its own organisation and those above, page by page', async () => {
    const own = await call<Page<Collector>>('GET', '/api/collect/collectors?limit=500', {
      token: tokens.other,
    });
    expect(own.body.items.map(({ name }) => name)).toEqual(['victim']);
    expect(await call('GET', '/api/collect/collectors/first', { token: tokens.other })).toMatchObject({
      status: 404,
    });
    const names: string[] = [];
    let cursor = '';
    do {
      const { body } = await call<Page<Collector>>('GET', `/api/collect/collectors?limit=2${cursor}`);
      names.push(...body.items.map(({ name }) => name));
      expect(body.total).toBe(7);
      cursor = body.next === null ? '' : `&cursor=${body.next}`;
    } while (cursor);
    expect(names).toEqual(['first', 'honest', 'raced', 'reporter', 'restarted', 'second', 'victim']);
    const found = await call<Page<Collector>>(
      'GET',
      `/api/collect/collectors?search=${encodeURIComponent('victim 采集')}`,
    );
    expect(found.body.items).toHaveLength(1);
    expect(await call('GET', '/api/collect/collectors?cursor=xxx')).toMatchObject({ status: 400 });
  });
});

describe('points', () => {
  const scope = () => platform.scope({ organisation: PLANT });
  const resolve = (definitions: Parameters<Collect['points']['resolve']>[2], organisation = PLANT) =>
    domain.points.resolve(scope(), organisation, definitions);

  it('are made once, however many ask for them at the same moment', async () => {
    const keys = Array.from({ length: 50 }, (_, index) => ({
      key: `p${index}`,
      type: 'number' as const,
      collector: 'first',
    }));
    const answers = await Promise.all(
      Array.from({ length: 6 }, () => collect(platform).points.resolve(scope(), PLANT, keys)),
    );
    const ids = answers.map((answer) => keys.map(({ key }) => answer.get(key)?.id));
    for (const other of ids) expect(other).toEqual(ids[0]);
    expect(new Set(ids[0]).size).toBe(50);
    expect(await call<Collector>('GET', '/api/collect/collectors/first')).toMatchObject({
      body: { points: 50 },
    });
  });

  it('follow what the collector tells until a person names them, and keep their type', async () => {
    await resolve([{ key: 'named', type: 'number', name: 'T1', unit: 'K', equipment: 'A' }]);
    await resolve([{ key: 'named', type: 'text', name: 'T2', unit: 'Cel' }]);
    const { id } = await domain.points.find(scope(), 'named');
    expect(await call<Point>('GET', `/api/collect/points/${id}`)).toMatchObject({
      body: { name: 'T2', unit: 'Cel', equipment: 'A', type: 'number' },
    });
    const changed = await call<Point>('PATCH', `/api/collect/points/${id}`, {
      token: tokens.engineer,
      body: { name: '炉温' },
    });
    expect(changed.body).toMatchObject({ name: '炉温', unit: 'Cel' });
    await resolve([{ key: 'named', type: 'number', name: 'T3', unit: 'degF' }]);
    expect(await domain.points.find(scope(), 'named')).toMatchObject({ name: '炉温', unit: 'degF' });
    const { items } = await platform.audit.list(platform.scope(), {
      limit: 5,
      search: 'collect:point:change',
    });
    expect(items[0]).toMatchObject({ before: { name: 'T2' }, after: { name: '炉温' } });
  });

  it('of other organisations cannot be seen, changed or made', async () => {
    const { id } = await domain.points.find(scope(), 'named');
    for (const reference of [String(id), 'named'])
      expect(await call('GET', `/api/collect/points/${reference}`, { token: tokens.other })).toMatchObject({
        status: 404,
      });
    expect(
      await call('PATCH', `/api/collect/points/${id}`, { token: tokens.other, body: { name: 'x' } }),
    ).toMatchObject({ status: 404 });
    expect(
      await call('PATCH', `/api/collect/points/${id}`, { token: tokens.officer, body: { name: 'x' } }),
    ).toMatchObject({ status: 403 });
    await expect(resolve([{ key: 'x', type: 'number' }], OTHER)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    expect(await domain.points.visible(platform.scope({ organisation: OTHER }), [id])).toEqual([]);
  });

  it('are found by a key that several organisations use, the own one first', async () => {
    const make = (organisation: string) =>
      domain.points.resolve(platform.scope({ organisation }), organisation, [
        { key: 'shared', type: 'number' },
      ]);
    await make(PLANT);
    await make(OTHER);
    expect(await domain.points.find(scope(), 'shared')).toMatchObject({ organisation: PLANT });
    expect(await call('GET', '/api/collect/points/shared')).toMatchObject({
      status: 400,
      body: { error: { code: 'REQUEST_INVALID' } },
    });
    await make('jx');
    expect(await call<Point>('GET', '/api/collect/points/shared')).toMatchObject({
      status: 200,
      body: { organisation: 'jx' },
    });
  });

  it('stay within the limit of their tree, and other trees are not concerned', async () => {
    const small = collect({ ...platform, config: { ...platform.config, ingestPointsMax: 2 } });
    const definitions = ['a', 'b', 'c'].map((key) => ({ key, type: 'number' as const }));
    const full = await small.points.resolve(platform.scope(), 'jx.ganzhou.small', definitions);
    expect([...full.keys()]).toEqual(['a', 'b']);
    const other = await small.points.resolve(platform.scope(), 'jx.ganzhou.tiny', definitions.slice(0, 2));
    expect(other.size).toBe(2);
    expect((await small.points.resolve(platform.scope(), 'jx.ganzhou.small', definitions)).size).toBe(2);
  });

  it('are listed by collector, organisation and search, page by page', async () => {
    const page = await call<Page<Point>>('GET', '/api/collect/points?collector=first&limit=20');
    expect([page.body.items.length, page.body.total]).toEqual([20, 50]);
    const next = await call<Page<Point>>(
      'GET',
      `/api/collect/points?collector=first&limit=40&cursor=${page.body.next}`,
    );
    expect([next.body.items.length, next.body.next]).toEqual([30, null]);
    expect(next.body.items[0]?.id).toBeGreaterThan(page.body.items.at(-1)?.id ?? 0);
    const tiny = await call<Page<Point>>('GET', '/api/collect/points?organisation=jx.ganzhou&search=a');
    expect(tiny.body.items.map(({ organisation }) => organisation).sort()).toEqual([
      'jx.ganzhou.magnet',
      'jx.ganzhou.small',
      'jx.ganzhou.tiny',
    ]);
    // A LIKE pattern of the caller is text.
    expect(
      (await call<Page<Point>>('GET', `/api/collect/points?search=${encodeURIComponent('%')}`)).body.total,
    ).toBe(0);
  });
});
