import { readCall } from './calls.ts';
import type { Cursor } from './cursor.ts';
import { readType } from './data-types.ts';
import { isMatcher, readMatcher } from './matchers.ts';
import { beginsQuery, type Reader } from './reader.ts';
import { readSpecial } from './special-forms.ts';
import type { Token } from './tokens.ts';
import type { Expression, NamePart } from './tree.ts';

const NUMBER_WORDS = ['INF', 'INFINITY', 'NAN'];

/** An operand: a literal, a name, a call, brackets, a special form. */
export function readOperand(reader: Reader): Expression {
  const { cursor } = reader;
  const token = cursor.peek();
  switch (token.kind) {
    case 'number':
      return { kind: 'number', text: cursor.take().text };
    case 'string':
      return { kind: 'string', value: cursor.take().text };
    case 'name':
      if (cursor.isSign('(', 1)) throw cursor.refuse('function');
      return readName(reader);
    case 'word':
      return readWord(reader, token);
    case 'sign':
      return readBracket(reader);
    case 'end':
      throw cursor.refuse('syntax');
  }
}

/** `inf` and `nan` are numbers unless they are quoted. */
export const isNumberWord = (cursor: Cursor): boolean => NUMBER_WORDS.some((word) => cursor.isWords(word));

function readWord(reader: Reader, token: Token): Expression {
  const { cursor } = reader;
  const literal = readLiteralWord(cursor);
  if (literal !== null) return literal;
  const special = readSpecial(reader, token);
  if (special !== null) return special;
  if (isMatcher(cursor)) return readMatcher(reader, null);
  if (!cursor.isSign('(', 1)) return readName(reader);
  cursor.take();
  return readCall(reader, token);
}

function readLiteralWord(cursor: Cursor): Expression | null {
  if (cursor.isSign('(', 1) || cursor.isSign('.', 1)) return null;
  if (isNumberWord(cursor)) return { kind: 'number', text: cursor.take().text.toLowerCase().slice(0, 3) };
  if (cursor.takeWords('NULL')) return { kind: 'null' };
  if (cursor.takeWords('TRUE')) return { kind: 'bool', value: true };
  return cursor.takeWords('FALSE') ? { kind: 'bool', value: false } : null;
}

/** `a`, `a.b`, `a.*`; a number after a dot is for the operators. */
function readName(reader: Reader): Expression {
  const { cursor } = reader;
  const parts: NamePart[] = [cursor.namePart()];
  while (cursor.isSign('.')) {
    const next = cursor.peek(1);
    if (next.kind === 'number' || cursor.isSign('-', 1)) break;
    cursor.take();
    if (isMatcher(cursor)) return readMatcher(reader, parts);
    parts.push(cursor.namePart());
  }
  return { kind: 'name', parts };
}

function readBracket(reader: Reader): Expression {
  const { cursor } = reader;
  if (cursor.isSign('*')) return readMatcher(reader, null);
  if (cursor.isSign('(')) return cursor.deeper(() => readParentheses(reader));
  if (cursor.takeSign('[')) return cursor.deeper(() => readArray(reader));
  if (cursor.isSign('{')) return readParameter(reader);
  throw cursor.refuse('syntax');
}

/** A subquery, an expression in brackets, or a tuple. */
function readParentheses(reader: Reader): Expression {
  const { cursor } = reader;
  cursor.needSign('(');
  if (beginsQuery(cursor)) {
    const query = reader.query();
    cursor.needSign(')');
    return { kind: 'subquery', query };
  }
  if (cursor.takeSign(')')) return tupleOf([]);
  const first = reader.item();
  if (first.kind === 'subquery' && cursor.peek().kind === 'word') {
    const query = reader.queryAfter(first.query);
    cursor.needSign(')');
    return { kind: 'subquery', query };
  }
  if (cursor.takeSign(')')) return first;
  cursor.needSign(',');
  if (cursor.takeSign(')')) return tupleOf([first]);
  const rest = cursor.list(() => reader.item());
  cursor.needSign(')');
  return tupleOf([first, ...rest]);
}

/** Brackets around nothing or one item would not be read as a tuple again. */
function tupleOf(items: Expression[]): Expression {
  return items.length > 1
    ? { kind: 'tuple', items }
    : { kind: 'call', name: 'tuple', parameters: null, items, nulls: null, over: null };
}

function readArray(reader: Reader): Expression {
  const { cursor } = reader;
  if (cursor.takeSign(']')) return { kind: 'array', items: [] };
  const items = cursor.list(() => reader.item());
  cursor.needSign(']');
  return { kind: 'array', items };
}

/** `{name:Type}`, or a name whose first part is `{name:Identifier}`. */
function readParameter(reader: Reader): Expression {
  const { cursor } = reader;
  if (cursor.peek(3).text.toUpperCase() === 'IDENTIFIER') return readName(reader);
  cursor.needSign('{');
  const name = cursor.parameterName();
  cursor.needSign(':');
  const type = readType(cursor);
  cursor.needSign('}');
  return { kind: 'parameter', name, type };
}
