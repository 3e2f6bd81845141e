import { takeAlias } from './cursor.ts';
import { beginsQuery, type Reader } from './reader.ts';
import { readJoins, readSource } from './sources.ts';
import type { Expression, GroupBy, Limit, Query, Select, SetOperator, With } from './tree.ts';
import { readCount, readOrder, readWindow } from './windows.ts';

/** A select, or several with UNION, INTERSECT, EXCEPT between them. INTERSECT binds tighter, as in ClickHouse. */
export function readQuery(reader: Reader): Query {
  return reader.queryAfter(readIntersection(reader, readBranch(reader)));
}

export function readQueryAfter(reader: Reader, first: Query): Query {
  let query = readIntersection(reader, first);
  for (;;) {
    const operator = takeUnion(reader);
    if (operator === null) return query;
    query = joined(operator, query, readIntersection(reader, readBranch(reader)));
  }
}

function readIntersection(reader: Reader, first: Query): Query {
  const { cursor } = reader;
  let query = first;
  while (cursor.takeWords('INTERSECT')) {
    const operator = cursor.takeWords('DISTINCT') ? 'INTERSECT DISTINCT' : 'INTERSECT';
    query = joined(operator, query, readBranch(reader));
  }
  return query;
}

/** UNION alone is UNION DISTINCT, as in standard SQL. */
function takeUnion({ cursor }: Reader): SetOperator | null {
  if (cursor.takeWords('UNION')) {
    if (cursor.takeWords('ALL')) return 'UNION ALL';
    cursor.takeWords('DISTINCT');
    return 'UNION DISTINCT';
  }
  if (!cursor.takeWords('EXCEPT')) return null;
  return cursor.takeWords('DISTINCT') ? 'EXCEPT DISTINCT' : 'EXCEPT';
}

/** A chain of UNIONs of one kind is one set of branches; what stood in brackets stays apart where it must. */
function joined(operator: SetOperator, left: Query, right: Query): Query {
  if (operator.startsWith('UNION') && left.kind === 'set' && left.operator === operator)
    return { kind: 'set', operator, branches: [...left.branches, right] };
  return { kind: 'set', operator, branches: [left, right] };
}

function readBranch(reader: Reader): Query {
  const { cursor } = reader;
  if (!cursor.takeSign('(')) return readSelect(reader);
  if (!beginsQuery(cursor) && !cursor.isSign('(')) throw cursor.refuse('syntax');
  const query = cursor.deeper(() => reader.query());
  cursor.needSign(')');
  return query;
}

function readSelect(reader: Reader): Select {
  const { cursor } = reader;
  cursor.count('selects');
  const ctes = cursor.takeWords('WITH') ? readWith(reader) : [];
  cursor.needWords('SELECT');
  const distinctOn = readDistinct(reader);
  const top =
    cursor.isWords('TOP') && ['number', 'sign'].includes(cursor.peek(1).kind) ? readTop(reader) : null;
  const columns = cursor.deeper(() => cursor.list(() => readColumn(reader)));
  const from = cursor.takeWords('FROM') ? readSource(reader) : null;
  const joins = from === null ? [] : readJoins(reader);
  const before = cursor.takeWords('PREWHERE') ? reader.expression() : null;
  const where = cursor.takeWords('WHERE') ? reader.expression() : null;
  const group = readGroup(reader);
  const having = cursor.takeWords('HAVING') ? reader.expression() : null;
  const windows = cursor.takeWords('WINDOW') ? cursor.list(() => readNamedWindow(reader)) : [];
  const qualify = cursor.takeWords('QUALIFY') ? reader.expression() : null;
  return {
    kind: 'select',
    with: ctes,
    distinct: distinctOn !== null && distinctOn.length === 0,
    distinctOn: distinctOn ?? [],
    columns,
    from,
    joins,
    where: bothOf(before, where),
    group,
    having,
    windows,
    qualify,
    ...readOrders(reader),
    ...readLimits(reader, top),
  };
}

