import { createHash } from 'node:crypto';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ShareTest } from '../share.fixture.ts';
import { readBlocks, writeBlock } from './blocks/blocks.ts';
import { readLz4 } from './blocks/lz4.ts';
import { type Key, raw, startDoor, withKey } from './door.fixture.ts';

const BYTES_MAX = 100_000_000;
let share: ShareTest;
let key: Key;
beforeAll(async () => {
  ({ share, key } = await startDoor());
}, 120_000);
afterAll(() => share?.stop());

type More = { headers?: Record<string, string>; body?: BodyInit };
async function ask(parameters: Record<string, string>, { headers = {}, body }: More = {}) {
  const address = new URL(`http://127.0.0.1:${share.sharing.sqlPort()}/`);
  for (const [name, value] of Object.entries(parameters)) address.searchParams.set(name, value);
  const answer = await fetch(address, {
    method: 'POST',
    headers: { ...withKey(key), ...headers },
    ...(body === undefined ? {} : { body }),
  });
  return {
    status: answer.status,
    headers: answer.headers,
    bytes: new Uint8Array(await answer.arrayBuffer()),
  };
}
const opened = (bytes: Uint8Array) => Buffer.from(readBlocks(bytes, BYTES_MAX)).toString();
const text = (bytes: Uint8Array) => Buffer.from(bytes).toString();

describe('blocks of ClickHouse over HTTP', () => {
  it('answers in blocks with compress=1, in every format alike', async () => {
    const query = 'select number, toString(number) as text from numbers(200000)';
    for (const format of ['Native', 'RowBinaryWithNamesAndTypes', 'JSONEachRow', 'CSV']) {
      const blocks = await ask({ query, default_format: format, compress: '1' });
      const plain = await ask({ query, default_format: format });
      const [unpacked, expected] = [readBlocks(blocks.bytes, BYTES_MAX), plain.bytes].map((bytes) =>
        createHash('sha256').update(bytes).digest('hex'),
      );
      expect(unpacked).toBe(expected);
      expect(blocks.bytes.length).toBeLessThan(plain.bytes.length);
    }
  });

  it('answers errors of a question in blocks too, as ClickHouse does, and those of signing in as text', async () => {
    const unknown = await ask({ query: 'select * from share.nothing', compress: '1' });
    expect([unknown.status, opened(unknown.bytes)]).toEqual([
      404,
      expect.stringMatching(/^Code: 60\. DB::Exception/),
    ]);
    const stranger = await ask(
      { query: 'select 1', compress: '1' },
      { headers: { 'x-clickhouse-key': 'wrong' } },
    );
    expect([stranger.status, text(stranger.bytes)]).toEqual([403, expect.stringMatching(/^Code: 516\. /)]);
  });

  it('puts an error in the middle of an answer into a last block and cuts the connection', async () => {
    const query =
      "select toUInt32(if(number = 800000, 'x', toString(number))) as n, repeat('y', 20) as y from numbers(900000)";
    const written = await raw(
      share,
      `GET /?compress=1&default_format=CSV&query=${encodeURIComponent(query)} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-ClickHouse-Key: ${key.token}\r\n\r\n`,
      20_000,
    );
    expect(written).toMatch(/^HTTP\/1\.1 200 /);
    const tag = /x-clickhouse-exception-tag: (\w+)/i.exec(written)?.[1];
    const chunks = Buffer.from(written.slice(written.indexOf('\r\n\r\n') + 4), 'latin1');
    const parts: Buffer[] = [];
    for (let at = 0; at < chunks.length; ) {
      const line = chunks.indexOf('\r\n', at);
      const size = Number.parseInt(chunks.toString('latin1', at, line), 16);
      // the last chunk of length 0 is missing: the answer does not look complete
      expect(size).toBeGreaterThan(0);
      parts.push(chunks.subarray(line + 2, line + 2 + size));
      at = line + 2 + size + 2;
    }
    const told = opened(Buffer.concat(parts));
    expect(told.slice(-400)).toContain(`__exception__\r\n${tag}\r\nCode: 6. DB::Exception`);
  }, 40_000);

  it('takes a body in blocks with decompress=1, also inside an encoding', async () => {
    const body = writeBlock(Buffer.from('select name from share.enterprises'));
    expect(text((await ask({ decompress: '1' }, { body: body as Uint8Array<ArrayBuffer> })).bytes)).toBe(
      '甲铜业\n',
    );
    const both = await ask(
      { decompress: '1', compress: '1' },
      { body: gzipSync(body), headers: { 'content-encoding': 'gzip' } },
    );
    expect(opened(both.bytes)).toBe('甲铜业\n');
  });

  it.each<[string, () => Uint8Array, number, number]>([
    ['a wrong checksum', () => spoiled(writeBlock(Buffer.from('select 1')), 3), 500, 40],
    ['a block that is cut', () => writeBlock(Buffer.from('select 1')).subarray(0, 20), 500, 33],
    ['text that is no block', () => Buffer.from('select 1, and something more of it'), 500, 39],
    ['a bomb', () => writeBlock(Buffer.alloc(2_000_000, 0x20)), 500, 39],
    ['a refused statement', () => writeBlock(Buffer.from('drop table share.enterprises')), 500, 392],
    ['a table of others', () => writeBlock(Buffer.from('select * from fuse.enterprise_row')), 404, 60],
  ])('answers %s in a body of blocks with the number of ClickHouse', async (_what, body, status, code) => {
    const answer = await ask({ decompress: '1' }, { body: body() as Uint8Array<ArrayBuffer> });
    expect([answer.status, answer.headers.get('x-clickhouse-exception-code')]).toEqual([
      status,
      String(code),
    ]);
    expect(text((await ask({ query: 'select 1' })).bytes)).toBe('1\n');
  });

  it('compresses once more only for those that ask for it', async () => {
    const accepting = { headers: { 'accept-encoding': 'gzip' } };
    const query = "select repeat('a', 1000)";
    expect((await ask({ query, compress: '1' }, accepting)).headers.get('content-encoding')).toBeNull();
    const twice = await ask({ query, compress: '1', enable_http_compression: '1' }, accepting);
    expect(twice.headers.get('content-encoding')).toBe('gzip');
    expect(opened(twice.bytes)).toHaveLength(1_001);
  });
});

