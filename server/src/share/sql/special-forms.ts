import { call } from './calls.ts';
import type { Cursor } from './cursor.ts';
import { readType, typeOfText } from './data-types.ts';
import { PRIORITY } from './operators.ts';
import type { Reader } from './reader.ts';
import { refused } from './refused.ts';
import type { Token } from './tokens.ts';
import type { Expression } from './tree.ts';

const UNITS = [
  'Nanosecond',
  'Microsecond',
  'Millisecond',
  'Second',
  'Minute',
  'Hour',
  'Day',
  'Week',
  'Month',
  'Quarter',
  'Year',
];
const PARTS: ReadonlyMap<string, string> = new Map(
  Object.entries({
    ...{ SECOND: 'toSecond', MINUTE: 'toMinute', HOUR: 'toHour', DAY: 'toDayOfMonth', WEEK: 'toWeek' },
    ...{ MONTH: 'toMonth', QUARTER: 'toQuarter', YEAR: 'toYear', DOW: 'toDayOfWeek', DOY: 'toDayOfYear' },
  }),
);
const ADDING = new Set(['DATE_ADD', 'DATEADD', 'TIMESTAMP_ADD', 'TIMESTAMPADD']);
const SUBTRACTING = new Set(['DATE_SUB', 'DATESUB', 'TIMESTAMP_SUB', 'TIMESTAMPSUB']);
const DIFFERING = new Set(['DATE_DIFF', 'DATEDIFF', 'TIMESTAMP_DIFF', 'TIMESTAMPDIFF']);

/** The forms of SQL that have a grammar of their own; null where the word is an ordinary one. They become plain calls. */
export function readSpecial(reader: Reader, token: Token): Expression | null {
  const { cursor } = reader;
  const word = token.text.toUpperCase();
  if (word === 'CASE' && !cursor.isSign('.', 1) && !cursor.isSign(',', 1)) return readCase(reader);
  if (word === 'INTERVAL') return beginsInterval(cursor) ? readInterval(reader) : null;
  if ((word === 'DATE' || word === 'TIMESTAMP') && cursor.peek(1).kind === 'string') {
    cursor.take();
    return call(word === 'DATE' ? 'toDate' : 'toDateTime', { kind: 'string', value: cursor.needString() });
  }
  return cursor.isSign('(', 1) ? readForm(reader, word) : null;
}

function readForm(reader: Reader, word: string): Expression | null {
  const { cursor } = reader;
  if (word === 'CAST') return bracketed(reader, () => readCast(reader));
  if (word === 'EXISTS') return bracketed(reader, () => ({ kind: 'exists', query: reader.query() }));
  if (word === 'EXTRACT' && isWord(cursor, 3, 'FROM') && cursor.peek(2).kind === 'word')
    return bracketed(reader, () => readExtract(reader));
  if (word === 'TRIM' && ['LEADING', 'TRAILING', 'BOTH'].some((side) => isWord(cursor, 2, side)))
    return bracketed(reader, () => readTrim(reader));
  if (word === 'POSITION') return bracketed(reader, () => readPosition(reader));
  if (['SUBSTRING', 'SUBSTR', 'MID'].includes(word))
    return bracketed(reader, (name) => readSubstring(reader, name));
  if (word === 'OVERLAY') return bracketed(reader, (name) => readOverlay(reader, name));
  if (ADDING.has(word)) return bracketed(reader, () => readDateSum(reader, 'plus'));
  if (SUBTRACTING.has(word)) return bracketed(reader, () => readDateSum(reader, 'minus'));
  return DIFFERING.has(word) ? bracketed(reader, () => readDateDifference(reader)) : null;
}

/** The name and its brackets around what `read` reads. */
function bracketed(reader: Reader, read: (name: string) => Expression): Expression {
  const { cursor } = reader;
  const name = cursor.take().text;
  cursor.needSign('(');
  const value = cursor.deeper(() => read(name));
  cursor.needSign(')');
  return value;
}

const isWord = (cursor: Cursor, ahead: number, word: string): boolean => {
  const { kind, text } = cursor.peek(ahead);
  return kind === 'word' && text.toUpperCase() === word;
};

/** `CASE WHEN c THEN v … END` is `multiIf`, `CASE x WHEN …` is `caseWithExpression`, as in ClickHouse. */
function readCase(reader: Reader): Expression {
  const { cursor } = reader;
  cursor.needWords('CASE');
  const items: Expression[] = cursor.isWords('WHEN') ? [] : [reader.expression()];
  const name = items.length === 0 ? 'multiIf' : 'caseWithExpression';
  if (!cursor.isWords('WHEN')) throw cursor.refuse('syntax');
  while (cursor.takeWords('WHEN')) {
    items.push(reader.item());
    cursor.needWords('THEN');
    items.push(reader.item());
  }
  items.push(cursor.takeWords('ELSE') ? reader.item() : { kind: 'null' });
  cursor.needWords('END');
  return call(name, ...items);
}

function readCast(reader: Reader): Expression {
  const { cursor } = reader;
  const value = reader.expression();
  if (cursor.takeWords('AS')) {
    // `CAST(x AS y AS T)`: the first AS gives a name
    if (isWord(cursor, 1, 'AS')) {
      const name = cursor.name();
      cursor.needWords('AS');
      return { kind: 'cast', value: { kind: 'alias', value, name }, type: readType(cursor) };
    }
    return { kind: 'cast', value, type: readType(cursor) };
  }
  cursor.needSign(',');
  const { at } = cursor.peek();
  return { kind: 'cast', value, type: typeOfText(cursor.needString(), at) };
}

