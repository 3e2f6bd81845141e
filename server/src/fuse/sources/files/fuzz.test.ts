import { readFile } from 'node:fs/promises';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AppError } from '#platform/errors/errors.ts';
import type { SpoolOptions } from '../delivery.ts';
import { openEngineFiles } from './engine-files.fixture.ts';
import { bookParts, readTable, sheetOf, zipOf } from './files.fixture.ts';

/** Longest time that a megabyte of rubbish may take, with a machine that has other work. */
const READ_MS_MAX = 30_000;
const MEGABYTE = 1_048_576;

/** Whatever comes, reading ends with rows or with an error of the catalog. */
async function survives(content: Buffer, name: string, options: SpoolOptions = {}): Promise<void> {
  const started = performance.now();
  try {
    await readTable(content, name, options);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    expect(['TABLE_UNREADABLE', 'SOURCE_TOO_LARGE']).toContain(error.code);
  }
  expect(performance.now() - started).toBeLessThan(READ_MS_MAX);
}

const rows = Array.from({ length: 400 }, (_, at) => [`企业${at}`, at, `2024-01-${(at % 28) + 1}`, at / 7]);
const BOOK = zipOf(bookParts(sheetOf([['企业', '序号', '日期', '值'], ...rows], ['A1:B2', 'A5:A9'])));
const SHEET = sheetOf([['企业', '序号', '日期', '值'], ...rows.slice(0, 50)], ['A1:B2']);
const RECORDS = rows.map(([name, at, day, value]) => ({ name, at, day, more: [value] }));
const TEXTS: Readonly<Record<string, Buffer>> = {
  csv: Buffer.from(`企业,序号,日期,值\n${rows.map((row) => `"${row.join('","')}"`).join('\n')}`),
  json: Buffer.from(JSON.stringify({ data: { list: RECORDS } })),
  jsonl: Buffer.from(RECORDS.map((record) => JSON.stringify(record)).join('\n')),
  rows: Buffer.from(RECORDS.map((record) => JSON.stringify({ r: record })).join('\n')),
  compact: Buffer.from(`["a","b","c","d"]\n${rows.map((row) => JSON.stringify(row)).join('\n')}`),
};
let parquet: Buffer;
let files: Awaited<ReturnType<typeof openEngineFiles>>;
beforeAll(async () => {
  files = await openEngineFiles();
  const select = `number AS id, toString(number) AS name, [number] AS list, number::Decimal(9, 2) AS price,
    toDate(number) AS day FROM numbers(2000)`;
  parquet = await readFile(await files.write('a.parquet', select));
});
afterAll(() => files.close());

/** Some bytes of a file changed, and its end cut off now and then. */
const damages = fc.record({
  changes: fc.array(fc.tuple(fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }), fc.nat(255)), {
    maxLength: 12,
  }),
  keep: fc.oneof({ weight: 3, arbitrary: fc.constant(1) }, fc.double({ min: 0, max: 1, noNaN: true })),
});
function damaged(content: Buffer, { changes, keep }: { changes: [number, number][]; keep: number }): Buffer {
  const copy = Buffer.from(content.subarray(0, Math.ceil(content.length * keep)));
  for (const [at, byte] of changes) copy[Math.floor(at * copy.length)] = byte;
  return copy;
}

/** A megabyte made of a few pieces over and over. */
const rubbish = (pieces: readonly (string | number)[]) =>
  fc
    .array(fc.constantFrom(...pieces), { minLength: 1, maxLength: 60 })
    .map((found) =>
      Buffer.concat(found.map((piece) => Buffer.from(typeof piece === 'number' ? [piece] : piece))),
    )
    .map((piece) => Buffer.alloc(MEGABYTE, piece));

describe('damage and rubbish', () => {
  it.each(Object.keys(TEXTS))(
    'in %s ends well',
    async (format) => {
      await fc.assert(
        fc.asyncProperty(damages, (damage) =>
          survives(damaged(TEXTS[format] ?? Buffer.alloc(0), damage), `a.${format}`, {
            format: format as 'csv',
          }),
        ),
        { seed: 7, numRuns: 15 },
      );
      const pieces = [
        '"',
        '""',
        ',',
        '\n',
        '\r\n',
        'a',
        '中',
        '{',
        '}',
        '[',
        ']',
        ':',
        '\\',
        '{"r":{',
        '1',
        0xff,
        0x81,
        ' ',
      ];
      await fc.assert(
        fc.asyncProperty(rubbish(pieces), (content) =>
          survives(content, `a.${format}`, { format: format as 'csv' }),
        ),
        { seed: 8, numRuns: 2 },
      );
    },
    120_000,
  );

  it('in a workbook ends well', async () => {
    await fc.assert(
      fc.asyncProperty(damages, (damage) => survives(damaged(BOOK, damage), 'a.xlsx')),
      { seed: 9, numRuns: 25 },
    );
    await fc.assert(
      fc.asyncProperty(damages, (damage) =>
        survives(zipOf(bookParts(String(damaged(Buffer.from(SHEET), damage)))), 'a.xlsx'),
      ),
      { seed: 10, numRuns: 15 },
    );
    const pieces = [
      '<row r="1">',
      '</row>',
      '<c r="XFD9">',
      '<c t="s">',
      '</c>',
      '<v>',
      '1',
      '</v>',
      '<',
      '>',
      '&',
      '"',
      '<!--',
      ']]>',
    ];
    await fc.assert(
      fc.asyncProperty(rubbish(pieces), (content) =>
        survives(zipOf(bookParts(`<worksheet><sheetData>${content}`)), 'a.xlsx'),
      ),
      { seed: 11, numRuns: 3 },
    );
  }, 120_000);

  it('in a Parquet file ends well', async () => {
    await fc.assert(
      fc.asyncProperty(damages, (damage) => survives(damaged(parquet, damage), 'a.parquet')),
      { seed: 12, numRuns: 30 },
    );
  }, 120_000);

  it('of bytes by chance ends well, whatever the file is taken for', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom<SpoolOptions['format']>(undefined, 'csv', 'json', 'jsonl'),
        fc.constantFrom('', 'PK\x03\x04', 'PAR1', '[', '{'),
        fc.integer(),
        (format, start, state) => survives(Buffer.from(start + noise(state), 'latin1'), 'a', { format }),
      ),
      { seed: 13, numRuns: 5 },
    );
  }, 120_000);
});

/** A megabyte by a linear congruential generator. */
function noise(state: number): string {
  const bytes = Buffer.alloc(MEGABYTE);
  let now = state >>> 0;
  for (let at = 0; at < bytes.length; at += 1) {
    now = (Math.imul(now, 1_664_525) + 1_013_904_223) >>> 0;
    bytes[at] = now >>> 24;
  }
  return bytes.toString('latin1');
}
