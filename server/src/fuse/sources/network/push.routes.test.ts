import { gzipSync } from 'node:zlib';
import type { SourceConnection } from '@ronghe/contracts';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { withinScope } from '#platform/auth/scope.store.ts';
import { AppError } from '#platform/errors/errors.ts';
import type { Http } from '#platform/http/http.ts';
import { startTestPlatform, TEST_ADMIN_PASSWORD, type TestPlatform } from '#platform/testing/platform.ts';
import type { FuseTables } from '../../fuse.tables.ts';
import { fuseMigrations } from '../../migrations.ts';
import type { Delivered } from '../delivery.ts';
import { memorySpool } from './network.fixture.ts';
import { pushRoutes } from './push.routes.ts';
import { createPush, type Push, type PushableSource, type StartDelivered } from './push.service.ts';

type Delivery = Delivered & { run: string; rows: unknown[]; deleted: unknown[] };
type Body = { error?: { code: string }; run?: string };
type Answer = { status: number; headers: Record<string, unknown>; body: Body };

let platform: TestPlatform;
let http: Http;
/** two processes on the same engines */
let servers: Push[] = [];
/** what runs were started with */
let delivered: Delivery[] = [];
let active = false;
let failing = false;
/** called while a delivery is being written */
let whileWriting = async () => {};
const tokens: Record<'root' | 'admin' | 'city' | 'other' | 'viewer', string> = {
  root: '',
  admin: '',
  city: '',
  other: '',
  viewer: '',
};
const [ROWS, EVENTS, PARENT, FOLDER] = [1, 2, 3, 4].map((n) => `00000000-0000-4000-8000-00000000000${n}`) as [
  string,
  string,
  string,
  string,
];
const BODY_BYTES_MAX = 200_000;

const startDelivered: StartDelivered<PushableSource> = async (_scope, source, fill) => {
  if (active) throw new AppError('RUN_ACTIVE', { source: source.name });
  const spool = memorySpool();
  const result = await fill(spool.spool);
  await whileWriting();
  if (failing) throw new AppError('STORAGE_FULL');
  const run = platform.ids.next();
  delivered.push({ ...result, run, rows: spool.rows, deleted: spool.deleted });
  return { run, job: platform.ids.next() };
};

beforeAll(async () => {
  platform = await startTestPlatform({ domains: [fuseMigrations], config: { bodyBytesMax: BODY_BYTES_MAX } });
  tokens.city = await platform.signIn({ organisation: 'jx.yingtan', role: 'data-engineer', kind: 'city' });
  tokens.other = await platform.signIn({ organisation: 'jx.nanchang', role: 'data-engineer', kind: 'city' });
  tokens.viewer = await platform.signIn({ organisation: 'jx.yingtan', role: 'auditor', kind: 'city' });
  const db = platform.relational.as<FuseTables>();
  const sources: [string, string, SourceConnection][] = [
    [ROWS, 'jx.yingtan', { kind: 'push', format: 'rows' }],
    [EVENTS, 'jx.yingtan', { kind: 'push', format: 'debezium' }],
    [PARENT, 'jx', { kind: 'push', format: 'rows' }],
    [FOLDER, 'jx.yingtan', { kind: 'folder', folder: 'a', options: {} }],
  ];
  for (const [id, organisation, connection] of sources)
    await db
      .insertInto('fuse.source')
      .values({
        id,
        organisation,
        kind: connection.kind,
        connection: JSON.stringify(connection),
        key: id,
        name: `来源${id.at(-1)}`,
        owner: '模拟单位',
        address: '',
        secrets_sealed: null,
        target: 'dataset',
        mode: 'incremental',
        watermark_field: null,
        bookmark: null,
        mapping: 1,
        priority: 50,
        schedule: null,
        next_run_at: null,
        created_by: 'tester',
        created_at: new Date(0),
        deleted_at: null,
      })
      .execute();
  const parts: Parameters<typeof createPush<PushableSource>>[0] = {
    platform,
    startDelivered,
    runWaitMs: 400,
    async findSource(scope, id) {
      const row = await db
        .selectFrom('fuse.source')
        .select(['id', 'name', 'key', 'organisation', 'connection'])
        .where('id', '=', id)
        .where(withinScope(scope, 'organisation'))
        .executeTakeFirst();
      return row ? { ...row, rowKey: ['id'] } : null;
    },
  };
  servers = [createPush(parts), createPush(parts)];
  const [push = createPush(parts)] = servers;
  http = await platform.serve([{ name: 'fuse', routes: pushRoutes({ push, bodyBytesMax: BODY_BYTES_MAX }) }]);
  const login = await http.inject({
    method: 'POST',
    url: '/api/auth/login',
    payload: { username: 'admin', password: TEST_ADMIN_PASSWORD },
  });
  tokens.admin = login.json<{ token: string }>().token;
});
afterAll(() => platform.stop());
beforeEach(() => {
  delivered = [];
  active = false;
  failing = false;
  whileWriting = async () => {};
});

