import {
  type ErrorCode,
  type PointType,
  QUALITIES,
  type Quality,
  type SampleValue,
  TEXT_BYTES_MAX,
} from '@ronghe/contracts';
import { AppError } from '#platform/errors/errors.ts';

/** One sample on its way in, after its shape was checked; its value still needs to fit the point. */
export type Incoming = {
  /** microseconds since 1970 UTC */
  timeUs: number;
  value: SampleValue;
  quality: Quality;
  reason: string;
  /** time of the device's own server, milliseconds since 1970 UTC, where it differs from the source time */
  serverMs?: number;
};

/** A sample that may be stored. Booleans are 0 and 1, a number that is not there is NaN, a text that is not there is ''. */
export type Row = {
  series: number;
  timeUs: number;
  value: number | string;
  quality: number;
  reason: string;
  serverMs?: number;
};

/** Why something could not be stored, and one example of it. */
export type Fault = { code: ErrorCode; values: Readonly<Record<string, string | number>> };

export type Limits = { nowMs: number; futureHoursMax: number };

const US_PER_HOUR = 3_600_000_000;
const REASON_CHARACTERS_MAX = 100;

/** The rules for one value of a point of a known type. */
export function checkSample(
  sample: Incoming,
  point: { key: string; id: number; type: PointType },
  limits: Limits,
): Row | Fault {
  const { timeUs, quality } = sample;
  const timeUsMax = limits.nowMs * 1000 + limits.futureHoursMax * US_PER_HOUR;
  if (!Number.isFinite(timeUs) || timeUs < 0 || timeUs > timeUsMax)
    return { code: 'TIME_OUT_OF_RANGE', values: { point: point.key, hours: limits.futureHoursMax } };
  const value = storedValue(sample, point);
  if (typeof value === 'object') return value;
  return {
    series: point.id,
    timeUs: Math.round(timeUs),
    value,
    quality: QUALITIES.indexOf(quality),
    reason: sample.reason.slice(0, REASON_CHARACTERS_MAX),
    ...(sample.serverMs === undefined ? {} : { serverMs: sample.serverMs }),
  };
}

function storedValue(
  { value, quality }: Incoming,
  point: { key: string; type: PointType },
): number | string | Fault {
  if (value === null) {
    // "No value" is told as NaN (numbers) or '' (texts); a good sample must have one.
    if (quality === 'good') return { code: 'VALUE_NOT_FINITE', values: { point: point.key } };
    return point.type === 'text' ? '' : Number.NaN;
  }
  const wrong: Fault = { code: 'VALUE_TYPE_WRONG', values: { point: point.key, expected: point.type } };
  if (point.type === 'number') {
    if (typeof value !== 'number') return wrong;
    return Number.isFinite(value) ? value : { code: 'VALUE_NOT_FINITE', values: { point: point.key } };
  }
  if (point.type === 'boolean') return typeof value === 'boolean' ? Number(value) : wrong;
  if (typeof value !== 'string') return wrong;
  return Buffer.byteLength(value) <= TEXT_BYTES_MAX
    ? value
    : { code: 'TEXT_TOO_LONG', values: { point: point.key, max: TEXT_BYTES_MAX } };
}

/** The value as answers tell it: null when a sample that is not good came without one. */
export function shownValue(type: PointType, stored: number | string | null, quality: Quality): SampleValue {
  if (stored === null) return null;
  if (type === 'text') return quality !== 'good' && stored === '' ? null : String(stored);
  const number = Number(stored);
  if (!Number.isFinite(number)) return null;
  return type === 'boolean' ? number !== 0 : number;
}

export const qualityAt = (index: number): Quality => QUALITIES[index] ?? 'bad';

/**
 * The range of a question: `to` defaults to just after now, so that a sample of this moment is inside; `from` to an hour
 * before `to`.
 * @throws REQUEST_INVALID when it is empty
 */
export function rangeOf(
  query: { from?: string | undefined; to?: string | undefined },
  nowMs: number,
): { fromUs: number; toUs: number } {
  const toMs = query.to === undefined ? nowMs + 1 : Date.parse(query.to);
  const fromMs = query.from === undefined ? toMs - 3_600_000 : Date.parse(query.from);
  const range = { fromUs: microseconds(query.from, fromMs), toUs: microseconds(query.to, toMs) };
  if (!(range.fromUs < range.toUs))
    throw new AppError('REQUEST_INVALID', {}, { details: [{ path: 'from', message: 'must be before to' }] });
  return range;
}

/** `Date.parse` cuts to milliseconds; the digits behind them are added again. */
function microseconds(text: string | undefined, ms: number): number {
  const digits = /\.\d{3}(\d{1,3})/.exec(text ?? '')?.[1];
  return ms * 1000 + (digits ? Number(digits.padEnd(3, '0')) : 0);
}

const US_PER_DAY = 24 * US_PER_HOUR;
const TWO_DIGITS = Array.from({ length: 100 }, (_, number) => String(number).padStart(2, '0'));
const THREE_DIGITS = Array.from({ length: 1_000 }, (_, number) => String(number).padStart(3, '0'));
/** Texts of the days of late: a row has two times, and the rows of an answer are of few days. */
const days = new Map<number, string>();
const DAYS_MAX = 1_000;

function dayText(number: number): string {
  const known = days.get(number);
  if (known !== undefined) return known;
  if (days.size >= DAYS_MAX) days.clear();
  const [text = ''] = new Date(number * (US_PER_DAY / 1000)).toISOString().split('T');
  days.set(number, text);
  return text;
}

/** RFC 3339 in UTC with milliseconds, with microseconds only where there are any. */
export function instantOf(timeUs: number): string {
  const number = Math.floor(timeUs / US_PER_DAY);
  const inDay = timeUs - number * US_PER_DAY;
  const seconds = Math.floor(inDay / 1_000_000);
  const us = inDay - seconds * 1_000_000;
  const ms = Math.floor(us / 1_000);
  const minutes = Math.floor(seconds / 60);
  const clock = `${TWO_DIGITS[Math.floor(minutes / 60)]}:${TWO_DIGITS[minutes % 60]}:${TWO_DIGITS[seconds % 60]}`;
  const rest = us - ms * 1_000;
  return `${dayText(number)}T${clock}.${THREE_DIGITS[ms]}${rest === 0 ? '' : THREE_DIGITS[rest]}Z`;
}
