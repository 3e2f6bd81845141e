import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Analytics } from '#platform/db/analytics.ts';
import { openEmbeddedAnalytics } from '#platform/db/embedded-analytics.ts';
import { AppError } from '#platform/errors/errors.ts';
import { silentLog } from '#platform/log/log.ts';
import { openSpool, requestOf } from './engines.fixture.ts';
import { createObjectDeliverer, type ObjectConnection } from './object.deliverer.ts';

let folder: string;
let analytics: Analytics;
let server: Server;
let address: string;
let targets: string[];
/** what the server was asked: method, address, authorization */
let asked: { path: string; authorization: string | undefined }[];
const files = new Map<string, Buffer>();
/** "企业" in GB 18030, a line break inside quotes, a carriage return, no break at the end. */
const CSV = Buffer.from('name,n\r\n"a\nb",007\r\n\xc6\xf3\xd2\xb5,1', 'latin1');

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'ronghe-object-'));
  analytics = await openEmbeddedAnalytics({ data: folder, clickhouseMemoryBytesMax: 2e9 }, silentLog());
  const parquet = join(folder, 'x.parquet');
  await analytics.command(`insert into function file('${parquet}', Parquet) select
    9007199254740993::Int64 as big, 5::Int64 as small, toDecimal128('12345678901234.50', 2) as amount, '江西' as name, [1, 2] as list,
    toDate32('1950-02-03') as day, toDateTime64('2026-03-01 08:00:00.120', 3, 'UTC') as at, null::Nullable(String) as nothing, true as ok`);
  files.set('/a.csv', CSV).set('/a.csv.gz', gzipSync(CSV)).set('/x.parquet', readFileSync(parquet));
  files.set('/rows.jsonl', Buffer.from('{"a":1}\n{"a":12345678901234567890}\n'));
  for (const name of ['2026-01.csv', '2026-02.csv'])
    files.set(`/bucket/in/${name}`, Buffer.from(`n\n${name}\n`));
  server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await analytics.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** Files with ranges, and as much of S3 as listing and reading objects need. */
function answer(request: IncomingMessage, response: ServerResponse): void {
  const { pathname, searchParams } = new URL(request.url ?? '/', address);
  asked.push({ path: request.url ?? '', authorization: request.headers.authorization });
  if (pathname === '/moved') return void response.writeHead(302, { location: `${address}/a.csv` }).end();
  if (pathname === '/silent') return;
  if (searchParams.has('list-type'))
    return void response.writeHead(200, { 'content-type': 'application/xml' }).end(listing());
  const body = files.get(pathname);
  if (!body) return void response.writeHead(pathname === '/private' ? 403 : 404).end('no');
  const [, from, to] = /bytes=(\d+)-(\d*)/.exec(request.headers.range ?? '') ?? [];
  const part = from === undefined ? body : body.subarray(Number(from), to ? Number(to) + 1 : undefined);
  response.writeHead(from === undefined ? 200 : 206, {
    'content-length': part.length,
    'accept-ranges': 'bytes',
    etag: '"1"',
    'last-modified': 'Thu, 01 Jan 2026 00:00:00 GMT',
    ...(from === undefined
      ? {}
      : { 'content-range': `bytes ${from}-${Number(from) + part.length - 1}/${body.length}` }),
  });
  response.end(request.method === 'HEAD' ? undefined : part);
}

function listing(): string {
  const keys = ['in/2026-01.csv', 'in/2026-02.csv', 'in/other.txt'];
  const contents = keys.map(
    (key) =>
      `<Contents><Key>${key}</Key><LastModified>2026-01-01T00:00:00.000Z</LastModified><ETag>"1"</ETag><Size>14</Size></Contents>`,
  );
  return `<?xml version="1.0"?><ListBucketResult><Name>bucket</Name><KeyCount>3</KeyCount><IsTruncated>false</IsTruncated>${contents.join('')}</ListBucketResult>`;
}