async function post(
  url: string,
  payload: string | Buffer | object,
  { token = tokens.city, headers = {} }: { token?: string; headers?: Record<string, string> } = {},
): Promise<Answer> {
  const answer = await http.inject({
    method: 'POST',
    url: `/api/fuse/sources/${url}`,
    payload,
    headers: { authorization: `Bearer ${token}`, ...headers },
  });
  const body = answer.body === '' ? {} : answer.json();
  return { status: answer.statusCode, headers: answer.headers, body };
}
let keys = 0;
const nextKey = () => {
  keys += 1;
  return `schluessel-${keys}`;
};
const code = ({ body }: Answer) => body.error?.code;
const pushRows = (rows: unknown[], more: object = {}, token?: string) =>
  post(`${ROWS}/rows`, { idempotencyKey: nextKey(), rows, ...more }, token === undefined ? {} : { token });
const json = { 'content-type': 'application/json' };
const event = (id: number, more: object = {}) => ({ op: 'c', after: { id, ...more } });

describe('rows', () => {
  test('are written before the answer, with deletions, and counted', async () => {
    const answer = await pushRows([{ id: 1, 名称: '甲' }, { id: 2 }], { deleted: [{ id: 3 }] });
    expect(answer).toMatchObject({
      status: 202,
      body: { rowsIn: 3, repeated: false, run: delivered[0]?.run },
    });
    expect(delivered).toMatchObject([
      { mode: 'incremental', bookmark: null, rows: [{ id: 1, 名称: '甲' }, { id: 2 }], deleted: [{ id: 3 }] },
    ]);
    await pushRows([{ id: 1 }], { complete: true });
    expect(delivered[1]).toMatchObject({ mode: 'full' });
  });

  test('long numbers keep their digits', async () => {
    await post(`${ROWS}/rows`, `{"idempotencyKey":"${nextKey()}","rows":[{"id":1234567890123456789}]}`, {
      headers: json,
    });
    expect(delivered[0]?.rows).toEqual([{ id: '1234567890123456789' }]);
  });

  test('a key that came before answers as it did, in whatever order the fields stand', async () => {
    const idempotencyKey = nextKey();
    const first = await post(`${ROWS}/rows`, { idempotencyKey, rows: [{ id: 1, a: 2 }] });
    const second = await post(`${ROWS}/rows`, { rows: [{ a: 2, id: 1 }], idempotencyKey });
    expect(second).toMatchObject({ status: 202, body: { ...first.body, repeated: true } });
    expect(delivered).toHaveLength(1);
    const other = await post(`${ROWS}/rows`, { idempotencyKey, rows: [{ id: 1, a: 3 }] });
    expect([other.status, code(other)]).toEqual([409, 'PUSH_CONFLICT']);
    active = true;
    expect((await post(`${ROWS}/rows`, { idempotencyKey, rows: [{ id: 1, a: 2 }] })).body).toMatchObject({
      repeated: true,
    });
  });

  test('the same key at the same time is one delivery', async () => {
    const body = { idempotencyKey: nextKey(), rows: [{ id: 1 }] };
    const answers = await Promise.all(Array.from({ length: 6 }, () => post(`${ROWS}/rows`, body)));
    expect(delivered).toHaveLength(1);
    expect(answers.map(({ status }) => status)).toEqual(new Array(6).fill(202));
    expect(new Set(answers.map((answer) => answer.body.run)).size).toBe(1);
  });

  test('the same key at two servers at the same time is one delivery, though the run takes the source for itself', async () => {
    const db = platform.relational.as<FuseTables>();
    whileWriting = async () =>
      void (await db.selectFrom('fuse.source').select('id').where('id', '=', ROWS).forUpdate().execute());
    const idempotencyKey = nextKey();
    const pushed = { idempotencyKey, rows: [{ id: 1 }], deleted: [], complete: false };
    const scope = platform.scope();
    const receipts = await Promise.all(servers.map((server) => server.rows(scope, ROWS, pushed)));
    expect(delivered).toHaveLength(1);
    expect(receipts.map(({ repeated }) => repeated).sort()).toEqual([false, true]);
    expect(new Set(receipts.map(({ run }) => run)).size).toBe(1);
  });

  test('the same key of two sources is two', async () => {
    const idempotencyKey = nextKey();
    await post(`${ROWS}/rows`, { idempotencyKey, rows: [{ id: 1 }] });
    const other = await post(
      `${PARENT}/rows`,
      { idempotencyKey, rows: [{ id: 2 }] },
      { token: await root() },
    );
    expect(other.body).toMatchObject({ repeated: false });
  });

  test('what could not be made durable is not remembered: the same key may come again', async () => {
    failing = true;
    const body = { idempotencyKey: nextKey(), rows: [{ id: 1 }] };
    expect((await post(`${ROWS}/rows`, body)).status).toBe(503);
    failing = false;
    expect(await post(`${ROWS}/rows`, body)).toMatchObject({ status: 202, body: { repeated: false } });
  });

  test('leave a trace', async () => {
    await pushRows([{ id: 1 }]);
    const { items } = await platform.audit.list(platform.scope(), { limit: 1, search: 'fuse:row:push' });
    expect(items[0]).toMatchObject({ target: `run:${delivered[0]?.run}`, after: { rows: 1 } });
  });

  test.each([
    ['no rows', { idempotencyKey: 'a-good-key', rows: [] }, 400],
    ['a short key', { idempotencyKey: 'short', rows: [{}] }, 400],
    ['rows that are none', { idempotencyKey: 'a-good-key', rows: [1] }, 400],
    ['too many rows', { idempotencyKey: 'a-good-key', rows: new Array(10_001).fill({}) }, 400],
    ['no JSON', '{"idempotencyKey":', 400],
    [
      'JSON too deep',
      `{"idempotencyKey":"a-good-key","rows":[{"a":${'['.repeat(90)}${']'.repeat(90)}}]}`,
      400,
    ],
    [
      'a body too large',
      `{"idempotencyKey":"a-good-key","rows":[{"a":"${'x'.repeat(BODY_BYTES_MAX)}"}]}`,
      413,
    ],
  ])('%s is refused', async (_name, body, status) => {
    expect((await post(`${ROWS}/rows`, body, { headers: json })).status).toBe(status);
    expect(delivered).toEqual([]);
  });
});

