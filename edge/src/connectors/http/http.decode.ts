import { PointKey, type PointType, type SampleValue } from '@ronghe/contracts';
import { openZone, type Zone } from '../../zone.ts';
import type { Mapping } from './http.config.ts';
import {
  fill,
  follow,
  NOWHERE,
  type Pointer,
  parsePointer,
  parseTemplate,
  type Template,
} from './http.pointer.ts';
import { readTime, type TimeFormat } from './http.time.ts';

/** Most items of all lists in one body, however small each is. */
export const ITEMS_MAX = 100_000;
/** Faults that are told in words; the others are only counted. */
const FAULTS_MAX = 5;
const FAULT_LENGTH_MAX = 200;

/** A body that is not JSON text, or holds too much. The message is for people and holds nothing of the body. */
export class HttpBodyError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'HttpBodyError';
  }
}

/** What a point is called, as a body or the configuration says it. */
export type Label = {
  key: string;
  type: PointType;
  name?: string | undefined;
  unit?: string | undefined;
  equipment?: string | undefined;
};

/** One value of one point. */
export type Row = Label & {
  /** Source time, ms; null when the body tells none and the moment of arrival counts. */
  timeMs: number | null;
  value: SampleValue;
  /**
   * Why there is no good value: `path-not-found`, `no-value` (null), `type-mismatch`, `not-finite`, `time-not-read`;
   * null when there is one.
   */
  fault: string | null;
  /** There is no value, and another list may be the one for this item. */
  undecided?: true;
};

export type Read = {
  rows: Row[];
  /** Items in all lists, whatever became of them. */
  items: number;
  /** Items that no point can be made of. */
  nameless: number;
  /** Whether anything that was looked for is there: the array of a list, or the value of a point. */
  anything: boolean;
  /** The first faults, in words. */
  faults: string[];
};

/**
 * The JSON value of a body (RFC 8259). UTF-8 unless the content type names another charset, such as gb18030.
 * Throws HttpBodyError.
 */
export function decodeBody(bytes: Uint8Array, contentType: string | undefined): unknown {
  const [, charset = 'utf-8'] = /;\s*charset\s*=\s*"?([\w.:-]{1,40})"?/i.exec(contentType ?? '') ?? [];
  let text: string;
  try {
    text = new TextDecoder(charset, { fatal: true }).decode(bytes);
  } catch (error) {
    const unknown = error instanceof RangeError;
    throw new HttpBodyError(
      unknown ? `the charset ${charset} is unknown` : `the body is not ${charset} text`,
    );
  }
  try {
    return JSON.parse(text);
  } catch {
    // The parser's own message quotes the body, which may hold a token.
    throw new HttpBodyError(text.trim() === '' ? 'the body is empty' : 'the body is not JSON');
  }
}

/** Reads all values of a body by the mapping. Pure: the same body gives the same rows. Throws HttpBodyError. */
export function createReader(mapping: Mapping): (body: unknown) => Read {
  const zone = mapping.timeZone === undefined ? null : openZone(mapping.timeZone);
  const common = mapping.time === undefined ? null : parsePointer(mapping.time);
  const times: Times = { common, format: mapping.timeFormat, zone };
  const points = mapping.points.map(preparePoint);
  const lists = mapping.lists.map(prepareList);
  return (body) => {
    const read: Read = { rows: [], items: 0, nameless: 0, anything: false, faults: [] };
    const shared = common === null ? null : follow(body, common);
    for (const point of points) readPoint({ read, point, body, times, shared });
    for (const list of lists) readList({ read, list, body, times, shared });
    return read;
  };
}

type Times = { common: Pointer | null; format: TimeFormat; zone: Zone | null };
type Found = { path: Pointer; type: PointType; textAsNumber: boolean; time: Pointer | null };
type PointPlan = Found & { label: Label; where: string };
type ListPlan = Found & {
  where: string;
  items: Pointer;
  skipOtherTypes: boolean;
  key: Template;
  name: Template | null;
  unit: Template | null;
  equipment: Template | null;
};

const foundOf = (each: Mapping['points'][number] | Mapping['lists'][number]): Found => ({
  path: parsePointer(each.path),
  type: each.type,
  textAsNumber: each.textAsNumber,
  time: each.time === undefined ? null : parsePointer(each.time),
});

function preparePoint(point: Mapping['points'][number], index: number): PointPlan {
  const { key, type, name, unit, equipment } = point;
  return {
    ...foundOf(point),
    label: { key, type, name, unit, equipment },
    where: `points[${index}]: ${key}`,
  };
}

