import { isDeeperThan } from './exact-json.ts';

/** A schema as Kafka Connect's JsonConverter writes it beside each payload. */
export type ConnectSchema = {
  type?: string;
  name?: string;
  field?: string;
  fields?: readonly ConnectSchema[];
  items?: ConnectSchema;
  values?: ConnectSchema;
  parameters?: Readonly<Record<string, string>>;
};

/** What Debezium writes for a long value that PostgreSQL did not tell because it did not change. */
export const UNAVAILABLE = '__debezium_unavailable_value';
const DEPTH_MAX = 64;
const SCALE_MAX = 1_000;
/** 0001-01-01 and 10000-01-01 in days since 1970; what lies outside (infinity) stays the number it is. */
const DAYS_MIN = -719_162n;
const DAYS_MAX = 2_932_897n;
const DAY_NS = 86_400_000_000_000n;

const DATES: readonly string[] = ['io.debezium.time.Date', 'org.apache.kafka.connect.data.Date'];
/** Nanoseconds of the unit that a semantic type counts in. */
const INSTANTS: Readonly<Record<string, bigint>> = {
  'io.debezium.time.Timestamp': 1_000_000n,
  'io.debezium.time.MicroTimestamp': 1_000n,
  'io.debezium.time.NanoTimestamp': 1n,
  'org.apache.kafka.connect.data.Timestamp': 1_000_000n,
};
const TIMES: Readonly<Record<string, bigint>> = {
  'io.debezium.time.Time': 1_000_000n,
  'io.debezium.time.MicroTime': 1_000n,
  'io.debezium.time.NanoTime': 1n,
  'org.apache.kafka.connect.data.Time': 1_000_000n,
};

/**
 * A value as people and mappings read it: days, milliseconds and finer as `2026-03-31` and `2026-03-31 08:00:00.123` (a time
 * without a zone, as the column held it), decimals as exact text. Without a schema only what cannot be mistaken is turned.
 * Debezium 3, "Data type mappings".
 */
export function readConnectValue(value: unknown, schema: ConnectSchema | undefined): unknown {
  if (value === null || value === undefined) return null;
  if (typeof value === 'object') return readNested(value, schema);
  const name = schema?.name ?? '';
  if (DATES.includes(name)) return dateOf(value);
  const instant = own(INSTANTS, name);
  if (instant !== undefined) return instantOf(value, instant);
  const time = own(TIMES, name);
  if (time !== undefined) return timeOf(value, time);
  if (name === 'org.apache.kafka.connect.data.Decimal' && typeof value === 'string')
    return decimalOf(value, Number(schema?.parameters?.scale ?? 0)) ?? value;
  return value;
}

function readNested(value: object, schema: ConnectSchema | undefined): unknown {
  if (Array.isArray(value)) return value.map((item) => readConnectValue(item, schema?.items));
  const may = schema === undefined || schema.name === 'io.debezium.data.VariableScaleDecimal';
  const variable = may ? variableDecimalOf(value as Record<string, unknown>) : null;
  if (variable !== null) return variable;
  return readStruct(value, schema);
}

/** Fields of a struct, or of a map, each after its own schema. */
export function readStruct(value: object, schema: ConnectSchema | undefined): Record<string, unknown> {
  const fields = fieldsOf(schema);
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [
      repairedName(name),
      readConnectValue(inner, fields?.get(name) ?? schema?.values),
    ]),
  );
}

const BROKEN = /[\uff80-\uffff]/;

/**
 * The name of a column as it was meant. With pgoutput, Debezium (seen in 3.0) makes a character of each byte of a name that is not
 * ASCII, and of 企 three from U+FF80 on; what is UTF-8 by those bytes is taken for it.
 */
function repairedName(name: string): string {
  if (!BROKEN.test(name)) return name;
  const units = Array.from(name, (_character, at) => name.charCodeAt(at));
  if (units.some((unit) => unit >= 0x80 && unit < 0xff80)) return name;
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Uint8Array.from(units, (unit) => unit & 0xff));
  } catch {
    return name;
  }
}

const known = new WeakMap<ConnectSchema, ReadonlyMap<string, ConnectSchema>>();

function fieldsOf(schema: ConnectSchema | undefined): ReadonlyMap<string, ConnectSchema> | undefined {
  if (!Array.isArray(schema?.fields)) return undefined;
  const found = known.get(schema);
  if (found) return found;
  const fields = new Map(schema.fields.map((field: ConnectSchema) => [field.field ?? '', field]));
  known.set(schema, fields);
  return fields;
}

/** `{scale, value}` with base64 bytes: io.debezium.data.VariableScaleDecimal. */
function variableDecimalOf(value: Record<string, unknown>): string | null {
  const { scale, value: bytes } = value;
  if (Object.keys(value).length !== 2 || typeof scale !== 'number' || typeof bytes !== 'string') return null;
  return decimalOf(bytes, scale);
}

