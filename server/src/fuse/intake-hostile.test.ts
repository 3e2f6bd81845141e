import { lookup } from 'node:dns/promises';
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { ReadProblem, Run } from '@ronghe/contracts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bookParts, sheetOf, workbook, zipOf } from './sources/files/files.fixture.ts';
import { json, startServer, type TestServer } from './sources/network/network.fixture.ts';
import { sharedNote, sharedPresent, sharedRows } from './standards/shared-data.fixture.ts';
import { csvOfRows, type IntakeTest, type Row, startIntake } from './testing/intake-platform.ts';

/** A name of this machine that leads to the loopback and is not `localhost`, which may mean it; null where there is none. */
const LOOPBACK = await [
  'ip6-localhost',
  'ip6-loopback',
  'localhost.localdomain',
  'localhost6',
  hostname(),
].reduce<Promise<string | null>>(async (found, name) => {
  const known = await found;
  if (known !== null) return known;
  const address = await lookup(name).catch(() => null);
  return address && /^(127\.|::1$)/.test(address.address) ? name : null;
}, Promise.resolve(null));
const noLoopback = LOOPBACK === null ? ' (SKIPPED: no other name of this machine leads to the loopback)' : '';
const ROWS_MAX = 60_000;
const BYTES_MAX = 20_000_000;
let intake: IntakeTest;
let server: TestServer;
let answer: Parameters<typeof startServer>[0] = (_request, response) => json(response, []);
let closed: number;
/** A server of the inside, listed only by a name that leads to it. */
let inner: TestServer;
beforeAll(async () => {
  server = await startServer((request, response) => answer(request, response));
  closed = await closedPort();
  inner = await startServer((_request, response) => json(response, []));
  intake = await startIntake({
    fuseRowsMax: ROWS_MAX,
    fuseDeliveryBytesMax: BYTES_MAX,
    fuseSourceHosts: [
      server.host,
      `127.0.0.1:${closed}`,
      `localtest.invalid:80`,
      `${LOOPBACK ?? 'none'}:${new URL(inner.url).port}`,
    ],
  });
}, 120_000);
afterAll(async () => {
  await intake?.stop();
  await server?.stop();
  await inner?.stop();
});

/** A port nobody listens on. */
async function closedPort(): Promise<number> {
  const listening = createServer();
  await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve));
  const address = listening.address();
  await new Promise((resolve) => listening.close(resolve));
  return typeof address === 'object' && address ? address.port : 0;
}

let made = 0;
/** Upload, look, register, run: what people do with a file. `key` names a row; the first column when it is left out. */
async function through(name: string, content: string | Buffer, more: { key?: string; options?: Row } = {}) {
  const file = await intake.upload(name, content);
  expect(file.status, file.text).toBe(201);
  const connection = { kind: 'upload', upload: file.body.id, options: more.options ?? {} };
  const look = await intake.look(connection);
  expect(look.status, look.text).toBe(200);
  made += 1;
  const rowKey = [more.key ?? look.body.columns[0] ?? ''];
  const { id } = await intake.register({ key: `hostile-${made}`, mappings: [], rowKey, connection });
  const run = await intake.run(id);
  const problems = await intake.get<{ items: ReadProblem[] }>(`/api/fuse/runs/${run.id}/problems?limit=100`);
  return { look: look.body, run, source: id, problems: problems.items };
}
const rowsOf = async (source: string) => [...(await intake.rows(source)).values()];

const TABLE = '编号,名称,金额\n1,铜业,10\n2,纺织,20\n3,电子,30\n';
const utf16 = (text: string) => Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(text, 'utf16le')]);
/** 编号,名称,金额 / 1,铜业,10 / 2,纺织,20 in GB 18030 */
const GB18030 = Buffer.concat([
  Buffer.from([0xb1, 0xe0, 0xba, 0xc5, 0x2c, 0xc3, 0xfb, 0xb3, 0xc6, 0x2c, 0xbd, 0xf0, 0xb6, 0xee, 0x0a]),
  Buffer.from([0x31, 0x2c, 0xcd, 0xad, 0xd2, 0xb5, 0x2c, 0x31, 0x30, 0x0a]),
  Buffer.from([0x32, 0x2c, 0xb7, 0xc4, 0xd6, 0xaf, 0x2c, 0x32, 0x30, 0x0a]),
]);
const mixedText = () => Buffer.concat([GB18030, Buffer.from('3,电子企业,30\n4,江西省南昌市,40\n')]);
const wide = (columns: number) =>
  [0, 1, 2]
    .map((row) =>
      Array.from({ length: columns }, (_, at) => (row === 0 ? `列${at}名` : String(row * 1000 + at))).join(
        ',',
      ),
    )
    .join('\n');