describe('while a run of the source is open', () => {
  test('several deliveries wait for it, and none is lost (their order: push-queue.test.ts)', async () => {
    active = true;
    const pending = [1, 2, 3].map((id) => pushRows([{ id }]));
    setTimeout(() => {
      active = false;
    }, 150);
    expect((await Promise.all(pending)).map(({ status }) => status)).toEqual([202, 202, 202]);
    // requests side by side may arrive in any order
    const ids = delivered.flatMap(({ rows }) => rows).map((row) => (row as { id: number }).id);
    expect(ids.sort()).toEqual([1, 2, 3]);
  });

  test('one that waited too long is told when to come again, those beyond 16 at once', async () => {
    active = true;
    const answers = await Promise.all(Array.from({ length: 18 }, () => pushRows([{ id: 1 }])));
    for (const answer of answers) {
      expect([answer.status, code(answer)]).toEqual([409, 'RUN_ACTIVE']);
      expect(answer.headers['retry-after']).toBe('5');
    }
    active = false;
    expect((await pushRows([{ id: 1 }])).status).toBe(202);
  });

  test('other sources are written meanwhile', async () => {
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const begun = new Promise<void>((resolve) => {
      whileWriting = async () => {
        whileWriting = async () => {};
        resolve();
        await held;
      };
    });
    const first = pushRows([{ id: 1 }]);
    await begun;
    expect((await post(`${EVENTS}/events`, event(1))).status).toBe(202);
    release();
    expect((await first).status).toBe(202);
  });
});

