import type { DatasetFilter, DatasetPage, DatasetRow, Page } from '@ronghe/contracts';
import exceljs from 'exceljs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type IntakeTest, type Row, startIntake } from '../testing/intake-platform.ts';

const ROWS = 1_205;
const AMOUNTS = ['12', '-3.5', '100', '', '约20', '9'];
const rows: Row[] = Array.from({ length: ROWS }, (_, at) => ({
  id: `r${String(at).padStart(4, '0')}`,
  企业: at % 2 === 0 ? `江西甲${at}厂` : `Nanchang Beta ${at}`,
  产值: AMOUNTS[at % AMOUNTS.length],
  日期: `2026-${String((at % 12) + 1).padStart(2, '0')}-01`,
  ...(at === ROWS - 1 ? { 末页才有: '=1+1' } : {}),
}));
const columns = ['企业', '产值', '日期', '末页才有'];
let intake: IntakeTest;
let source = '';

beforeAll(async () => {
  intake = await startIntake();
  const file = rows.map((row) => JSON.stringify(row)).join('\n');
  ({ source } = await intake.table('late-columns', 'late.jsonl', file, {
    mappings: columns.map((name) => ({
      from: name,
      to: `column:${name}`,
      transform: 'text',
      unit: null,
      values: {},
    })),
  }));
}, 120_000);
afterAll(() => intake.stop());

type Query = {
  filters?: readonly Partial<DatasetFilter>[];
  sort?: string;
  order?: string;
  search?: string;
  limit?: number;
};
const addressOf = (path: string, { filters, ...rest }: Query, more: Record<string, string> = {}) => {
  const texts = Object.entries({ ...rest, ...more }).map(([name, value]) => [name, String(value)]);
  const query = new URLSearchParams(texts as [string, string][]);
  if (filters) query.set('filters', JSON.stringify(filters));
  return `/api/fuse/sources/${source}/${path}?${query}`;
};
const page = (query: Query, more: Record<string, string> = {}) =>
  intake.get<Page<DatasetRow>>(addressOf('rows', query, more));
/** All rows page by page. */
async function all(query: Query): Promise<DatasetRow[]> {
  const found: DatasetRow[] = [];
  for (let cursor: string | null = ''; cursor !== null; ) {
    const next: Page<DatasetRow> = await page({ limit: 200, ...query }, cursor === '' ? {} : { cursor });
    found.push(...next.items);
    cursor = next.next;
  }
  return found;
}
const valuesOf = (found: readonly DatasetRow[], name: string) =>
  found.map(({ values }) => values[`column:${name}`] ?? '');

describe('filters of a dataset', () => {
  it.each<[DatasetFilter['is'], string, string, (value: string) => boolean]>([
    ['contains', '企业', 'BETA', (value) => value.includes('Beta')],
    ['equals', '产值', '100', (value) => value === '100'],
    ['least', '产值', '9', (value) => Number(value) >= 9 && value !== ''],
    ['most', '产值', '9', (value) => value !== '' && Number(value) <= 9],
    ['least', '日期', '2026-11', (value) => value >= '2026-11'],
    ['empty', '产值', '', (value) => value === ''],
    ['filled', '末页才有', '', (value) => value !== ''],
  ])('%s of %s: %s', async (is, name, value, fits) => {
    const { total, items } = await page({ filters: [{ to: `column:${name}`, is, value }], limit: 200 });
    expect(total).toBe(rows.filter((row) => fits(String(row[name] ?? ''))).length);
    expect(total).toBeGreaterThan(0);
    expect(valuesOf(items, name).every(fits)).toBe(true);
  });

  it('all hold together, beside the search, and on the key', async () => {
    const filters = [
      { to: 'column:产值', is: 'equals', value: '12' },
      { to: 'rowKey', is: 'least', value: 'r0600' },
    ] as const;
    const found = await page({ filters, search: '江西甲', limit: 200 });
    const expected = rows.filter((row, at) => at >= 600 && at % 2 === 0 && row.产值 === '12');
    expect(found.total).toBe(expected.length);
    expect(found.items.map(({ rowKey }) => rowKey)).toEqual(expected.map(({ id }) => id).slice(0, 200));
  });

  it('what is no filter is refused with its place, and names and values are only values', async () => {
    for (const [filters, path] of [
      ['{', 'filters'],
      ['[{"to":"a","is":"like"}]', 'filters.0.is'],
      [JSON.stringify(Array.from({ length: 9 }, () => ({ to: 'a', is: 'empty' }))), 'filters'],
    ] as const) {
      const answer = await intake.call(
        'GET',
        `/api/fuse/sources/${source}/rows?filters=${encodeURIComponent(filters)}`,
      );
      expect([answer.status, answer.text.includes(`"${path}"`)], answer.text).toEqual([400, true]);
    }
    for (const hostile of ["') or 1=1 --", '{x:String}', "a\\'b"]) {
      const found = await page({ filters: [{ to: hostile, is: 'equals', value: hostile }], sort: hostile });
      expect(found.total).toBe(0);
    }
  });
});

