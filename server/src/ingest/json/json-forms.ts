import { BATCH_SAMPLES_MAX, QUALITIES, type Quality, type SampleValue } from '@ronghe/contracts';
import { AppError } from '#platform/errors/errors.ts';
import {
  cleanName,
  cleanUnit,
  createGathering,
  type Gathering,
  keyOfPath,
  typeOfValue,
} from '../doors/keys.ts';
import type { IncomingPoint, Refused } from '../observations/batch.ts';

const DEPTH_MAX = 8;
const SAMPLES_MAX = 5 * BATCH_SAMPLES_MAX;

type Fields = Readonly<Record<string, unknown>>;
/** Where a form stands: names above it, the time it was told, and the machine it belongs to. */
type Place = { path: readonly string[]; timeUs: number; equipment?: string | undefined };
type Reader = { gathering: Gathering; nowUs: number };

/**
 * Reads what devices and gateways send as JSON. The forms, told apart by their fields (an array may hold any of them):
 *
 * - `{"key": value, …}` at the time of arrival; objects inside give keys with dots
 * - `{"ts": ms, "values": {…}}` (ThingsBoard device)
 * - `{"Device A": [{"ts": ms, "values": {…}}, …], …}` (ThingsBoard gateway): every field an array; the name goes before
 * - `{"point": key, "value": …, "time"?: ms or RFC 3339, "quality"?, "reason"?, "unit"?, "name"?, "equipment"?}`
 * - `{"timestamp": ms, "node", "group", "values": {…}, "errors"?: {tag: code}}` and the same with
 *   `"tags": [{"name", "value" or "error", "type"?}]` (Neuron): key `node.group.tag`; an error is a bad sample
 * - `{"timestamp_ms": ms, "value": …}` and a bare value: the point is `prefix` itself
 *
 * Keys are `prefix.name`. A number that is written as text stays text; `null` is a bad sample without a value.
 * @param context `prefix` a device or topic, `nowMs` the time for forms without one
 * @returns samples by point, and what could not be read (`SAMPLE_INVALID`); nothing is left out of both
 * @throws REQUEST_TOO_LARGE over 100,000 values
 */
export function readJsonSamples(
  body: unknown,
  context: { prefix?: string; nowMs: number },
): { points: IncomingPoint[]; refused: Refused[] } {
  const reader: Reader = { gathering: createGathering(), nowUs: Math.round(context.nowMs * 1000) };
  const path = context.prefix ? [context.prefix] : [];
  readAny(reader, body, { path, timeUs: reader.nowUs });
  return reader.gathering.result();
}

function readAny(reader: Reader, body: unknown, place: Place): void {
  if (Array.isArray(body)) {
    for (const item of body) {
      if (Array.isArray(item))
        refuse(reader, place, 'an array inside an array is not a form of samples', item);
      else readAny(reader, item, place);
    }
    return;
  }
  if (!isFields(body)) {
    readValue(reader, body, place);
    return;
  }
  if (place.path.length >= DEPTH_MAX) {
    refuse(reader, place, TOO_DEEP, body);
    return;
  }
  const form = FORMS.find(({ is }) => is(body));
  if (form) form.read(reader, body, place);
  else readFields(reader, body, place, 1);
}

const FORMS: readonly {
  is(fields: Fields): boolean;
  read(reader: Reader, fields: Fields, place: Place): void;
}[] = [
  { is: (fields) => typeof fields.point === 'string' && 'value' in fields, read: readPoint },
  { is: isNeuron, read: readNeuron },
  {
    is: (fields) => 'timestamp_ms' in fields && 'value' in fields && Object.keys(fields).length === 2,
    read: (reader, fields, place) =>
      withTime(reader, { time: fields.timestamp_ms, fields, place }, (timeUs) =>
        readValue(reader, fields.value, { ...place, timeUs }),
      ),
  },
  {
    is: (fields) => 'ts' in fields && isFields(fields.values),
    read: (reader, fields, place) =>
      withTime(reader, { time: fields.ts, fields, place }, (timeUs) =>
        readFields(reader, fields.values as Fields, { ...place, timeUs }, 1),
      ),
  },
  { is: isGateway, read: readGateway },
];

function isGateway(fields: Fields): boolean {
  const values = Object.values(fields);
  return values.length > 0 && values.every((value) => Array.isArray(value) && value.every(isFields));
}

function readGateway(reader: Reader, fields: Fields, place: Place): void {
  for (const [device, forms] of Object.entries(fields))
    readAny(reader, forms, { ...place, path: [...place.path, device], equipment: device });
}

function readPoint(reader: Reader, fields: Fields, place: Place): void {
  const { point, value, time, quality = 'good', reason, unit, name, equipment } = fields;
  const path = [...place.path, String(point)];
  const inner = { ...place, path };
  if (point === '') {
    refuse(reader, place, 'point must not be empty', fields);
    return;
  }
  if (!QUALITIES.includes(quality as Quality)) {
    refuse(reader, inner, 'quality must be good, uncertain or bad', fields);
    return;
  }
  if (!isValue(value)) {
    refuse(reader, inner, NOT_A_VALUE, fields);
    return;
  }
  withTime(reader, { time: time ?? reader.nowUs / 1000, fields, place: inner }, (timeUs) =>
    add(reader, { ...inner, timeUs, equipment: textOf(equipment) ?? place.equipment }, value, {
      quality: value === null && quality === 'good' ? 'bad' : (quality as Quality),
      reason: textOf(reason) ?? '',
      unit: cleanUnit(unit),
      name: textOf(name),
    }),
  );
}

