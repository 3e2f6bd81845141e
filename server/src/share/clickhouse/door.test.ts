import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ShareTest, startShare } from '../share.fixture.ts';

let share: ShareTest;
let key: { token: string; id: string };
beforeAll(async () => {
  share = await startShare();
  await share.platform.signIn({ organisation: 'jx.nanchang', role: 'officer', kind: 'city' });
  await share.invent([
    { name: '甲铜业', organisation: 'jx.nanchang', revenue: 100 },
    { name: '丙纺织', organisation: 'jx.ganzhou', revenue: 300 },
  ]);
  key = await share.key('jx.nanchang', ['share:dataset:read', 'share:sql:use']);
}, 120_000);
afterAll(() => share?.stop());

type More = Omit<RequestInit, 'headers'> & {
  headers?: Record<string, string>;
  parameters?: Record<string, string>;
};
const own = () => ({ 'x-clickhouse-user': key.id, 'x-clickhouse-key': key.token });
async function ask(query: string | null, { headers = own(), parameters = {}, ...more }: More = {}) {
  const address = new URL(`http://127.0.0.1:${share.sharing.sqlPort()}/`);
  if (query !== null) address.searchParams.set('query', query);
  for (const [name, value] of Object.entries(parameters)) address.searchParams.set(name, value);
  const answer = await fetch(address, { headers, ...more });
  return { status: answer.status, headers: answer.headers, text: await answer.text() };
}
const basic = (user: string, password: string) =>
  ({ authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}` }) as const;

/** Writes bytes as they are and gives all that comes back until the end. */
async function raw(bytes: string | Buffer, timeoutMs = 5_000): Promise<string> {
  const socket = connect(share.sharing.sqlPort() ?? 0, '127.0.0.1');
  const parts: Buffer[] = [];
  socket.on('data', (part: Buffer) => parts.push(part));
  socket.on('error', () => {});
  socket.write(bytes);
  const ended = new Promise((resolve) => socket.once('close', resolve));
  await Promise.race([ended, wait(timeoutMs)]);
  socket.destroy();
  return Buffer.concat(parts).toString('latin1');
}

describe('the door of ClickHouse’s HTTP interface', () => {
  it('answers ping and root without credentials, and nothing else', async () => {
    expect(await ask(null, { headers: {} })).toMatchObject({ status: 200, text: 'Ok.\n' });
    const at = (path: string, init: RequestInit = {}) =>
      fetch(`http://127.0.0.1:${share.sharing.sqlPort()}${path}`, init).then((answer) => answer.status);
    expect(await at('/ping')).toBe(200);
    expect(await at('/ping', { method: 'HEAD' })).toBe(200);
    expect(await at('/play')).toBe(404);
    expect(await at('/dashboard')).toBe(404);
    expect(await at('/..%2f..%2fetc/passwd')).toBe(404);
    expect(await at('/', { method: 'DELETE' })).toBe(405);
  });

  it('answers invented rows by a setting in the address or the text, and says so in a header', async () => {
    const text = 'select count() from share.enterprises';
    for (const [query, parameters] of [
      [text, { ronghe_sandbox: '1' }],
      [`${text} settings ronghe_sandbox = 1`, {}],
    ] as const) {
      const answer = await ask(query, { parameters });
      expect(answer).toMatchObject({ status: 200, text: '200\n' });
      expect(answer.headers.get('x-data-sandbox')).toBe('1');
    }
    const real = await ask(text);
    expect(real).toMatchObject({ status: 200, text: '1\n' });
    expect(real.headers.get('x-data-sandbox')).toBeNull();
    expect((await ask(text, { parameters: { ronghe_sandbox: 'x' } })).status).toBeGreaterThanOrEqual(400);
  });

  it('takes the query from the address, the body and both', async () => {
    expect((await ask('select 1 as x')).text).toBe('1\n');
    expect((await ask(null, { method: 'POST', body: 'select 2 as x' })).text).toBe('2\n');
    expect((await ask('select 3', { method: 'POST', body: ' + 4' })).text).toBe('7\n');
    expect((await ask('select 1', { method: 'HEAD' })).status).toBe(200);
    expect(await ask(null, { method: 'POST', body: '' })).toMatchObject({ status: 400 });
  });

  it.each([
    ['Basic', () => basic(key.id, key.token), 200],
    ['Basic with the prefix of the key', () => basic(key.token.slice(0, 11), key.token), 200],
    ['Basic with the default user', () => basic('default', key.token), 200],
    ['Bearer', () => ({ authorization: `Bearer ${key.token}` }), 200],
    ['a person', () => basic('jx-nanchang-officer', 'correct-horse-battery'), 200],
    ['nothing', () => ({}), 401],
    ['a wrong key', () => basic(key.id, `${key.token.slice(0, -1)}_`), 403],
    ['the key of another user', () => basic('somebody', key.token), 403],
    ['a wrong password', () => basic('jx-nanchang-officer', 'wrong'), 403],
    ['an unknown person', () => basic('nobody', 'wrong'), 403],
    ['no password', () => basic('jx-nanchang-officer', ''), 403],
    ['two ways at once', () => ({ ...basic(key.id, key.token), ...own() }), 403],
    ['a header that is none', () => ({ authorization: 'Negotiate abc' }), 401],
  ])('lets in or not: %s', async (_way, headers, status) => {
    const answer = await ask('select count() from share.enterprises', { headers: headers() });
    expect([answer.status, answer.text]).toEqual([
      status,
      status === 200 ? '1\n' : expect.stringMatching(/^Code: (194|516)\. DB::Exception: /),
    ]);
  });

  it('answers an unknown person and a wrong password alike', async () => {
    const texts = await Promise.all(
      ['jx-nanchang-officer', 'nobody'].map((user) => ask('select 1', { headers: basic(user, 'wrong') })),
    );
    expect(texts[0]).toMatchObject({ status: texts[1]?.status, text: texts[1]?.text });
  });

  it('takes user and password of the address', async () => {
    const parameters = { user: key.id, password: key.token };
    expect((await ask('select 1', { headers: {}, parameters })).text).toBe('1\n');
  });

  it('needs the right to ask in SQL', async () => {
    const { token, id } = await share.key('jx.nanchang', ['share:dataset:read'], 'without');
    const answer = await ask('select 1', { headers: basic(id, token) });
    expect(answer).toMatchObject({ status: 403, text: expect.stringContaining('(ACCESS_DENIED)') });
  });

  it('stops answering a key that was revoked and a person that was disabled', async () => {
    const { token, id } = await share.key('jx.nanchang', ['share:dataset:read', 'share:sql:use'], 'short');
    expect((await ask('select 1', { headers: basic(id, token) })).status).toBe(200);
    await share.call('DELETE', `/api/auth/keys/${id}`);
    expect((await ask('select 1', { headers: basic(id, token) })).status).toBe(403);
    await share.platform.signIn({ organisation: 'jx.nanchang', role: 'data-engineer', kind: 'city' });
    const person = basic('jx-nanchang-data-engineer', 'correct-horse-battery');
    const before = (await ask('select 1', { headers: person })).status;
    const scope = share.platform.scope();
    const [user] = (await share.platform.auth.users(scope)).filter(
      ({ username }) => username === 'jx-nanchang-data-engineer',
    );
    await share.platform.auth.changeUser(scope, user?.id ?? '', { disabled: true });
    expect([before === 516, (await ask('select 1', { headers: person })).status]).toEqual([false, 403]);
  });

  it('tells format, summary, query id, its name and time zone', async () => {
    const { headers } = await ask('select name from share.enterprises format JSONEachRow', {
      parameters: { query_id: 'mine-1', wait_end_of_query: '1', send_progress_in_http_headers: '1' },
    });
    expect(headers.get('content-type')).toBe('application/x-ndjson; charset=UTF-8');
    expect(headers.get('x-clickhouse-format')).toBe('JSONEachRow');
    expect(headers.get('x-clickhouse-query-id')).toBe('mine-1');
    expect(headers.get('x-clickhouse-server-display-name')).toBe('Ronghe');
    expect(headers.get('x-clickhouse-timezone')).toBe('UTC');
    expect(headers.get('x-clickhouse-exception-tag')).toMatch(/^[0-9a-f]{16}$/);
    expect(JSON.parse(headers.get('x-clickhouse-summary') ?? '')).toMatchObject({ result_rows: '1' });
    expect(headers.get('x-content-type-options')).toBe('nosniff');
  });

  it('takes the format from the text, the header or the address', async () => {
    const format = async (query: string, more: More = {}) =>
      (await ask(query, more)).headers.get('x-clickhouse-format');
    expect(await format('select 1 format CSV')).toBe('CSV');
    expect(await format('select 1', { parameters: { default_format: 'TSVWithNames' } })).toBe(
      'TabSeparatedWithNames',
    );
    expect(await format('select 1', { headers: { ...own(), 'x-clickhouse-format': 'RowBinary' } })).toBe(
      'RowBinary',
    );
    expect(await ask('select 1 format Nonsense')).toMatchObject({
      status: 404,
      text: expect.stringContaining('Code: 73.'),
    });
  });

  it('compresses answers and takes compressed questions', async () => {
    const body = 'select sum(number) from numbers(100000)';
    for (const [encoding, bytes] of [
      ['gzip', gzipSync(body)],
      ['deflate', deflateSync(body)],
      ['br', brotliCompressSync(body)],
    ] as const) {
      const answer = await ask(null, {
        method: 'POST',
        body: bytes,
        headers: { ...own(), 'content-encoding': encoding, 'accept-encoding': encoding },
      });
      expect([answer.text, answer.headers.get('content-encoding')]).toEqual(['4999950000\n', encoding]);
    }
  });

  it('fills parameters as typed values, never as text of the query', async () => {
    const parameters = { param_name: "' or 1 = 1 --", param_n: '7' };
    expect((await ask('select {name:String}, {n:UInt8} + 1', { parameters })).text).toBe(
      "\\' or 1 = 1 --\t8\n",
    );
    expect(
      (await ask('select {n:UInt8}', { parameters: { param_n: '1) union all (select 2' } })).status,
    ).toBe(500);
    expect((await ask('select {n:UInt8}')).text).toMatch(/^Code: \d+\. DB::Exception/);
  });

  it.each([
    ['an unknown setting', { max_memory_usage_for_all_queries: '1' }, 404, 115],
    ['a setting that would open the engine', { readonly_: '0' }, 404, 115],
    ['filters of others', { additional_table_filters: '{}' }, 404, 115],
    ['a database of ours', { database: 'fuse' }, 404, 81],
    ['a query id with a line break', { query_id: 'a\r\nset-cookie: x' }, 400, 36],
  ])('refuses %s', async (_what, parameters, status, code) => {
    const answer = await ask('select 1', { parameters: parameters as unknown as Record<string, string> });
    expect([answer.status, answer.headers.get('x-clickhouse-exception-code')]).toEqual([
      status === 400 ? expect.any(Number) : status,
      String(code),
    ]);
    expect(answer.headers.get('set-cookie')).toBeNull();
  });

  it('takes what clients send as a habit', async () => {
    const parameters = {
      session_id: 's',
      session_timeout: '60',
      client_protocol_version: '54467',
      readonly: '0',
      input_format_null_as_default: '1',
      database: 'default',
    };
    expect((await ask('select 1', { parameters })).text).toBe('1\n');
  });

  it.each([
    ['insert into share.enterprises values (1)'],
    ['drop table share.enterprises'],
    ['select 1; select 2'],
    ["select * from file('/etc/passwd')"],
    ['select * from fuse.enterprise_row'],
    ["select 1 into outfile '/tmp/x'"],
  ])('refuses %s', async (query) => {
    const answer = await ask(query, { method: 'POST' });
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(answer.text).not.toMatch(/enterprise_row rh__|\/work\/|rh__/);
  });
});

