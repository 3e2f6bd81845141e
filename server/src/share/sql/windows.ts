import type { Reader } from './reader.ts';
import type { Expression, Fill, FrameBound, Order, WindowSpec } from './tree.ts';

/** What follows OVER: the name of a window, or its description in brackets. */
export function readOver(reader: Reader): string | WindowSpec {
  return reader.cursor.isSign('(') ? readWindow(reader) : reader.cursor.name();
}

/** `(PARTITION BY … ORDER BY … ROWS …)` */
export function readWindow(reader: Reader): WindowSpec {
  const { cursor } = reader;
  cursor.needSign('(');
  const spec = cursor.deeper(() => {
    const isClause = ['PARTITION', 'ORDER', 'ROWS', 'RANGE', 'GROUPS'].some((word) => cursor.isWords(word));
    const base = isClause || cursor.isSign(')') ? null : cursor.name();
    const partition = cursor.takeWords('PARTITION', 'BY') ? cursor.list(() => reader.expression()) : [];
    const order = cursor.takeWords('ORDER', 'BY') ? cursor.list(() => readOrder(reader)) : [];
    return { base, partition, order, frame: readFrame(reader) };
  });
  cursor.needSign(')');
  return spec;
}

/** One item of ORDER BY. */
export function readOrder(reader: Reader): Order {
  const { cursor } = reader;
  const value = reader.item();
  const descending = cursor.takeWords('DESC') || cursor.takeWords('DESCENDING');
  if (!descending && !cursor.takeWords('ASC')) cursor.takeWords('ASCENDING');
  const nulls = cursor.takeWords('NULLS') ? (cursor.takeWords('FIRST') ? 'FIRST' : readLast(reader)) : null;
  const collate = cursor.takeWords('COLLATE') ? readCollation(reader) : null;
  const fill = cursor.takeWords('WITH', 'FILL') ? readFill(reader) : null;
  return { value, descending, nulls, collate, fill };
}

function readLast({ cursor }: Reader): 'LAST' {
  cursor.needWords('LAST');
  return 'LAST';
}

function readCollation({ cursor }: Reader): string {
  if (!/^[A-Za-z0-9_@=;-]{1,40}$/.test(cursor.peek().text)) throw cursor.refuse('syntax');
  return cursor.needString();
}

function readFill(reader: Reader): Fill {
  const { cursor } = reader;
  const after = (word: string): Expression | null => (cursor.takeWords(word) ? reader.expression() : null);
  return { from: after('FROM'), to: after('TO'), step: after('STEP'), staleness: after('STALENESS') };
}

function readFrame(reader: Reader): WindowSpec['frame'] {
  const { cursor } = reader;
  const unit = cursor.takeWords('ROWS') ? 'ROWS' : cursor.takeWords('RANGE') ? 'RANGE' : null;
  if (unit === null) return null;
  if (!cursor.takeWords('BETWEEN')) return { unit, from: readBound(reader), to: null };
  const from = readBound(reader);
  cursor.needWords('AND');
  return { unit, from, to: readBound(reader) };
}

function readBound(reader: Reader): FrameBound {
  const { cursor } = reader;
  if (cursor.takeWords('CURRENT', 'ROW')) return { kind: 'current' };
  const unbounded = cursor.takeWords('UNBOUNDED');
  const rows = unbounded ? null : readCount(reader);
  const side = cursor.takeWords('PRECEDING') ? 'PRECEDING' : 'FOLLOWING';
  if (side === 'FOLLOWING') cursor.needWords('FOLLOWING');
  return { kind: unbounded ? 'unbounded' : 'rows', side, rows };
}

/** A count of rows: a whole number, or a parameter and what becomes of it. */
export function readCount(reader: Reader): Expression {
  const { cursor } = reader;
  const token = cursor.peek();
  const value = reader.binary(14);
  const whole = value.kind === 'number' && /^[0-9]+$/.test(value.text);
  if (!whole && value.kind !== 'parameter' && !(value.kind === 'cast' && value.value.kind === 'string'))
    throw cursor.refuse('argument', token);
  return value;
}