describe('files that are read, and told about', () => {
  test.each<[string, string, () => string | Buffer, number, string[]]>([
    ['GB 18030', 'gb.csv', () => GB18030, 2, []],
    ['UTF-16', 'wide.csv', () => utf16(TABLE), 3, []],
    ['lines in two encodings', 'two.csv', mixedText, 4, ['text-other-encoding 4 -']],
    ['1,000 columns', 'wide.csv', () => wide(1_000), 2, []],
    [
      'repeated headers',
      'twice.csv',
      () => '编号,金额,金额\n1,2,3\n2,3,4\n',
      2,
      ['header-repeated 1 金额_2'],
    ],
    ['an open quote', 'open.csv', () => '编号,名称\n1,"铜业\n2,纺织\n3,电子\n', 3, ['quote-open 2 名称']],
    [
      'merged header cells',
      'merged.xlsx',
      () =>
        workbook(
          [
            ['编号', '产值', null],
            [null, '本月', '累计'],
            ['a', 1, 2],
            ['b', 3, 4],
          ],
          ['A1:A2', 'B1:C1'],
        ),
      2,
      ['header-merged 2 产值/本月', 'header-merged 2 产值/累计'],
    ],
    [
      'a formula without a result',
      'formula.xlsx',
      () => {
        const sheet = sheetOf([
          ['编号', '金额'],
          ['a', 1],
          ['b', 2],
        ]).replace('<c r="B3"><v>2</v></c>', '<c r="B3"><f>B2*2</f></c>');
        return zipOf(bookParts(sheet));
      },
      2,
      ['formula-without-result 3 金额'],
    ],
  ])('%s', async (_what, name, content, rows, told) => {
    const { run, source, problems } = await through(name, content());
    expect(run, JSON.stringify(run)).toMatchObject({ state: 'succeeded', rowsLanded: rows, rowsRejected: 0 });
    const brief = problems.map(({ rule, place, column }) => `${rule} ${place ?? '-'} ${column ?? '-'}`);
    for (const one of told) expect(brief).toContain(one);
    if (told.length === 0) expect(brief).toEqual([]);
    expect(await rowsOf(source)).toHaveLength(rows);
    if (name === 'gb.csv') expect((await rowsOf(source))[1]).toEqual({ 编号: '2', 名称: '纺织', 金额: '20' });
  });

  test('dates as text and mixed units are told by the profile', async () => {
    const { look } = await through(
      'mixed.csv',
      csvOfRows(
        Array.from({ length: 20 }, (_, at) => ({
          编号: at,
          日期: at % 2 ? `2026年3月${at + 1}日` : `2026/03/${at + 1}`,
          产值: at % 2 ? `${at}万元` : `${at}千元`,
        })),
      ),
    );
    const said = look.profile.columns.flatMap(({ name, problems }) =>
      problems.map(({ text }) => `${name} ${text.en} ${text.zh}`),
    );
    expect(said.join('\n')).toMatch(/日期 .*日期|日期 .*date/i);
    expect(said.join('\n')).toMatch(/产值 .*单位|产值 .*unit/i);
  });

  test('a row of 100 kB is refused with its line, the rest goes on', async () => {
    const lines = [
      '编号,名称',
      ...Array.from({ length: 9 }, (_, at) => `${at},n${at}`),
      `9,${'长'.repeat(40_000)}`,
    ];
    const { run, source } = await through('long.csv', lines.join('\n'));
    expect(run).toMatchObject({ state: 'succeeded', rowsLanded: 9, rowsRejected: 1 });
    const rejected = await intake.get<{
      items: { place: number; file: string; findings: { rule: string }[] }[];
    }>(`/api/fuse/runs/${run.id}/rows?change=rejected`);
    expect(rejected.items).toMatchObject([
      { place: 11, file: 'long.csv', rowKey: '9', findings: [{ rule: 'row-too-large' }] },
    ]);
    expect(await rowsOf(source)).toHaveLength(9);
  });
});

