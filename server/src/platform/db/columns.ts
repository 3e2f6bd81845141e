import type { Column, ColumnType } from '#platform/db/analytics.ts';

/** One column as little-endian bytes; text has the end of each value besides. */
export type EncodedColumn = {
  name: string;
  type: ColumnType;
  rows: number;
  bytes: Uint8Array;
  /** for text only: rows + 1 byte positions */
  offsets: Int32Array | null;
};

/** Most rows and text bytes of one insert; a caller with more cuts it into several. */
export const INSERT_ROWS_MAX = 5_000_000;
export const INSERT_TEXT_BYTES_MAX = 1_000_000_000;

type Numbers = Uint8Array | Uint16Array | Uint32Array | Int32Array | Float64Array;
type BigNumbers = BigUint64Array | BigInt64Array;
type Plain = { make: (rows: number) => Numbers; min: number; max: number };
type Big = { make: (rows: number) => BigNumbers; min: bigint; max: bigint };

const INT64: Big = {
  make: (rows) => new BigInt64Array(rows),
  min: -(2n ** 63n),
  max: 2n ** 63n - 1n,
};
const BIG: Partial<Record<ColumnType, Big>> = {
  UInt64: { make: (rows) => new BigUint64Array(rows), min: 0n, max: 2n ** 64n - 1n },
  Int64: INT64,
  'DateTime64(3)': INT64,
  'DateTime64(6)': INT64,
};
const PLAIN: Partial<Record<ColumnType, Plain>> = {
  UInt8: { make: (rows) => new Uint8Array(rows), min: 0, max: 0xff },
  UInt16: { make: (rows) => new Uint16Array(rows), min: 0, max: 0xffff },
  UInt32: { make: (rows) => new Uint32Array(rows), min: 0, max: 0xffff_ffff },
  Int32: { make: (rows) => new Int32Array(rows), min: -0x8000_0000, max: 0x7fff_ffff },
  Float64: { make: (rows) => new Float64Array(rows), min: -Infinity, max: Infinity },
  // ClickHouse keeps a Date as days in 16 bits; Arrow carries days in 32
  Date: { make: (rows) => new Int32Array(rows), min: 0, max: 0xffff },
};

/**
 * Checks columns of an insert and encodes them. A typed array of the column's own kind is used as it is, without a copy.
 * @throws TypeError for columns of unequal length, values that do not fit their type, or more than the limits: faults of ours
 */
export function encodeColumns(columns: readonly Column[]): EncodedColumn[] {
  const rows = columns[0]?.values.length ?? 0;
  for (const { name, values } of columns)
    if (values.length !== rows)
      throw new TypeError(`Column ${name} has ${values.length} rows, the first has ${rows}`);
  if (rows > INSERT_ROWS_MAX) throw new TypeError(`An insert takes ${INSERT_ROWS_MAX} rows, not ${rows}`);
  return columns.map(encode);
}

function encode(column: Column): EncodedColumn {
  const { name, type, values } = column;
  const shared = { name, type, rows: values.length };
  if (type === 'String') return { ...shared, ...encodeText(column) };
  const array = toArray(column);
  return {
    ...shared,
    bytes: new Uint8Array(array.buffer, array.byteOffset, array.byteLength),
    offsets: null,
  };
}

function toArray({ name, type, values }: Column): Numbers | BigNumbers {
  const big = BIG[type];
  if (big) return toBig(name, values, big);
  const plain = PLAIN[type];
  if (!plain) throw new TypeError(`Column ${name} has the unknown type ${type}`);
  const { make, min, max } = plain;
  if (type !== 'Date' && values.constructor === make(0).constructor) return values as Numbers;
  const array = make(values.length);
  for (let row = 0; row < values.length; row++) {
    const value = Number(values[row]);
    const fits = type === 'Float64' || (Number.isInteger(value) && value >= min && value <= max);
    if (!fits || typeof values[row] === 'string') throw unfit(name, row, type);
    array[row] = value;
  }
  return array;
}

function toBig(name: string, values: Column['values'], { make, min, max }: Big): BigNumbers {
  const array = make(values.length);
  if (values.constructor === array.constructor) return values as BigNumbers;
  for (let row = 0; row < values.length; row++) {
    const value = values[row];
    if (typeof value === 'number' ? !Number.isSafeInteger(value) : typeof value !== 'bigint')
      throw unfit(name, row, '64-bit integer');
    const ticks = BigInt(value as number | bigint);
    if (ticks < min || ticks > max) throw unfit(name, row, '64-bit integer');
    array[row] = ticks;
  }
  return array;
}

/** UTF-8; half of a surrogate pair, which UTF-8 cannot carry, becomes U+FFFD. */
function encodeText({ name, values }: Column): { bytes: Uint8Array; offsets: Int32Array } {
  const offsets = new Int32Array(values.length + 1);
  let end = 0;
  for (let row = 0; row < values.length; row++) {
    const text = values[row];
    if (typeof text !== 'string') throw unfit(name, row, 'String');
    end += Buffer.byteLength(text);
    if (end > INSERT_TEXT_BYTES_MAX)
      throw new TypeError(`Column ${name} has more than ${INSERT_TEXT_BYTES_MAX} bytes`);
    offsets[row + 1] = end;
  }
  const bytes = Buffer.allocUnsafeSlow(end);
  for (let row = 0; row < values.length; row++) bytes.write(values[row] as string, offsets[row] ?? 0);
  return { bytes, offsets };
}

const unfit = (name: string, row: number, type: string): TypeError =>
  new TypeError(`Column ${name}, row ${row}: the value does not fit ${type}`);
