import type { Bilingual, PointTableProtocol } from '@ronghe/contracts';
import { isCommonIdentifier } from './dlt645-points.ts';
import type { DraftConnection, Settings } from './draft.ts';
import type { Issues } from './issues.ts';
import {
  addressOf,
  type Encoding,
  isBits,
  modbusSettings,
  ordersOf,
  registersOf,
  type Table,
} from './modbus-points.ts';
import { isNumeric, s7Settings } from './s7-points.ts';
import { lookUp, numberOf, type Tree, textOf } from './values.ts';

export type NeuronNode = {
  name: string;
  protocol: PointTableProtocol;
  /** Whether the first register is 0 or 1. */
  addressBase: 0 | 1;
  order: string;
  /** Whether eight bytes come in the order that Neuron has by default. */
  longOrderIsUsual: boolean;
  commonAddress: number | null;
};
type Context = { node: NeuronNode; issues: Issues; key: string; place: Bilingual };
/** Settings of a point, and whether its values are numbers that can be scaled. */
type Found = { fields: Settings; numeric: boolean };

/** Data types by their number in the API; sheets write the names. */
const TYPES = [
  '',
  'INT8',
  'UINT8',
  'INT16',
  'UINT16',
  'INT32',
  'UINT32',
  'INT64',
  'UINT64',
  'FLOAT',
  'DOUBLE',
  'BIT',
  'BOOL',
  'STRING',
  'BYTES',
  'ERROR',
  'WORD',
  'DWORD',
  'LWORD',
];
const ATTRIBUTES = { read: 1, write: 2, subscribe: 4, static: 8 } as const;

/** The station in front of `!`; null when there is none. */
export function unitOf(address: string): number | null {
  const [, unit] = /^(\d{1,3})!/.exec(address) ?? [];
  return unit === undefined || Number(unit) > 255 ? null : Number(unit);
}

/** Adds one tag to its connection, or tells why it cannot be. */
export function addNeuronTag(tag: Tree, connection: DraftConnection, context: Context) {
  const { issues, place, node } = context;
  const address = textOf(tag.address).replace(/\s/g, '');
  const attributes = attributesOf(tag.attribute);
  if ((attributes & ATTRIBUTES.static) !== 0) return issues.error(place, 'static-value');
  if (attributes === ATTRIBUTES.write) return issues.error(place, 'write-only');
  if (address === '') return issues.error(place, 'address-missing');
  const type =
    typeof tag.type === 'number' ? (TYPES[tag.type] ?? String(tag.type)) : textOf(tag.type).toUpperCase();
  const read = READ[node.protocol];
  const found = read?.(address, type, context) ?? null;
  if (found === null) return;
  // The collector knows how the meter writes its digits; Neuron's factor does the same there.
  const scaling = node.protocol === 'dlt645' ? {} : scalingOf(tag, found, { issues, place });
  connection.add(
    {
      key: context.key,
      name: textOf(tag.description) || textOf(tag.name) || undefined,
      unit: textOf(tag.unit) || undefined,
      equipment: node.name || undefined,
      ...found.fields,
      ...scaling,
    },
    place,
  );
}

function attributesOf(value: unknown): number {
  const number = numberOf(value);
  if (number !== null) return number;
  return textOf(value)
    .toLowerCase()
    .split(/[^a-z]+/)
    .reduce((sum, word) => sum | (lookUp(ATTRIBUTES, word) ?? 0), 0);
}

/** value = raw × decimal + bias; a decimal of 0 means none. */
function scalingOf(
  tag: Tree,
  found: Found,
  { issues, place }: { issues: Issues; place: Bilingual },
): Settings {
  const scale = numberOf(tag.decimal) || 1;
  const offset = numberOf(tag.bias) ?? 0;
  if (scale === 1 && offset === 0) return {};
  if (!found.numeric || found.fields.address?.toString().includes('=')) {
    issues.warning(place, 'scaling-of-boolean');
    return {};
  }
  return { scale: scale === 1 ? undefined : scale, offset: offset === 0 ? undefined : offset };
}

