import { type Settings, withoutUndefined } from './draft.ts';

/** The four tables of the Modbus data model, as the collector names them. */
export type Table = 'coil' | 'discrete' | 'input' | 'holding';
export type Encoding = 'int16' | 'uint16' | 'int32' | 'uint32' | 'float32' | 'float64' | 'boolean' | 'bit';
export type Orders = { wordOrder?: 'little' | undefined; byteOrder?: 'little' | undefined };

const TABLE_BY_DIGIT: Readonly<Record<string, Table>> = {
  0: 'coil',
  1: 'discrete',
  3: 'input',
  4: 'holding',
};
/** Function codes that read (Modbus Application Protocol V1.1b3, section 6). */
export const TABLE_BY_FUNCTION: Readonly<Record<number, Table>> = {
  1: 'coil',
  2: 'discrete',
  3: 'holding',
  4: 'input',
};
const ADDRESS_MAX = 65_535;

export const isBits = (table: Table): boolean => table === 'coil' || table === 'discrete';

export type Reference = { table: Table; number: number; bit: number | null };

/** `40001`, `400001`, `4x0001`, `00001`, `40001.3`: a digit for the table and a number; null for anything else. */
export function parseReference(text: string): Reference | null {
  const [, digit, number, bit] = /^([0134])x?(\d{4,5})(?:\.(\d{1,2}))?$/i.exec(text.trim()) ?? [];
  const table = TABLE_BY_DIGIT[digit ?? ''];
  if (table === undefined) return null;
  return { table, number: Number(number), bit: bit === undefined ? null : Number(bit) };
}

/** `holding:100` or `holding:12.5` from its parts; null when the numbers are impossible. */
export function addressOf(table: Table, address: number, bit: number | null = null): string | null {
  if (!Number.isInteger(address) || address < 0 || address > ADDRESS_MAX) return null;
  if (bit !== null && (isBits(table) || bit < 0 || bit > 15)) return null;
  return bit === null ? `${table}:${address}` : `${table}:${address}.${bit}`;
}

/**
 * The orders of `ABCD` and its kin: which word comes first, and which byte inside a word. `AB` and `BA` are for single
 * registers. Null when it is none of them.
 */
export function ordersOf(text: string): Orders | null {
  const ORDERS: Readonly<Record<string, Orders>> = {
    AB: {},
    BA: { byteOrder: 'little' },
    ABCD: {},
    CDAB: { wordOrder: 'little' },
    BADC: { byteOrder: 'little' },
    DCBA: { wordOrder: 'little', byteOrder: 'little' },
    ABCDEFGH: {},
    GHEFCDAB: { wordOrder: 'little' },
    BADCFEHG: { byteOrder: 'little' },
    HGFEDCBA: { wordOrder: 'little', byteOrder: 'little' },
  };
  const key = text.toUpperCase().replace(/[\s\-_]/g, '');
  return Object.hasOwn(ORDERS, key) ? (ORDERS[key] ?? null) : null;
}

export const registersOf = (encoding: Encoding): number =>
  encoding === 'float64'
    ? 4
    : encoding === 'int32' || encoding === 'uint32' || encoding === 'float32'
      ? 2
      : 1;

/** Address, encoding and orders as far as they count for this value; what is the default is not written. */
export function modbusSettings(
  place: { table: Table; address: string },
  encoding: Encoding,
  orders: Orders,
): Settings {
  if (isBits(place.table)) return { address: place.address };
  if (encoding === 'bit') return { address: place.address, byteOrder: orders.byteOrder };
  const several = registersOf(encoding) > 1;
  return withoutUndefined({
    address: place.address,
    encoding: encoding === 'uint16' ? undefined : encoding,
    wordOrder: several ? orders.wordOrder : undefined,
    byteOrder: orders.byteOrder,
  });
}

/** How other systems name what lies in registers; types that the collector does not read are not among them. */
const ENCODINGS: Readonly<Record<string, Encoding>> = {
  int16: 'int16',
  short: 'int16',
  int: 'int16',
  i16: 'int16',
  s16: 'int16',
  整型: 'int16',
  有符号整型: 'int16',
  '16int': 'int16',
  uint16: 'uint16',
  ushort: 'uint16',
  uint: 'uint16',
  word: 'uint16',
  u16: 'uint16',
  无符号整型: 'uint16',
  '16uint': 'uint16',
  int32: 'int32',
  dint: 'int32',
  long: 'int32',
  i32: 'int32',
  s32: 'int32',
  长整型: 'int32',
  '32int': 'int32',
  uint32: 'uint32',
  udint: 'uint32',
  dword: 'uint32',
  ulong: 'uint32',
  u32: 'uint32',
  无符号长整型: 'uint32',
  '32uint': 'uint32',
  float32: 'float32',
  float: 'float32',
  real: 'float32',
  f32: 'float32',
  浮点: 'float32',
  浮点型: 'float32',
  单精度: 'float32',
  单精度浮点: 'float32',
  '32float': 'float32',
  float64: 'float64',
  double: 'float64',
  lreal: 'float64',
  f64: 'float64',
  双精度: 'float64',
  双精度浮点: 'float64',
  '64float': 'float64',
  boolean: 'boolean',
  bool: 'boolean',
  布尔: 'boolean',
  布尔型: 'boolean',
  开关量: 'boolean',
  bit: 'bit',
  bits: 'bit',
  位: 'bit',
};
export const MODBUS_ENCODING_NAMES = 'int16, uint16, int32, uint32, float32, float64, boolean, bit';

/** An encoding from its name in any of the usual spellings; null when it is not one that is read. */
export function encodingNamed(name: string): Encoding | null {
  const key = name.toLowerCase().replace(/[\s_-]/g, '');
  return Object.hasOwn(ENCODINGS, key) ? (ENCODINGS[key] ?? null) : null;
}
