import type { HttpJsonReading } from '@ronghe/contracts';
import { afterEach, describe, expect, test } from 'vitest';
import { startSourceSystem } from '../../testing/source-system.ts';
import { createHttpJsonDeliverer } from './http-json.deliverer.ts';
import {
  delivererContext,
  deliveryRequest,
  json,
  memorySpool,
  startServer,
  type TestServer,
} from './network.fixture.ts';
import { createTargetGuard } from './targets.service.ts';

type Server = { url: string; host: string; stop(): Promise<unknown> };
type Request = Parameters<typeof deliveryRequest>[0];
type Setup = {
  reading?: HttpJsonReading;
  tokenPath?: string;
  password?: string;
  watermarkField?: string;
  listPath?: string;
};

const open: { stop(): unknown }[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await one.stop();
});

async function serve(...given: Parameters<typeof startServer>): Promise<TestServer> {
  const server = await startServer(...given);
  open.push(server);
  return server;
}

/** One delivery from a server, whole. */
async function deliver(server: Server, setup: Setup = {}, request: Request = {}) {
  const guard = createTargetGuard({ allowedHosts: [server.host] });
  const spool = memorySpool();
  const deliverer = createHttpJsonDeliverer({
    connection: {
      kind: 'http-json',
      url: server.url,
      tokenPath: setup.tokenPath ?? '',
      listPath: setup.listPath ?? '/list',
      username: 'ronghe',
      reading: setup.reading,
    },
    secrets: { password: setup.password },
    watermarkField: setup.watermarkField ?? null,
    guard,
    context: delivererContext(),
    clock: { now: () => new Date('2026-03-31T00:00:00Z') },
  });
  try {
    const delivered = await deliverer.deliver(spool.spool, deliveryRequest(request));
    return { ...delivered, rows: spool.rows };
  } finally {
    guard.close();
  }
}
const ids = (count: number, from = 0) => Array.from({ length: count }, (_, index) => ({ id: from + index }));
const query = (url: string | undefined) => new URL(url ?? '', 'http://x').searchParams;

/** A list cut into pages as `paging` says; rows and limits of the server in the test's hands. */
const paged = (
  rows: readonly unknown[],
  {
    total = true,
    cap = Number.POSITIVE_INFINITY,
    first = 1,
  }: { total?: boolean; cap?: number; first?: number } = {},
) =>
  serve((request, response) => {
    const asked = query(request.url);
    const size = Math.min(Number(asked.get('pageSize')), cap);
    const start = (Number(asked.get('pageNo')) - first) * size;
    json(response, {
      code: 0,
      data: { list: rows.slice(start, start + size), ...(total ? { total: rows.length } : {}) },
    });
  });

describe('a system with tokens, as runs meet it', () => {
  const setup = (system: { password: string }): Setup => ({
    tokenPath: '/api/token',
    listPath: '/api/v1/enterprises',
    password: system.password,
    reading: { pageSize: 2 },
  });
  const start = async () => {
    const system = await startSourceSystem();
    open.push(system);
    system.state.rows = ids(5);
    return system;
  };

  test('all pages come in order, and progress is told', async () => {
    const system = await start();
    const told: (number | null)[] = [];
    const tell = async (share: number | null) => void told.push(share);
    const found = await deliver(system, setup(system), { tell });
    expect(found).toEqual({ mode: 'full', bookmark: null, rows: ids(5) });
    expect(told).toEqual([0.4, 0.8, 1]);
  });

  test('a token that is refused is renewed, rate limits and a hiccup are got over', async () => {
    const system = await start();
    system.state.tokenUses = 1;
    system.state.failures = [503, 429];
    expect((await deliver(system, setup(system))).rows).toEqual(ids(5));
    expect(system.state.tokens).toBeGreaterThan(2);
  });

  test('a wrong password is told without being shown', async () => {
    const system = await start();
    const error = await deliver(system, { ...setup(system), password: 'falsch-falsch' }).catch((e) => e);
    expect(error.message).toMatch(/was refused/);
    expect(error.message).not.toContain('falsch');
  });

  test('a list that ends early and a redirect elsewhere fail', async () => {
    const system = await start();
    system.state.total = 50;
    await expect(deliver(system, setup(system))).rejects.toThrow('the list ended after 5 of 50 rows');
    system.state.total = null;
    system.state.redirectTo = 'http://127.0.0.1:1/else';
    await expect(deliver(system, setup(system))).rejects.toMatchObject({
      code: 'SOURCE_TARGET_REFUSED',
      values: { target: '127.0.0.1:1' },
    });
    system.state.redirectTo = '/api/v1/enterprises?pageNo=2';
    await expect(deliver(system, setup(system))).rejects.toThrow(/final address/);
  });

  test('cancelling ends it between pages', async () => {
    const system = await start();
    const controller = new AbortController();
    system.state.onPage = async (page) => {
      if (page === 2) controller.abort(new Error('cancel'));
    };
    await expect(deliver(system, setup(system), { signal: controller.signal })).rejects.toThrow('cancel');
    expect(system.state.requests).toBe(2);
  });
});