describe('the order of a dataset', () => {
  const rank = (value: string) => (value === '' ? 2 : Number.isNaN(Number(value)) ? 1 : 0);
  it.each(['asc', 'desc'] as const)(
    'numbers as numbers, then texts, nothing last, over all pages: %s',
    async (order) => {
      const found = await all({ sort: 'column:产值', order });
      expect(new Set(found.map(({ rowKey }) => rowKey)).size).toBe(ROWS);
      const values = valuesOf(found, '产值');
      expect(values).toEqual(
        [...values].sort((a, b) => {
          const byRank = rank(a) - rank(b);
          if (byRank !== 0 || rank(a) !== 0) return byRank;
          return order === 'asc' ? Number(a) - Number(b) : Number(b) - Number(a);
        }),
      );
      expect(values[0]).toBe(order === 'asc' ? '-3.5' : '100');
    },
  );

  it('keys backwards, and refuses the cursor of another order', async () => {
    const found = await all({ sort: 'rowKey', order: 'desc' });
    expect(found.map(({ rowKey }) => rowKey)).toEqual(rows.map(({ id }) => id).reverse());
    const { next } = await page({ limit: 5 });
    const answer = await intake.call(
      'GET',
      addressOf('rows', { sort: 'column:产值' }, { cursor: next ?? '' }),
    );
    expect(answer.status).toBe(400);
  });
});

describe('a dataset as a file', () => {
  it('has the columns of all pages, in the order of the source and of the mapping', async () => {
    const { text } = await intake.call('GET', addressOf('rows/export', {}));
    const lines = text.replace('\uFEFF', '').trimEnd().split('\r\n');
    expect(lines[0]).toBe(
      [
        'rowKey',
        'id',
        '企业',
        '产值',
        '日期',
        '末页才有',
        ...columns.map((name) => `→ column:${name}`),
        'findings',
      ].join(','),
    );
    expect(lines).toHaveLength(ROWS + 1);
    expect(lines.at(-1)).toContain("'=1+1");
  });

  it('holds what is shown: filtered and in order, as CSV and as a workbook whose numbers are numbers', async () => {
    const query: Query = {
      filters: [{ to: 'column:产值', is: 'least', value: '9' }],
      sort: 'column:产值',
      order: 'desc',
    };
    const shown = await all(query);
    const csv = (await intake.call('GET', addressOf('rows/export', query))).text.trimEnd().split('\r\n');
    expect(csv.slice(1).map((line) => line.split(',')[0])).toEqual(shown.map(({ rowKey }) => rowKey));
    expect(csv[0]).not.toContain('末页才有');
    const answer = await intake.http.inject({
      method: 'GET',
      url: addressOf('rows/export', query, { format: 'xlsx' }),
      headers: { authorization: `Bearer ${intake.admin}` },
    });
    expect(answer.headers['content-disposition']).toContain('late-columns.xlsx');
    const book = new exceljs.Workbook();
    await book.xlsx.load(answer.rawPayload as never);
    const sheet = book.worksheets[0];
    expect(sheet?.rowCount).toBe(shown.length + 1);
    const heads = (sheet?.getRow(1).values ?? []) as string[];
    const at = heads.indexOf('产值');
    expect(sheet?.getRow(2).getCell(at).value).toBe(100);
    expect(sheet?.getRow(2).getCell(1).value).toBe(shown[0]?.rowKey);
  });
});