describe('files that are no table: refused with the file, what it is and what to do', () => {
  const ole = (stream: string) =>
    Buffer.concat([
      Buffer.from([0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1]),
      Buffer.alloc(1_016),
      Buffer.from(stream, 'utf16le'),
      Buffer.alloc(1_024),
    ]);
  test.each<[string, string, () => string | Buffer, RegExp]>([
    ['a PDF', 'a.xlsx', () => '%PDF-1.7\n%âãÏÓ\n1 0 obj', /PDF/],
    ['an old workbook', 'a.xls', () => ole('Workbook'), /\.xls）|另存为/],
    ['a protected workbook', 'a.xlsx', () => ole('EncryptedPackage'), /密码/],
    ['a ZIP', 'a.xlsx', () => zipOf({ 'a.csv': 'a,b\n1,2' }), /压缩包/],
    [
      'a zip bomb',
      'a.xlsx',
      () => zipOf(bookParts(`<worksheet><sheetData>${' '.repeat(520_000_000)}`)),
      /解压后超过/,
    ],
    [
      'a lie about its size',
      'a.xlsx',
      () => zipOf(bookParts(sheetOf([['a'], [1]])), { lie: 900_000_000 }),
      /损坏|超过/,
    ],
    ['a web page', 'a.xls', () => '<html><table><tr><td>1</td></tr></table></html>', /HTML/],
    [
      'rubbish',
      'a.csv',
      () => Buffer.from(Array.from({ length: 5_000 }, (_, at) => (at * 7_919) % 256)),
      /不是文本|无法/,
    ],
    ['JSON cut short', 'a.json', () => '[{"id":1},{"id":2', /不完整|中断/],
    ['only a header', 'a.csv', () => '\n\n', /没有表格|空/],
  ])('%s', async (_what, name, content, says) => {
    const began = performance.now();
    const file = await intake.upload(name, content());
    expect(file.status, file.text).toBe(201);
    const connection = { kind: 'upload', upload: file.body.id, options: {} };
    const look = await intake.look(connection);
    expect([422, 413], look.text).toContain(look.status);
    expect(look.text).toMatch(says);
    expect(look.text).toContain(name);
    made += 1;
    const { id } = await intake.register({ key: `none-${made}`, mappings: [], connection });
    const run = await intake.run(id);
    expect(run).toMatchObject({ state: 'failed', rowsLanded: 0 });
    expect(run.error).toMatch(says);
    expect(run.error).toContain(name);
    expect(performance.now() - began).toBeLessThan(20_000);
  });

  test('an empty file is refused when it is handed over', async () => {
    const file = await intake.upload('empty.csv', '');
    expect(file).toMatchObject({ status: 422, body: { error: { code: 'TABLE_UNREADABLE' } } });
    expect(file.text).toMatch(/空/);
  });
});

