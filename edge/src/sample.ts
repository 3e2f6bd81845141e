import {
  type PointType,
  type Sample,
  type SampleValue,
  SERVER_TIME_DIFFERENCE_MS,
  TEXT_BYTES_MAX,
} from '@ronghe/contracts';

/** Longest reason the wire format takes, UTF-16 units. */
export const REASON_LENGTH_MAX = 100;

/**
 * Makes a sample that the wire format accepts, so that one odd value of a device never spoils the batch around it:
 * not finite or of the wrong type becomes `bad` without a value, a long text is cut and `uncertain`, good without a
 * value becomes `bad`. The reason says which of these happened; a reason that was there already is kept.
 */
export function soundSample(type: PointType, sample: Sample, nowMs: number): Sample {
  const serverMs = sample[4];
  const sound = soundValue(type, sample, nowMs);
  return serverMs === undefined ? sound : withServerTime(sound, serverMs);
}

/** The sample with the time of the device's own server, where that says something the source time does not. */
export function withServerTime(sample: Sample, serverMs: number | null): Sample {
  const [timeMs, value, quality, reason = ''] = sample;
  if (serverMs === null || !(Math.abs(serverMs - timeMs) >= SERVER_TIME_DIFFERENCE_MS)) return sample;
  return [timeMs, value, quality, reason, serverMs];
}

function soundValue(type: PointType, sample: Sample, nowMs: number): Sample {
  const [time, value, quality, reason] = sample;
  const timeMs = Number.isFinite(time) ? time : nowMs;
  const why = reason ? reason.slice(0, REASON_LENGTH_MAX) : undefined;
  if (value === null) return [timeMs, null, quality === 'good' ? 'bad' : quality, why ?? 'no-value'];
  const fault = faultOf(type, value);
  if (fault !== null) return [timeMs, null, 'bad', why ?? fault];
  if (typeof value === 'string' && Buffer.byteLength(value) > TEXT_BYTES_MAX) {
    return [timeMs, cutText(value), quality === 'bad' ? 'bad' : 'uncertain', why ?? 'text-shortened'];
  }
  return why === undefined ? [timeMs, value, quality] : [timeMs, value, quality, why];
}

function faultOf(type: PointType, value: Exclude<SampleValue, null>): string | null {
  if (type === 'number')
    return typeof value !== 'number' ? 'type-mismatch' : Number.isFinite(value) ? null : 'not-finite';
  if (type === 'boolean') return typeof value === 'boolean' ? null : 'type-mismatch';
  return typeof value === 'string' ? null : 'type-mismatch';
}

function cutText(text: string): string {
  const bytes = Buffer.from(text).subarray(0, TEXT_BYTES_MAX);
  // A cut inside a character leaves the replacement character behind, which is longer than what it replaces.
  return new TextDecoder('utf-8').decode(bytes).replace(/\uFFFD$/u, '');
}
