import type { PointType } from '@ronghe/contracts';

/** The memories of a SIMATIC S7 that can be read by address. */
export type Area = 'db' | 'input' | 'output' | 'memory' | 'counter' | 'timer';
/** How wide an address is written: `DBX` bit, `DBB` byte, `DBW` word, `DBD` double word, `T5` one element. */
export type Width = 'bit' | 'byte' | 'word' | 'dword' | 'element';
/** `start` counts bytes, or elements of counters and timers; `db` is 0 outside of data blocks. */
export type Address = { area: Area; db: number; start: number; bit: number; width: Width };

/**
 * The data types that can be read, named as TIA Portal names them, with their size in bytes (SIMATIC STEP 7
 * programming manual, "Data types"). Texts are as long as their length says: `head` is what stands before the
 * characters, `unit` the bytes of one character.
 */
export const ENCODINGS = {
  bool: { bytes: 1, type: 'boolean' },
  byte: { bytes: 1, type: 'number' },
  usint: { bytes: 1, type: 'number' },
  sint: { bytes: 1, type: 'number' },
  word: { bytes: 2, type: 'number' },
  uint: { bytes: 2, type: 'number' },
  int: { bytes: 2, type: 'number' },
  dword: { bytes: 4, type: 'number' },
  udint: { bytes: 4, type: 'number' },
  dint: { bytes: 4, type: 'number' },
  lword: { bytes: 8, type: 'number' },
  ulint: { bytes: 8, type: 'number' },
  lint: { bytes: 8, type: 'number' },
  real: { bytes: 4, type: 'number' },
  lreal: { bytes: 8, type: 'number' },
  time: { bytes: 4, type: 'number' },
  time_of_day: { bytes: 4, type: 'number' },
  s5time: { bytes: 2, type: 'number' },
  counter: { bytes: 2, type: 'number' },
  date: { bytes: 2, type: 'text' },
  date_and_time: { bytes: 8, type: 'text' },
  dtl: { bytes: 12, type: 'text' },
  char: { head: 0, unit: 1, lengthUsual: 1, lengthMax: 4_096, type: 'text' },
  string: { head: 2, unit: 1, lengthUsual: 254, lengthMax: 254, type: 'text' },
  wstring: { head: 4, unit: 2, lengthUsual: 254, lengthMax: 4_096, type: 'text' },
} as const satisfies Record<string, Shape>;
type Shape =
  | { bytes: number; type: PointType }
  | { head: number; unit: number; lengthUsual: number; lengthMax: number; type: PointType };
export type Encoding = keyof typeof ENCODINGS;
export const ENCODING_NAMES = Object.keys(ENCODINGS) as [Encoding, ...Encoding[]];

/** What of a point says where and how its value lies. */
export type Located = { address: string; encoding?: Encoding | undefined; length?: number | undefined };

const NUMBER_MAX = 65_535;
// German mnemonics name inputs E (Eingang), outputs A (Ausgang) and counters Z (Zähler).
const AREAS: Readonly<Record<string, Area>> = {
  M: 'memory',
  I: 'input',
  E: 'input',
  Q: 'output',
  A: 'output',
  T: 'timer',
  C: 'counter',
  Z: 'counter',
};
const WIDTHS: Readonly<Record<string, Width>> = { X: 'bit', B: 'byte', W: 'word', D: 'dword' };

/**
 * `DB1.DBX0.3`, `DB1.DBW4`, `M0.1`, `MW10`, `E0.0`, `QB1`, `T5`, `C3`, each with or without the `%` that TIA Portal
 * puts in front; null for anything else. A bit is written after a dot, and only after `X` or nothing.
 */
export function parseAddress(text: string): Address | null {
  const [, db, dbWidth, area, areaWidth, element, number, bit] =
    /^%?(?:DB(\d{1,5})\.DB([XBWD])|([MIEQA])([BWD])?|([TCZ]))(\d{1,5})(?:\.([0-7]))?$/i.exec(text) ?? [];
  if (number === undefined) return null;
  const width: Width =
    element === undefined ? (WIDTHS[(dbWidth ?? areaWidth ?? 'X').toUpperCase()] ?? 'bit') : 'element';
  if ((width === 'bit') !== (bit !== undefined)) return null;
  const address: Address = {
    area: db === undefined ? (AREAS[(area ?? element ?? '').toUpperCase()] ?? 'memory') : 'db',
    db: Number(db ?? 0),
    start: Number(number),
    bit: Number(bit ?? 0),
    width,
  };
  return address.db > NUMBER_MAX || address.start > NUMBER_MAX ? null : address;
}

/** The encoding when none is written. */
export function encodingOf(point: Located): Encoding {
  if (point.encoding !== undefined) return point.encoding;
  const address = parseAddress(point.address);
  switch (address?.width) {
    case 'byte':
      return 'byte';
    case 'word':
      return 'uint';
    case 'dword':
      return 'udint';
    case 'element':
      return address.area === 'timer' ? 's5time' : 'counter';
    default:
      return 'bool';
  }
}

/** The type of values that a point gives. */
export const typeOf = (point: Located): PointType => ENCODINGS[encodingOf(point)].type;

/** Characters of a text, as far as they are read; 0 for everything else. */
export function lengthOf(point: Located): number {
  const shape: Shape = ENCODINGS[encodingOf(point)];
  return 'bytes' in shape ? 0 : (point.length ?? shape.lengthUsual);
}

/** Bytes that a point's value takes in the memory of the PLC. */
export function bytesOf(point: Located): number {
  const shape: Shape = ENCODINGS[encodingOf(point)];
  return 'bytes' in shape ? shape.bytes : shape.head + shape.unit * lengthOf(point);
}

/** Why address, encoding and length do not go together, with the key that is wrong; null when they do. */
export function faultOf(point: Located): { key: 'address' | 'encoding' | 'length'; message: string } | null {
  const address = parseAddress(point.address);
  if (address === null) return { key: 'address', message: 'is not an address' };
  const encoding = encodingOf(point);
  const shape: Shape = ENCODINGS[encoding];
  const wrong = (message: string) => ({ key: 'encoding' as const, message });
  if (point.length !== undefined && ('bytes' in shape || point.length > shape.lengthMax))
    return {
      key: 'length',
      message:
        'bytes' in shape
          ? `is for char, string and wstring; ${encoding} has none`
          : `at most ${shape.lengthMax}`,
    };
  if (address.width === 'element')
    return shape.type === 'number' && bytesOf(point) === 2
      ? null
      : wrong('counters and timers are counter, s5time, or their raw word');
  if (encoding === 'bool' && address.width !== 'bit')
    return { key: 'address', message: 'encoding bool needs the bit in the address, like DB1.DBX0.3' };
  if (encoding !== 'bool' && address.width === 'bit' && address.bit !== 0)
    return wrong('an address with a bit is bool; other types begin at bit 0, like DB1.DBX8.0');
  if (address.width === 'word' && bytesOf(point) !== 2)
    return wrong(`takes ${bytesOf(point)} bytes, W is 2; write B or X…0 for where it begins`);
  if (address.width === 'dword' && bytesOf(point) !== 4)
    return wrong(`takes ${bytesOf(point)} bytes, D is 4; write B or X…0 for where it begins`);
  if (address.start + bytesOf(point) > NUMBER_MAX + 1)
    return { key: 'address', message: `the value ends beyond byte ${NUMBER_MAX}` };
  return null;
}