describe('events', () => {
  const send = (body: string | Buffer | object, headers: Record<string, string> = {}) =>
    post(`${EVENTS}/events`, body, { headers: { 'content-type': 'application/json', ...headers } });

  test('one, a list, or one on each line, in any content type, packed or not', async () => {
    const lines = `${JSON.stringify(event(1))}\r\n\n${JSON.stringify(event(2))}\n`;
    expect((await send(event(1))).body).toMatchObject({ rowsIn: 1 });
    expect((await send([event(1), event(2)])).body).toMatchObject({ rowsIn: 2 });
    expect((await send(JSON.stringify([event(1), event(2)], null, 2))).body).toMatchObject({ rowsIn: 2 });
    for (const type of [
      'application/x-ndjson',
      'application/json',
      'text/plain',
      'application/cloudevents+json',
    ])
      for (const packed of [false, true])
        expect(
          (
            await send(packed ? gzipSync(lines) : lines, {
              'content-type': type,
              ...(packed ? { 'content-encoding': 'gzip' } : {}),
            })
          ).body,
          `${type} ${packed}`,
        ).toMatchObject({ rowsIn: 2 });
    for (const { rows } of delivered.slice(1)) expect(rows).toEqual([{ id: 1 }, { id: 2 }]);
  });

  test('the last of a key counts, deletions are told, a truncated table is full', async () => {
    await send([event(1), { op: 'd', before: { id: 2 } }, event(1, { a: 1234567890 })]);
    expect(delivered[0]).toMatchObject({
      mode: 'incremental',
      rows: [{ id: 1, a: 1234567890 }],
      deleted: [{ id: 2 }],
    });
    await send([event(1), { op: 't' }, event(3)]);
    expect(delivered[1]).toMatchObject({ mode: 'full', rows: [{ id: 3 }] });
  });

  test('what cannot be used goes on as a row without a key, for people to see', async () => {
    expect((await send([event(1), { op: 'c', after: null }])).body).toMatchObject({ rowsIn: 2 });
    expect(delivered[0]?.rows[1]).toEqual({
      '#rejected': '"after" holds no row',
      '#event': '{"op":"c","after":null}',
    });
  });

  test('a key of the header is kept to; without one each request is new', async () => {
    const headers = { 'idempotency-key': nextKey() };
    const first = await send(event(1), headers);
    expect((await send(event(1), headers)).body).toEqual({ ...first.body, repeated: true });
    expect(code(await send(event(2), headers))).toBe('PUSH_CONFLICT');
    await send(event(1));
    await send(event(1));
    expect(delivered).toHaveLength(3);
  });

  test('a sender that can set no header names its key in the address, and a session is no key', async () => {
    const keyOf = async (organisation: string, permissions: string[]) => {
      const made = await http.inject({
        method: 'POST',
        url: '/api/auth/keys',
        headers: { authorization: `Bearer ${tokens.admin}` },
        payload: { name: `erp ${nextKey()}`, organisation, permissions },
      });
      return made.json<{ key: string }>().key;
    };
    const key = await keyOf('jx.yingtan', ['fuse:row:write']);
    const at = (token: string) =>
      http.inject({ method: 'POST', url: `/api/fuse/sources/${EVENTS}/events/${token}`, payload: event(1) });
    expect((await at(key)).json()).toMatchObject({ rowsIn: 1 });
    expect((await at(tokens.city)).statusCode).toBe(401);
    expect((await at(`${key}x`)).statusCode).toBe(401);
    expect((await at(await keyOf('jx.nanchang', ['fuse:row:write']))).statusCode).toBe(404);
    expect((await at(await keyOf('jx.yingtan', ['fuse:run:read']))).statusCode).toBe(403);
    expect(delivered).toHaveLength(1);
  });

  test('heartbeats start no run', async () => {
    expect((await send([{ ts_ms: 1 }, null])).status).toBe(204);
    expect(delivered).toEqual([]);
  });

  test.each<[string, string | Buffer | object, Record<string, string>, number]>([
    ['nothing', '', {}, 400],
    ['no JSON', 'hallo', {}, 400],
    ['a broken line', '{}\n{', {}, 400],
    ['only what is no event', [{ id: 1 }, { id: 2 }], {}, 400],
    ['a short key', { op: 't' }, { 'idempotency-key': 'a' }, 400],
    ['broken UTF-8', Buffer.from([0x22, 0xff, 0x22]), {}, 400],
    ['no gzip', 'x', { 'content-encoding': 'gzip', 'content-type': 'text/plain' }, 400],
    ['an unknown encoding', 'x', { 'content-encoding': 'br', 'content-type': 'text/plain' }, 415],
    ['too many events', `[${new Array(10_001).fill('{}').join()}]`, {}, 400],
    ['a body too large', 'x'.repeat(BODY_BYTES_MAX + 1), {}, 413],
    [
      'a bomb',
      gzipSync('x'.repeat(BODY_BYTES_MAX * 10)),
      { 'content-encoding': 'gzip', 'content-type': 'a/b' },
      413,
    ],
  ])('%s is refused', async (_name, body, headers, status) => {
    expect((await send(body, headers)).status).toBe(status);
    expect(delivered).toEqual([]);
  });
});

