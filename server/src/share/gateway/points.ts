import type { Narrowing } from '#platform/datasets/offer.ts';
import type { Expression, Query, Select } from '../sql/tree.ts';

/**
 * A question for the rows with one value of one column, and nothing else: names of columns, one relation, one equality, perhaps an order and a
 * limit. Many of them differ in the value only, and can be asked together.
 */
export type Point = {
  table: string;
  column: string;
  value: string | number;
  /** the same for questions that differ in the value only */
  shape: string;
  select: Select;
};
/** Rows of one value: the bytes of its own answer. */
export type Share = { body: Uint8Array; rows: number };

/** Name of the value's column in an answer to many; callers cannot use names that begin so. */
const KEY = 'rh__key';
/** Texts that every format writes as they are. */
const PLAIN = /^[\p{L}\p{N} _.:-]{1,200}$/u;

const isName = (expression: Expression): boolean =>
  expression.kind === 'name' || (expression.kind === 'alias' && expression.value.kind === 'name');

/** @param narrow what the statement was narrowed by: only plain columns that no alias hides are in it */
export function pointOf(query: Query, narrow: ReadonlyMap<string, readonly Narrowing[]>): Point | null {
  if (query.kind !== 'select' || query.from?.kind !== 'relation') return null;
  const { from, where, limit, order } = query;
  const [only, ...others] = narrow.get(from.table) ?? [];
  const value = only?.values[0];
  if (!only || others.length > 0 || only.op !== 'eq' || where?.kind !== 'call' || where.name !== 'equals')
    return null;
  if (typeof value !== 'number' && (typeof value !== 'string' || !PLAIN.test(value))) return null;
  const isLean =
    [query.with, query.distinctOn, query.joins, query.windows].every((list) => list.length === 0) &&
    [query.group, query.having, query.qualify, query.interpolate, query.limitBy, query.offset].every(
      (part) => part === null,
    ) &&
    !(query.distinct || query.orderAll || query.ties) &&
    query.columns.every(isName) &&
    order.every(({ value: by, fill }) => by.kind === 'name' && fill === null) &&
    (limit === null || (limit.offset === null && limit.count.kind === 'number'));
  if (!isLean) return null;
  const shape = JSON.stringify([typeof value, only.column, { ...query, where: null }]);
  return { table: from.table, column: only.column, value, shape, select: query };
}

/** The question for many values at once: each row tells its value in a last column, and each value has the rows it would have alone. */
export function manyOf({ select }: Point, values: readonly (string | number)[]): Select {
  const items = select.where?.kind === 'call' ? select.where.items : [];
  const name = items.find(({ kind }) => kind === 'name') ?? { kind: 'null' };
  const call = (of: string, given: Expression[]): Expression => ({
    ...{ kind: 'call', name: of, parameters: null, items: given, nulls: null, over: null },
  });
  const list = values.map(
    (value): Expression =>
      typeof value === 'number' ? { kind: 'number', text: String(value) } : { kind: 'string', value },
  );
  return {
    ...select,
    columns: [...select.columns, { kind: 'alias', value: call('toString', [name]), name: KEY }],
    where: call('in', [name, { kind: 'tuple', items: list }]),
    limitBy: select.limit && { ...select.limit, items: [{ kind: 'name', parts: [KEY] }] },
    limit: null,
  };
}

const SPLITTERS: Readonly<Record<string, (text: string) => Splitting>> = {
  TabSeparated: (text) => byLine(text, '\t', ''),
  JSONEachRow: (text) => byLine(text, `,"${KEY}":"`, '"}', '}'),
  JSONCompact: byRow,
};
type Splitting = { shares: Map<string, Share>; none: Share };

/** Whether answers of this format can be taken apart. */
export const isSplittable = (format: string): boolean => Object.hasOwn(SPLITTERS, format);

/**
 * The answer to many, by value. Of the format JSONCompact only `meta`, `data` and `rows` are kept.
 * @throws Error for bytes that are no such answer
 */
export function splitAnswer(format: string, bytes: Uint8Array): (value: string | number) => Share {
  const split = SPLITTERS[format];
  if (!split) throw new Error(`${format} cannot be split`);
  const { shares, none } = split(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString());
  return (value) => shares.get(String(value)) ?? none;
}

/** Lines whose last field is the value: between `before` and `after`, which `instead` takes the place of. */
function byLine(text: string, before: string, after: string, instead = ''): Splitting {
  const lines = new Map<string, string[]>();
  for (const line of text.split('\n')) {
    if (line === '') continue;
    const at = line.lastIndexOf(before);
    if (at < 0 || !line.endsWith(after)) throw new Error('a line has no value');
    const key = line.slice(at + before.length, line.length - after.length);
    const own = lines.get(key) ?? [];
    own.push(`${line.slice(0, at)}${instead}\n`);
    lines.set(key, own);
  }
  const shares = [...lines].map(([key, own]): [string, Share] => [
    key,
    { body: Buffer.from(own.join('')), rows: own.length },
  ]);
  return { shares: new Map(shares), none: { body: Buffer.alloc(0), rows: 0 } };
}

function byRow(text: string): Splitting {
  const { meta, data } = JSON.parse(text) as { meta: unknown[]; data: unknown[][] };
  const said = (rows: readonly unknown[][]): Share => ({
    body: Buffer.from(JSON.stringify({ meta: meta.slice(0, -1), data: rows, rows: rows.length })),
    rows: rows.length,
  });
  const rows = new Map<string, unknown[][]>();
  for (const row of data) {
    const key = String(row.at(-1));
    const own = rows.get(key) ?? [];
    own.push(row.slice(0, -1));
    rows.set(key, own);
  }
  return { shares: new Map([...rows].map(([key, own]) => [key, said(own)])), none: said([]) };
}