const READ: Partial<
  Record<PointTableProtocol, (address: string, type: string, context: Context) => Found | null>
> = {
  modbus: readModbus,
  s7: readS7,
  opcua: readOpcua,
  iec104: readIec104,
  dlt645: readDlt645,
};

function refuse({ issues, place }: Context, value: string, example: string): null {
  issues.error(place, 'address-invalid', { value, example });
  return null;
}
function refuseType({ issues, place }: Context, value: string): null {
  issues.error(place, 'type-unsupported', { value: value || '-' });
  return null;
}

const MODBUS_TYPES: Readonly<Record<string, Encoding>> = {
  INT16: 'int16',
  UINT16: 'uint16',
  WORD: 'uint16',
  INT32: 'int32',
  UINT32: 'uint32',
  DWORD: 'uint32',
  FLOAT: 'float32',
  DOUBLE: 'float64',
};
const TABLES: Readonly<Record<string, Table>> = { 0: 'coil', 1: 'discrete', 3: 'input', 4: 'holding' };
/** Orders of a tag: two letters for two registers, one for one register. */
const SUFFIXES: Readonly<Record<string, string>> = {
  L: 'AB',
  B: 'BA',
  LL: 'ABCD',
  LB: 'BADC',
  BL: 'CDAB',
  BB: 'DCBA',
};

