import { type Cursor, createCursor } from './cursor.ts';
import { quoteText } from './quoting.ts';
import { refused } from './refused.ts';
import type { DataType, TypeItem } from './tree.ts';

type Shape = 'plain' | 'one' | 'fields' | 'map' | 'numbers' | 'enum' | 'zone';
type Known = { shape: Shape; least: number; most: number; highest?: number };
const plain: Known = { shape: 'plain', least: 0, most: 0 };
const FIELDS_MAX = 100;
const MEMBERS_MAX = 1000;

/**
 * The types a caller may name. No AggregateFunction (its states are bytes the engine trusts), Object, Dynamic, Variant, JSON,
 * Nested or anything experimental.
 */
const TYPES: Readonly<Record<string, Known>> = {
  ...Object.fromEntries(
    [
      ...['Int8', 'Int16', 'Int32', 'Int64', 'Int128', 'Int256'],
      ...['UInt8', 'UInt16', 'UInt32', 'UInt64', 'UInt128', 'UInt256'],
      ...['Float32', 'Float64', 'String', 'Date', 'Date32', 'UUID', 'Bool', 'IPv4', 'IPv6', 'Nothing'],
    ].map((name) => [name, plain]),
  ),
  DateTime: { shape: 'zone', least: 0, most: 1 },
  DateTime64: { shape: 'zone', least: 0, most: 2, highest: 9 },
  Decimal: { shape: 'numbers', least: 1, most: 2, highest: 76 },
  Decimal32: { shape: 'numbers', least: 1, most: 1, highest: 9 },
  Decimal64: { shape: 'numbers', least: 1, most: 1, highest: 18 },
  Decimal128: { shape: 'numbers', least: 1, most: 1, highest: 38 },
  Decimal256: { shape: 'numbers', least: 1, most: 1, highest: 76 },
  FixedString: { shape: 'numbers', least: 1, most: 1, highest: 4096 },
  Nullable: { shape: 'one', least: 1, most: 1 },
  LowCardinality: { shape: 'one', least: 1, most: 1 },
  Array: { shape: 'one', least: 1, most: 1 },
  Map: { shape: 'map', least: 2, most: 2 },
  Tuple: { shape: 'fields', least: 1, most: FIELDS_MAX },
  Enum8: { shape: 'enum', least: 1, most: MEMBERS_MAX },
  Enum16: { shape: 'enum', least: 1, most: MEMBERS_MAX },
  Enum: { shape: 'enum', least: 1, most: MEMBERS_MAX },
};
/** Names of standard SQL, which ClickHouse takes in any case. */
const SYNONYMS: ReadonlyMap<string, string> = new Map(
  Object.entries({
    ...{
      TINYINT: 'Int8',
      SMALLINT: 'Int16',
      INT: 'Int32',
      INTEGER: 'Int32',
      BIGINT: 'Int64',
      SIGNED: 'Int64',
    },
    ...{ UNSIGNED: 'UInt64', FLOAT: 'Float32', REAL: 'Float32', DOUBLE: 'Float64', TEXT: 'String' },
    ...{ VARCHAR: 'String', CHAR: 'String', BOOL: 'Bool', BOOLEAN: 'Bool', DATE: 'Date', DATE32: 'Date32' },
    ...{ DATETIME: 'DateTime', DATETIME64: 'DateTime64', TIMESTAMP: 'DateTime', DECIMAL: 'Decimal' },
    ...{ NUMERIC: 'Decimal', DEC: 'Decimal', ENUM: 'Enum' },
  }),
);
/** Synonyms that take a length, which means nothing. */
const LENGTHS: ReadonlySet<string> = new Set(['VARCHAR', 'CHAR']);