const spoiled = (bytes: Uint8Array, at: number): Uint8Array =>
  bytes.map((byte, place) => (place === at ? byte ^ 1 : byte));

describe('encodings of answers', () => {
  const query = 'select number from numbers(2000)';

  it('takes lz4 where nothing else is accepted, and makes one frame', async () => {
    const { bytes, headers } = await ask({ query }, { headers: { 'accept-encoding': 'lz4, zstd' } });
    expect(headers.get('content-encoding')).toBe('lz4');
    const plain = await ask({ query });
    const size = new DataView(bytes.buffer).getUint32(7, true);
    expect(text(readLz4(bytes.subarray(11, 11 + size), plain.bytes.length))).toBe(text(plain.bytes));
    expect([...bytes.subarray(11 + size)]).toEqual([0, 0, 0, 0]);
  });

  it('prefers what Node makes beside its own thread, and makes nothing that it cannot', async () => {
    const encodingOf = async (accepted: string) =>
      (await ask({ query }, { headers: { 'accept-encoding': accepted } })).headers.get('content-encoding');
    // fetch opens gzip by itself, so that only the header is looked at
    expect(await encodingOf('lz4, gzip')).toBe('gzip');
    expect(await encodingOf('zstd')).toBeNull();
    expect(await encodingOf('gzip;q=0, lz4')).toBe('lz4');
  });

  it('refuses a body that becomes a thousand times as large', async () => {
    const swelling = gzipSync(Buffer.alloc(900_000, 0x20), { level: 9 });
    expect(gunzipSync(swelling).length / swelling.length).toBeGreaterThan(900);
    const twice = gzipSync(gzipSync(Buffer.alloc(200_000_000)), { level: 9 });
    const answer = await ask({}, { body: twice, headers: { 'content-encoding': 'gzip' } });
    expect(answer.status).toBeGreaterThanOrEqual(400);
  });
});

