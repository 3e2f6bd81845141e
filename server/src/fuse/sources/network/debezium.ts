import {
  type ConnectSchema,
  isTooDeep,
  readConnectValue,
  readExtendedJson,
  readStruct,
  UNAVAILABLE,
  unavailableFields,
} from './debezium-values.ts';
import { parseExactJson } from './exact-json.ts';

export type ChangedRow = Record<string, unknown>;
/** An event that could not be used: its place in the batch from 1, why, and the event, cut. */
export type RejectedEvent = { place: number; reason: string; text: string };
export type ChangeBatch = {
  /** the newest state of each key in the order of its last event; of a deleted one what is known of it */
  rows: ChangedRow[];
  /** indexes of rows that are gone */
  deleted: ReadonlySet<number>;
  /** the table was emptied in between: `rows` is then all there is */
  emptied: boolean;
  rejects: RejectedEvent[];
  /** events that change no row: heartbeats, transactions, messages, tombstones */
  ignored: number;
};

const TEXT_LENGTH_MAX = 2_000;

type Envelope = Record<string, unknown>;
type Event = { payload: unknown; schema: ConnectSchema | undefined; key: ChangedRow | null };
type Change =
  | { kind: 'row'; row: ChangedRow; before: ChangedRow | null }
  | { kind: 'gone'; row: ChangedRow }
  | { kind: 'emptied' }
  | { kind: 'nothing' }
  | { kind: 'reject'; reason: string };

/**
 * Change events of Debezium (JSON, with or without schemas, as CloudEvents, or as records `{key, value}`) turned into rows
 * and deletions. The last event of a key in the order of the batch is the one that counts. Nothing is guessed: an event
 * that does not tell the whole row is rejected with the setting that makes it do so.
 * @param rowKey fields that name a row, `a|b` where either does
 */
export function readChangeEvents(events: readonly unknown[], rowKey: readonly string[]): ChangeBatch {
  const newest = new Map<string, { row: ChangedRow; deleted: boolean }>();
  const rejects: RejectedEvent[] = [];
  let [emptied, ignored] = [false, 0];
  // out and in again, so that the order is that of the last events
  const put = (key: string, row: ChangedRow, deleted: boolean) => {
    newest.delete(key);
    newest.set(key, { row, deleted });
  };
  events.forEach((event, index) => {
    const change = readChange(event, rowKey);
    switch (change.kind) {
      case 'nothing':
        ignored += 1;
        return;
      case 'reject':
        rejects.push({ place: index + 1, reason: change.reason, text: textOf(event) });
        return;
      case 'emptied':
        newest.clear();
        emptied = true;
        return;
      case 'gone':
        put(keyOf(change.row, rowKey) ?? '', change.row, true);
        return;
      case 'row': {
        const key = keyOf(change.row, rowKey) ?? '';
        const old = change.before && keyOf(change.before, rowKey);
        if (change.before && old && old !== key) put(old, change.before, true);
        put(key, change.row, false);
      }
    }
  });
  const kept = [...newest.values()];
  const deleted = new Set(kept.flatMap((one, index) => (one.deleted ? [index] : [])));
  return { rows: kept.map(({ row }) => row), deleted, emptied, rejects, ignored };
}

function readChange(event: unknown, rowKey: readonly string[]): Change {
  if (isTooDeep(event)) return { kind: 'reject', reason: 'nested too deeply' };
  const { payload, schema, key } = openEvent(event);
  if (payload === null) return key && keyOf(key, rowKey) ? { kind: 'gone', row: key } : { kind: 'nothing' };
  if (!isObject(payload)) return { kind: 'reject', reason: 'not an object' };
  switch (payload.op) {
    case 'c':
    case 'r':
    case 'u':
      return readUpsert(payload, schema, rowKey);
    case 'd':
      return readDelete(payload, { schema, key, rowKey });
    case 't':
      return { kind: 'emptied' };
    case 'm':
      return { kind: 'nothing' };
    case undefined:
      return isHousekeeping(payload)
        ? { kind: 'nothing' }
        : { kind: 'reject', reason: 'no "op": not a change event (unwrapping must be off)' };
    default:
      return { kind: 'reject', reason: `unknown op ${textOf(payload.op).slice(0, 40)}` };
  }
}

function readUpsert(payload: Envelope, schema: ConnectSchema | undefined, rowKey: readonly string[]): Change {
  const row = readImage(payload.after, imageSchema(schema, 'after'));
  if (row === null) {
    const remedy = 'updateDescription' in payload ? '; set capture.mode to change_streams_update_full' : '';
    return { kind: 'reject', reason: `"after" holds no row${remedy}` };
  }
  const before = readImage(payload.before, imageSchema(schema, 'before'));
  const whole = fillUnavailable(row, before);
  const unknown = unavailableFields(whole);
  if (unknown.length > 0) {
    const reason = `the value of ${unknown.join(', ')} is not in the event; set REPLICA IDENTITY FULL`;
    return { kind: 'reject', reason };
  }
  if (keyOf(whole, rowKey) === null) return { kind: 'reject', reason: missingKey(rowKey) };
  return { kind: 'row', row: whole, before };
}