describe('tokens', () => {
  test('one that runs out in mid-run is renewed before the system has to refuse it', async () => {
    let tokens = 0;
    const used: unknown[] = [];
    const server = await serve(async (request, response) => {
      if (request.url === '/token') {
        tokens += 1;
        return json(response, {
          data: { access_token: `t${tokens}`, expires_in: tokens === 1 ? 0.05 : 600 },
        });
      }
      used.push(request.headers['x-token']);
      const page = Number(query(request.url).get('pageNo'));
      if (page === 1) await new Promise((resolve) => setTimeout(resolve, 60));
      return json(response, { code: 0, data: { total: 3, list: ids(1, page) } });
    });
    const reading = { pageSize: 1, tokenHeader: 'X-Token' };
    expect((await deliver(server, { tokenPath: '/token', reading })).rows).toHaveLength(3);
    expect(used).toEqual(['t1', 't2', 't2']);
  });

  test('one that is refused twice is the end, and what the system says hides it', async () => {
    const server = await serve((request, response) =>
      request.url === '/token'
        ? json(response, { access_token: 'very-secret' })
        : json(response, { code: 1 }, { status: 401 }),
    );
    await expect(deliver(server, { tokenPath: '/token' })).rejects.toThrow('refused twice');
    const telling = await serve((request, response) =>
      json(
        response,
        request.url === '/token' ? { access_token: 'very-secret' } : { code: 7, msg: 'not very-secret' },
      ),
    );
    await expect(deliver(telling, { tokenPath: '/token' })).rejects.toThrow('code 7 not ***');
    const none = await serve((_request, response) => json(response, { code: 3, message: '账号已锁定' }));
    await expect(deliver(none, { tokenPath: '/token' })).rejects.toThrow('账号已锁定');
  });
});