/** `name AS (query)` or `expression AS name`. */
function readWith(reader: Reader): With[] {
  const { cursor } = reader;
  if (cursor.isWords('RECURSIVE') && !cursor.isWords('RECURSIVE', 'AS')) throw cursor.refuse('recursive');
  return cursor.list((): With => {
    const next = cursor.peek(1);
    const isQuery =
      ['word', 'name'].includes(cursor.peek().kind) &&
      next.text.toUpperCase() === 'AS' &&
      cursor.isSign('(', 2);
    if (isQuery && next.kind === 'word') {
      const { at } = cursor.peek();
      const name = cursor.name();
      cursor.needWords('AS');
      cursor.needSign('(');
      if (!beginsQuery(cursor) && !cursor.isSign('(')) throw cursor.refuse('syntax');
      const query = cursor.deeper(() => reader.query());
      cursor.needSign(')');
      return { kind: 'query', name, query, at };
    }
    const value = reader.expression();
    cursor.needWords('AS');
    if (value.kind === 'matcher') throw cursor.refuse('alias');
    return { kind: 'value', value, name: cursor.name() };
  });
}

/** null: all rows; empty: DISTINCT; else the expressions of DISTINCT ON. */
function readDistinct(reader: Reader): Expression[] | null {
  const { cursor } = reader;
  if (!cursor.takeWords('DISTINCT')) {
    cursor.takeWords('ALL');
    return null;
  }
  if (!cursor.isWords('ON') || !cursor.isSign('(', 1)) return [];
  cursor.take();
  cursor.needSign('(');
  const items = cursor.list(() => reader.expression());
  cursor.needSign(')');
  return items;
}

function readTop(reader: Reader): { count: Expression; ties: boolean } {
  const { cursor } = reader;
  cursor.needWords('TOP');
  const bracket = cursor.takeSign('(');
  const count = readCount(reader);
  if (bracket) cursor.needSign(')');
  return { count, ties: cursor.takeWords('WITH', 'TIES') };
}

function readColumn(reader: Reader): Expression {
  const { cursor } = reader;
  const value = reader.expression();
  const alias = takeAlias(cursor);
  if (alias === null) return value;
  if (value.kind === 'matcher') throw cursor.refuse('alias');
  return { kind: 'alias', value, name: alias };
}

/** PREWHERE is a hint about how to read, which our relations do not take. */
function bothOf(first: Expression | null, second: Expression | null): Expression | null {
  if (first === null || second === null) return first ?? second;
  return { kind: 'call', name: 'and', parameters: null, items: [first, second], nulls: null, over: null };
}

function readGroup(reader: Reader): GroupBy | null {
  const { cursor } = reader;
  const group: GroupBy = { all: false, items: [], sets: null, modifier: null, totals: false };
  if (!cursor.takeWords('GROUP', 'BY')) {
    if (!cursor.takeWords('WITH', 'TOTALS')) return null;
    return { ...group, totals: true };
  }
  if (cursor.takeWords('ALL')) group.all = true;
  else if (cursor.takeWords('GROUPING', 'SETS')) group.sets = bracketedList(reader, () => readSet(reader));
  else if (cursor.isWords('ROLLUP') || cursor.isWords('CUBE')) {
    if (!cursor.isSign('(', 1)) throw cursor.refuse('syntax');
    group.modifier = cursor.take().text.toUpperCase() === 'CUBE' ? 'CUBE' : 'ROLLUP';
    group.items = bracketedList(reader, () => reader.expression());
  } else group.items = cursor.list(() => reader.item());
  if (group.modifier === null && cursor.takeWords('WITH', 'ROLLUP')) group.modifier = 'ROLLUP';
  else if (group.modifier === null && cursor.takeWords('WITH', 'CUBE')) group.modifier = 'CUBE';
  if (cursor.takeWords('WITH', 'TOTALS')) group.totals = true;
  return group;
}

