import type { Bilingual } from '@ronghe/contracts';
import type { DraftConnection, Settings } from './draft.ts';
import type { Issues } from './issues.ts';
import { addressOf, type Encoding, isBits, modbusSettings, parseReference } from './modbus-points.ts';
import { isNodeId } from './opcua-points.ts';
import { isNumeric, isS7Address, s7Named, s7Settings } from './s7-points.ts';
import { tidy } from './values.ts';

/** How a Modbus device of Kepware counts and orders; all by its properties. */
export type ModbusOptions = {
  /** subtracted from an address: 1 by the convention of Modicon */
  shift: 0 | 1;
  /** subtracted from a bit */
  bitShift: 0 | 1;
  firstWordLow: boolean;
  firstDwordLow: boolean;
  modbusByteOrder: boolean;
  /** bit 0 is the highest */
  modiconBits: boolean;
  /** Longs are two groups of four decimal digits */
  decimalLongs: boolean;
};

export type KepwareScaling = {
  kind: string;
  rawLow: number | null;
  rawHigh: number | null;
  low: number | null;
  high: number | null;
  clamped: boolean;
  negated: boolean;
};

export type KepwareTag = {
  key: string;
  place: Bilingual;
  name: string;
  address: string;
  /** Number of the data type in projects: -1 is "default", 1 Boolean, 8 Float, from 20 on arrays. */
  type: number;
  unit: string;
  scaling: KepwareScaling;
};

/** Data types by their number in projects. */
export const KEPWARE_TYPES: Readonly<Record<number, string>> = {
  [-1]: 'Default',
  0: 'String',
  1: 'Boolean',
  2: 'Char',
  3: 'Byte',
  4: 'Short',
  5: 'Word',
  6: 'Long',
  7: 'DWord',
  8: 'Float',
  9: 'Double',
  10: 'BCD',
  11: 'LBCD',
  12: 'Date',
  13: 'LLong',
  14: 'QWord',
};
const typeName = (type: number): string => KEPWARE_TYPES[type] ?? (type >= 20 ? 'Array' : String(type));

type Told = { issues: Issues; equipment?: string; modbus?: ModbusOptions | undefined };
type Context = Told & { connection: DraftConnection };

/** Adds one tag to its connection, or tells why it cannot be. */
export function addKepwareTag(tag: KepwareTag, connection: DraftConnection, context: Told) {
  const { issues } = context;
  if (tag.address === '') return issues.error(tag.place, 'address-missing');
  if (tag.address.endsWith(']') && connection.protocol !== 'opcua')
    return issues.error(tag.place, 'address-array', { value: tag.address });
  if (tag.type >= 20) return issues.error(tag.place, 'type-unsupported', { value: 'Array' });
  const read = { modbus: modbusOf, s7: s7Of, opcua: opcuaOf }[connection.protocol];
  const settings = read?.(tag, { ...context, connection }) ?? null;
  if (settings === null) return;
  const scaling = scalingOf(tag, settings, issues);
  if (scaling === null) return;
  connection.add(
    {
      key: tag.key,
      name: tag.name || undefined,
      unit: tag.unit || undefined,
      equipment: context.equipment || undefined,
      ...settings.fields,
      ...scaling,
    },
    tag.place,
  );
}

type Found = { fields: Settings; numeric: boolean };

const MODBUS_TYPES: Readonly<Record<number, Encoding>> = {
  4: 'int16',
  5: 'uint16',
  6: 'int32',
  7: 'uint32',
  8: 'float32',
  9: 'float64',
};

function modbusOf(tag: KepwareTag, { issues, modbus }: Context): Found | null {
  const options = modbus ?? STANDARD_MODBUS;
  const reference = parseReference(tag.address);
  const refuse = () => {
    issues.error(tag.place, 'address-invalid', { value: tag.address, example: '400001, 400001.3, 300001' });
    return null;
  };
  if (reference === null) return refuse();
  const { table } = reference;
  const wantsBit = reference.bit !== null;
  const bit = reference.bit === null ? null : reference.bit - options.bitShift;
  const address = addressOf(
    table,
    reference.number - options.shift,
    bit === null ? null : options.modiconBits ? 15 - bit : bit,
  );
  if (address === null) return refuse();
  const orders = {
    wordOrder: options.firstWordLow ? ('little' as const) : undefined,
    byteOrder: options.modbusByteOrder ? undefined : ('little' as const),
  };
  if (isBits(table) || wantsBit) {
    if (tag.type > 1) {
      issues.error(tag.place, 'type-contradicts', { value: typeName(tag.type) });
      return null;
    }
    return { fields: modbusSettings({ table, address }, 'bit', orders), numeric: false };
  }
  const encoding = tag.type === -1 ? 'uint16' : MODBUS_TYPES[tag.type];
  const decimal = options.decimalLongs && (encoding === 'int32' || encoding === 'uint32');
  if (encoding === undefined || decimal) {
    issues.error(tag.place, tag.type === 1 ? 'type-contradicts' : 'type-unsupported', {
      value: typeName(tag.type),
    });
    return null;
  }
  if (encoding === 'float64' && options.firstWordLow !== options.firstDwordLow) {
    issues.error(tag.place, 'order-unsupported');
    return null;
  }
  return { fields: modbusSettings({ table, address }, encoding, orders), numeric: true };
}

