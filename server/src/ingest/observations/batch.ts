import {
  BATCH_SAMPLES_MAX,
  CollectorName,
  HOUR_COUNTS_MAX,
  type HourCount,
  PointKey,
  PointType,
  QUALITIES,
  type Quality,
  type SampleValue,
} from '@ronghe/contracts';
import type { PointDefinition } from '#collect';
import { AppError } from '#platform/errors/errors.ts';
import type { Fault, Incoming } from './observations.ts';

/** One point of a delivery with those of its samples whose shape is right; only batches of collectors bring counts. */
export type IncomingPoint = { definition: PointDefinition; samples: Incoming[]; counts?: HourCount[] };
/** Samples of one point with the same fault. */
export type Refused = Fault & { point: string | null; sample: unknown; count: number; part?: string };
export type IncomingBatch = {
  source: string;
  epoch: string;
  sequence: number;
  points: IncomingPoint[];
  refused: Refused[];
};

const POINTS_MAX = 5_000;
const EPOCH_CHARACTERS_MAX = 64;

/**
 * Reads a batch by hand instead of by schema: one wrong sample must not refuse the other thousands, and this is the
 * hottest path of the house.
 * @throws REQUEST_INVALID when source, epoch, sequence or the list of points is wrong; REQUEST_TOO_LARGE over the limits
 */
export function readBatch(body: unknown): IncomingBatch {
  if (typeof body !== 'object' || body === null) throw invalid('body', 'must be an object');
  const { source, epoch, sequence, points } = body as Record<string, unknown>;
  if (!CollectorName.safeParse(source).success) throw invalid('source', 'must be the name of a collector');
  if (typeof epoch !== 'string' || epoch === '' || epoch.length > EPOCH_CHARACTERS_MAX || hasControl(epoch))
    throw invalid('epoch', `must be a text of 1 to ${EPOCH_CHARACTERS_MAX} characters`);
  if (!Number.isSafeInteger(sequence) || (sequence as number) < 1)
    throw invalid('sequence', 'must be a whole number from 1');
  if (!Array.isArray(points) || points.length === 0) throw invalid('points', 'must be a list of points');
  if (points.length > POINTS_MAX) throw new AppError('REQUEST_TOO_LARGE');
  const batch: IncomingBatch = {
    source: source as string,
    epoch,
    sequence: sequence as number,
    points: [],
    refused: [],
  };
  let samples = 0;
  for (const [index, point] of points.entries()) {
    samples += readPoint(point, index, batch);
    if (samples > BATCH_SAMPLES_MAX) throw new AppError('REQUEST_TOO_LARGE');
  }
  return batch;
}

const invalid = (path: string, message: string) =>
  new AppError('REQUEST_INVALID', {}, { details: [{ path, message }] });

/** Returns how many samples the point had, good and bad. */
function readPoint(point: unknown, index: number, batch: IncomingBatch): number {
  const fields = (typeof point === 'object' && point !== null ? point : {}) as Record<string, unknown>;
  const samples = Array.isArray(fields.samples) ? fields.samples : [];
  const key = typeof fields.key === 'string' ? fields.key : `#${index}`;
  const definition = readDefinition(fields, batch.source);
  if (typeof definition === 'string' || samples.length === 0) {
    const reason = typeof definition === 'string' ? definition : 'samples must be a list with at least one';
    const shown = { ...fields, samples: samples.slice(0, 1) };
    batch.refused.push(fault(key, reason, { sample: shown, count: Math.max(1, samples.length) }));
    return samples.length;
  }
  const counts = readCounts(fields.counts, index);
  const good: Incoming[] = [];
  const faults = new Map<string, Refused>();
  for (const sample of samples) {
    const read = readSample(sample);
    if (typeof read !== 'string') good.push(read);
    else {
      const known = faults.get(read);
      if (known) known.count += 1;
      else faults.set(read, fault(key, read, { sample, count: 1 }));
    }
  }
  batch.refused.push(...faults.values());
  if (good.length > 0) batch.points.push({ definition, samples: good, ...(counts ? { counts } : {}) });
  return samples.length;
}

