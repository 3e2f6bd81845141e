import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { SourceConnection, SourceOfferRequest } from '@ronghe/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Scope } from '#platform/auth/scope.ts';
import { randomIds } from '#platform/clock/clock.ts';
import { AppError, errorBody } from '#platform/errors/errors.ts';
import { createFiles } from '#platform/files/files.ts';
import { type EngineScene, openEngineScene, PASSWORD } from './engines/engines.fixture.ts';
import { createTargetGuard } from './network/targets.service.ts';
import { createOffers, type Offers } from './offer.service.ts';
import { partConnection } from './secrets.ts';

const TAP = join(import.meta.dirname, 'programs', 'fake-tap.fixture.mjs');
const SAVED = '11111111-1111-4111-8111-111111111111';
let scene: EngineScene;
let offers: Offers;
let looks = '';

beforeAll(async () => {
  scene = await openEngineScene();
  await scene.admin(`create schema 统计; create table 统计."月报 ""A""" (id int primary key, 产值 numeric);
    comment on table 统计."月报 ""A""" is '规上企业月报'; insert into 统计."月报 ""A""" select g, g from generate_series(1, 500) g;
    analyze 统计."月报 ""A"""; create view public.active as select 1 as one; create table public.hidden (id int);
    create table public.parts (at date) partition by range (at); create table public.part_1 partition of public.parts default;
    grant usage on schema 统计 to plant; grant select on 统计."月报 ""A""", public.active, public.parts, public.part_1 to plant`);
  mkdirSync(join(scene.folder, 'data'), { recursive: true });
  const files = createFiles(join(scene.folder, 'data'));
  looks = await files.folder('fuse', 'looks');
  const config = {
    fusePrograms: [`tap=${process.execPath} ${TAP}`],
    fuseSourceHosts: [`127.0.0.1:${scene.port}`],
  };
  const guard = createTargetGuard({ allowedHosts: config.fuseSourceHosts });
  const platform = { analytics: scene.analytics, files, ids: randomIds, config } as unknown as Parameters<
    typeof createOffers
  >[0]['platform'];
  offers = createOffers({
    platform,
    guard,
    known: async (_scope, id) => {
      if (id !== SAVED) throw new AppError('NOT_FOUND', { thing: id });
      const { open } = partConnection({ ...database(), table: 'active' } as SourceConnection);
      return { connection: open, secrets: { password: PASSWORD } };
    },
  });
}, 60_000);
afterAll(() => scene?.stop());

const scope = (permissions: readonly string[] = ['fuse:source:write']) =>
  ({ organisation: 'jx', permissions: new Set(permissions) }) as unknown as Scope;
type Asked = SourceOfferRequest['connection'];
const database = (change: Partial<Extract<Asked, { kind: 'database' }>> = {}): Asked => ({
  kind: 'database',
  engine: 'postgresql',
  host: '127.0.0.1',
  port: scene.port,
  database: 'postgres',
  username: 'plant',
  password: PASSWORD,
  fields: [],
  ...change,
});
const program = (change: Partial<Extract<Asked, { kind: 'program' }>> = {}): Asked => ({
  kind: 'program',
  protocol: 'singer',
  program: 'tap',
  settings: {},
  secrets: {},
  ...change,
});
const failureOf = async (connection: Asked, by = scope()): Promise<AppError> =>
  Promise.resolve()
    .then(() => offers.offer(by, { connection }))
    .then(
      () => Promise.reject(new Error('it was answered')),
      (error: unknown) => error as AppError,
    );

describe('a saved source', () => {
  it('lends its password, as long as the form still leads to the same place as the same user', async () => {
    const blank = database({ password: '' });
    const offer = await offers.offer(scope(), { connection: blank, source: SAVED });
    expect(offer.items.map(({ name }) => name)).toContain('active');
    const elsewhere = offers.offer(scope(), {
      connection: { ...blank, username: 'root' } as Asked,
      source: SAVED,
    });
    await expect(elsewhere).rejects.toMatchObject({ code: 'SOURCE_UNREACHABLE' });
    const other = '22222222-2222-4222-8222-222222222222';
    await expect(offers.offer(scope(), { connection: blank, source: other })).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
  });
});

describe('what a database offers', () => {
  it('tables and views the user may read, with schema, estimated rows and comment, and no partitions', async () => {
    expect(await offers.offer(scope(), { connection: database() })).toEqual({
      more: false,
      items: [
        {
          schema: 'public',
          name: 'active',
          kind: 'view',
          rows: null,
          comment: '',
          incremental: false,
          columns: null,
        },
        {
          schema: 'public',
          name: 'parts',
          kind: 'table',
          rows: null,
          comment: '',
          incremental: false,
          columns: null,
        },
        {
          schema: '统计',
          name: '月报 "A"',
          kind: 'table',
          rows: 500,
          comment: '规上企业月报',
          incremental: false,
          columns: null,
        },
      ],
    });
  });

  it('columns of the one that is named', async () => {
    const { items } = await offers.offer(scope(), {
      connection: database({ schema: '统计', table: '月报 "A"' }),
    });
    expect(items).toMatchObject([
      {
        schema: '统计',
        name: '月报 "A"',
        columns: [
          { name: 'id', type: 'integer', key: true },
          { name: '产值', type: 'numeric', key: false },
        ],
      },
    ]);
  });

  it('nothing to who may not write sources, and nothing of a place that is not listed', async () => {
    expect((await failureOf(database(), scope(['fuse:source:read']))).code).toBe('PERMISSION_MISSING');
    for (const change of [{ port: scene.port + 1 }, { host: '169.254.169.254' }, { host: 'localhost' }])
      expect((await failureOf(database(change))).code).toBe('SOURCE_TARGET_REFUSED');
  });

  it.each([
    [{ password: 'wrong' }, '用户名或密码不对', 'the user name or the password was refused'],
    [{ database: 'nowhere' }, '没有这个数据库', 'there is no such database'],
    [
      { table: 'hidden' },
      '没有这张表，或该用户无权读取',
      'there is no such table, or this user may not read it',
    ],
  ])('says why not, in both languages: %j', async (change, zh, en) => {
    const error = await failureOf(database(change));
    const said = (locale: 'zh-CN' | 'en') => errorBody(error, { locale, requestId: '' }).error.message;
    expect([said('zh-CN').includes(zh), said('en').includes(en)], said('zh-CN')).toEqual([true, true]);
    expect(said('zh-CN')).toContain(`127.0.0.1:${scene.port}/`);
    expect(said('en')).not.toContain('wrong');
  });

  it('collections of MongoDB cannot be listed', async () => {
    const error = await failureOf(database({ engine: 'mongodb' }));
    expect([error.code, error.details?.[0]?.path]).toEqual(['REQUEST_INVALID', 'connection.engine']);
  });
});

describe('what a program offers', () => {
  it('its streams with fields and keys, and leaves nothing behind', async () => {
    const { items } = await offers.offer(scope(), { connection: program() });
    expect(items.map(({ name, kind, incremental }) => [name, kind, incremental])).toEqual([
      ['companies', 'stream', true],
      ['orders', 'stream', false],
    ]);
    expect(items[0]?.columns?.map(({ name, key }) => [name, key])).toEqual([
      ['id', true],
      ['name', false],
      ['at', false],
    ]);
    expect(readdirSync(looks)).toEqual([]);
  });

  it('only when the operator allowed it', async () => {
    expect((await failureOf(program({ program: 'other' }))).code).toBe('SOURCE_PROGRAM_REFUSED');
  });
});