describe('paging', () => {
  test.each([0, 1, 2, 4, 5, 6])('%i rows by page, with and without a total, from page 0', async (count) => {
    for (const total of [true, false]) {
      const server = await paged(ids(count), { total, first: 0 });
      const reading = { pageSize: 2, firstPage: 0 };
      expect((await deliver(server, { reading })).rows, `total ${total}`).toEqual(ids(count));
    }
  });

  test('a limit of the server below the size asked for loses no row', async () => {
    const server = await paged(ids(7), { total: false, cap: 3 });
    expect((await deliver(server, { reading: { pageSize: 100 } })).rows).toEqual(ids(7));
  });

  test('behind a short first page an absent or repeated page is the end', async () => {
    const absent = await serve((request, response) =>
      query(request.url).get('pageNo') === '1'
        ? json(response, { data: { list: ids(2) } })
        : json(response, { detail: 'Invalid page.' }, { status: 404 }),
    );
    expect((await deliver(absent)).rows).toEqual(ids(2));
    const repeating = await serve((_request, response) => json(response, { data: { list: ids(2) } }));
    expect((await deliver(repeating)).rows).toEqual(ids(2));
  });

  test('a full page that comes again is a fault: the parameter is not heeded', async () => {
    for (const extra of [{}, { total: 50 }]) {
      const server = await serve((_request, response) =>
        json(response, { data: { list: ids(2), ...extra } }),
      );
      await expect(deliver(server, { reading: { pageSize: 2 } })).rejects.toThrow(/pageNo is not heeded/);
      expect(server.asked).toHaveLength(2);
    }
  });

  test.each([0, 1, 3, 4])('%i rows by offset', async (count) => {
    for (const total of [true, false]) {
      const server = await serve((request, response) => {
        const start = Number(query(request.url).get('skip'));
        json(response, {
          items: ids(count).slice(start, start + Number(query(request.url).get('take'))),
          ...(total ? { count: String(count) } : {}),
        });
      });
      const reading: HttpJsonReading = {
        paging: 'offset',
        pageParameter: 'skip',
        sizeParameter: 'take',
        pageSize: 2,
        itemsField: 'items',
        totalField: 'count',
      };
      expect((await deliver(server, { reading })).rows).toEqual(ids(count));
    }
  });

  test('by cursor, text or number or address, until there is none; a circle is a fault', async () => {
    const reading: HttpJsonReading = { paging: 'cursor', pageParameter: 'after', itemsField: 'rows' };
    const next: Record<string, unknown> = { '': 'b', b: 3, '3': '' };
    const server = await serve((request, response) => {
      const after = query(request.url).get('after') ?? '';
      json(response, { rows: [{ id: after }], next: next[after] });
    });
    expect((await deliver(server, { reading })).rows).toEqual([{ id: '' }, { id: 'b' }, { id: '3' }]);
    next['3'] = 'b';
    await expect(deliver(server, { reading })).rejects.toThrow(/leads back/);
    next['3'] = `${server.url}/list?after=z`;
    expect((await deliver(server, { reading })).rows).toHaveLength(4);
    next['3'] = 'http://127.0.0.2:1/list';
    await expect(deliver(server, { reading })).rejects.toMatchObject({ code: 'SOURCE_TARGET_REFUSED' });
  });

  test('by Link header (RFC 8288), of lists at the top of the answer', async () => {
    const server: TestServer = await serve((request, response) => {
      const page = Number(query(request.url).get('page') ?? 1);
      const link = `</first>; rel="first", </list?page=${page + 1}>; title="a, <b>; rel=prev"; rel="last next"`;
      json(response, ids(2, page * 2), { headers: page < 3 ? { link } : {} });
    });
    expect((await deliver(server, { reading: { paging: 'link' } })).rows).toEqual(ids(6, 2));
    const elsewhere = await serve((_request, response) =>
      json(response, ids(1), { headers: { link: `<${server.url}/list>; rel=next` } }),
    );
    await expect(deliver(elsewhere, { reading: { paging: 'link' } })).rejects.toMatchObject({
      code: 'SOURCE_TARGET_REFUSED',
      values: { target: server.host },
    });
  });

  test('without paging one answer is all, and its total is held against it', async () => {
    let total = 3;
    const server = await serve((_request, response) => json(response, { data: { list: ids(3), total } }));
    expect((await deliver(server, { reading: { paging: 'none' } })).rows).toEqual(ids(3));
    expect(server.asked).toEqual(['/list']);
    total = 4;
    await expect(deliver(server, { reading: { paging: 'none' } })).rejects.toThrow('after 3 of 4');
  });
});

describe('limits', () => {
  const endless = () =>
    serve((request, response) =>
      json(response, { data: { list: ids(10, 10 * Number(query(request.url).get('pageNo'))) } }),
    );
  const reading = { pageSize: 10 };
  const limits = { rowsMax: 1_000, bytesMax: 1_000_000, timeMsMax: 20_000 };

  test.each([
    [{ rowsMax: 35 }, 'more than 35 rows'],
    [{ bytesMax: 500 }, 'more than 500 bytes'],
    [{ timeMsMax: 60 }, 'not read within 0.06 s'],
  ])('an endless list ends at %o', async (change, reason) => {
    const request = { limits: { ...limits, rowsMax: 100_000_000, bytesMax: 1e12, ...change } };
    const failed = deliver(await endless(), { reading }, request);
    await expect(failed).rejects.toMatchObject({ code: 'SOURCE_TOO_LARGE', values: { reason } });
  });

  test('a total over the limit ends it at once', async () => {
    const server = await serve((_request, response) =>
      json(response, { data: { list: ids(1), total: 5_000 } }),
    );
    await expect(deliver(server)).rejects.toMatchObject({ code: 'SOURCE_TOO_LARGE' });
    expect(server.asked).toHaveLength(1);
  });
});

