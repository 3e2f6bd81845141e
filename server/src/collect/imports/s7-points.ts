import { type Settings, withoutUndefined } from './draft.ts';

const NUMBER_MAX = 65_535;

/** Types as the collector names them, with their size in bytes; 0 for texts and whatever begins at a byte. */
const SIZES: Readonly<Record<string, number>> = {
  bool: 0,
  byte: 1,
  usint: 1,
  sint: 1,
  word: 2,
  uint: 2,
  int: 2,
  dword: 4,
  udint: 4,
  dint: 4,
  real: 4,
  time: 4,
  time_of_day: 4,
  s5time: 2,
  date: 2,
  counter: 2,
  lword: 8,
  ulint: 8,
  lint: 8,
  lreal: 8,
  date_and_time: 8,
  dtl: 12,
  char: 0,
  string: 0,
  wstring: 0,
};
export const S7_ENCODING_NAMES = Object.keys(SIZES).join(', ');
/** Spellings of other systems. */
const NAMES: Readonly<Record<string, string>> = {
  x: 'bool',
  boolean: 'bool',
  bit: 'bool',
  布尔: 'bool',
  开关量: 'bool',
  b: 'byte',
  uint8: 'usint',
  int8: 'sint',
  c: 'char',
  w: 'word',
  i: 'int',
  int16: 'int',
  short: 'int',
  uint16: 'uint',
  整型: 'int',
  d: 'dword',
  dw: 'dword',
  uint32: 'udint',
  di: 'dint',
  int32: 'dint',
  long: 'dint',
  长整型: 'dint',
  li: 'lint',
  int64: 'lint',
  uint64: 'ulint',
  r: 'real',
  float: 'real',
  float32: 'real',
  浮点: 'real',
  浮点型: 'real',
  lr: 'lreal',
  double: 'lreal',
  float64: 'lreal',
  双精度: 'lreal',
  s: 'string',
  文本: 'string',
  字符串: 'string',
  dt: 'date_and_time',
  tod: 'time_of_day',
  t5: 's5time',
};

/** A type of the collector from its name in any of the usual spellings; null when it is none. */
export function s7Named(name: string): string | null {
  const key = name.toLowerCase().replace(/[\s-]/g, '');
  if (Object.hasOwn(SIZES, key)) return key;
  return Object.hasOwn(NAMES, key) ? (NAMES[key] ?? null) : null;
}

export type S7Place = {
  /** A data block by its number, or one of the memories. */
  area: { db: number } | 'M' | 'I' | 'Q';
  start: number;
  bit?: number | null;
  length?: number | null;
};

/**
 * Address, encoding and length as TIA Portal writes them: `DB1.DBD8` with `real`, `M0.1`, `DB1.DBB20` with `string`.
 * Null when the numbers are impossible.
 */
export function s7Settings(
  { area, start, bit = null, length = null }: S7Place,
  encoding: string,
): Settings | null {
  const size = SIZES[encoding];
  if (size === undefined || !Number.isInteger(start) || start < 0 || start + size > NUMBER_MAX + 1)
    return null;
  if (typeof area === 'object' && (!Number.isInteger(area.db) || area.db < 0 || area.db > NUMBER_MAX))
    return null;
  const front = typeof area === 'object' ? `DB${area.db}.DB` : area;
  if (encoding === 'bool') {
    if (bit === null || bit < 0 || bit > 7) return null;
    return { address: `${front}${typeof area === 'object' ? 'X' : ''}${start}.${bit}` };
  }
  if (bit !== null && bit !== 0) return null;
  const width = size === 2 ? 'W' : size === 4 ? 'D' : 'B';
  return withoutUndefined({
    address: `${front}${width}${start}`,
    encoding,
    length: length !== null && ['char', 'string', 'wstring'].includes(encoding) ? length : undefined,
  });
}

export const isNumeric = (encoding: string): boolean =>
  !['bool', 'char', 'string', 'wstring', 'date', 'date_and_time', 'dtl'].includes(encoding);

/** `DB1.DBX0.3`, `DB1.DBW4`, `M0.1`, `MW10`, `E0.0`, `T5`, each with or without `%`: what the collector itself takes. */
export const isS7Address = (text: string): boolean =>
  /^%?(?:DB\d{1,5}\.DB(?:X\d{1,5}\.[0-7]|[BWD]\d{1,5})|[MIEQA](?:[BWD]\d{1,5}|\d{1,5}\.[0-7])|[TCZ]\d{1,5})$/i.test(
    text,
  ) && [...text.matchAll(/\d+/g)].every(([number]) => Number(number) <= NUMBER_MAX);
