import { join } from 'node:path';
import type { Enterprise, NewSource } from '@ronghe/contracts';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type FuseTest, inventCode, MONITOR, startFuse } from './testing/fuse-platform.ts';
import { writeWorkbook } from './testing/source-system.ts';

const COPPER = inventCode('70000001', '360600');
const TEXTILE = inventCode('70000002', '360700');
const WRONG = `${inventCode('70000003').slice(0, 17)}${inventCode('70000003').endsWith('A') ? 'B' : 'A'}`;

const ROWS = [
  {
    id: 1,
    qymc: '江西豫章铜业有限责任公司',
    tyshxydm: COPPER,
    jc: '豫章铜业',
    xzqhdm: '360622',
    hydm: 'C3211',
    lxdh: '０７０１－８８１２３４５６',
    zcrq: '2010/3/5',
    zczb_wan: '12,000',
    cyrs: 1200,
    nysr_wan: 52000,
  },
  {
    id: 2,
    qymc: '赣州 虔城纺织有限公司',
    tyshxydm: '',
    xzqhdm: '360702',
    hydm: '17',
    lxdh: '12345',
    cyrs: '约500',
  },
  { id: 3, qymc: '南昌赣江电子股份有限公司', tyshxydm: WRONG, xzqhdm: '360111', hydm: '3911', cyrs: 80 },
  { id: 3, qymc: '重复行', tyshxydm: '' },
  { id: '', qymc: '没有主键' },
  { id: 4, qymc: '', tyshxydm: '' },
];
const month = (period: string, revenue: unknown, more: Record<string, unknown> = {}) => ({
  单位名称: '豫章铜业（江西）有限公司',
  信用代码: COPPER.slice(2, 17),
  行政区划代码: '360600',
  行业代码: '32',
  报告期: period,
  '营业收入(千元)': revenue,
  '用电量(万千瓦时)': 12.5,
  平均用工人数: 1150,
  ...more,
});

let fuse: FuseTest;
let park: string;
let monitor: string;
beforeAll(async () => {
  fuse = await startFuse();
  const scope = fuse.platform.scope();
  for (const [code, division] of [
    ['yingtan', '360600'],
    ['ganzhou', '360700'],
  ] as const)
    await fuse.platform.auth.addOrganisation(scope, {
      path: `jx.${code}`,
      kind: 'city',
      name: code,
      division,
      code: null,
    });
  park = (await fuse.domain.sources.register(scope, fuse.parkCloud)).id;
  monitor = (await fuse.domain.sources.register(scope, MONITOR)).id;
  fuse.system.state.rows = structuredClone(ROWS);
}, 120_000);
afterAll(() => fuse.stop());

const inbox = () => join(fuse.platform.config.data, 'inbox', 'operation-monitor');
const goldenValue = (enterprise: Enterprise, attribute: string) =>
  enterprise.values.find((value) => value.attribute === attribute);

/** Everything the domain keeps but the ledger itself. */
async function dump(): Promise<Record<string, unknown[]>> {
  const db = fuse.platform.relational.as<Record<string, Record<string, unknown>>>();
  const tables = [
    'source',
    'mapping',
    'pending',
    'finding',
    'enterprise',
    'enterprise_alias',
    'link',
    'link_key',
  ];
  const all: Record<string, unknown[]> = {};
  for (const table of [...tables, 'enterprise_value', 'value_change']) {
    const { rows } = await sql`select * from ${sql.table(`fuse.${table}`)} t order by t::text`.execute(db);
    all[table] = rows;
  }
  for (const [table, order] of [
    ['fuse.landing', 'source, row_key, received_at'],
    ['fuse.record', 'source, row_key, number'],
    ['fuse.indicator_version', 'source, entity_key, code, period, version'],
  ] as const)
    all[table] = await fuse.platform.analytics.query(
      `select * from ${table} ${table === 'fuse.landing' ? '' : 'final'} order by ${order}`,
    );
  return all;
}