/** What a new device has: addresses shifted by one, low words first. */
export const STANDARD_MODBUS: ModbusOptions = {
  shift: 1,
  bitShift: 0,
  firstWordLow: true,
  firstDwordLow: true,
  modbusByteOrder: true,
  modiconBits: false,
  decimalLongs: false,
};

/** What a data type makes of a plain byte, word or double word. */
const S7_BY_TYPE: Readonly<Record<string, Readonly<Record<number, string>>>> = {
  B: { 2: 'sint', 3: 'usint' },
  W: { 4: 'int', 5: 'uint' },
  D: { 6: 'dint', 7: 'udint', 8: 'real' },
};

/**
 * `DB1,REAL0`, `DB1,X0.3`, `DB1,STRING20.10`, `MREAL4`, `IW2` (the driver's own syntax), and `DB1.DBD0` with the data type of the tag
 * (as STEP 7 writes it).
 */
function s7Of(tag: KepwareTag, { issues }: Context): Found | null {
  const text = tag.address.replace(/\s/g, '').toUpperCase();
  const found = ownS7(text, tag.type) ?? stepSeven(text, tag.type);
  if (found === null)
    issues.error(tag.place, 'address-invalid', { value: tag.address, example: 'DB1,REAL0, DB1,X0.3' });
  return found;
}

function ownS7(text: string, type: number): Found | null {
  const [, db, area, kind, start, tail] =
    /^(?:DB(\d{1,5}),|([IEQAMF]))([A-Z_]*)(\d{1,5})(?:\.(\d{1,3}))?$/.exec(text) ?? [];
  if (start === undefined) return null;
  const AREAS: Readonly<Record<string, 'M' | 'I' | 'Q'>> = { I: 'I', E: 'I', Q: 'Q', A: 'Q', M: 'M', F: 'M' };
  const where = db === undefined ? AREAS[area ?? ''] : { db: Number(db) };
  if (where === undefined) return null;
  const named = kind === '' ? (tail === undefined ? null : 'bool') : s7Named(kind ?? '');
  if (named === null) return null;
  const plain = { B: 'B', BYTE: 'B', W: 'W', WORD: 'W', D: 'D', DW: 'D', DWORD: 'D' }[kind ?? ''];
  const encoding = (plain === undefined ? undefined : S7_BY_TYPE[plain]?.[type]) ?? named;
  const number = tail === undefined ? null : Number(tail);
  const isText = encoding === 'string' || encoding === 'char';
  const fields = s7Settings(
    { area: where, start: Number(start), bit: isText ? null : number, length: isText ? number : null },
    encoding,
  );
  return fields === null ? null : { fields, numeric: isNumeric(encoding) };
}

function stepSeven(text: string, type: number): Found | null {
  if (!isS7Address(text)) return null;
  if (/^%?[TCZ]/.test(text)) return { fields: { address: text }, numeric: true };
  if (/\.[0-7]$/.test(text)) return { fields: { address: text }, numeric: false };
  const [, width = ''] = /([BWD])\d+$/.exec(text) ?? [];
  const encoding = S7_BY_TYPE[width]?.[type];
  return { fields: encoding === undefined ? { address: text } : { address: text, encoding }, numeric: true };
}

function opcuaOf(tag: KepwareTag, { issues, connection }: Context): Found | null {
  if (!isNodeId(tag.address)) {
    issues.error(tag.place, 'address-invalid', { value: tag.address, example: 'ns=2;s=Furnace.Temperature' });
    return null;
  }
  if (tag.type === -1) issues.once(connection.place, 'types-assumed');
  const type = tag.type === 1 ? 'boolean' : tag.type === 0 || tag.type === 12 ? 'text' : undefined;
  return { fields: { address: tag.address, type }, numeric: type === undefined };
}

/** Scale and offset of a linear scaling; null, and told, when it is another. */
function scalingOf(tag: KepwareTag, found: Found, issues: Issues): Settings | null {
  const { kind, rawLow, rawHigh, low, high, clamped, negated } = tag.scaling;
  if (kind === 'none') return {};
  const refuse = () => {
    issues.error(tag.place, 'scaling-unsupported', { value: kind });
    return null;
  };
  if (!found.numeric) {
    issues.warning(tag.place, 'scaling-of-boolean');
    return {};
  }
  if (kind !== 'linear' || rawLow === null || rawHigh === null || low === null || high === null)
    return refuse();
  // A node of OPC UA comes as the server scales it; the collector does not scale it again.
  if (rawHigh === rawLow || found.fields.address?.toString().includes('=')) return refuse();
  if (clamped) issues.warning(tag.place, 'clamp-left-out');
  const sign = negated ? -1 : 1;
  const scale = (high - low) / (rawHigh - rawLow);
  return { scale: tidy(sign * scale), offset: tidy(sign * (low - rawLow * scale)) };
}
