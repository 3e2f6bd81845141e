import { call, inCall } from './calls.ts';
import type { Cursor } from './cursor.ts';
import { readType } from './data-types.ts';
import { isNumberWord, readOperand } from './operands.ts';
import { type Operator, operatorAt, PRIORITY } from './operators.ts';
import { beginsQuery, type Reader } from './reader.ts';
import type { Call, Expression } from './tree.ts';

/** A whole expression, `a ? b : c` and all. */
export function readExpression(reader: Reader): Expression {
  const { cursor } = reader;
  return cursor.deeper(() => {
    const value = readBinary(reader, PRIORITY.lowest);
    if (cursor.isSign('->')) throw cursor.refuse('lambda');
    if (!cursor.takeSign('?')) return value;
    const then = reader.expression();
    cursor.needSign(':');
    return call('if', value, then, reader.expression());
  });
}

/** An expression that may be named: `x AS y`. */
export function readItem(reader: Reader): Expression {
  const value = reader.expression();
  return reader.cursor.takeWords('AS') ? named(reader, value) : value;
}

function named({ cursor }: Reader, value: Expression): Expression {
  if (value.kind === 'matcher' || value.kind === 'alias') throw cursor.refuse('alias');
  return { kind: 'alias', value, name: cursor.name() };
}

/** Operators from left to right; those of one priority bind to the left. */
export function readBinary(reader: Reader, least: number): Expression {
  const { cursor } = reader;
  let left = readPrefix(reader);
  /** the call that a longer chain of the same operator joins */
  let chain: Call | null = null;
  for (;;) {
    const operator = operatorAt(cursor);
    if (operator === undefined || operator.priority < least) return left;
    const token = cursor.peek();
    for (const _word of operator.words) cursor.take();
    if (operator.kind === 'in') {
      left = inCall(cursor, token, { name: operator.name, items: [left, right(reader, operator)] });
    } else if (operator.kind === 'is') left = readIs(reader, { operator, value: left });
    else if (isQuantified(cursor, operator)) left = readQuantified(reader, { operator, value: left });
    else if (operator.kind === 'between') left = readBetween(reader, { operator, value: left });
    else if (operator.kind === 'chain' && chain !== null && chain === left && chain.name === operator.name)
      chain.items.push(right(reader, operator));
    else {
      const joined = call(operator.name, left, right(reader, operator));
      chain = operator.kind === 'chain' ? joined : null;
      left = joined;
    }
  }
}

const right = (reader: Reader, { priority }: Operator): Expression => reader.binary(priority + 1);

type Begun = { operator: Operator; value: Expression };

function readIs(reader: Reader, { operator, value }: Begun): Expression {
  const { name, words } = operator;
  const last = words.at(-1);
  if (last === 'NULL' || last === 'UNKNOWN') return call(name, value);
  if (last === 'FROM') return call(name, value, right(reader, operator));
  return call(name, value, { kind: 'bool', value: last === 'TRUE' });
}

const isQuantified = (cursor: Cursor, { priority }: Operator): boolean =>
  priority === PRIORITY.comparison &&
  (cursor.isWords('ANY') || cursor.isWords('ALL')) &&
  cursor.isSign('(', 1) &&
  beginsQuery(cursor, 2);

/** `x = ANY (SELECT …)` is IN and `x <> ALL (SELECT …)` is NOT IN; the others are not. */
function readQuantified(reader: Reader, { operator, value }: Begun): Expression {
  const { cursor } = reader;
  const token = cursor.take();
  const meant = `${operator.name} ${token.text.toUpperCase()}`;
  const name = { 'equals ANY': 'in', 'notEquals ALL': 'notIn' }[meant];
  if (name === undefined) throw cursor.refuse('syntax', token);
  return call(name, value, reader.binary(PRIORITY.postfix));
}

/** `x BETWEEN a AND b` is two comparisons, as in ClickHouse. */
function readBetween(reader: Reader, { operator, value }: Begun): Expression {
  reader.cursor.copied(value);
  const low = right(reader, operator);
  reader.cursor.needWords('AND');
  const high = right(reader, operator);
  return operator.name === 'and'
    ? call('and', call('greaterOrEquals', value, low), call('lessOrEquals', value, high))
    : call('or', call('less', value, low), call('greater', value, high));
}

function readPrefix(reader: Reader): Expression {
  const { cursor } = reader;
  if (cursor.isWords('NOT')) {
    cursor.take();
    return cursor.deeper(() => call('not', reader.binary(PRIORITY.not + 1)));
  }
  if (cursor.isSign('-') || cursor.isSign('+')) return readSigned(reader);
  return readPostfix(reader, readOperand(reader));
}

/** `-1` is a literal and so is `+1`; other operands of `-` are negated. */
function readSigned(reader: Reader): Expression {
  const { cursor } = reader;
  const sign = cursor.take().text;
  const next = cursor.peek();
  if (next.kind === 'number' || isNumberWord(cursor)) {
    const number = readOperand(reader);
    if (number.kind !== 'number') throw cursor.refuse('syntax');
    return readPostfix(reader, { kind: 'number', text: sign === '-' ? `-${number.text}` : number.text });
  }
  if (sign === '+') throw cursor.refuse('syntax');
  return cursor.deeper(() => call('negate', reader.binary(PRIORITY.negation)));
}

/** `x[1]`, `x.1`, `x.name`, `x::Type`; a literal is cast from its text, so that no digit is lost. */
function readPostfix(reader: Reader, operand: Expression): Expression {
  const { cursor } = reader;
  let value = operand;
  for (;;) {
    if (cursor.takeSign('::')) {
      const text: Expression = value.kind === 'number' ? { kind: 'string', value: value.text } : value;
      value = { kind: 'cast', value: text, type: readType(cursor) };
    } else if (cursor.takeSign('[')) {
      value = call(
        'arrayElement',
        value,
        cursor.deeper(() => reader.expression()),
      );
      cursor.needSign(']');
    } else if (cursor.isSign('.') && value.kind !== 'matcher') {
      cursor.take();
      value = call('tupleElement', value, readElement(reader));
    } else return value;
  }
}

function readElement({ cursor }: Reader): Expression {
  const negative = cursor.takeSign('-');
  if (cursor.peek().kind === 'number')
    return { kind: 'number', text: `${negative ? '-' : ''}${cursor.take().text}` };
  if (negative) throw cursor.refuse('syntax');
  return { kind: 'string', value: cursor.name() };
}