describe('answers that are none', () => {
  test.each([
    ['<html>登录</html>', 'no JSON'],
    ['', 'no JSON'],
    ['{"data":{"list":[1', 'no JSON'],
    [`{"data":{"list":[${'['.repeat(100)}${']'.repeat(100)}]}}`, 'no JSON'],
    ['{"code":401,"msg":"未授权"}', '未授权'],
    ['{"code":"1"}', 'code 1'],
    ['{"data":{"list":{}}}', 'no list at data.list'],
    ['null', 'no list'],
  ])('%s', async (body, reason) => {
    const server = await serve((_request, response) => json(response, body));
    await expect(deliver(server)).rejects.toMatchObject({
      code: 'SOURCE_UNREACHABLE',
      values: { source: '模拟来源', reason: expect.stringContaining(reason) },
    });
    expect(server.asked).toHaveLength(1);
  });

  test('long numbers keep their digits, Chinese encodings are read, and what is no row is kept to be refused', async () => {
    const body = '{"data":{"total":3,"list":[{"id":1234567890123456789,"n":0.1},7,{"id":"南昌"}]}}';
    const server = await serve((_request, response) => json(response, body));
    const rows = [{ id: '1234567890123456789', n: 0.1 }, { value: 7 }, { id: '南昌' }];
    expect((await deliver(server)).rows).toEqual(rows);
    const gbk = Buffer.from(
      '7b2264617461223a7b22746f74616c223a312c226c697374223a5b7b226964223a22c4cfb2fd227d5d7d7d',
      'hex',
    );
    const chinese = await serve((request, response) =>
      response
        .writeHead(200, {
          'content-type': request.url?.startsWith('/told') ? 'application/json;charset=GBK' : 'text/plain',
        })
        .end(gbk),
    );
    for (const listPath of ['/told', '/untold'])
      expect((await deliver(chinese, { listPath })).rows).toEqual([{ id: '南昌' }]);
  });
});

describe('attempts', () => {
  test('Retry-After is waited for, and too long a pause fails the run instead', async () => {
    let count = 0;
    const server = await serve((_request, response) => {
      count += 1;
      if (count === 1) return json(response, '', { status: 429, headers: { 'retry-after': '0.2' } });
      return json(response, { data: { list: ids(1), total: 1 } });
    });
    const begun = performance.now();
    expect((await deliver(server)).rows).toEqual(ids(1));
    expect(performance.now() - begun).toBeGreaterThan(190);
    const busy = await serve((_request, response) =>
      json(response, '', { status: 503, headers: { 'retry-after': '3600' } }),
    );
    await expect(deliver(busy)).rejects.toThrow('asks to wait 3600 s');
  });

  test('four in all; what the system understood and refused is not asked again', async () => {
    const down = await serve((_request, response) =>
      json(response, '', { status: 500, headers: { 'retry-after': '0' } }),
    );
    await expect(deliver(down)).rejects.toThrow('HTTP status 500');
    expect(down.asked).toHaveLength(4);
    const refusing = await serve((_request, response) => json(response, '', { status: 403 }));
    await expect(deliver(refusing)).rejects.toThrow('HTTP status 403');
    expect(refusing.asked).toHaveLength(1);
  });
});

describe('incremental', () => {
  const setup: Setup = { reading: { sinceParameter: 'since' }, watermarkField: 'gxsj' };
  const serveRows = (rows: unknown[]) =>
    serve((_request, response) => json(response, { data: { list: rows, total: rows.length } }));

  test('the first run is full and its highest value is what the next asks from', async () => {
    const server = await serveRows([
      { gxsj: '2026-03-01 08:00:00' },
      { gxsj: '2026-03-02 08:00:00' },
      { gxsj: '2099-01-01 00:00:00' },
      { gxsj: '未知' },
      {},
    ]);
    const first = await deliver(server, setup);
    expect(first).toMatchObject({ mode: 'full', bookmark: { since: '2026-03-02 08:00:00' } });
    const second = await deliver(server, setup, { bookmark: first.bookmark });
    expect(second).toMatchObject({ mode: 'incremental', bookmark: first.bookmark });
    expect(query(server.asked[0]).has('since')).toBe(false);
    expect(query(server.asked[1]).get('since')).toBe('2026-03-02 08:00:00');
  });

  test('nothing new keeps the bookmark; without the parameter or the field every run is full', async () => {
    const server = await serveRows([]);
    const bookmark = { since: 41 };
    expect(await deliver(server, setup, { bookmark })).toMatchObject({ mode: 'incremental', bookmark });
    for (const partial of [{ watermarkField: 'gxsj' }, { reading: { sinceParameter: 'since' } }])
      expect(await deliver(server, partial, { bookmark })).toMatchObject({ mode: 'full', bookmark: null });
    expect(query(server.asked[1]).has('since')).toBe(false);
  });
});
