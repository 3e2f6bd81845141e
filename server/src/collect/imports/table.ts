import { parse } from 'csv-parse/sync';

/** Bounds of what is read of a table. */
export const TABLE_LIMITS = { rows: 120_000, columns: 200, sheets: 50, cellCharacters: 4_096 } as const;
const RECORD_CHARACTERS_MAX = 200_000;
const SAMPLE_CHARACTERS = 20_000;

export type Cell = string | number | boolean | null;
/** Rows of a sheet that hold something; `line` counts as the program that made the file does. */
export type Table = { sheet: string | null; rows: { line: number; cells: Cell[] }[] };

/**
 * The rows of a CSV text with commas, semicolons or tabs. Null when it is none: quotes that never end, or a record
 * without end.
 */
export function tableOfCsv(text: string): Table | null {
  try {
    const records = parse(text, {
      delimiter: delimiterOf(text.slice(0, SAMPLE_CHARACTERS)),
      relax_column_count: true,
      relax_quotes: true,
      skip_empty_lines: true,
      info: true,
      max_record_size: RECORD_CHARACTERS_MAX,
      to: TABLE_LIMITS.rows + 1,
      // csv-parse has no types for `info` together with arrays
    }) as unknown as { record: string[]; info: { lines: number } }[];
    return {
      sheet: null,
      rows: records.map(({ record, info }) => ({
        line: info.lines,
        cells: record
          .slice(0, TABLE_LIMITS.columns)
          .map((cell) => cell.slice(0, TABLE_LIMITS.cellCharacters).trim()),
      })),
    };
  } catch {
    return null;
  }
}

function delimiterOf(sample: string): string {
  const count = (delimiter: string) => sample.split(delimiter).length;
  return [',', ';', '\t', '，'].reduce((best, next) => (count(next) > count(best) ? next : best));
}
