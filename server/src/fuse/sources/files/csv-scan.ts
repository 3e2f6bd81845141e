import { ROW_CHARACTERS_MAX } from './limits.ts';

const quote = '"';

export type CsvEvents = {
  row(cells: string[], place: number): void;
  /** `cell` is the place in its row, from 0, of the cell that the problem is about */
  problem(rule: 'quote-open' | 'row-too-large', place: number, text: string, cell?: number): void;
};
export type CsvScanner = {
  /** Takes the next part of the text; `last` ends it. */
  feed(piece: string, last: boolean): void;
};

type QuotedRow = { cells: string[]; end: number };
/** How far a quote was looked for that stays open, and the place in its row of the cell that it opens, from 0. */
type OpenQuote = { until: number; cell: number };

/**
 * Cuts a text into rows of cells (RFC 4180), whatever the size of its parts. Lines end with LF or CRLF, or with CR where
 * `newline` says so. A quote inside an unquoted cell is a quote; what follows a closed one belongs to the cell. A quote
 * that is never closed, or not within `ROW_CHARACTERS_MAX`, is told and stands for itself; up to where it was looked for
 * cells end with their line then, so that each character is looked at twice at most. Places are lines of the text.
 */
export function createCsvScanner(
  { delimiter, newline }: { delimiter: string; newline: '\n' | '\r' },
  events: CsvEvents,
): CsvScanner {
  let text = '';
  let line = 1;
  let isSkipping = false;
  /** rows that begin before it are read line by line */
  let singleUntil = 0;
  let delimiterAt = -1;
  /** cells of the plain row before */
  let width = 0;
  let quoteAt = -1;

  const next = (mark: string, from: number): number => {
    const found = text.indexOf(mark, from);
    return found < 0 ? text.length : found;
  };

  /** Cells of a line in which quotes mean nothing. Most of the time goes by here, so nothing is looked up twice. */
  const plainRow = (from: number, lineEnd: number): string[] => {
    const source = text;
    const end = Math.max(from, withoutReturn(text, lineEnd));
    const cells = new Array<string>(width);
    let count = 0;
    let at = from;
    let found = delimiterAt < at ? next(delimiter, at) : delimiterAt;
    while (found < end) {
      cells[count] = source.slice(at, found);
      count += 1;
      at = found + 1;
      found = source.indexOf(delimiter, at);
      if (found < 0) found = source.length;
    }
    delimiterAt = found;
    cells[count] = source.slice(at, end);
    width = count + 1;
    if (cells.length > width) cells.length = width;
    return cells;
  };

  /**
   * Cells of a row with quotes that may reach to `limit`, and where it ends. When a quote stays open, or is closed lines
   * below by one that opens another cell, the place up to which it was looked for.
   */
  const quotedRow = (from: number, limit: number): QuotedRow | OpenQuote => {
    const cells: string[] = [];
    let at = from;
    let lineEnd = Math.min(limit, next(newline, at));
    for (;;) {
      let start = '';
      if (text.charCodeAt(at) === 34 && at < limit) {
        let close = next(quote, at + 1);
        let isEscaped = false;
        while (close < limit && text.charCodeAt(close + 1) === 34 && close + 1 < limit) {
          isEscaped = true;
          close = next(quote, close + 2);
        }
        if (close >= limit) return { until: limit, cell: cells.length };
        start = text.slice(at + 1, close);
        if (isEscaped) start = start.replaceAll('""', quote);
        at = close + 1;
        if (lineEnd < at) {
          if (at < limit && !isEndOfCell(text, at, delimiter)) return { until: at, cell: cells.length };
          lineEnd = Math.min(limit, next(newline, at));
        }
      }
      if (delimiterAt < at) delimiterAt = next(delimiter, at);
      const end = Math.min(delimiterAt, lineEnd);
      const more = text.slice(at, end === lineEnd ? Math.max(at, withoutReturn(text, end)) : end);
      cells.push(start === '' ? more : more.trim() === '' ? start : start + more);
      if (end === lineEnd) return { cells, end };
      at = end + 1;
    }
  };

  const countLines = (from: number, end: number) => {
    for (let at = next(newline, from); at < end; at = next(newline, at + 1)) line += 1;
  };

  /** Reads the row at `from`; gives where the next begins, or -1 when the row goes on in the next piece. */
  const rowAt = (from: number, last: boolean): number => {
    const lineEnd = next(newline, from);
    const isWhole = lineEnd < text.length || last;
    if (quoteAt < from) quoteAt = next(quote, from);
    if (quoteAt >= lineEnd) {
      if (!isWhole) return -1;
      events.row(plainRow(from, lineEnd), line);
    } else if (from < singleUntil) {
      if (!isWhole) return -1;
      const row = quotedRow(from, lineEnd);
      if ('until' in row) {
        delimiterAt = -1;
        events.problem('quote-open', line, text.slice(from, Math.min(lineEnd, from + 500)), row.cell);
        events.row(plainRow(from, lineEnd), line);
      } else events.row(row.cells, line);
    } else {
      const row = quotedRow(from, text.length);
      const end = 'until' in row ? row.until : row.end;
      if (end === text.length && !last && (!('until' in row) || end - from <= ROW_CHARACTERS_MAX)) return -1;
      if ('until' in row) {
        singleUntil = row.until;
        delimiterAt = -1;
        return from;
      }
      const place = line;
      countLines(from, row.end);
      events.row(row.cells, place);
      line += 1;
      return row.end + 1;
    }
    line += 1;
    return lineEnd + 1;
  };

  return {
    feed(piece, last) {
      text += piece;
      delimiterAt = -1;
      quoteAt = -1;
      let from = 0;
      if (isSkipping) {
        const end = text.indexOf(newline);
        if (end < 0) {
          text = '';
          return;
        }
        isSkipping = false;
        line += 1;
        from = end + 1;
      }
      while (from < text.length) {
        const after = rowAt(from, last);
        if (after < 0) break;
        from = after;
      }
      from = Math.min(from, text.length);
      singleUntil = Math.max(0, singleUntil - from);
      if (last) text = '';
      else if (text.length - from > ROW_CHARACTERS_MAX) {
        events.problem('row-too-large', line, text.slice(from, from + 500));
        countLines(from, text.length);
        isSkipping = true;
        text = '';
        singleUntil = 0;
      } else text = from === 0 ? text : text.slice(from);
    },
  };
}

