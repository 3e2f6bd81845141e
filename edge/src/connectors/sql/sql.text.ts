/** Which of the two families of databases; their texts are quoted differently. */
export type Dialect = 'postgres' | 'mysql';

/** The text of a query cannot be taken; the message is for the person who wrote it. */
export class SqlTextError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'SqlTextError';
  }
}

/** A query as the server gets it: `:watermark` has become a parameter, which stands in it so many times. */
export type BoundText = {
  text: string;
  parameters: number;
  /** Whether the rows come in the order of this column, as the end of the text says. */
  isOrderedBy(column: string): boolean;
};

const PLACEHOLDER = ':watermark';
/**
 * Words that a reading query has no use for outside of quotes: they write, lock, or send the result elsewhere. The
 * read-only transaction is the real guard; this finds a mistake before the database does, and INTO OUTFILE, which MySQL
 * allows in such a transaction.
 */
const REFUSED_WORDS = new Set(['INTO', 'UPDATE', 'DELETE', 'SHARE', 'LOCK']);
const WORD = /[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*/y;

/**
 * Takes a query apart as far as needed to know what is text and what is code: only one statement, only SELECT or WITH,
 * no parameters but `:watermark`. Throws SqlTextError.
 */
export function bindText(sql: string, dialect: Dialect): BoundText {
  const parts: string[] = [];
  /** words, names and signs outside of parentheses */
  const outer: string[] = [];
  let depth = 0;
  let parameters = 0;
  let first: string | null = null;
  let at = 0;
  while (at < sql.length) {
    const skipped = skipQuoted(sql, at, dialect);
    if (skipped > at) {
      parts.push(sql.slice(at, skipped));
      if (depth === 0) outer.push(...nameIn(sql.slice(at, skipped)));
      at = skipped;
      continue;
    }
    if (isPlaceholder(sql, at)) {
      refuseStrict(sql, at);
      parameters += 1;
      parts.push(dialect === 'postgres' ? '$1' : '?');
      at += PLACEHOLDER.length;
      continue;
    }
    const word = wordAt(sql, at);
    if (word !== null) {
      first ??= word.toUpperCase();
      checkWord(word);
      parts.push(word);
      if (depth === 0) outer.push(word);
      at += word.length;
      continue;
    }
    checkSign(sql, at, dialect);
    const sign = sql.charAt(at);
    depth += sign === '(' ? 1 : sign === ')' ? -1 : 0;
    if (depth === 0 && sign.trim() !== '') outer.push(sign);
    parts.push(sign);
    at += 1;
  }
  if (first !== 'SELECT' && first !== 'WITH')
    throw new SqlTextError('only a query that begins with SELECT or WITH is run');
  return { text: parts.join(''), parameters, isOrderedBy: (column) => endsInOrder(outer, column) };
}

/** The name in a quoted name; comments and strings have none. */
const nameIn = (quoted: string): string[] => (/^["`]/.test(quoted) ? [quoted.slice(1, -1)] : []);

/** What may stand behind the column for the order to be the column's own, and ascending. */
const BEHIND_ORDER = new Set([',', 'ASC', 'LIMIT', 'OFFSET', 'FETCH', 'NULLS']);

/** The last ORDER BY outside of parentheses begins with this column. */
function endsInOrder(outer: readonly string[], column: string): boolean {
  const words = outer.map((word) => word.toUpperCase());
  const by = words.lastIndexOf('BY');
  if (by === -1 || words[by - 1] !== 'ORDER') return false;
  let at = by + 1;
  // A table in front of it: t.at
  while (words[at + 1] === '.') at += 2;
  const behind = words[at + 1];
  return words[at] === column.toUpperCase() && (behind === undefined || BEHIND_ORDER.has(behind));
}

/** End of the comment, string or quoted name that begins here, or `at` when none does. */
function skipQuoted(sql: string, at: number, dialect: Dialect): number {
  const sign = sql.charAt(at);
  const next = sql.charAt(at + 1);
  if (sign === '-' && next === '-') return endOfLine(sql, at);
  if (sign === '#' && dialect === 'mysql') return endOfLine(sql, at);
  if (sign === '/' && next === '*') return endOfComment(sql, at, dialect);
  if (sign === '"' || sign === "'" || (sign === '`' && dialect === 'mysql'))
    return endOfQuotes(sql, at, sign !== '`' && escapes(sql, at, dialect));
  if (sign === '$' && dialect === 'postgres') return endOfDollars(sql, at);
  return at;
}

const endOfLine = (sql: string, at: number): number => {
  const end = sql.indexOf('\n', at);
  return end === -1 ? sql.length : end;
};

/** PostgreSQL's comments nest (SQL:2016, 5.2); those of MySQL that begin with `!` are code. */
function endOfComment(sql: string, at: number, dialect: Dialect): number {
  if (dialect === 'mysql' && /^M?!/.test(sql.slice(at + 2, at + 4)))
    throw new SqlTextError('comments like /*! … */ are code, and are not taken');
  let depth = 0;
  for (let place = at; place < sql.length; ) {
    const pair = sql.slice(place, place + 2);
    if (pair === '/*' && (depth === 0 || dialect === 'postgres')) depth += 1;
    else if (pair === '*/') depth -= 1;
    else {
      place += 1;
      continue;
    }
    place += 2;
    if (depth === 0) return place;
  }
  throw new SqlTextError('a comment is not closed');
}

/** Whether a backslash takes the sign behind it along: always in MySQL, in PostgreSQL only in strings like E'…'. */
function escapes(sql: string, at: number, dialect: Dialect): boolean {
  if (dialect === 'mysql') return true;
  return sql.charAt(at) === "'" && /(?:^|[^\w$])[eE]$/.test(sql.slice(Math.max(0, at - 2), at));
}

function endOfQuotes(sql: string, at: number, backslash: boolean): number {
  const quote = sql.charAt(at);
  for (let place = at + 1; place < sql.length; place += 1) {
    const sign = sql.charAt(place);
    if (sign === '\\' && backslash) place += 1;
    else if (sign === quote && sql.charAt(place + 1) === quote) place += 1;
    else if (sign === quote) return place + 1;
  }
  throw new SqlTextError(`a quote ${quote} is not closed`);
}

/** `$$…$$` and `$tag$…$tag$` (PostgreSQL manual, 4.1.2.4). */
function endOfDollars(sql: string, at: number): number {
  const tag = /^\$(?:[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)?\$/.exec(sql.slice(at, at + 70))?.[0];
  if (tag === undefined) return at;
  const end = sql.indexOf(tag, at + tag.length);
  if (end === -1) throw new SqlTextError(`a quote ${tag} is not closed`);
  return end + tag.length;
}

const isPlaceholder = (sql: string, at: number): boolean =>
  sql.startsWith(PLACEHOLDER, at) &&
  sql.charAt(at - 1) !== ':' &&
  !/[\w$\u0080-\uffff]/.test(sql.charAt(at + PLACEHOLDER.length));

/** `> :watermark` would lose rows that come later with the same value as the last one. */
function refuseStrict(sql: string, at: number): void {
  const before = sql.slice(0, at).trimEnd();
  const after = sql.slice(at + PLACEHOLDER.length).trimStart();
  if (/(?:^|[^<>=!-])>$/.test(before) || /^<(?![=>])/.test(after))
    throw new SqlTextError(
      'compare with >= :watermark; a row that comes later with the same value would be lost with >, and none is doubled with >=',
    );
}

function wordAt(sql: string, at: number): string | null {
  // Behind a digit or letter it is the rest of a word or of a number like 1e5.
  WORD.lastIndex = at;
  return WORD.exec(sql)?.[0] ?? null;
}

function checkWord(word: string): void {
  const upper = word.toUpperCase();
  if (REFUSED_WORDS.has(upper))
    throw new SqlTextError(`${upper} has no place in a query that only reads; put a name in quotes`);
}

function checkSign(sql: string, at: number, dialect: Dialect): void {
  const sign = sql.charAt(at);
  if (sign === ';') throw new SqlTextError('one query only, without a semicolon');
  if (sign === '\0') throw new SqlTextError('a zero byte');
  const foreign = dialect === 'mysql' ? sign === '?' : sign === '$' && /\d/.test(sql.charAt(at + 1));
  if (foreign) throw new SqlTextError(`the only parameter is ${PLACEHOLDER}`);
}