/** `1!400001`, `1!40001`, `1!300004.3`, `1!400004#BB`. */
function readModbus(text: string, type: string, context: Context): Found | null {
  const example = '1!400001, 1!300004.3, 1!400004#BB';
  const [, area, number, bit, suffix] =
    /^\d{1,3}!([0134])(\d{1,5})(?:\.(\d{1,3})[HLDE]?)?(?:#([LB]{1,2}))?$/.exec(text) ?? [];
  const table = TABLES[area ?? ''];
  if (table === undefined) return refuse(context, text, example);
  const start = Number(number) - context.node.addressBase;
  if (isBits(table)) {
    const address = bit === undefined ? addressOf(table, start) : null;
    return address === null ? refuse(context, text, example) : { fields: { address }, numeric: false };
  }
  if (type === 'BIT' || type === 'BOOL') {
    const address = bit === undefined ? null : addressOf(table, start, Number(bit));
    return address === null ? refuse(context, text, '1!400001.0') : { fields: { address }, numeric: false };
  }
  const encoding = lookUp(MODBUS_TYPES, type);
  if (encoding === undefined) return refuseType(context, type);
  const address = bit === undefined ? addressOf(table, start) : null;
  if (address === null) return refuse(context, text, example);
  const several = registersOf(encoding) > 1;
  // The order of the driver is for two registers; one register is big-endian unless its tag says otherwise.
  const isLong = registersOf(encoding) === 4;
  const usual = isLong ? 'ABCDEFGH' : several ? context.node.order : 'AB';
  const order = suffix === undefined ? usual : SUFFIXES[suffix];
  const orders = order === undefined ? null : ordersOf(order);
  if (orders === null || (suffix !== undefined && (suffix.length === 2) !== several)) {
    context.issues.error(context.place, 'order-unknown', { value: suffix ?? '-' });
    return null;
  }
  // Its setting for eight bytes is documented by its default only.
  if (isLong && suffix === undefined && !context.node.longOrderIsUsual)
    context.issues.warning(context.place, 'order-assumed', { value: 'ABCDEFGH' });
  return { fields: modbusSettings({ table, address }, encoding, orders), numeric: true };
}

const S7_TYPES: Readonly<Record<string, string>> = {
  INT8: 'sint',
  UINT8: 'usint',
  INT16: 'int',
  UINT16: 'uint',
  WORD: 'word',
  INT32: 'dint',
  UINT32: 'udint',
  DWORD: 'dword',
  FLOAT: 'real',
  DOUBLE: 'lreal',
  INT64: 'lint',
  UINT64: 'ulint',
  STRING: 'string',
  BIT: 'bool',
  BOOL: 'bool',
};

/** `DB10.DBW10`, `DB1.DBW12.20` (text of 20), `I0.1`, `F4` (flag), `O2` (output), `T6`, `C8`; numbers count bytes. */
function readS7(text: string, type: string, context: Context): Found | null {
  const example = 'DB10.DBW10, I0.0, F4, T6';
  const [, db, area, start, tail] =
    /^(?:DB(\d{1,5})\.DB[XBWD]|([IOQFMTC]))(\d{1,5})(?:\.(\d{1,3}))?$/i.exec(text) ?? [];
  const encoding = lookUp(S7_TYPES, type);
  if (start === undefined) return refuse(context, text, example);
  const letter = (area ?? '').toUpperCase();
  if (letter === 'T' || letter === 'C')
    return tail === undefined
      ? { fields: { address: `${letter}${start}` }, numeric: true }
      : refuse(context, text, example);
  if (encoding === undefined) return refuseType(context, type);
  const AREAS: Readonly<Record<string, 'I' | 'Q' | 'M'>> = { I: 'I', O: 'Q', Q: 'Q', F: 'M', M: 'M' };
  const where = db === undefined ? AREAS[letter] : { db: Number(db) };
  const number = tail === undefined ? null : Number(tail);
  const isText = encoding === 'string';
  const fields =
    where === undefined
      ? null
      : s7Settings(
          { area: where, start: Number(start), bit: isText ? null : number, length: isText ? number : null },
          encoding,
        );
  if (fields === null) return refuse(context, text, example);
  // Which byte of a word the bits from 8 on lie in is not told in Neuron's documentation.
  if (encoding === 'bool' && db !== undefined && /DBW/i.test(text))
    context.issues.warning(context.place, 'bit-unsure', { value: text });
  return { fields, numeric: isNumeric(encoding) };
}

/** `2!Device.Temperature`, `0!2258`, `0!c496578a-…`. */
function readOpcua(text: string, type: string, context: Context): Found | null {
  const [, namespace, index, id] = /^(\d{1,5})(\[[\d,]+\])?!(.+)$/s.exec(text) ?? [];
  if (id === undefined) return refuse(context, text, '2!Device.Temperature');
  if (index !== undefined) {
    context.issues.error(context.place, 'address-array', { value: text });
    return null;
  }
  const isGuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i.test(id);
  const kind = /^\d+$/.test(id) ? 'i' : isGuid ? 'g' : 's';
  if (type === 'BYTES' || type.startsWith('ARRAY') || type === 'JSON') return refuseType(context, type);
  const value = type === 'BIT' || type === 'BOOL' ? 'boolean' : type === 'STRING' ? 'text' : undefined;
  return { fields: { address: `ns=${namespace};${kind}=${id}`, type: value }, numeric: value === undefined };
}

/** The information object address alone; the common address is the driver's. */
function readIec104(text: string, type: string, context: Context): Found | null {
  const object = /^\d{1,8}$/.test(text) ? Number(text) : 0;
  if (object < 1 || object > 0xff_ff_ff) return refuse(context, text, '16385');
  const isBit = type === 'BIT' || type === 'BOOL';
  return {
    fields: { address: `${context.node.commonAddress ?? 1}/${object}`, type: isBit ? 'boolean' : undefined },
    numeric: !isBit,
  };
}

/** `123456789012#02-01-01-00`: meter and data identifier. */
function readDlt645(text: string, _type: string, context: Context): Found | null {
  const [, meter, identifier] = /^(\d{12})#([0-9a-f]{2}(?:-[0-9a-f]{2}){3})$/i.exec(text) ?? [];
  if (meter === undefined || identifier === undefined)
    return refuse(context, text, '123456789012#02-01-01-00');
  const address = identifier.replaceAll('-', '').toUpperCase();
  if (!isCommonIdentifier(address)) {
    context.issues.error(context.place, 'format-needed', { value: address });
    return null;
  }
  return { fields: { address, meter }, numeric: true };
}