function isNeuron(fields: Fields): boolean {
  return (
    typeof fields.node === 'string' &&
    typeof fields.group === 'string' &&
    (isFields(fields.values) || isFields(fields.errors) || Array.isArray(fields.tags))
  );
}

function readNeuron(reader: Reader, fields: Fields, place: Place): void {
  const node = String(fields.node);
  const path = [...place.path, node, String(fields.group)];
  withTime(
    reader,
    { time: fields.timestamp ?? reader.nowUs / 1000, fields, place: { ...place, path } },
    (timeUs) => {
      const inner: Place = { path, timeUs, equipment: node };
      if (isFields(fields.values)) readFields(reader, fields.values, inner, 1);
      if (isFields(fields.errors))
        for (const [tag, code] of Object.entries(fields.errors)) readError(reader, code, within(inner, tag));
      for (const tag of Array.isArray(fields.tags) ? fields.tags : []) readTag(reader, tag, inner);
    },
  );
}

/** One of Neuron's tags. Its type (1 is a boolean, 4 a text) decides for a tag whose first sample is an error. */
function readTag(reader: Reader, tag: unknown, place: Place): void {
  if (!isFields(tag) || typeof tag.name !== 'string') {
    refuse(reader, place, 'a tag must have a name', tag);
    return;
  }
  const inner = within(place, tag.name);
  if ('value' in tag) {
    readInside(reader, tag.value, inner, 1);
    return;
  }
  if ('error' in tag) {
    readError(reader, tag.error, inner, tag.type);
    return;
  }
  refuse(reader, inner, 'a tag must have a value or an error', tag);
}

function readError(reader: Reader, code: unknown, place: Place, type?: unknown): void {
  if (typeof code !== 'number' && typeof code !== 'string') {
    refuse(reader, place, 'an error must be a code', code);
    return;
  }
  const known = type === 1 ? 'boolean' : type === 4 ? 'text' : undefined;
  add(reader, place, null, { quality: 'bad', reason: `error ${code}`, type: known });
}

function readFields(reader: Reader, fields: Fields, place: Place, depth: number): void {
  for (const [name, value] of Object.entries(fields)) readInside(reader, value, within(place, name), depth);
}

function readInside(reader: Reader, value: unknown, place: Place, depth: number): void {
  if (!isFields(value)) readValue(reader, value, place);
  else if (depth >= DEPTH_MAX) refuse(reader, place, TOO_DEEP, value);
  else readFields(reader, value, place, depth + 1);
}

function readValue(reader: Reader, value: unknown, place: Place): void {
  if (!isValue(value)) {
    refuse(reader, place, NOT_A_VALUE, value);
    return;
  }
  if (place.path.every((part) => part === '')) {
    refuse(reader, place, 'a value needs a name or a topic', value);
    return;
  }
  add(reader, place, value, value === null ? { quality: 'bad', reason: 'no value' } : {});
}

const TOO_DEEP = `objects may lie ${DEPTH_MAX} deep`;
const NOT_A_VALUE = 'a value must be a number, true, false, a text or null';
const isValue = (value: unknown): value is SampleValue =>
  value === null || typeof value === 'number' || typeof value === 'boolean' || typeof value === 'string';
const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const within = (place: Place, name: string): Place => ({ ...place, path: [...place.path, name] });
const textOf = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? cleanName(value) : undefined;

type Told = {
  quality?: Quality;
  reason?: string;
  unit?: string | undefined;
  name?: string | undefined;
  type?: 'boolean' | 'text' | undefined;
};

function add(reader: Reader, place: Place, value: SampleValue, told: Told): void {
  limit(reader);
  const { path, timeUs, equipment } = place;
  reader.gathering.add(
    {
      key: keyOfPath(path),
      type: told.type ?? typeOfValue(value),
      name: told.name ?? cleanName(path.filter((part) => part !== '').join(' ')),
      unit: told.unit,
      equipment: equipment === undefined ? undefined : cleanName(equipment) || undefined,
    },
    { timeUs, value, quality: told.quality ?? 'good', reason: told.reason ?? '' },
  );
}

function refuse(reader: Reader, place: Place, reason: string, sample: unknown): void {
  limit(reader);
  const point = place.path.length > 0 ? keyOfPath(place.path) : null;
  reader.gathering.refuse({ point, reason, sample });
}

function limit({ gathering }: Reader): void {
  if (gathering.received() >= SAMPLES_MAX) throw new AppError('REQUEST_TOO_LARGE');
}

/** Reads a time in milliseconds or as RFC 3339; a form whose time is wrong is put aside as a whole. */
function withTime(
  reader: Reader,
  { time, fields, place }: { time: unknown; fields: Fields; place: Place },
  then: (timeUs: number) => void,
): void {
  const ms = typeof time === 'string' && /^\d{4}-\d\d-\d\dT/.test(time) ? Date.parse(time) : time;
  if (typeof ms === 'number' && Number.isFinite(ms)) {
    then(Math.round(ms * 1000));
    return;
  }
  refuse(reader, place, 'time must be a number of milliseconds or RFC 3339', fields);
}