describe('wrong input', () => {
  it.each<[string, Buffer | string, Record<string, string>, number]>([
    ['a truncated gzip', gzipSync('select 1').subarray(0, 12), { 'content-encoding': 'gzip' }, 500],
    ['a gzip that is none', randomBytes(100), { 'content-encoding': 'gzip' }, 500],
    ['a bomb', gzipSync(Buffer.alloc(200_000_000, 0x20)), { 'content-encoding': 'gzip' }, 413],
    ['an unknown encoding', 'select 1', { 'content-encoding': 'lz77' }, 500],
    ['a body that is too long', `select '${'x'.repeat(1_200_000)}'`, {}, 413],
    ['bytes that are no UTF-8', Buffer.from("select '\xff\xfe'", 'latin1'), {}, 500],
    ['a null byte', 'select 1\0', {}, 400],
  ])('answers %s and lives on', async (_what, body, headers, status) => {
    const answer = await ask(null, {
      method: 'POST',
      body: body as BodyInit,
      headers: { ...own(), ...headers },
    }).catch(() => ({ status: 413 }));
    expect(answer.status).toBe(status);
    expect((await ask('select 1')).text).toBe('1\n');
  });

  it.each([
    [
      'an endless address',
      `GET /?query=${'x'.repeat(400_000)} HTTP/1.1\r\nHost: x\r\n\r\n`,
      /^HTTP\/1\.1 431 /,
    ],
    [
      'an address that is no UTF-8',
      'GET /?query=%ff%fe HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n',
      /^HTTP\/1\.1 400 /,
    ],
    ['rubbish', '\x16\x03\x01\x02\x00\x01\x00', /^HTTP\/1\.1 400 /],
    ['no host', 'GET /ping HTTP/1.1\r\n\r\n', /^HTTP\/1\.1 400 /],
    [
      'two lengths',
      'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
      /^HTTP\/1\.1 400 /,
    ],
  ])('answers %s', async (_what, bytes, expected) => {
    expect(await raw(bytes)).toMatch(expected);
  });

  it('answers pipelined questions in their order', async () => {
    const one = (query: string, last = '') =>
      `GET /?query=${query} HTTP/1.1\r\nHost: x\r\n${last}X-ClickHouse-Key: ${key.token}\r\n\r\n`;
    const bytes = await raw(one('select+11') + one('select+22') + one('select+33', 'Connection: close\r\n'));
    expect([...bytes.matchAll(/\r\n(\d\d)\n\r\n/g)].map(([, number]) => number)).toEqual(['11', '22', '33']);
  });

  it('stops the engine when a client goes away, and frees its turn', async () => {
    const going = new AbortController();
    const endless =
      'select count() from numbers(1000000) a cross join numbers(1000000) b where sipHash64(a.number, b.number) = 1';
    const asked = ask(endless, { signal: going.signal });
    const running = () =>
      share.platform.analytics.query(
        "select 1 from system.processes where query like '%sipHash64%' and query not like '%processes%'",
      );
    await expect.poll(running, { timeout: 10_000 }).toHaveLength(1);
    going.abort();
    await expect(asked).rejects.toThrow();
    await expect.poll(running, { timeout: 10_000 }).toEqual([]);
  });
});