/** What may follow the quote that closes a cell. */
const isEndOfCell = (text: string, at: number, delimiter: string): boolean =>
  text.startsWith(delimiter, at) || text.charCodeAt(at) <= 32;

/** The end of a line without the CR of CRLF; where lines end with CR none is before it but that of an empty line. */
const withoutReturn = (text: string, end: number): number =>
  end > 0 && text.charCodeAt(end) !== 13 && text.charCodeAt(end - 1) === 13 ? end - 1 : end;

export type Delimiter = ',' | ';' | '\t' | '|' | '%' | '^' | '~';
/** Rare ones cut a text only when they cut every line alike and the usual ones do not. */
const RARE: readonly Delimiter[] = ['%', '^', '~'];
const ALIKE = 0.98;

/** The delimiter that cuts the most lines of a text alike, read with its quotes; a comma where none does. */
export function delimiterOf(head: string, newline: '\n' | '\r', isTabbed: boolean): Delimiter {
  let best: Delimiter = isTabbed ? '\t' : ',';
  let bestScore = 0;
  let bestShare = 0;
  for (const delimiter of [',', '\t', ';', '|', ...RARE] as const) {
    const isRare = RARE.includes(delimiter);
    if (
      isRare &&
      (bestShare >= ALIKE || !head.slice(0, head.indexOf(newline) + 1 || undefined).includes(delimiter))
    )
      continue;
    const counts = new Map<number, number>();
    let lines = 0;
    const scanner = createCsvScanner(
      { delimiter, newline },
      {
        row(cells) {
          if (cells.length === 1 && cells[0] === '') return;
          lines += 1;
          counts.set(cells.length, (counts.get(cells.length) ?? 0) + 1);
        },
        problem: () => undefined,
      },
    );
    scanner.feed(head, true);
    for (const [width, count] of counts) {
      const score: number =
        width < 2 ? 0 : (count / lines) * Math.log2(width) * (delimiter === best ? 1.1 : 1);
      const share = width < 2 ? 0 : count / lines;
      if (isRare ? share < (width < 3 ? 1 : ALIKE) || width < 2 : score <= bestScore) continue;
      [best, bestScore, bestShare] = [delimiter, score, share];
    }
  }
  return best;
}