async function root(): Promise<string> {
  if (tokens.root === '')
    tokens.root = (
      await http.inject({
        method: 'POST',
        url: '/api/auth/login',
        payload: { username: 'admin', password: 'correct-horse-battery' },
      })
    ).json<{ token: string }>().token;
  return tokens.root;
}

describe('an attacker', () => {
  test('of another city finds no source, neither beside nor above, nor what was pushed under a key', async () => {
    const idempotencyKey = nextKey();
    const body = { idempotencyKey, rows: [{ id: 1 }] };
    await post(`${ROWS}/rows`, body);
    delivered = [];
    const unknown = await post(`${FOLDER.replace(/4$/, '9')}/rows`, body, { token: tokens.other });
    for (const [id, path] of [
      [ROWS, 'rows'],
      [EVENTS, 'events'],
      [PARENT, 'rows'],
      [FOLDER, 'rows'],
    ]) {
      const answer = await post(`${id}/${path}`, path === 'rows' ? body : event(1), { token: tokens.other });
      expect([answer.status, code(answer)]).toEqual([404, 'NOT_FOUND']);
      expect(Object.keys(answer.body.error ?? {})).toEqual(Object.keys(unknown.body.error ?? {}));
    }
    expect((await post(`${PARENT}/rows`, body)).status).toBe(404);
    expect(delivered).toEqual([]);
  });

  test('without the right or a sign-in is turned away before the body is read', async () => {
    const huge = 'x'.repeat(BODY_BYTES_MAX + 1);
    for (const path of ['rows', 'events']) {
      const answer = await post(`${ROWS}/${path}`, huge, { token: tokens.viewer, headers: json });
      expect([answer.status, code(answer)]).toEqual([403, 'PERMISSION_MISSING']);
      expect((await post(`${ROWS}/${path}`, huge, { token: 'nobody', headers: json })).status).toBe(401);
    }
  });

  test('pushes only into sources that are made for it, in the format they are made for', async () => {
    const body = { idempotencyKey: nextKey(), rows: [{ id: 1 }] };
    for (const [url, payload] of [
      [`${FOLDER}/rows`, body],
      [`${FOLDER}/events`, event(1)],
      [`${EVENTS}/rows`, body],
      [`${ROWS}/events`, event(1)],
    ] as const)
      expect(code(await post(url, payload, { headers: json }))).toBe('SOURCE_KIND_WRONG');
    expect((await post(`nowhere/rows`, body)).status).toBe(400);
    expect(delivered).toEqual([]);
  });
});