describe('sources that misbehave', () => {
  const list = (more: Row = {}) => ({
    ...{ kind: 'http-json', url: server.url, tokenPath: '', listPath: '/list' },
    ...more,
  });
  const page = (rows: unknown[], total = rows.length) => ({ code: 0, data: { total, list: rows } });
  const rows = (count: number, more: Row = {}) =>
    Array.from({ length: count }, (_, id) => ({ id, name: `n${id}`, ...more }));
  let source: string;
  const fails = async (): Promise<Run> => {
    const run = await intake.run(source);
    expect(run).toMatchObject({ state: 'failed', stage: 'deliver', rowsLanded: 0 });
    expect(await rowsOf(source)).toHaveLength(3);
    return run;
  };
  beforeAll(async () => {
    answer = (_request, response) => json(response, page(rows(3)));
    source = (
      await intake.register({
        key: 'misbehaves',
        mappings: [{ from: 'name', to: 'column:name', transform: 'text', unit: null, values: {} }],
        connection: list({ reading: { pageSize: 3 } }),
      })
    ).id;
    expect((await intake.run(source)).state).toBe('succeeded');
  });

  test.each<[string, Parameters<typeof startServer>[0], RegExp]>([
    [
      'dies in mid-run',
      (request, response) =>
        request.url?.includes('pageNo=1') ? json(response, page(rows(3), 9)) : response.destroy(),
      /misbehaves.*(中断|断开|连接|hang up|reset|closed)/i,
    ],
    [
      'ends before its own total',
      (request, response) => json(response, page(request.url?.includes('pageNo=1') ? rows(3) : [], 9)),
      /9|total/,
    ],
    ['answers rubbish', (_request, response) => void response.end('<html>维护中</html>'), /JSON/],
    [
      'answers with another shape',
      (_request, response) => json(response, { code: 0, rows: [] }),
      /data\.list/,
    ],
    ['says no', (_request, response) => json(response, { code: 403, message: '无权限' }), /403|无权限/],
    ['never ends', (_request, response) => json(response, page(rows(3), 1e9)), /60000|rows/],
    [
      'sends more than it may',
      (_request, response) => json(response, page(rows(3, { filling: 'x'.repeat(9_000_000) }))),
      /bytes|字节|large/i,
    ],
    [
      'leads elsewhere',
      (_request, response) =>
        void response.writeHead(302, { location: 'http://169.254.169.254/latest' }).end(),
      /169\.254\.169\.254/,
    ],
  ])(
    'a source that %s fails the run and changes nothing',
    async (_what, misbehave, says) => {
      answer = misbehave;
      const run = await fails();
      expect(run.error).toMatch(says);
      expect(run.error).toMatch(/（.+）$/);
    },
    60_000,
  );

  test('a source that changes its schema is held, readers keep what they had', async () => {
    answer = (_request, response) =>
      json(response, page(rows(3).map(({ id, name }) => ({ id, full_name: name }))));
    const run = await intake.run(source);
    expect(run.state, JSON.stringify(run)).toBe('held');
    expect(run.heldFor[0]?.zh).toContain('name');
    expect((await rowsOf(source))[0]).toHaveProperty('name');
  });
});

describe('targets that nobody listed', () => {
  const http = (url: string) => ({ kind: 'http-json', url, tokenPath: '', listPath: '/list' });
  const database = (host: string, port: number) => ({
    ...{ kind: 'database', engine: 'postgresql', host, port, database: 'd', table: 't', username: 'u' },
  });
  const object = (url: string) => ({ kind: 'object', url, store: 'http', format: 'csv' });
  const refusedAt = async (connection: Row, code = 'SOURCE_TARGET_REFUSED') => {
    const look = await intake.look(connection);
    expect(look.body, look.text).toMatchObject({ error: { code } });
    made += 1;
    const source = await intake.call('POST', '/api/fuse/sources', {
      payload: {
        ...{
          key: `refused-${made}`,
          name: 'r',
          owner: 'o',
          organisation: 'jx',
          rowKey: ['id'],
          periodField: null,
        },
        ...{ mappings: [], tests: [], target: 'dataset', mode: 'full', watermarkField: null, priority: 5 },
        ...{ schedule: null, connection },
      },
    });
    return { look, source };
  };
  const hosts = [
    ...['127.0.0.1', 'localhost', '169.254.169.254', '[::ffff:169.254.169.254]', '100.100.100.200', '[::1]'],
    ...[
      '0.0.0.0',
      '2130706433',
      '0x7f000001',
      '0177.0.0.1',
      '127.1',
      '[::ffff:7f00:1]',
      'LOCALHOST.',
      '１２７.0.0.1',
    ],
    ...['metadata.google.internal', '[fd00:ec2::254]', '[64:ff9b::a9fe:a9fe]'],
  ];
  test.each(hosts)('%s, as a list, an object and a database', async (host) => {
    for (const connection of [
      http(`http://${host}:8080`),
      http(`http://${host}`),
      object(`http://${host}/a.csv`),
    ]) {
      const { look, source } = await refusedAt(connection);
      expect(look.text).toContain('fuseSourceHosts');
      expect(source.body).toMatchObject({ error: { code: 'SOURCE_TARGET_REFUSED' } });
    }
    const plain = host.replace(/^\[|\]$/g, '');
    if (/^[A-Za-z0-9.:_-]+$/.test(plain)) {
      const { source } = await refusedAt(database(plain, 5432));
      expect(source.body).toMatchObject({ error: { code: 'SOURCE_TARGET_REFUSED' } });
    }
  });

  test('another port of a listed host, a program that is not listed', async () => {
    await refusedAt(database('127.0.0.1', 5432));
    const program = {
      kind: 'program',
      protocol: 'singer',
      program: 'bash',
      stream: 's',
      settings: {},
      secrets: {},
    };
    const { look } = await refusedAt(program, 'SOURCE_PROGRAM_REFUSED');
    expect(look.text).toContain('fusePrograms');
    await refusedAt({ ...program, program: '/bin/sh' }, 'SOURCE_PROGRAM_REFUSED');
  });

  test.skipIf(LOOPBACK === null)(`a listed name that leads to the loopback${noLoopback}`, async () => {
    const port = Number(new URL(inner.url).port);
    for (const connection of [http(`http://${LOOPBACK}:${port}`), object(`http://${LOOPBACK}:${port}/a.csv`)])
      expect((await intake.look(connection)).body).toMatchObject({
        error: { code: 'SOURCE_TARGET_REFUSED' },
      });
    expect((await intake.look(database(LOOPBACK ?? '', port))).body).toMatchObject({
      error: { code: 'SOURCE_TARGET_REFUSED' },
    });
    expect(inner.asked).toEqual([]);
  });

  test('a redirect to such, of a file and of a list', async () => {
    answer = (_request, response) =>
      void response.writeHead(307, { location: 'http://127.0.0.1:1/a.csv' }).end();
    const look = await intake.look(http(server.url));
    expect(look.body).toMatchObject({ error: { code: 'SOURCE_TARGET_REFUSED' } });
    const file = await intake.look(object(`${server.url}/a.csv`));
    expect(file.status, file.text).toBeGreaterThanOrEqual(400);
    expect(file.text).not.toContain('INTERNAL');
  });

  test('a listed host that does not answer is told as such', async () => {
    const look = await intake.look(http(`http://127.0.0.1:${closed}`));
    expect(look.body).toMatchObject({ error: { code: 'SOURCE_UNREACHABLE' } });
    const silent = await intake.look(database('127.0.0.1', closed));
    expect(silent.body).toMatchObject({ error: { code: 'SOURCE_UNREACHABLE' } });
  }, 60_000);
});