/** A big-endian two's complement number in base64 with `scale` digits behind the point, as exact text. */
export function decimalOf(base64: string, scale: number): string | null {
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(base64) || base64.length % 4 !== 0) return null;
  if (!Number.isInteger(scale) || Math.abs(scale) > SCALE_MAX) return null;
  const bytes = Buffer.from(base64, 'base64');
  if (bytes.length > SCALE_MAX) return null;
  const unscaled = BigInt.asIntN(bytes.length * 8, BigInt(`0x${bytes.toString('hex')}`));
  const digits = (unscaled < 0n ? -unscaled : unscaled).toString();
  const sign = unscaled < 0n ? '-' : '';
  if (scale <= 0) return unscaled === 0n ? '0' : sign + digits + '0'.repeat(-scale);
  const padded = digits.padStart(scale + 1, '0');
  return `${sign}${padded.slice(0, -scale)}.${padded.slice(-scale)}`;
}

function dateOf(value: unknown): unknown {
  const days = wholeOf(value);
  return days === null || days < DAYS_MIN || days >= DAYS_MAX ? value : dayText(days);
}

function instantOf(value: unknown, unitNs: bigint): unknown {
  const count = wholeOf(value);
  if (count === null) return value;
  const ns = count * unitNs;
  const days = (ns - modulo(ns, DAY_NS)) / DAY_NS;
  if (days < DAYS_MIN || days >= DAYS_MAX) return value;
  return `${dayText(days)} ${clockText(modulo(ns, DAY_NS))}`;
}

function timeOf(value: unknown, unitNs: bigint): unknown {
  const count = wholeOf(value);
  return count === null || count < 0n || count * unitNs > DAY_NS ? value : clockText(count * unitNs);
}

/** Long numbers arrive as text, so that no digit is lost (`exact-json.ts`). */
function wholeOf(value: unknown): bigint | null {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? BigInt(value) : null;
  return typeof value === 'string' && /^-?\d{1,20}$/.test(value) ? BigInt(value) : null;
}

const modulo = (value: bigint, by: bigint): bigint => ((value % by) + by) % by;
const dayText = (days: bigint): string => new Date(Number(days) * 86_400_000).toISOString().slice(0, 10);

function clockText(ns: bigint): string {
  const [seconds, rest] = [Number(ns / 1_000_000_000n), Number(ns % 1_000_000_000n)];
  const parts = [Math.floor(seconds / 3_600), Math.floor(seconds / 60) % 60, seconds % 60];
  const fraction = String(rest).padStart(9, '0').replace(/0+$/, '');
  return (
    parts.map((part) => String(part).padStart(2, '0')).join(':') + (fraction === '' ? '' : `.${fraction}`)
  );
}

/**
 * A document of MongoDB in extended JSON (v2, relaxed or canonical) as plain values: ids, dates, long numbers and decimals
 * as text.
 */
export function readExtendedJson(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(readExtendedJson);
  const entries = Object.entries(value);
  const [[name = '', inner] = []] = entries;
  if (entries.length === 1 && name.startsWith('$')) return readWrapped(name, inner) ?? value;
  return Object.fromEntries(entries.map(([key, item]) => [key, readExtendedJson(item)]));
}

function readWrapped(name: string, inner: unknown): unknown {
  switch (name) {
    case '$oid':
    case '$numberDecimal':
    case '$uuid':
    case '$symbol':
      return inner;
    case '$numberInt':
    case '$numberDouble':
    case '$numberLong':
      return Number.isSafeInteger(Number(inner)) || name === '$numberDouble' ? finite(inner) : inner;
    case '$date':
      return dateOfMongo(inner);
    default:
      return undefined;
  }
}

/** Infinity and NaN are no JSON and stay text. */
const finite = (inner: unknown): unknown => (Number.isFinite(Number(inner)) ? Number(inner) : inner);

function dateOfMongo(inner: unknown): unknown {
  if (typeof inner === 'string') return inner;
  const ms = Number(typeof inner === 'object' && inner !== null ? readExtendedJson(inner) : inner);
  return Math.abs(ms) <= 8.64e15 ? new Date(ms).toISOString() : String(ms);
}

/** Names of fields whose value the source did not tell. */
export const unavailableFields = (row: Readonly<Record<string, unknown>>): string[] =>
  Object.keys(row).filter((name) => row[name] === UNAVAILABLE);

export const isTooDeep = (value: unknown): boolean => isDeeperThan(value, DEPTH_MAX);

const own = <Value>(table: Readonly<Record<string, Value>>, name: string): Value | undefined =>
  Object.hasOwn(table, name) ? table[name] : undefined;