describe('columns that the mapping leaves out, and units', () => {
  let left = '';
  beforeAll(async () => {
    const lines = Array.from({ length: 30 }, (_, at) => ({
      id: `n${String(at).padStart(2, '0')}`,
      营业额: `${at}`,
      资产: `${at}万元`,
      吨数: at,
      备注: at % 3 === 0 ? null : `第${at % 7}类`,
      数量: at,
    }));
    const map = (from: string, unit: string | null) => ({
      ...{ from, to: `column:${from}`, transform: 'number', unit, values: {} },
    });
    ({ source: left } = await intake.table(
      'left-out',
      'left.jsonl',
      lines.map((one) => JSON.stringify(one)).join('\n'),
      {
        mappings: [map('营业额', 'yuan'), map('资产', null), map('吨数', 'tonne')],
      },
    ));
  });
  const ask = (query: string, limit = 200) =>
    intake.get<DatasetPage>(`/api/fuse/sources/${left}/rows?limit=${limit}&${new URLSearchParams(query)}`);
  const keys = ({ items }: DatasetPage) => items.map(({ rowKey }) => Number(rowKey.slice(1)));

  it('are named, and the units that numbers were converted to are told', async () => {
    const found = await ask('');
    expect(found.left).toEqual(['备注', '数量']);
    expect(found.units).toEqual({
      'column:营业额': { zh: '万元', en: '10,000 CNY' },
      'column:资产': { zh: '万元', en: '10,000 CNY' },
      'column:吨数': { zh: '吨', en: 't' },
    });
    expect(found.items[5]?.values['column:营业额']).toBe('0.0005');
  });

  it('filter and put in order, texts, numbers and what is empty', async () => {
    const filter = (to: string, is: string, value = '') => `filters=${JSON.stringify([{ to, is, value }])}`;
    expect(keys(await ask(filter('raw:备注', 'equals', '第5类')))).toEqual([5, 19, 26]);
    expect(keys(await ask(filter('raw:备注', 'empty')))).toHaveLength(10);
    expect(keys(await ask(filter('raw:数量', 'least', '28')))).toEqual([28, 29]);
    expect((await ask(filter('raw:没有', 'filled'))).total).toBe(0);
    expect(keys(await ask('sort=raw:数量&order=desc')).slice(0, 3)).toEqual([29, 28, 27]);
    const byText = await ask('sort=raw:备注');
    expect(byText.items.slice(-10).every(({ row }) => row.备注 === null)).toBe(true);
    const first = await ask('sort=raw:数量', 12);
    const second = await ask(`sort=raw:数量&cursor=${encodeURIComponent(first.next ?? '')}`, 12);
    expect(keys(second)).toEqual(Array.from({ length: 12 }, (_, at) => at + 12));
    const both = await ask(`${filter('raw:数量', 'most', '9')}&sort=raw:备注&order=desc`);
    expect(both.total).toBe(10);
  });

  it('stand in the export, in which headings say the unit in the language asked for', async () => {
    const [zh, en] = await Promise.all(
      ['zh-CN', 'en'].map((language) =>
        intake.call('GET', `/api/fuse/sources/${left}/rows/export`, {
          headers: { 'accept-language': language },
        }),
      ),
    );
    expect(zh?.text.split('\r\n')[0]).toContain(
      '→ column:营业额（万元）,→ column:资产（万元）,→ column:吨数（吨）',
    );
    expect(en?.text.split('\r\n')[0]).toContain('→ column:营业额 (10,000 CNY)');
  });
});
