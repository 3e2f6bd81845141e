import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openEngineFiles } from './engine-files.fixture.ts';
import { readPath, refusal } from './files.fixture.ts';

let files: Awaited<ReturnType<typeof openEngineFiles>>;
beforeAll(async () => {
  files = await openEngineFiles();
});
afterAll(() => files.close());

describe('a Parquet file', () => {
  it('gives decimals with all digits, days, times, lists and nested values', async () => {
    const path = await files.write(
      'types.parquet',
      `1::UInt8 AS small, 12345678901234567890::UInt64 AS large, 0.1::Float32 AS single, 1.5 AS double,
       12.30::Decimal(9, 2) AS price, -0.05::Decimal(18, 2) AS part, '12345678901234567890.12'::Decimal(38, 2) AS sum,
       '南昌' AS name, NULL::Nullable(Int32) AS none, true AS yes, toDate32('2024-02-29') AS day,
       toDateTime64('2024-02-29 08:30:15.250', 3, 'UTC') AS moment, [1, 2]::Array(Int32) AS list,
       ['a', 'b'] AS texts, tuple(7 AS x, 'y' AS y)::Tuple(x Int32, y String) AS pair, nan AS nothing`,
    );
    const table = await readPath(path, 'types.parquet');
    expect(table.options).toEqual({ format: 'parquet' });
    const row = Object.fromEntries(table.columns.map((name, at) => [name, table.rows[0]?.[at]]));
    expect(row).toEqual({
      small: 1,
      large: '12345678901234567890',
      single: 0.1,
      double: 1.5,
      price: 12.3,
      part: -0.05,
      sum: '12345678901234567890.12',
      name: '南昌',
      none: null,
      yes: true,
      day: '2024-02-29',
      moment: '2024-02-29T08:30:15.250Z',
      list: [1, 2],
      texts: ['a', 'b'],
      pair: { x: 7, y: 'y' },
      nothing: null,
    });
  });

  it.each(['none', 'snappy', 'lz4', 'zstd', 'gzip', 'brotli'])(
    'packed with %s is read group after group',
    async (method) => {
      const path = await files.write(
        `${method}.parquet`,
        `number AS id, concat('n', toString(number % 100)) AS name FROM numbers(12000)`,
        'Parquet',
        `SETTINGS output_format_parquet_row_group_size = 5000, output_format_parquet_compression_method = '${method}'`,
      );
      const table = await readPath(path, 'a.parquet');
      expect(table.rows).toHaveLength(12_000);
      expect(table.rows[11_999]).toEqual([11_999, 'n99']);
      expect(table.places[11_999]).toBe(12_000);
      expect(table.problems).toEqual([]);
    },
  );

  it('without rows has its columns', async () => {
    const path = await files.write('no-rows.parquet', '1 AS a, 2 AS b WHERE 0');
    expect(await readPath(path, 'a.parquet')).toMatchObject({ columns: ['a', 'b'], rows: [] });
  });

  it('that is half written or damaged is refused', async () => {
    const content = await readFile(await files.write('whole.parquet', `number AS id FROM numbers(1000)`));
    expect(await refusal(content.subarray(0, content.length - 20), 'a.parquet')).toMatchObject({
      code: 'TABLE_UNREADABLE',
      reason: expect.stringContaining('half written'),
    });
    expect(await refusal(Buffer.from('PAR1xxxxxxxxxxxxPAR1'), 'a.parquet')).toMatchObject({
      code: expect.any(String),
    });
  });
});

describe('rows that ClickHouse wrote', () => {
  it('come back with their names and long numbers', async () => {
    const path = await files.write(
      'part',
      `number AS id, if(number = 1, NULL, '甲') AS name, 12345678901234567890::UInt64 AS large, 0.5 AS half FROM numbers(3)`,
      'JSONCompactEachRowWithNames',
      'SETTINGS output_format_json_quote_64bit_integers = 0',
    );
    const table = await readPath(path, 'part', { format: 'compact' });
    expect(table.columns).toEqual(['id', 'name', 'large', 'half']);
    expect(table.rows).toEqual([
      [0, '甲', '12345678901234567890', 0.5],
      [1, null, '12345678901234567890', 0.5],
      [2, '甲', '12345678901234567890', 0.5],
    ]);
  });
});