describe('the way of a record from an HTTP system', () => {
  test('the first run lands good rows, keeps rejected ones with reasons, and counts add up', async () => {
    const run = await fuse.run(park);
    expect(run).toMatchObject({
      state: 'succeeded',
      error: null,
      rowsIn: 6,
      rowsLanded: 3,
      rowsRejected: 3,
      rowsNew: 3,
      rowsChanged: 0,
      rowsUnchanged: 0,
      rowsGone: 0,
      enterprisesCreated: 3,
    });
    const { items } = await fuse.domain.runs.findings(fuse.platform.scope(), run.id, { limit: 100 });
    expect(
      items
        .filter(({ severity }) => severity === 'block')
        .map(({ rule, rowKey, row }) => [rule, rowKey, row.qymc]),
    ).toEqual([
      ['row-key-missing', expect.stringMatching(/^#[0-9a-f]{16}$/), '没有主键'],
      ['row-key-duplicate', '3 #2', '重复行'],
      ['identity-missing', '4', ''],
    ]);
    expect(
      items
        .filter(({ severity }) => severity === 'warn')
        .map(({ rule, rowKey }) => `${rowKey} ${rule}`)
        .sort(),
    ).toEqual([
      '1 division-outdated',
      '2 code-missing',
      '2 number-invalid',
      '2 phone-invalid',
      '3 code-check-digit',
    ]);
    expect(items.find(({ rule }) => rule === 'number-invalid')).toMatchObject({
      field: 'cyrs',
      value: '约500',
    });
  });

  test('each golden value tells source, run, row, field, raw text and rule', async () => {
    const copper = await fuse.byName('豫章铜业');
    expect(copper).toMatchObject({
      name: '江西豫章铜业有限责任公司',
      code: COPPER,
      codeValid: true,
      division: '360603',
      divisionName: '鹰潭市余江区',
      city: '360600',
      keyIndustry: 'nonferrous',
      size: 'large',
      organisation: 'jx.yingtan',
      revenue: 52000,
    });
    expect(goldenValue(copper, 'phone')).toMatchObject({
      value: '0701-88123456',
      raw: '０７０１－８８１２３４５６',
      field: 'lxdh',
      rowKey: '1',
      source: park,
      rule: 'only',
    });
    expect(goldenValue(copper, 'size')).toMatchObject({
      rule: 'size-2017',
      label: '大型',
      field: 'cyrs + nysr_wan',
    });
    expect(goldenValue(copper, 'division')).toMatchObject({ raw: '360622', label: '鹰潭市余江区' });
  });

  test('a wrong check digit is shown, marked not valid and never used to match', async () => {
    const electronics = await fuse.byName('赣江电子');
    expect(electronics).toMatchObject({ code: WRONG, codeValid: false, findings: 1 });
    expect(electronics.issues.map(({ rule }) => rule)).toEqual(['code-check-digit']);
  });

  test('the landing table holds each row once, as it came', async () => {
    const rows = await fuse.platform.analytics.query<{ row_key: string; change: string; row: string }>(
      'select row_key, change, row from fuse.landing where source = {source:String} order by row_key',
      { params: { source: park } },
    );
    expect(rows.map(({ row_key, change }) => [row_key, change])).toEqual([
      ['1', 'new'],
      ['2', 'new'],
      ['3', 'new'],
    ]);
    expect(JSON.parse(rows[0]?.row ?? '')).toEqual(ROWS[0]);
  });
});

describe('a second source', () => {
  test('monthly workbooks join by the old taxpayer number; the newest month speaks, every month has its indicators', async () => {
    const months = [
      month('2026-01', null, { '用电量(万千瓦时)': 10 }),
      month('2026年2月', '9,000'),
      month('202603', 15000.5),
    ];
    for (const [index, row] of months.entries())
      await writeWorkbook(inbox(), `运行监测_2026-0${index + 1}.xlsx`, {
        title: '规模以上工业企业月报',
        rows: [row],
      });
    const run = await fuse.run(monitor);
    expect(run).toMatchObject({ state: 'succeeded', rowsIn: 3, rowsLanded: 3, enterprisesCreated: 0 });
    const copper = await fuse.byName('豫章铜业');
    expect(copper.records.map(({ matchedBy, rowKey }) => [matchedBy, rowKey])).toEqual([
      ['new', '1'],
      ['join-key', `${COPPER.slice(2, 17)}|2026-03`],
    ]);
    expect(goldenValue(copper, 'employees')).toMatchObject({
      value: '1200',
      rule: 'priority',
      others: [{ value: '1150', source: monitor, reason: { en: expect.stringContaining('priority') } }],
    });
    expect(goldenValue(copper, 'code')).toMatchObject({ value: COPPER, rule: 'valid' });
    const indicators = await fuse.domain.indicators.series.series(fuse.platform.scope(), copper.id);
    expect(
      indicators.map(({ code, unit, items }) => [
        code,
        unit,
        items.map(({ period, value }) => [period, value]),
      ]),
    ).toEqual([
      [
        'REVENUE',
        '万元',
        [
          ['2026-02', 900],
          ['2026-03', 1500.05],
        ],
      ],
      [
        'ELECTRICITY',
        '万千瓦时',
        [
          ['2026-01', 10],
          ['2026-02', 12.5],
          ['2026-03', 12.5],
        ],
      ],
    ]);
  });
});

describe('running again', () => {
  test('with the same rows changes nothing at all', async () => {
    const before = await dump();
    const entries = await fuse.platform.audit.list(fuse.platform.scope(), { limit: 100 });
    for (const source of [park, monitor]) {
      const run = await fuse.run(source);
      expect(run).toMatchObject({
        state: 'succeeded',
        rowsNew: 0,
        rowsChanged: 0,
        rowsGone: 0,
        valuesChanged: 0,
      });
      expect(run.rowsUnchanged).toBe(run.rowsLanded);
    }
    expect(await dump()).toEqual(before);
    const after = await fuse.platform.audit.list(fuse.platform.scope(), { limit: 100 });
    const added = after.items.slice(0, after.total - entries.total).map(({ action }) => action);
    expect(added.filter((action) => action.startsWith('fuse:'))).toEqual([
      'fuse:run:start',
      'fuse:run:start',
    ]);
  });

  test('brings up to date what a version left that kept no rows beside links, and no marks of values', async () => {
    const before = await dump();
    const db = fuse.platform.relational.as<Record<string, Record<string, unknown>>>();
    await sql`update fuse.link set head = null, reported = '?', row_findings = 0`.execute(db);
    await sql`update fuse.enterprise_value set mark = null`.execute(db);
    await sql`delete from fuse.link_key where key % 64 = 40`.execute(db);
    await sql`insert into fuse.pending (source, entity_key) select source, entity_key from fuse.link where not gone`.execute(
      db,
    );
    for (const source of [park, monitor]) expect(await fuse.run(source)).toMatchObject({ valuesChanged: 0 });
    const marked = (rows: readonly unknown[] | undefined) =>
      rows?.map((row) => ({ ...(row as object), mark: '' }));
    const after = await dump();
    expect(marked(after.enterprise_value)).toEqual(marked(before.enterprise_value));
    for (const table of Object.keys(before).filter((name) => name !== 'enterprise_value'))
      expect(after[table], table).toEqual(before[table]);
    await sql`update fuse.enterprise_value set mark = old.mark from
      json_to_recordset(${JSON.stringify(before.enterprise_value)}::json) as old (enterprise uuid, attribute text, mark text)
      where enterprise_value.enterprise = old.enterprise and enterprise_value.attribute = old.attribute`.execute(
      db,
    );
  });

  test('with one changed row changes exactly the values that depend on it', async () => {
    const before = await dump();
    fuse.system.state.rows = ROWS.map((row) => (row === ROWS[0] ? { ...row, cyrs: 900 } : row));
    const run = await fuse.run(park);
    expect(run).toMatchObject({ rowsChanged: 1, rowsNew: 0, enterprisesChanged: 1, valuesChanged: 2 });
    const changes = await fuse.domain.enterprises.changesOfRun(fuse.platform.scope(), run.id, { limit: 10 });
    expect(changes.items.map(({ attribute, before, after }) => [attribute, before, after]).sort()).toEqual([
      ['employees', '1200', '900'],
      ['size', 'large', 'medium'],
    ]);
    const rows = await fuse.domain.runs.rows(fuse.platform.scope(), run.id, { change: 'changed', limit: 10 });
    expect(rows.items).toMatchObject([{ rowKey: '1', row: { cyrs: 900 }, before: { cyrs: 1200 } }]);
    const after = await dump();
    const different = (table: string) => {
      const old = new Set(before[table]?.map((row) => JSON.stringify(row)));
      return (after[table] ?? []).filter((row) => !old.has(JSON.stringify(row))) as Record<string, unknown>[];
    };
    expect(
      different('enterprise_value')
        .map(({ attribute }) => attribute)
        .sort(),
    ).toEqual(['employees', 'size']);
    expect(different('enterprise').map(({ name }) => name)).toEqual(['江西豫章铜业有限责任公司']);
    expect(different('fuse.record').map(({ row_key }) => row_key)).toEqual(['1']);
    expect(different('fuse.landing').map(({ row_key, change }) => [row_key, change])).toEqual([
      ['1', 'changed'],
    ]);
    for (const table of ['finding', 'fuse.indicator_version', 'mapping', 'enterprise_alias'])
      expect(different(table), table).toEqual([]);
    // the link keeps the newest row, and nothing else of it is new
    const links = (rows: readonly unknown[] | undefined) => (rows ?? []) as Record<string, unknown>[];
    const [link, ...others] = different('link');
    expect(others).toEqual([]);
    const old = links(before.link).find(({ number }) => number === link?.number);
    expect({ ...link, head: old?.head }).toEqual(old);
  });

  test('a row that is gone takes its values along, the enterprise keeps its id and comes back with it', async () => {
    const electronics = await fuse.byName('赣江电子');
    fuse.system.state.rows = ROWS.slice(0, 2);
    expect(await fuse.run(park)).toMatchObject({ state: 'succeeded', rowsGone: 1, rowsChanged: 1 });
    await expect(fuse.byName('赣江电子')).rejects.toThrow('finds 0');
    const gone = await fuse.domain.enterprises.get(fuse.platform.scope(), electronics.id);
    expect(gone).toMatchObject({
      state: 'gone',
      name: electronics.name,
      values: [],
      records: [],
      findings: 0,
    });
    fuse.system.state.rows = structuredClone(ROWS);
    await fuse.run(park);
    expect(await fuse.byName('赣江电子')).toMatchObject({ id: electronics.id, state: 'active' });
  });

  test('a code that links two enterprises makes them one; the younger id still leads there', async () => {
    const extra = { id: 9, qymc: '虔城纺织集团有限公司', tyshxydm: TEXTILE, xzqhdm: '360702', hydm: '17' };
    fuse.system.state.rows = [...structuredClone(ROWS), extra];
    await fuse.run(park);
    const [older, younger] = [await fuse.byName('赣州虔城'), await fuse.byName('虔城纺织集团')];
    expect(older.id).not.toBe(younger.id);
    fuse.system.state.rows = [
      ...ROWS.map((row) => (row.id === 2 ? { ...row, tyshxydm: TEXTILE } : row)),
      extra,
    ];
    await fuse.run(park);
    const merged = await fuse.domain.enterprises.get(fuse.platform.scope(), younger.id);
    expect(merged).toMatchObject({ id: older.id, code: TEXTILE });
    expect(merged.records).toHaveLength(2);
    const entries = await fuse.platform.audit.list(fuse.platform.scope(), { limit: 50, search: 'merge' });
    expect(entries.items[0]).toMatchObject({
      target: `enterprise:${older.id}`,
      before: { merged: younger.id },
    });
  });
});

describe('faults of a source', () => {
  const fails = async (source: string, error: RegExp) => {
    const run = await fuse.run(source);
    expect(run, run.error ?? '').toMatchObject({ state: 'failed' });
    expect(run.error).toMatch(error);
  };

  test('a token that runs out, rate limits and a hiccup are got over', async () => {
    fuse.system.state.tokenUses = 1;
    fuse.system.state.failures = [503, 429];
    expect(await fuse.run(park)).toMatchObject({ state: 'succeeded', rowsChanged: 0 });
    fuse.system.state.tokenUses = Number.POSITIVE_INFINITY;
    expect(fuse.system.state.failures).toEqual([]);
  });

  test('a list that ends early, an empty list and a redirect elsewhere fail without taking anything out', async () => {
    const before = await dump();
    fuse.system.state.total = 50;
    await fails(park, /50/);
    fuse.system.state.total = null;
    fuse.system.state.rows = [];
    await fails(park, /no rows/);
    fuse.system.state.rows = structuredClone(ROWS);
    fuse.system.state.redirectTo = 'http://127.0.0.1:1/else';
    await fails(park, /127\.0\.0\.1:1/);
    fuse.system.state.redirectTo = null;
    const after = await dump();
    expect(after.enterprise_value).not.toEqual([]);
    expect(after['fuse.record']).toEqual(before['fuse.record']);
  });

  test('a second start while one is open is refused; cancel ends it between pages', async () => {
    const scope = fuse.platform.scope();
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const asked = new Promise<void>((resolve) => {
      fuse.system.state.onPage = async (page) => {
        if (page !== 2) return;
        resolve();
        await held;
      };
    });
    const started = await fuse.domain.runs.start(scope, park);
    await asked;
    await expect(fuse.domain.runs.start(scope, park)).rejects.toMatchObject({ code: 'RUN_ACTIVE' });
    await fuse.platform.jobs.cancel(scope, started.job);
    release();
    await fuse.platform.jobs.wait(scope, started.job);
    expect(await fuse.domain.runs.get(scope, started.run)).toMatchObject({ state: 'cancelled', error: null });
    fuse.system.state.onPage = async () => {};
    expect(await fuse.run(park)).toMatchObject({ state: 'succeeded' });
  });

  test('a workbook that is none, or has no header, fails the run by name', async () => {
    const { writeFile, rm } = await import('node:fs/promises');
    await writeFile(join(inbox(), '坏文件.xlsx'), 'not a workbook');
    await fails(monitor, /坏文件\.xlsx/);
    await writeWorkbook(inbox(), '坏文件.xlsx', { rows: [{ 别的: 1, 字段: 2 }] });
    await fails(monitor, /坏文件\.xlsx.*信用代码/);
    await rm(join(inbox(), '坏文件.xlsx'));
    expect(await fuse.run(monitor)).toMatchObject({ state: 'succeeded', rowsChanged: 0 });
  });

  test('a figure a thousand times too large and text in a number are told, the rest goes on', async () => {
    await writeWorkbook(inbox(), '运行监测_2026-04.xlsx', {
      rows: [month('2026-04', 21_000), month('2026-05', 26_000_000, { '用电量(万千瓦时)': '十二' })],
    });
    const run = await fuse.run(monitor);
    expect(run).toMatchObject({ state: 'succeeded', rowsNew: 2, rowsUnchanged: 3 });
    const { items } = await fuse.domain.runs.findings(fuse.platform.scope(), run.id, { limit: 100 });
    expect(
      items
        .filter(({ rowKey }) => rowKey.endsWith('2026-05'))
        .map(({ rule }) => rule)
        .sort(),
    ).toEqual(['code-outdated', 'number-invalid', 'unit-jump']);
  });
});

describe('registering a source', () => {
  const refused = async (change: Partial<NewSource>, code: string) =>
    expect(
      fuse.domain.sources.register(fuse.platform.scope(), { ...fuse.parkCloud, key: 'other', ...change }),
    ).rejects.toMatchObject({ code });
  const http = () => fuse.parkCloud.connection as Extract<NewSource['connection'], { kind: 'http-json' }>;

  test('each wrong input has its own error', async () => {
    await refused({ key: 'park-cloud' }, 'CONFLICT');
    await refused({ organisation: 'jx.nowhere' }, 'NOT_FOUND');
    await refused({ organisation: 'other' }, 'NOT_FOUND');
    await refused({ connection: { ...http(), url: 'http://169.254.169.254/' } }, 'SOURCE_TARGET_REFUSED');
    await refused({ connection: { ...http(), url: 'http://user:secret@localhost/' } }, 'REQUEST_INVALID');
    await refused({ connection: { ...http(), listPath: '//evil.example/list' } }, 'REQUEST_INVALID');
    await refused({ connection: { kind: 'folder', folder: '../secrets', options: {} } }, 'REQUEST_INVALID');
    await refused({ schedule: 'every day' }, 'REQUEST_INVALID');
    await refused(
      { mappings: [{ from: 'a', to: 'name', transform: 'magic', unit: null, values: {} }] },
      'REQUEST_INVALID',
    );
    await refused(
      { mappings: [{ from: 'a', to: 'indicator:NONE', transform: 'number', unit: null, values: {} }] },
      'REQUEST_INVALID',
    );
    await refused(
      { mappings: [{ from: 'a', to: 'phone', transform: 'phone', unit: null, values: {} }] },
      'REQUEST_INVALID',
    );
  });

  test('the password is nowhere to be read', async () => {
    const everything = JSON.stringify([
      await dump(),
      await fuse.domain.sources.list(fuse.platform.scope()),
      await fuse.platform.audit.list(fuse.platform.scope(), { limit: 200 }),
    ]);
    expect(everything).not.toContain(fuse.system.password);
    expect(everything).toContain('v1.');
  });
});