type Change = Partial<ObjectConnection> & { secretKey?: string };
async function deliver(path: string, change: Change = {}, request = requestOf()) {
  asked = [];
  targets = [];
  const { secretKey = '', ...rest } = change;
  const connection: ObjectConnection = {
    kind: 'object',
    url: `${address}${path}`,
    store: 'http',
    format: 'csv',
    accessKey: '',
    ...rest,
  };
  const demand = (host: string, port: number) => {
    targets.push(`${host}:${port}`);
    return Promise.resolve({ address: '127.0.0.1' });
  };
  const spool = openSpool(folder);
  const delivered = await createObjectDeliverer(
    { analytics, demand, connection, secretKey },
    { source: 'files', log: silentLog() },
  ).deliver(spool, request);
  expect(delivered).toEqual({ mode: 'full', bookmark: null });
  return spool;
}
const reasonOf = async (path: string, change: Change = {}, request = requestOf()) => {
  const error: unknown = await deliver(path, change, request).catch((thrown: unknown) => thrown);
  if (!(error instanceof AppError)) throw error;
  return `${error.code}: ${error.values.reason}`;
};

describe('a file by http', () => {
  it.each(['/a.csv', '/a.csv.gz'])(
    'comes byte for byte (%s), decompressed, and the guard is asked first',
    async (path) => {
      const spool = await deliver(path);
      expect(spool.texts()).toEqual([`${CSV.toString('latin1')}\n`]);
      expect(spool.files[0]).toMatchObject({ name: path.slice(1), options: { format: 'csv' } });
      expect(targets).toEqual([new URL(address).host]);
    },
  );

  it('signs in when keys are given, and the keys are in no error', async () => {
    await deliver('/rows.jsonl', { format: 'jsonl', accessKey: 'user', secretKey: 'geheim' });
    expect(asked[0]?.authorization).toBe(`Basic ${Buffer.from('user:geheim').toString('base64')}`);
    const keys = { accessKey: 'user', secretKey: 'geheim' };
    expect(await reasonOf('/private', keys)).toBe('SOURCE_UNREACHABLE: access was refused');
  });

  it('gives rows of Parquet without loss', async () => {
    const spool = await deliver('/x.parquet', { format: 'parquet' });
    expect(spool.files[0]?.options).toEqual({ format: 'compact' });
    expect(spool.rows()).toEqual([
      {
        big: '9007199254740993',
        small: 5,
        amount: '12345678901234.5',
        name: '江西',
        list: '[1,2]',
        day: '1950-02-03',
        at: '2026-03-01 16:00:00.12',
        nothing: null,
        ok: true,
      },
    ]);
  });

  it.each([
    ['/moved', {}, 'SOURCE_UNREACHABLE: it redirects to another address, which is not followed'],
    ['/none', {}, 'SOURCE_UNREACHABLE: there is no such file'],
    ['/a.csv', { format: 'parquet' as const }, 'SOURCE_UNREACHABLE: the file is not of that format'],
    ['/{a,b}.csv', {}, 'SOURCE_UNREACHABLE: an http address names one file; * is for S3, which can list'],
    ['/*.csv', {}, 'SOURCE_UNREACHABLE: an http address names one file; * is for S3, which can list'],
  ])('%s is refused with a reason', async (path, change, reason) => {
    expect(await reasonOf(path, change)).toBe(reason);
  });

  it('ends when the time is over or somebody gives up, although the server says nothing', async () => {
    const limits = { rowsMax: 10, bytesMax: 10_000, timeMsMax: 500 };
    expect(await reasonOf('/silent', {}, requestOf({ limits }))).toBe(
      'SOURCE_TOO_LARGE: reading took longer than 1 s',
    );
  });
});

describe('objects of an S3 store', () => {
  it('are listed by *, each a file of its own, signed', async () => {
    const change = { store: 's3' as const, accessKey: 'key', secretKey: 'geheim' };
    const spool = await deliver('/bucket/in/*.csv', change);
    expect(spool.files.map(({ name }) => name)).toEqual(['2026-01.csv', '2026-02.csv']);
    expect(spool.texts()).toEqual(['n\n2026-01.csv\n', 'n\n2026-02.csv\n']);
    expect(asked[0]?.authorization).toMatch(/^AWS4-HMAC-SHA256 Credential=key\//);
    expect(JSON.stringify(asked)).not.toContain('geheim');
  });

  it('are told to be missing', async () => {
    expect(await reasonOf('/bucket/out/none.csv', { store: 's3' })).toBe(
      'SOURCE_UNREACHABLE: there is no such file',
    );
    expect(await reasonOf('/bucket/in/*.parquet', { store: 's3' })).toBe(
      'SOURCE_UNREACHABLE: there is no such file',
    );
  });
});
