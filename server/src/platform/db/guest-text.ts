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
const OTHER = /[0-9.,()[\]+*%=<>!?:| \n/-]/y;
/** Starts of comments. */
const COMMENT = /--|\/[*/]/y;
/** How EXPLAIN AST begins what follows a name. */
const FORGED = /\((?:alias|children)/;
/** Runs before the filters of the engine, so that an error of it would tell of rows that are not shown. */
const REFUSED_WORDS = new Set(['prewhere']);

export const refuseGuest = (reason: string): AppError => new AppError('GUEST_REFUSED', { reason });

/**
 * Reads a question letter by letter, so that what EXPLAIN AST prints of it can be trusted line by line and nothing stands behind it.
 * @throws AppError GUEST_REFUSED
 */
export function checkGuestText(sql: string): void {
  if (Buffer.byteLength(sql) > GUEST_SQL_BYTES_MAX)
    throw refuseGuest(`longer than ${GUEST_SQL_BYTES_MAX} bytes`);
  let at = 0;
  const take = (pattern: RegExp): string | null => {
    pattern.lastIndex = at;
    const found = pattern.exec(sql)?.[0] ?? null;
    if (found !== null) at += found.length;
    return found;
  };
  while (at < sql.length) {
    if (take(COMMENT) !== null) throw refuseGuest('a comment');
    const word = take(WORD);
    if (word !== null) {
      if (REFUSED_WORDS.has(word.toLowerCase())) throw refuseGuest(word);
      continue;
    }
    const name = take(NAME);
    if (name !== null) {
      if (FORGED.test(name)) throw refuseGuest('a name that looks like a part of a tree');
      continue;
    }
    if (take(STRING) === null && take(OTHER) === null)
      throw refuseGuest('a character that has no place here');
  }
}