function prepareList(list: Mapping['lists'][number], index: number): ListPlan {
  const prepared = (text: string | undefined) => (text === undefined ? null : parseTemplate(text));
  return {
    ...foundOf(list),
    where: `lists[${index}]`,
    items: parsePointer(list.items),
    skipOtherTypes: list.skipOtherTypes,
    key: parseTemplate(list.key),
    name: prepared(list.name),
    unit: prepared(list.unit),
    equipment: prepared(list.equipment),
  };
}

type Work = { read: Read; body: unknown; times: Times; shared: unknown };

function readPoint({ read, point, body, times, shared }: Work & { point: PointPlan }): void {
  const { value, fault } = valueAt(follow(body, point.path), point);
  if (fault !== 'path-not-found') read.anything = true;
  const time = timeOf({ own: point.time, root: body, times, shared });
  const row = rowOf({ ...point.label, value, fault }, time);
  if (row.fault !== null && row.fault !== 'no-value') tell(read, `${point.where}: ${row.fault}`);
  read.rows.push(row);
}

function readList({ read, list, body, times, shared }: Work & { list: ListPlan }): void {
  const items = follow(body, list.items);
  // Several languages write an empty list as null.
  if (items === null) read.anything = true;
  else if (typeof items !== 'object') tell(read, `${list.where}: there is no array or object at its items`);
  if (typeof items !== 'object' || items === null) return;
  read.anything = true;
  const count = Array.isArray(items) ? items.length : Object.keys(items).length;
  read.items += count;
  if (read.items > ITEMS_MAX) throw new HttpBodyError(`the body holds more than ${ITEMS_MAX} items`);
  for (const [name, item] of Object.entries(items)) {
    const { value, fault } = valueAt(follow(item, list.path), list);
    if (list.skipOtherTypes && fault === 'type-mismatch') continue;
    const label = labelOf(list, { name, value: item });
    if (label === null) {
      read.nameless += 1;
      tell(read, `${list.where}: item ${name} gives no valid key`);
      continue;
    }
    const row = rowOf({ ...label, value, fault }, timeOf({ own: list.time, root: item, times, shared }));
    if (row.fault !== null && row.fault !== 'no-value')
      tell(read, `${list.where}: item ${name} (${label.key}): ${row.fault}`);
    const undecided = list.skipOtherTypes && (fault === 'no-value' || fault === 'path-not-found');
    read.rows.push(undecided ? { ...row, undecided } : row);
  }
}

function rowOf(row: Label & Pick<Row, 'value' | 'fault'>, time: number | null | 'unreadable'): Row {
  if (time !== 'unreadable') return { ...row, timeMs: time };
  // A value at a wrong time would be a wrong value.
  return { ...row, timeMs: null, value: null, fault: row.fault ?? 'time-not-read' };
}

function timeOf(place: {
  own: Pointer | null;
  root: unknown;
  times: Times;
  shared: unknown;
}): number | null | 'unreadable' {
  const { own, root, times, shared } = place;
  if (own === null && times.common === null) return null;
  return readTime(own === null ? shared : follow(root, own), times.format, times.zone) ?? 'unreadable';
}

function valueAt(value: unknown, wanted: Found): Pick<Row, 'value' | 'fault'> {
  const bad = (fault: string) => ({ value: null, fault });
  if (value === NOWHERE) return bad('path-not-found');
  if (value === null) return bad('no-value');
  switch (wanted.type) {
    case 'text':
      return typeof value === 'string' ? { value, fault: null } : bad('type-mismatch');
    case 'boolean':
      return typeof value === 'boolean' ? { value, fault: null } : bad('type-mismatch');
    case 'number': {
      const number = typeof value === 'string' && wanted.textAsNumber ? numberOf(value) : value;
      if (typeof number !== 'number') return bad('type-mismatch');
      // JSON may hold 1e999, which no double can.
      return Number.isFinite(number) ? { value: number, fault: null } : bad('not-finite');
    }
  }
}

/** Decimal notation only; `0x10`, `Infinity` and the empty text, which Number takes, are no measured numbers. */
const numberOf = (text: string): number | null =>
  /^\s*[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d{1,4})?\s*$/i.test(text) ? Number(text) : null;

function labelOf(list: ListPlan, item: { name: string; value: unknown }): Label | null {
  const key = fill(list.key, item);
  if (key === null || !PointKey.safeParse(key).success) return null;
  const text = (template: Template | null, lengthMax: number) =>
    template === null ? undefined : fill(template, item)?.slice(0, lengthMax);
  return {
    key,
    type: list.type,
    name: text(list.name, 200),
    unit: text(list.unit, 40),
    equipment: text(list.equipment, 200),
  };
}

function tell(read: Read, fault: string): void {
  if (read.faults.length < FAULTS_MAX) read.faults.push(fault.slice(0, FAULT_LENGTH_MAX));
}
