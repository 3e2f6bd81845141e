import { isConstant } from './calls.ts';
import { type Cursor, takeAlias } from './cursor.ts';
import { GENERATED_ROWS_MAX } from './limits.data.ts';
import { beginsQuery, type Reader } from './reader.ts';
import type { Expression, Join, NamePart, Source, TableName } from './tree.ts';

type Kind = Extract<Join, { kind: 'join' }>;
type Written = Extract<Source, { kind: 'table' | 'query' | 'function' }>;
const SIDES = ['INNER', 'LEFT', 'RIGHT', 'FULL', 'CROSS', 'PASTE'] as const;
const STRICTNESS = ['ANY', 'ALL', 'ASOF', 'SEMI', 'ANTI'] as const;
/** Functions that only count, with how many arguments; every other table function reads something or takes SQL. */
const TABLE_FUNCTIONS: Readonly<Record<string, readonly number[]>> = {
  numbers: [1, 2],
  zeros: [1],
  generateSeries: [2, 3],
  generate_series: [2, 3],
};

/** Rows that the statement itself has: `values((1, 'a'), (2, 'b'))`. */
const VALUES = 'values';

/** What FROM names first. */
export function readSource(reader: Reader): Source {
  const { cursor } = reader;
  cursor.count('tables');
  const source = cursor.isSign('(') ? readSubquery(reader) : readNamed(reader);
  if (cursor.isWords('FINAL') || cursor.isWords('SAMPLE')) throw cursor.refuse('clause');
  const alias = takeAlias(cursor);
  if (cursor.isWords('FINAL') || cursor.isWords('SAMPLE') || (alias !== null && cursor.isSign('(')))
    throw cursor.refuse('clause');
  return { ...source, alias };
}

/** What is joined to it, in the order written. */
export function readJoins(reader: Reader): Join[] {
  const { cursor } = reader;
  const joins: Join[] = [];
  for (;;) {
    if (cursor.takeSign(',')) joins.push({ kind: 'comma', source: readSource(reader) });
    else if (
      cursor.isWords('ARRAY', 'JOIN') ||
      cursor.isWords('LEFT', 'ARRAY', 'JOIN') ||
      cursor.isWords('INNER', 'ARRAY', 'JOIN')
    )
      joins.push(readArrayJoin(reader));
    else {
      const join = readJoin(reader);
      if (join === null) return joins;
      joins.push(join);
    }
  }
}

/** `table`, `database.table`; the name is resolved later. */
export function readTableName(cursor: Cursor): TableName {
  const { at } = cursor.peek();
  const parts: NamePart[] = [cursor.namePart()];
  while (cursor.takeSign('.')) parts.push(cursor.namePart());
  if (parts.length > 2) throw cursor.refuse('unknown-table');
  return { parts, at };
}

function readSubquery(reader: Reader): Written {
  const { cursor } = reader;
  cursor.needSign('(');
  if (!beginsQuery(cursor) && !cursor.isSign('(')) throw cursor.refuse('clause');
  const query = cursor.deeper(() => reader.query());
  cursor.needSign(')');
  return { kind: 'query', query, alias: null };
}

function readNamed(reader: Reader): Written {
  const { cursor } = reader;
  const token = cursor.peek();
  if (!cursor.isSign('(', 1)) return { kind: 'table', table: readTableName(cursor), alias: null };
  if (token.kind !== 'word') throw cursor.refuse('table-function');
  const isValues = token.text.toLowerCase() === VALUES;
  const counts = Object.hasOwn(TABLE_FUNCTIONS, token.text) ? TABLE_FUNCTIONS[token.text] : undefined;
  if (counts === undefined && !isValues) throw cursor.refuse('table-function');
  cursor.take();
  cursor.needSign('(');
  const items = cursor.list(() => reader.expression());
  cursor.needSign(')');
  const allowed = isValues ? areRows(items) : counts?.includes(items.length) && items.every(isRowCount);
  if (!allowed) throw cursor.refuse('argument', token);
  return { kind: 'function', name: isValues ? VALUES : token.text, items, alias: null };
}

/** Constants as they stand, of which the first is no text: the engine would read that as a list of columns, with expressions of its own. */
const areRows = (items: readonly Expression[]): boolean =>
  items.every(isConstant) && ['tuple', 'number', 'bool', 'null'].includes(items[0]?.kind ?? '');

const isRowCount = (item: Expression): boolean =>
  item.kind === 'number' && /^[0-9]+$/.test(item.text) && Number(item.text) <= GENERATED_ROWS_MAX;

function readArrayJoin(reader: Reader): Join {
  const { cursor } = reader;
  const left = cursor.takeWords('LEFT');
  cursor.takeWords('INNER');
  cursor.needWords('ARRAY', 'JOIN');
  return { kind: 'array', left, items: cursor.list(() => reader.item()) };
}

/** Words come in several orders: `ANY LEFT JOIN`, `LEFT ANY JOIN`, `GLOBAL LEFT OUTER JOIN`. */
function readJoin(reader: Reader): Join | null {
  const { cursor } = reader;
  const start = cursor.peek();
  const words = {
    global: false,
    outer: false,
    side: null as Kind['side'] | null,
    strictness: null as Kind['strictness'],
  };
  for (;;) {
    const side = SIDES.find((word) => cursor.isWords(word));
    const strictness = STRICTNESS.find((word) => cursor.isWords(word));
    if (cursor.isWords('GLOBAL') && !words.global) words.global = true;
    else if (cursor.isWords('LOCAL') && start === cursor.peek()) words.global = false;
    else if (cursor.isWords('OUTER') && words.side !== null && !words.outer) words.outer = true;
    else if (side !== undefined && words.side === null) words.side = side;
    else if (strictness !== undefined && words.strictness === null) words.strictness = strictness;
    else break;
    cursor.take();
  }
  if (!cursor.takeWords('JOIN')) {
    if (cursor.peek() !== start) throw cursor.refuse('syntax');
    return null;
  }
  const { global, side, strictness } = words;
  return {
    kind: 'join',
    global,
    side: side ?? 'INNER',
    strictness,
    source: readSource(reader),
    ...readCondition(reader, side),
  };
}

function readCondition(reader: Reader, side: Kind['side'] | null): Pick<Kind, 'using' | 'on'> {
  const { cursor } = reader;
  if (side === 'CROSS' || side === 'PASTE') return { using: null, on: null };
  if (cursor.takeWords('ON')) return { using: null, on: reader.expression() };
  if (!cursor.takeWords('USING')) throw cursor.refuse('syntax');
  if (!cursor.takeSign('(')) return { using: [cursor.name()], on: null };
  const using = cursor.list(() => cursor.name());
  cursor.needSign(')');
  return { using, on: null };
}