function readExtract(reader: Reader): Expression {
  const { cursor } = reader;
  const name = PARTS.get(
    cursor
      .peek()
      .text.toUpperCase()
      .replace(/^SQL_TSI_/, ''),
  );
  if (name === undefined) throw cursor.refuse('argument');
  cursor.take();
  cursor.needWords('FROM');
  return call(name, reader.expression());
}

function readTrim(reader: Reader): Expression {
  const { cursor } = reader;
  const name = cursor.takeWords('LEADING')
    ? 'trimLeft'
    : cursor.takeWords('TRAILING')
      ? 'trimRight'
      : 'trimBoth';
  if (name === 'trimBoth') cursor.needWords('BOTH');
  const characters = reader.expression();
  cursor.needWords('FROM');
  return call(name, reader.expression(), characters);
}

/** `position(needle IN haystack)` or `position(haystack, needle[, start])`. */
function readPosition(reader: Reader): Expression {
  const { cursor } = reader;
  const first = reader.binary(PRIORITY.concat);
  if (cursor.takeWords('IN')) return call('position', reader.expression(), first);
  cursor.needSign(',');
  return call('position', first, ...cursor.list(() => reader.item()));
}

function readSubstring(reader: Reader, name: string): Expression {
  const { cursor } = reader;
  const items = [reader.item()];
  if (cursor.takeWords('FROM')) {
    items.push(reader.expression());
    if (cursor.takeWords('FOR')) items.push(reader.expression());
    return call('substring', ...items);
  }
  cursor.needSign(',');
  return call(name, ...items, ...cursor.list(() => reader.item()));
}

function readOverlay(reader: Reader, name: string): Expression {
  const { cursor } = reader;
  const items = [reader.item()];
  if (!cursor.takeWords('PLACING')) {
    cursor.needSign(',');
    return call(name, ...items, ...cursor.list(() => reader.item()));
  }
  items.push(reader.expression());
  cursor.needWords('FROM');
  items.push(reader.expression());
  if (cursor.takeWords('FOR')) items.push(reader.expression());
  return call('overlay', ...items);
}

/** `date_add(DAY, 1, d)` or `date_add(d, INTERVAL 1 DAY)`. */
function readDateSum(reader: Reader, name: 'plus' | 'minus'): Expression {
  const { cursor } = reader;
  const unit = unitAt(cursor);
  if (unit !== null && cursor.isSign(',', 1)) {
    cursor.take();
    cursor.needSign(',');
    const amount = reader.expression();
    cursor.needSign(',');
    return call(name, reader.expression(), call(`toInterval${unit}`, amount));
  }
  const date = reader.expression();
  cursor.needSign(',');
  return call(name, date, reader.expression());
}

function readDateDifference(reader: Reader): Expression {
  const { cursor } = reader;
  const unit = cursor.isSign(',', 1) ? unitAt(cursor) : null;
  const first: Expression =
    unit === null ? reader.expression() : { kind: 'string', value: cursor.take() && unit.toLowerCase() };
  cursor.needSign(',');
  return call('dateDiff', first, ...cursor.list(() => reader.item()));
}

const unitNamed = (text: string): string | null => {
  const word = text.toUpperCase().replace(/^SQL_TSI_/, '');
  return UNITS.find((unit) => unit.toUpperCase() === word || `${unit.toUpperCase()}S` === word) ?? null;
};
const unitAt = (cursor: Cursor): string | null =>
  cursor.peek().kind === 'word' ? unitNamed(cursor.peek().text) : null;

/** `interval` may be the name of a column too: only what can begin an amount makes it the keyword. */
function beginsInterval(cursor: Cursor): boolean {
  const { kind, text } = cursor.peek(1);
  if (kind === 'string' || kind === 'number' || kind === 'name') return true;
  if (kind === 'sign')
    return (
      text === '(' ||
      text === '{' ||
      (text === '-' && cursor.peek(2).kind === 'number' && unitNamed(cursor.peek(3).text) !== null)
    );
  return (
    kind === 'word' &&
    (cursor.isSign('(', 2) || unitNamed(cursor.peek(2).text) !== null || cursor.isSign('.', 2))
  );
}

/** `INTERVAL n UNIT`, or `INTERVAL 'n unit'` of one unit. */
function readInterval(reader: Reader): Expression {
  const { cursor } = reader;
  const start = cursor.take();
  const whole =
    cursor.peek().kind === 'string' ? /^\s*(-?\d{1,18})\s+([A-Za-z]+)\s*$/.exec(cursor.peek().text) : null;
  const unitWithin = whole === null ? null : unitNamed(whole[2] ?? '');
  if (whole !== null && unitWithin !== null && unitNamed(cursor.peek(1).text) === null) {
    cursor.take();
    return call(`toInterval${unitWithin}`, { kind: 'number', text: whole[1] ?? '0' });
  }
  const amount = reader.expression();
  const unit = unitAt(cursor);
  if (unit === null) throw refused('syntax', start.at, 'INTERVAL');
  cursor.take();
  return call(`toInterval${unit}`, amount);
}