describe('the Native format of a revision', () => {
  const COLUMNS = [
    "toLowCardinality(toString(number % 7)) as a, [toLowCardinality('x'), 'y'] as b, toLowCardinality(toNullable('z')) as c",
    "map('k', number) as d, map('k', ['v', toString(number)]) as e, (number, 'x', [1, 2]) as f",
    'toDecimal32(1.5, 2) as g, toDecimal64(1.5, 2) as h, toDecimal128(1, 3) as i, toDecimal256(1, 3) as j',
    "toFixedString('ab', 4) as k, toUUID('61f0c404-5cb3-11e7-907b-a6006ad3dba0') as l, toIPv4('1.2.3.4') as m, toIPv6('::1') as n",
    "toDate('2026-01-01') as o, toDateTime64('2026-01-01 00:00:00', 6, 'UTC') as p, NULL as q, true as r",
    "CAST('a', 'Enum8(\\'a\\' = 1, \\',)(\\' = 2)') as s, [[number], []] as t, toNullable(number) as u, [NULL, 1] as v",
    "repeat('long ', number % 50) as w, emptyArrayString() as x, tuple(toLowCardinality('q')) as y, toInt128(1) as z",
  ];
  it.each(COLUMNS)(
    'puts its bytes into blocks with %s',
    async (columns) => {
      const query = `select ${columns} from numbers(150000)`;
      const plain = (await ask({ query, default_format: 'Native' })).bytes;
      const revised = (
        await ask({ query, default_format: 'Native', client_protocol_version: '54460', compress: '1' })
      ).bytes;
      const bytes = readBlocks(revised, 1_000_000_000);
      const count = columns.match(/ as [a-z](,|$)/g)?.length ?? 0;
      const head = Buffer.from('010002ffffffff00', 'hex');
      const heads = (bytes.length - plain.length) / (head.length + count);
      // as many more bytes as whole blocks have: had one been read wrongly, the rest would be none
      expect(heads).toBeGreaterThan(1);
      expect(Number.isInteger(heads)).toBe(true);
      expect(Buffer.from(bytes.subarray(0, 9)).toString('hex')).toBe(
        `010002ffffffff00${count.toString(16).padStart(2, '0')}`,
      );
      expect(Buffer.from(bytes).toString('latin1').split(head.toString('latin1'))).toHaveLength(heads + 1);
    },
    60_000,
  );

  it('is left as it is for clients of older revisions', async () => {
    const query = 'select 1 as x';
    const [older, plain] = await Promise.all(
      [{ client_protocol_version: '54405' }, {}].map((more) =>
        ask({ query, default_format: 'Native', ...more }),
      ),
    );
    expect(older?.bytes).toEqual(plain?.bytes);
  });

  it('refuses what cannot be walked over, before anything is sent', async () => {
    const { status, bytes } = await ask({
      query: 'select sumState(number) as s from numbers(3)',
      default_format: 'Native',
      client_protocol_version: '54460',
    });
    expect([status, text(bytes)]).toEqual([expect.any(Number), expect.stringMatching(/^Code: (48|46)\. /)]);
  });

  it('tells the revision and facts as numbers of the type that clients read', async () => {
    const query = 'select revision(), toTypeName(revision()), displayName(), uptime()';
    expect(text((await ask({ query })).bytes)).toBe('54460\tUInt32\tronghe\t1\n');
  });
});