const STEEL = ['../../../../shared/data', '../../../../../shared/data']
  .map((path) => join(import.meta.dirname, path, 'collect/steel/Steel_industry_data.csv'))
  .find((path) => existsSync(path));
const note = STEEL && sharedPresent ? '' : sharedNote || ' (SKIPPED: shared data are not here)';
describe.skipIf(!STEEL || !sharedPresent)(`real files with their defects${note}`, () => {
  test('readings of a steel works: 15 minutes each, none is lost', async () => {
    const content = readFileSync(STEEL ?? '');
    const { run, look } = await through('steel.csv', content, { key: 'date' });
    expect(run, JSON.stringify(run)).toMatchObject({ state: 'succeeded', rowsRejected: 0 });
    expect(run.rowsIn).toBe(content.toString().trimEnd().split('\n').length - 1);
    expect(look.profile.keys).toContainEqual(['date']);
  });

  test('a register whose owner forgot the quotes: the row is told by its line', async () => {
    const file = ['../../../../shared/data', '../../../../../shared/data']
      .map((path) => join(import.meta.dirname, path, 'fusion/reference/jx_key_industries.csv'))
      .find((path) => existsSync(path));
    const { problems, run } = await through('jx_key_industries.csv', readFileSync(file ?? ''));
    expect(run.rowsIn).toBeGreaterThan(0);
    expect(problems).toEqual([expect.objectContaining({ rule: 'cells-too-many', place: 18 })]);
  });

  test('invented enterprises with planted faults: every row is landed or rejected, faults are told by row and column', async () => {
    const rows = sharedRows('synth/jx_enterprises_synth_20k.csv').slice(0, 3_000);
    expect(rows.length).toBe(3_000);
    const columns = Object.keys(rows[0] ?? {});
    const { run, look } = await through(
      'synth.csv',
      csvOfRows(rows.map((row, at) => ({ 序号: at, ...row }))),
    );
    expect(run.rowsIn).toBe(3_000);
    expect(run.rowsLanded + run.rowsRejected).toBe(3_000);
    expect(look.columns).toEqual(['序号', ...columns]);
    const to = Object.fromEntries(look.suggestion.columns.map((column) => [column.column, column.to]));
    expect(to).toMatchObject({ code: 'code', name: 'name', county_code: 'division', revenue_wan: 'revenue' });
  });
});
