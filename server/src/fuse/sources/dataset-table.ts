import type { Bilingual, DatasetRow, FieldMapping, Page } from '@ronghe/contracts';

/** Excel takes a text that begins so for a formula, also in full width and after blanks; with an apostrophe before it stays text. */
const FORMULA = /^[\s\0\uFEFF]*[=+\-@＝＋－＠]|^[\t\r\n]/;
const NUMBER = /^[+-]?\d+(\.\d+)?$/;
/** Digits that a number of a sheet keeps; longer ones (codes) and those with a zero in front stay text. */
const SHEET_NUMBER = /^-?(0|[1-9]\d{0,14})(\.\d{1,10})?$/;

export type TableColumn = { head: string; of: (row: DatasetRow) => unknown };
type Known = {
  known: readonly string[];
  mappings: readonly Pick<FieldMapping, 'to'>[];
  /** of targets whose numbers were converted; their heading says it */
  units: Readonly<Record<string, Bilingual>>;
  language: 'zh' | 'en';
};
type Names = { fields: readonly string[]; targets: readonly string[] };

/** Pages one after the other, until there is none. */
export async function* pagesOf(
  read: (cursor: string | undefined) => Promise<Page<DatasetRow>>,
): AsyncGenerator<DatasetRow[]> {
  for (let cursor: string | undefined; ; ) {
    const page = await read(cursor);
    yield page.items;
    if (page.next === null) return;
    cursor = page.next;
  }
}

/**
 * Columns of a dataset as a file: raw fields in the order of the source (`known`), then values as they were standardised, in the
 * order of the mapping; names that neither knows stand behind.
 */
export function columnsOf(
  { fields, targets }: Names,
  { known, mappings, units, language }: Known,
): TableColumn[] {
  const inUnit = (unit: Bilingual | undefined) =>
    unit === undefined ? '' : language === 'zh' ? `（${unit.zh}）` : ` (${unit.en})`;
  const raw = inOrder(fields, known);
  const values = inOrder(
    targets,
    mappings.map(({ to }) => to),
  );
  return [
    { head: 'rowKey', of: (row) => row.rowKey },
    ...raw.map((name): TableColumn => ({ head: name, of: (row) => row.row[name] })),
    ...values.map(
      (to): TableColumn => ({ head: `→ ${to}${inUnit(units[to])}`, of: (row) => row.values[to] }),
    ),
    { head: 'findings', of: (row) => row.findings.map(({ rule }) => rule).join(' ') },
  ];
}

/** Names in the order they are known in, then the others. */
function inOrder(names: readonly string[], known: readonly string[]): string[] {
  const wanted = new Set(names);
  const first = [...new Set(known)].filter((name) => wanted.has(name));
  const others = names.filter((name) => !first.includes(name)).sort((a, b) => a.localeCompare(b, 'zh'));
  return [...first, ...others];
}

/** Rows as CSV (RFC 4180), UTF-8 with a byte order mark so that Excel reads Chinese. */
export async function* csvOf(
  columns: readonly TableColumn[],
  pages: AsyncIterable<DatasetRow[]>,
): AsyncGenerator<string> {
  yield `\uFEFF${csvLine(columns.map(({ head }) => head))}`;
  for await (const rows of pages) yield rows.map((row) => csvLine(columns.map(({ of }) => of(row)))).join('');
}

/** One line of CSV with its end; no cell is taken for a formula. */
export const csvLine = (cells: readonly unknown[]): string => `${cells.map(csvCell).join(',')}\r\n`;

/** One cell of CSV; a text that Excel would take for a formula begins with an apostrophe. */
export function csvCell(value: unknown): string {
  const text = textOf(value);
  const safe = FORMULA.test(text) && !NUMBER.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

const textOf = (value: unknown): string => {
  if (value === null || value === undefined) return '';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
};

/** A value for a cell of a sheet: numbers as numbers where a sheet keeps all their digits, everything else as text. */
export function sheetCell(value: unknown): string | number | null {
  const text = textOf(value);
  if (text === '') return null;
  return SHEET_NUMBER.test(text) && text.replace(/\D/g, '').length <= 15 ? Number(text) : text;
}