describe('forms', () => {
  it('takes query, parameters and settings from a form', async () => {
    const form = new FormData();
    form.set('query', 'select {text:String} as text, {numbers:Array(UInt8)} as numbers');
    form.set('param_text', `${"it's ".repeat(2_000)}`);
    form.set('param_numbers', '[1,2]');
    form.set('default_format', 'JSONEachRow');
    const { bytes } = await ask({}, { body: form });
    expect(JSON.parse(text(bytes))).toEqual({ text: "it's ".repeat(2_000), numbers: [1, 2] });
  });

  it.each<[string, (form: FormData) => void, number]>([
    [
      'a file, which would be a table of the caller',
      (form) => form.set('mine', new Blob(['1']), 'mine.csv'),
      48,
    ],
    ['a setting that is not allowed', (form) => form.set('additional_table_filters', '{}'), 115],
    ['a database of ours', (form) => form.set('database', 'fuse'), 81],
    ['a query twice', (form) => form.append('query', 'select 2'), 36],
  ])('refuses %s', async (_what, change, code) => {
    const form = new FormData();
    form.set('query', 'select 1');
    change(form);
    const { headers } = await ask({}, { body: form });
    expect(headers.get('x-clickhouse-exception-code')).toBe(String(code));
  });

  it('refuses a form that is none', async () => {
    const headers = { 'content-type': 'multipart/form-data; boundary=x' };
    for (const body of ['', '--x\r\nrubbish', '--y--'])
      expect((await ask({}, { body, headers })).status).toBeGreaterThanOrEqual(400);
  });

  it('signs in by headers and address alone: a form names nobody', async () => {
    const form = new FormData();
    form.set('query', 'select 1');
    form.set('user', key.id);
    form.set('password', key.token);
    const answer = await fetch(`http://127.0.0.1:${share.sharing.sqlPort()}/`, {
      method: 'POST',
      body: form,
    });
    expect(answer.status).toBe(401);
  });
});

describe('progress', () => {
  const slow =
    'select count() from numbers(1000000) a cross join numbers(80) b where sipHash64(a.number, b.number) = 1';
  const endless = slow.replace('numbers(80)', 'numbers(1000000)');
  const requestOf = (query: string, more = '') =>
    `GET /?send_progress_in_http_headers=1&http_headers_progress_interval_ms=100${more}&query=${encodeURIComponent(query)} HTTP/1.1\r\nHost: x\r\nX-ClickHouse-Key: ${key.token}\r\n\r\n`;

  it('is told in headers while a question runs', async () => {
    const written = await raw(share, requestOf(slow), 60_000);
    const [head = '', body = ''] = written.split('\r\n\r\n');
    const told = [...head.matchAll(/^X-ClickHouse-Progress: (.*)$/gim)].map(
      ([, json]) => JSON.parse(json ?? '') as Record<string, string>,
    );
    expect(head).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(told.length).toBeGreaterThan(1);
    const elapsed = told.map(({ elapsed_ns }) => Number(elapsed_ns));
    expect(elapsed).toEqual([...elapsed].sort((a, b) => a - b));
    expect(Number(told.at(-1)?.read_rows)).toBeGreaterThan(0);
    expect(head.match(/^x-clickhouse-(?:query-id|summary|format|exception-tag): /gim)).toHaveLength(4);
    expect(body).toMatch(/^2\r\n0\n\r\n0$/);
  }, 90_000);

  it('tells an error in the head and the body that it began', async () => {
    const written = await raw(share, requestOf(endless, '&max_execution_time=1'), 30_000);
    expect(written).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(written).toMatch(/^X-ClickHouse-Exception-Code: 159\r$/im);
    expect(written).toContain('Code: 159. DB::Exception');
  }, 60_000);

  it('is one header of Node’s own for an answer that is there at once', async () => {
    const { headers } = await ask({ query: 'select 1', send_progress_in_http_headers: '1' });
    expect(JSON.parse(headers.get('x-clickhouse-progress') ?? '')).toMatchObject({
      read_rows: expect.any(String),
    });
  });

  it('stops when the client goes away', async () => {
    await raw(share, requestOf(endless), 700);
    const running = () =>
      share.platform.analytics.query(
        "select 1 from system.processes where query like '%sipHash64%' and query not like '%processes%'",
      );
    await expect.poll(running, { timeout: 10_000 }).toEqual([]);
    expect(text((await ask({ query: 'select 1' })).bytes)).toBe('1\n');
  }, 30_000);
});