/**
 * Counts are not data of a device, which may be odd: a collector that tells wrong ones has a fault, and keeps its batch.
 * @throws REQUEST_INVALID
 */
function readCounts(counts: unknown, index: number): HourCount[] | undefined {
  if (counts === undefined) return undefined;
  const isCount = (value: unknown) => Number.isSafeInteger(value) && (value as number) >= 0;
  const isRight =
    Array.isArray(counts) &&
    counts.length <= HOUR_COUNTS_MAX &&
    counts.every(
      (entry) =>
        Array.isArray(entry) &&
        entry.length === HOUR_COUNT_FIELDS &&
        Number.isSafeInteger(entry[0]) &&
        entry.slice(1, -1).every(isCount) &&
        // Below 0 when more was replaced than came.
        Number.isSafeInteger(entry.at(-1)),
    );
  if (!isRight)
    throw invalid(
      `points[${index}].counts`,
      'must be lists of hour, read, filtered, sent, lost, sum of CRC-32',
    );
  return counts as HourCount[];
}
const HOUR_COUNT_FIELDS = 6;

const fault = (point: string, reason: string, what: { sample: unknown; count: number }): Refused => ({
  code: 'SAMPLE_INVALID',
  values: { point: point.slice(0, 100), reason },
  point: point.slice(0, 256),
  ...what,
});

/** The definition, or what is wrong with it. */
function readDefinition(fields: Record<string, unknown>, collector: string): PointDefinition | string {
  if (!PointKey.safeParse(fields.key).success) return 'key must start with a letter or digit, 256 at most';
  const type = PointType.safeParse(fields.type);
  if (!type.success) return 'type must be number, boolean or text';
  const definition: PointDefinition = { key: fields.key as string, type: type.data, collector };
  for (const [name, charactersMax] of TOLD_FIELDS) {
    const value = fields[name];
    if (value === undefined || value === null) continue;
    if (typeof value !== 'string' || value.length > charactersMax || hasControl(value))
      return `${name} must be a text of at most ${charactersMax} characters`;
    if (value !== '') definition[name] = value;
  }
  return definition;
}
const TOLD_FIELDS = [
  ['name', 200],
  ['unit', 40],
  ['equipment', 200],
  ['connection', 100],
] as const;

/** The sample, or what is wrong with it. Whether its value fits the point is decided when the point is known. */
function readSample(sample: unknown): Incoming | string {
  if (!Array.isArray(sample) || sample.length < 3 || sample.length > 5)
    return 'a sample must be [time, value, quality, reason?, serverTime?]';
  const [time, value, quality, reason = '', serverTime] = sample as unknown[];
  if (typeof time !== 'number') return 'time must be a number of milliseconds';
  if (value !== null && typeof value !== 'number' && typeof value !== 'boolean' && typeof value !== 'string')
    return 'value must be a number, true, false, a text or null';
  if (!QUALITIES.includes(quality as Quality)) return 'quality must be good, uncertain or bad';
  if (typeof reason !== 'string') return 'reason must be a text';
  if (serverTime !== undefined && !isServerTime(serverTime))
    return 'serverTime must be a number of milliseconds since 1970';
  return {
    timeUs: Math.round(time * 1000),
    value: value as SampleValue,
    quality: quality as Quality,
    reason,
    ...(serverTime === undefined ? {} : { serverMs: Math.round(serverTime as number) }),
  };
}

/** What DateTime64 holds; a device may say anything. */
const SERVER_MS_MAX = Date.UTC(2262, 0, 1);
const isServerTime = (value: unknown): boolean =>
  typeof value === 'number' && value >= 0 && value < SERVER_MS_MAX;

/** PostgreSQL cannot keep NUL in a text, and no name needs the other control characters. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are exactly what is looked for
const hasControl = (text: string): boolean => /[\u0000-\u001f\u007f]/.test(text);