function readDelete(
  payload: Envelope,
  {
    schema,
    key,
    rowKey,
  }: { schema: ConnectSchema | undefined; key: ChangedRow | null; rowKey: readonly string[] },
): Change {
  const before = readImage(payload.before, imageSchema(schema, 'before'));
  const row = [before, key].find((one) => one && keyOf(one, rowKey) !== null);
  return row
    ? { kind: 'gone', row }
    : { kind: 'reject', reason: `${missingKey(rowKey)} in "before"; send the key of the record too` };
}

const missingKey = (rowKey: readonly string[]): string => `the row key ${rowKey.join(', ')} is missing`;

/** A value that was left out because it did not change, taken from the row as it was. */
function fillUnavailable(row: ChangedRow, before: ChangedRow | null): ChangedRow {
  if (before === null) return row;
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => [
      name,
      value === UNAVAILABLE && Object.hasOwn(before, name) ? before[name] : value,
    ]),
  );
}

/** A row as it is or was; MongoDB tells it as a text of extended JSON. */
function readImage(image: unknown, schema: ConnectSchema | undefined): ChangedRow | null {
  if (typeof image === 'string') {
    const document = parseOrNull(image);
    return isObject(document) ? (readExtendedJson(document) as ChangedRow) : null;
  }
  return isObject(image) ? readStruct(image, schema) : null;
}

const imageSchema = (schema: ConnectSchema | undefined, name: string): ConnectSchema | undefined =>
  Array.isArray(schema?.fields)
    ? schema.fields.find((field: ConnectSchema) => field?.field === name)
    : undefined;

/** Takes an event out of what it may be wrapped in: a record with a key, a CloudEvent, a schema. */
function openEvent(event: unknown): Event {
  if (isRecord(event)) return { ...openSchema(event.value), key: readKey(event.key) };
  if (isObject(event) && typeof event.specversion === 'string' && 'data' in event)
    return { ...openSchema(event.data), key: null };
  return { ...openSchema(event), key: null };
}

const isRecord = (event: unknown): event is { key: unknown; value: unknown } =>
  isObject(event) && 'value' in event && 'key' in event && !('op' in event) && !('payload' in event);

function openSchema(event: unknown): Omit<Event, 'key'> {
  if (!isObject(event) || 'op' in event || !('payload' in event))
    return { payload: event ?? null, schema: undefined };
  return { payload: event.payload ?? null, schema: isObject(event.schema) ? event.schema : undefined };
}

/** Fields of a record's key. MongoDB's is `id`, a text of extended JSON, and the document's `_id`. */
function readKey(key: unknown): ChangedRow | null {
  const { payload, schema } = openSchema(key);
  if (!isObject(payload)) return null;
  const { id } = payload;
  if (Object.keys(payload).length === 1 && typeof id === 'string') {
    const parsed = parseOrNull(id);
    return { id, _id: parsed === null ? id : readExtendedJson(parsed) };
  }
  return readConnectValue(payload, schema) as ChangedRow;
}

/** Heartbeats tell a time, transactions a status, schema changes a statement. */
const isHousekeeping = (payload: Envelope): boolean =>
  Object.keys(payload).every((name) => name === 'ts_ms' || name === 'ts_us' || name === 'ts_ns') ||
  ((payload.status === 'BEGIN' || payload.status === 'END') && typeof payload.id === 'string') ||
  'ddl' in payload ||
  'tableChanges' in payload;

/** Names a row for the order of a batch; null when a part of the key is missing or empty. */
export function keyOf(row: ChangedRow, rowKey: readonly string[]): string | null {
  const parts: string[] = [];
  for (const names of rowKey) {
    const value = names
      .split('|')
      .map((name) => (Object.hasOwn(row, name) ? row[name] : null))
      .find((candidate) => candidate !== null && candidate !== undefined && candidate !== '');
    if (value === undefined || value === null) return null;
    parts.push(typeof value === 'object' ? JSON.stringify(value) : String(value).trim());
  }
  return JSON.stringify(parts);
}

function parseOrNull(text: string): unknown {
  try {
    return parseExactJson(text);
  } catch {
    return null;
  }
}

function textOf(value: unknown): string {
  if (isTooDeep(value)) return '…';
  return (JSON.stringify(value) ?? String(value)).slice(0, TEXT_LENGTH_MAX);
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
