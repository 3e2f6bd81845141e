import { AppError } from '#platform/errors/errors.ts';

/** Longest text of a question; lists of organisations are part of it. */
export const GUEST_SQL_BYTES_MAX = 1_048_576;

/**
 * What a question may be made of. Names in quotes hold no control character, backslash or quote: EXPLAIN AST prints them raw, so one
 * with a line break would forge a line. Outside of quotes there is ASCII only, as ClickHouse takes typographic quotes for quotes.
 */
const STRING = /'(?:[^'\\\0]|\\[^\0])*'/y;
const NAME = /`[^`\\\p{Cc}]*`(?!`)|"[^"\\\p{Cc}]*"(?!")/uy;
const WORD = /[A-Za-z_][A-Za-z0-9_]*/y;
const SIGNS = /[.,()[\]+*%=<>!?:| \n]+/y;
/** One at a time, so that two that begin a comment are seen. */
const OTHER = /[0-9/-]/y;
/** Starts of comments. */
const COMMENT = /--|\/[*/]/y;
/** Literals that are nothing but their value, whatever stands around them. */
const PLAIN_STRING = /'[^'\\\0]*'(?!')/y;
const PLAIN_NUMBER = /[0-9]+(?![A-Za-z0-9_.])/y;
/** How EXPLAIN AST begins what follows a name. */
const FORGED = /\((?:alias|children)/;
/** Runs before the filters of the engine, so that an error of it would tell of rows that are not shown. */
const REFUSED_WORDS = new Set(['prewhere']);

export const refuseGuest = (reason: string): AppError => new AppError('GUEST_REFUSED', { reason });

/**
 * Reads a question letter by letter, so that what EXPLAIN AST prints of it can be trusted line by line and nothing stands behind it.
 * Answers with its shape: the same text without the values of plain literals. Which functions, tables and clauses the engine sees in a
 * question follows from its shape.
 * @throws AppError GUEST_REFUSED
 */
export function checkGuestText(sql: string): string {
  if (Buffer.byteLength(sql) > GUEST_SQL_BYTES_MAX)
    throw refuseGuest(`longer than ${GUEST_SQL_BYTES_MAX} bytes`);
  let at = 0;
  let shape = '';
  const take = (pattern: RegExp): string | null => {
    pattern.lastIndex = at;
    const found = pattern.exec(sql)?.[0] ?? null;
    if (found !== null) at += found.length;
    return found;
  };
  while (at < sql.length) {
    const signs = take(SIGNS);
    if (signs !== null) {
      shape += signs;
      continue;
    }
    const word = take(WORD);
    if (word !== null) {
      if (REFUSED_WORDS.has(word.toLowerCase())) throw refuseGuest(word);
      shape += word;
      continue;
    }
    if (take(COMMENT) !== null) throw refuseGuest('a comment');
    const name = take(NAME);
    if (name !== null) {
      if (FORGED.test(name)) throw refuseGuest('a name that looks like a part of a tree');
      shape += name;
      continue;
    }
    const before = sql[at - 1] ?? ' ';
    if (before !== "'" && take(PLAIN_STRING) !== null) {
      shape += "''";
      continue;
    }
    if (!/[.\w]/.test(before) && take(PLAIN_NUMBER) !== null) {
      shape += '0';
      continue;
    }
    const other = take(STRING) ?? take(OTHER);
    if (other === null) throw refuseGuest('a character that has no place here');
    shape += other;
  }
  return shape;
}
