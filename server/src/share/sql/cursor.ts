import { ITEMS_MAX, NESTING_MAX, SELECTS_MAX, TABLES_MAX } from './limits.data.ts';
import { createCopies } from './measure.ts';
import { type Reason, refused } from './refused.ts';
import { checkName, type Token, tokensOf } from './tokens.ts';
import type { NamePart } from './tree.ts';

/** Reads tokens from left to right and never goes back; counts what has a limit. */
export type Cursor = ReturnType<typeof createCursor>;

export function createCursor(text: string) {
  const tokens = tokensOf(text);
  const end = tokens[tokens.length - 1] as Token;
  let index = 0;
  let nesting = 0;
  const counts = { tables: 0, selects: 0 };
  const most = { tables: TABLES_MAX, selects: SELECTS_MAX };

  const peek = (ahead = 0): Token => tokens[index + ahead] ?? end;
  const refuse = (reason: Reason, token = peek()) =>
    refused(reason, token.at, text.slice(token.at, token.at + 60));
  const isSign = (sign: string, ahead = 0) => {
    const token = peek(ahead);
    return token.kind === 'sign' && token.text === sign;
  };
  /** The words that stand here, in this order, whatever their case. */
  const isWords = (...words: string[]) =>
    words.every((word, ahead) => {
      const token = peek(ahead);
      return token.kind === 'word' && token.text.toUpperCase() === word;
    });
  const takeSign = (sign: string) => {
    if (!isSign(sign)) return false;
    index++;
    return true;
  };
  const takeWords = (...words: string[]) => {
    if (!isWords(...words)) return false;
    index += words.length;
    return true;
  };
  const take = (): Token => {
    const token = peek();
    index++;
    return token;
  };
  const needSign = (sign: string) => {
    if (!takeSign(sign)) throw refuse('syntax');
  };

  return {
    /** Told of every part of the tree that will stand there twice. */
    copied: createCopies(),
    peek,
    refuse,
    isSign,
    isWords,
    takeSign,
    takeWords,
    take,
    needSign,
    needWords(...words: string[]) {
      if (!takeWords(...words)) throw refuse('syntax');
    },
    /** A text literal. */
    needString(): string {
      if (peek().kind !== 'string') throw refuse('syntax');
      return take().text;
    },
    /** Runs `read` one level deeper, so that no text makes us recurse without end. */
    deeper<T>(read: () => T): T {
      if (nesting >= NESTING_MAX) throw refuse('too-deep');
      nesting++;
      const value = read();
      nesting--;
      return value;
    },
    count(what: keyof typeof counts) {
      counts[what]++;
      if (counts[what] > most[what]) throw refuse('too-many');
    },
    /** `item, item, …`, at least one. */
    list<T>(item: () => T): T[] {
      const items = [item()];
      while (takeSign(',')) {
        if (items.length >= ITEMS_MAX) throw refuse('too-many');
        items.push(item());
      }
      return items;
    },
    /** A name, quoted or a word that no clause begins with. */
    name(): string {
      const token = peek();
      if (token.kind === 'name') return take().text;
      if (token.kind !== 'word') throw refuse('syntax');
      if (RESERVED.has(token.text.toUpperCase())) throw refuse('reserved-word');
      return checkName(take().text, token.at);
    },
    /** A name or `{name:Identifier}`. */
    namePart(): NamePart {
      if (!isSign('{')) return this.name();
      take();
      const parameter = this.parameterName();
      needSign(':');
      if (!takeWords('IDENTIFIER')) throw refuse('syntax');
      needSign('}');
      return { parameter };
    },
    parameterName(): string {
      if (peek().kind !== 'word') throw refuse('syntax');
      return checkName(peek().text, take().at);
    },
  };
}

/** Words that begin or join clauses: as a name only in quotes. */
const RESERVED: ReadonlySet<string> = new Set(
  `ALL AND ARRAY AS ASC BETWEEN BY CASE CROSS DESC DISTINCT ELSE END EXCEPT FROM FULL GLOBAL GROUP HAVING ILIKE IN INNER INTERSECT
   INTO IS JOIN LEFT LIKE LIMIT NOT OFFSET ON OR ORDER PREWHERE QUALIFY RIGHT SELECT THEN UNION USING WHEN WHERE WITH`.split(
    /\s+/,
  ),
);
/** Words that never are an alias without AS before them, because a clause may begin there. */
const NO_ALIAS: ReadonlySet<string> = new Set([
  ...RESERVED,
  ...`ANTI ANY APPLY ASOF COLLATE DIV FETCH FILL FILTER FINAL FOLLOWING FOR FORMAT IGNORE INTERPOLATE MOD NULLS ONLY OVER PARALLEL PASTE
   PRECEDING RANGE REGEXP REPLACE RESPECT ROWS SAMPLE SEMI SETTINGS STALENESS STEP TO WINDOW`.split(/\s+/),
]);

/** The alias that may stand here: `AS name`, or a name alone. */
export function takeAlias(cursor: Cursor): string | null {
  if (cursor.takeWords('AS')) return cursor.name();
  const token = cursor.peek();
  const plain = token.kind === 'name' || (token.kind === 'word' && !NO_ALIAS.has(token.text.toUpperCase()));
  return plain ? cursor.name() : null;
}