/** One grouping set: `(a, b)`, `()` or `a`. */
function readSet(reader: Reader): Expression[] {
  const { cursor } = reader;
  if (!cursor.isSign('(')) return [reader.expression()];
  if (!cursor.isSign(')', 1)) return bracketedList(reader, () => reader.expression());
  cursor.take();
  cursor.take();
  return [];
}

function bracketedList<T>({ cursor }: Reader, item: () => T): T[] {
  cursor.needSign('(');
  const items = cursor.deeper(() => cursor.list(item));
  cursor.needSign(')');
  return items;
}

function readNamedWindow(reader: Reader): Select['windows'][number] {
  const name = reader.cursor.name();
  reader.cursor.needWords('AS');
  return { name, spec: readWindow(reader) };
}

function readOrders(reader: Reader): Pick<Select, 'order' | 'orderAll' | 'interpolate'> {
  const { cursor } = reader;
  if (!cursor.takeWords('ORDER', 'BY')) return { order: [], orderAll: false, interpolate: null };
  if (cursor.takeWords('ALL')) return { order: [], orderAll: true, interpolate: null };
  const order = cursor.list(() => readOrder(reader));
  const interpolate = cursor.takeWords('INTERPOLATE') ? readInterpolate(reader) : null;
  return { order, orderAll: false, interpolate };
}

function readInterpolate(reader: Reader): Select['interpolate'] {
  const { cursor } = reader;
  if (!cursor.isSign('(')) return [];
  return bracketedList(reader, () => {
    const name = cursor.name();
    return { name, value: cursor.takeWords('AS') ? reader.expression() : null };
  });
}

type Limits = Pick<Select, 'limitBy' | 'limit' | 'offset' | 'ties'>;

function readLimits(reader: Reader, top: { count: Expression; ties: boolean } | null): Limits {
  const { cursor } = reader;
  const limits: Limits = { limitBy: null, limit: null, offset: null, ties: false };
  if (top !== null) Object.assign(limits, { limit: { count: top.count, offset: null }, ties: top.ties });
  while (cursor.takeWords('LIMIT')) {
    const limit = readLimit(reader);
    if (cursor.takeWords('BY')) {
      if (limits.limitBy !== null || limits.limit !== null) throw cursor.refuse('syntax');
      limits.limitBy = { ...limit, items: cursor.list(() => reader.expression()) };
    } else {
      if (limits.limit !== null) throw cursor.refuse('syntax');
      limits.limit = limit;
      limits.ties = cursor.takeWords('WITH', 'TIES');
    }
  }
  if (cursor.takeWords('OFFSET')) limits.offset = readOffset(reader);
  if (cursor.takeWords('FETCH')) readFetch(reader, limits);
  return limits;
}

/** `LIMIT n`, `LIMIT m, n`, `LIMIT n OFFSET m`. */
function readLimit(reader: Reader): Limit {
  const { cursor } = reader;
  const first = readCount(reader);
  if (cursor.takeSign(',')) return { count: readCount(reader), offset: first };
  return { count: first, offset: cursor.takeWords('OFFSET') ? readOffset(reader) : null };
}

function readOffset(reader: Reader): Expression {
  const { cursor } = reader;
  const offset = readCount(reader);
  if (!cursor.takeWords('ROWS')) cursor.takeWords('ROW');
  return offset;
}

/** `FETCH FIRST n ROWS ONLY` is LIMIT n. */
function readFetch(reader: Reader, limits: Limits): void {
  const { cursor } = reader;
  if (limits.limit !== null) throw cursor.refuse('syntax');
  if (!cursor.takeWords('FIRST')) cursor.needWords('NEXT');
  const count = readCount(reader);
  if (!cursor.takeWords('ROWS')) cursor.needWords('ROW');
  limits.ties = cursor.takeWords('WITH', 'TIES');
  if (!limits.ties) cursor.needWords('ONLY');
  limits.limit = { count, offset: limits.offset };
  limits.offset = null;
}
