import { createHash } from 'node:crypto';

const STRING = /'(?:[^'\\]|\\.|'')*'?/gs;
const NUMBER = /\b\d[\w.]*/g;
const LIST = /\?(?:\s*,\s*\?)+/g;

/**
 * A number for what a question asks, whatever values it asks of: texts and numbers are left out, and how many stand in a list. Pages of one
 * list have one shape (but for the first), and so have questions for one id after the other. Linear in the text.
 */
export function shapeOf(sql: string): bigint {
  const plain = sql.replace(STRING, '?').replace(NUMBER, '?').replace(LIST, '?').replace(/\s+/g, ' ').trim();
  return createHash('sha256').update(plain).digest().readBigUInt64BE(0);
}