/** A type from the tokens at hand. @throws AppError SQL_REFUSED */
export function readType(cursor: Cursor): DataType {
  const token = cursor.peek();
  if (token.kind !== 'word') throw cursor.refuse('type');
  const upper = token.text.toUpperCase();
  const name = Object.hasOwn(TYPES, token.text) ? token.text : SYNONYMS.get(upper);
  const known = name === undefined ? undefined : TYPES[name];
  if (name === undefined || known === undefined) throw cursor.refuse('type');
  cursor.take();
  if (LENGTHS.has(upper) && cursor.takeSign('(')) {
    readNumber(cursor, Number.MAX_SAFE_INTEGER);
    cursor.needSign(')');
    return { name, items: [] };
  }
  const items: TypeItem[] = cursor.takeSign('(')
    ? cursor.deeper(() => cursor.list(() => readItem(cursor, known, token.text)))
    : [];
  if (items.length > 0) cursor.needSign(')');
  const type = { name, items: name === 'Decimal' && items.length === 0 ? precisionOnly() : items };
  if (type.items.length < known.least || type.items.length > known.most || !isWellOrdered(known, type.items))
    throw cursor.refuse('type', token);
  return type;
}

/** A type that came as text, as the second argument of CAST has it. @throws AppError SQL_REFUSED */
export function typeOfText(text: string, at: number): DataType {
  try {
    const cursor = createCursor(text);
    const type = readType(cursor);
    if (cursor.peek().kind === 'end') return type;
  } catch {
    // said below, with the place in the statement
  }
  throw refused('type', at, text);
}

/** The canonical text of a type. */
export function printType({ name, items }: DataType): string {
  return items.length === 0 ? name : `${name}(${items.map(printItem).join(', ')})`;
}

const precisionOnly = (): TypeItem[] => [{ kind: 'number', value: 10 }];

function readItem(cursor: Cursor, { shape, highest }: Known, name: string): TypeItem {
  switch (shape) {
    case 'one':
    case 'map':
      return { kind: 'type', type: readType(cursor) };
    case 'fields':
      return readField(cursor);
    case 'numbers':
      return { kind: 'number', value: readNumber(cursor, highest ?? 0) };
    case 'zone':
      return cursor.peek().kind === 'string'
        ? { kind: 'string', value: readZone(cursor) }
        : { kind: 'number', value: readNumber(cursor, highest ?? 0) };
    case 'enum':
      return readMember(cursor, name === 'Enum8' ? 127 : 32_767);
    default:
      throw cursor.refuse('type');
  }
}

/** `DateTime('zone')`, `DateTime64(3, 'zone')`: a number first where there is one. */
function isWellOrdered({ shape, most }: Known, items: readonly TypeItem[]): boolean {
  if (shape !== 'zone' || items.length === 0) return true;
  const kinds = items.map(({ kind }) => kind);
  return most === 1
    ? kinds.every((kind) => kind === 'string')
    : kinds[0] === 'number' && kinds[1] !== 'number';
}

function readField(cursor: Cursor): TypeItem {
  const next = cursor.peek(1);
  const named = cursor.peek().kind === 'name' || next.kind === 'word' || next.kind === 'name';
  if (!named) return { kind: 'type', type: readType(cursor) };
  return { kind: 'field', name: cursor.name(), type: readType(cursor) };
}

function readMember(cursor: Cursor, highest: number): TypeItem {
  const name = cursor.needString();
  cursor.needSign('=');
  const negative = cursor.takeSign('-');
  const value = readNumber(cursor, negative ? highest + 1 : highest);
  return { kind: 'member', name, value: negative ? -value : value };
}

function readNumber(cursor: Cursor, highest: number): number {
  const token = cursor.peek();
  const value = token.kind === 'number' && /^[0-9]+$/.test(token.text) ? Number(token.text) : Number.NaN;
  if (!(value <= highest)) throw cursor.refuse('type');
  cursor.take();
  return value;
}

/** Names of time zones become paths below the engine's data: nothing but letters, digits and single separators. */
function readZone(cursor: Cursor): string {
  if (!/^[A-Za-z0-9_+-]+(?:\/[A-Za-z0-9_+-]+){0,2}$/.test(cursor.peek().text)) throw cursor.refuse('type');
  return cursor.needString();
}

function printItem(item: TypeItem): string {
  switch (item.kind) {
    case 'type':
      return printType(item.type);
    case 'field':
      return `\`${item.name}\` ${printType(item.type)}`;
    case 'number':
      return String(item.value);
    case 'string':
      return quoteText(item.value);
    case 'member':
      return `${quoteText(item.name)} = ${item.value}`;
  }
}
