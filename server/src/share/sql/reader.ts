import type { Cursor } from './cursor.ts';
import type { Expression, Query } from './tree.ts';

/** What the parts of the parser hand to each other, so that they need not import in a circle. */
export type Reader = {
  cursor: Cursor;
  expression(): Expression;
  /** An operand with the operators that bind at least as tightly as `priority`. */
  binary(priority: number): Expression;
  /** An expression that may have `AS name`. */
  item(): Expression;
  query(): Query;
  /** A query whose first part was read: what UNION and its like add. */
  queryAfter(first: Query): Query;
};

/** A query without brackets begins `ahead` tokens from here. */
export const beginsQuery = ({ peek }: Cursor, ahead = 0): boolean => {
  const { kind, text } = peek(ahead);
  return kind === 'word' && /^(?:select|with)$/i.test(text);
};
