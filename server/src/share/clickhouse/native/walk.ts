/** Thrown where the bytes at hand end before what is walked over does. */
export class MoreNeeded extends Error {
  override name = 'MoreNeeded';
}
/** A type whose values cannot be walked over: what its bytes mean is told by the bytes themselves. */
export class TypeUnknown extends Error {
  override name = 'TypeUnknown';
}

/** A place in the bytes of a Native block; every step checks that the bytes are there. */
export type Walk = {
  at: number;
  bytes(count: number): void;
  /** an unsigned LEB128 */
  size(): number;
  long(): number;
  text(): string;
};

export function createWalk(data: Uint8Array, start = 0): Walk {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const walk: Walk = {
    at: start,
    bytes(count) {
      if (walk.at + count > data.length) throw new MoreNeeded();
      walk.at += count;
    },
    size() {
      let value = 0;
      for (let factor = 1; ; factor *= 128) {
        walk.bytes(1);
        const byte = data[walk.at - 1] as number;
        value += (byte & 127) * factor;
        if (byte < 128) return value;
      }
    },
    long() {
      walk.bytes(8);
      return Number(view.getBigUint64(walk.at - 8, true));
    },
    text() {
      const length = walk.size();
      walk.bytes(length);
      return Buffer.from(data.buffer, data.byteOffset + walk.at - length, length).toString();
    },
  };
  return walk;
}

/** Bytes of one value, for types whose values are all as long. */
const WIDTHS: Readonly<Record<string, number>> = {
  ...{
    UInt8: 1,
    Int8: 1,
    Bool: 1,
    Enum8: 1,
    Nothing: 1,
    UInt16: 2,
    Int16: 2,
    Date: 2,
    Enum16: 2,
    BFloat16: 2,
  },
  ...{ UInt32: 4, Int32: 4, Float32: 4, Date32: 4, DateTime: 4, IPv4: 4, Time: 4, Decimal32: 4 },
  ...{ UInt64: 8, Int64: 8, Float64: 8, DateTime64: 8, Time64: 8, Decimal64: 8 },
  ...{ UInt128: 16, Int128: 16, UUID: 16, IPv6: 16, Decimal128: 16, UInt256: 32, Int256: 32, Decimal256: 32 },
};
/** Digits of a Decimal up to which its values are so many bytes wide. */
const DECIMAL_WIDTHS = [
  [9, 4],
  [18, 8],
  [38, 16],
  [76, 32],
] as const;
/** How LowCardinality numbers its dictionary: 1, 2, 4 or 8 bytes by the lowest byte of its header. */
const INDEX_TYPE = 0xff;

/** `Map(String, Array(UInt8))` is Map with two items. */
export type Parsed = { name: string; items: readonly string[] };

export function parseType(text: string): Parsed {
  const open = text.indexOf('(');
  if (open < 0) return { name: text, items: [] };
  const items: string[] = [];
  let depth = 0;
  let from = open + 1;
  for (let at = open + 1; at < text.length; at++) {
    const character = text.charAt(at);
    if (character === "'" || character === '`') at = endOfQuoted(text, at);
    else if (character === '(') depth += 1;
    else if (character === ')' && depth > 0) depth -= 1;
    else if (depth === 0 && (character === ',' || character === ')')) {
      items.push(text.slice(from, at).trim());
      from = at + 1;
    }
  }
  return { name: text.slice(0, open), items };
}

function endOfQuoted(text: string, start: number): number {
  const quote = text.charAt(start);
  for (let at = start + 1; at < text.length; at++) {
    if (text.charAt(at) === '\\') at += 1;
    else if (text.charAt(at) === quote) return at;
  }
  return text.length;
}

/** The types inside a type, whose values stand in its own. */
function partsOf({ name, items }: Parsed): Parsed[] {
  switch (name) {
    case 'Nullable':
    case 'Array':
    case 'Map':
      return items.map(parseType);
    case 'Tuple':
      // `Tuple(a UInt8, b String)`: a name, then a space, then the type
      return items.map((item) => parseType(/^(?:`(?:\\.|[^`\\])*`|\w+) +(.+)$/s.exec(item)?.[1] ?? item));
    case 'SimpleAggregateFunction':
      return items.slice(1).map(parseType);
    default:
      return [];
  }
}

/**
 * Walks over the values of one column in the Native format: states of its parts first, then its values.
 * @throws MoreNeeded, TypeUnknown
 */
export function walkColumn(walk: Walk, type: Parsed, rows: number): void {
  if (rows === 0) return;
  walkStates(walk, type);
  walkValues(walk, type, rows);
}

function walkStates(walk: Walk, type: Parsed): void {
  if (type.name === 'LowCardinality') walk.bytes(8);
  else for (const part of partsOf(type)) walkStates(walk, part);
}

function walkValues(walk: Walk, type: Parsed, rows: number): void {
  const { name, items } = type;
  const width = widthOf(type);
  if (width !== null) {
    walk.bytes(width * rows);
    return;
  }
  const parts = partsOf(type);
  switch (name) {
    case 'String':
      for (let row = 0; row < rows; row++) walk.bytes(walk.size());
      return;
    case 'Nullable':
      walk.bytes(rows);
      break;
    case 'Array':
    case 'Map': {
      if (rows === 0) return;
      walk.bytes(8 * (rows - 1));
      const inside = walk.long();
      for (const part of parts) walkValues(walk, part, inside);
      return;
    }
    case 'Tuple':
    case 'SimpleAggregateFunction':
      break;
    case 'LowCardinality':
      walkLowCardinality(walk, parseType(items[0] ?? ''), rows);
      return;
    default:
      throw new TypeUnknown(name);
  }
  for (const part of parts) walkValues(walk, part, rows);
}

function walkLowCardinality(walk: Walk, inner: Parsed, rows: number): void {
  if (rows === 0) return;
  const width = 2 ** (walk.long() & INDEX_TYPE);
  const keys = walk.long();
  // the first key stands for NULL where there is one
  walkValues(walk, inner.name === 'Nullable' ? parseType(inner.items[0] ?? '') : inner, keys);
  walk.bytes(walk.long() * width);
}

function widthOf({ name, items }: Parsed): number | null {
  if (name === 'FixedString') return Number(items[0]);
  if (name === 'Decimal') return DECIMAL_WIDTHS.find(([digits]) => Number(items[0]) <= digits)?.[1] ?? null;
  if (name.startsWith('Interval')) return 8;
  return Object.hasOwn(WIDTHS, name) ? (WIDTHS[name] ?? null) : null;
}
