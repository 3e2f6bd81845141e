export type Cell = string | number | boolean | null;

/** Beginnings that a spreadsheet takes for a formula, also behind white space and in full width. */
const FORMULA = /^[\s\p{Cc}]*[=+\-@＝＋－＠]|^[\t\r]/u;
const NUMBER = /^-?\d+(?:\.\d+)?(?:e[+-]?\d+)?$/i;

/** A text as a spreadsheet shows it and never computes it; texts that are plain numbers stay. */
export const harmless = (text: string): string =>
  FORMULA.test(text) && !NUMBER.test(text) ? `'${text}` : text;

/** One line of CSV (RFC 4180), ended by CR LF. */
export function csvLine(cells: readonly Cell[]): string {
  const parts = cells.map((cell) => {
    const text = typeof cell === 'string' ? harmless(cell) : cell === null ? '' : String(cell);
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  });
  return `${parts.join(',')}\r\n`;
}
