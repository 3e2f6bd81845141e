import { openZone } from '../../zone.ts';

/** A time as the station wrote it. */
export type StationTime = {
  /** The reading of the station's clock, as milliseconds since 1970 if that clock showed UTC. */
  clockMs: number;
  /** False when the station says so (bit IV) or the reading is no date. */
  valid: boolean;
  /** Bit SU: the clock showed summer time. */
  summer: boolean;
};

/** Octets of a CP56Time2a (IEC 60870-5-4, 6.8; IEC 60870-5-101, 7.2.6.18). */
export const TIME_OCTETS = 7;

/** Two-digit years from here on are of the last century: clocks that were never set show 1970. */
const LAST_CENTURY_FROM = 70;
const HOUR_MS = 3_600_000;

/** Seven octets from `offset` on; the caller has made sure that they are there. */
export function decodeTime(bytes: Buffer, offset: number): StationTime {
  const milliseconds = bytes.readUInt16LE(offset);
  const [minuteOctet, hourOctet, dayOctet, monthOctet, yearOctet] = [2, 3, 4, 5, 6].map((at) =>
    bytes.readUInt8(offset + at),
  ) as [number, number, number, number, number];
  const [minute, hour, day] = [minuteOctet & 0x3f, hourOctet & 0x1f, dayOctet & 0x1f];
  const [month, shortYear] = [monthOctet & 0x0f, yearOctet & 0x7f];
  const year = shortYear + (shortYear >= LAST_CENTURY_FROM ? 1900 : 2000);
  const clockMs = Date.UTC(year, month - 1, day, hour, minute, 0, milliseconds);
  const date = new Date(clockMs);
  const isDate =
    milliseconds < 60_000 &&
    minute < 60 &&
    hour < 24 &&
    shortYear < 100 &&
    date.getUTCMonth() === month - 1 &&
    date.getUTCDate() === day;
  return { clockMs, valid: isDate && (minuteOctet & 0x80) === 0, summer: (hourOctet & 0x80) !== 0 };
}

/** Reads and sets the clocks of stations in one time zone. */
export type StationClock = {
  /** Milliseconds since 1970 UTC. */
  toUtcMs(time: StationTime): number;
  /** CP56Time2a that a clock in the zone shows, with SU in summer. */
  encode(utcMs: number): Buffer;
};

/**
 * The zone is an IANA name. Bit SU alone says whether a reading is summer time, as the standard defines it: without it
 * a reading is standard time also in July. The standard time of a zone is the smaller offset of January and July.
 */
export function createStationClock(timeZone: string): StationClock {
  const { offsetMs } = openZone(timeZone);
  // A year has one standard time, and there are at most a hundred years.
  const standards = new Map<number, number>();
  const standardOffsetMs = (year: number): number => {
    const known = standards.get(year);
    if (known !== undefined) return known;
    const offset = Math.min(offsetMs(Date.UTC(year, 0, 15)), offsetMs(Date.UTC(year, 6, 15)));
    standards.set(year, offset);
    return offset;
  };
  return {
    toUtcMs: ({ clockMs, summer }) =>
      clockMs - standardOffsetMs(new Date(clockMs).getUTCFullYear()) - (summer ? HOUR_MS : 0),
    encode(utcMs) {
      const offset = offsetMs(utcMs);
      const shown = new Date(utcMs + offset);
      const summer = offset > standardOffsetMs(shown.getUTCFullYear());
      const bytes = Buffer.alloc(TIME_OCTETS);
      bytes.writeUInt16LE(shown.getUTCSeconds() * 1000 + shown.getUTCMilliseconds(), 0);
      bytes.writeUInt8(shown.getUTCMinutes(), 2);
      bytes.writeUInt8(shown.getUTCHours() | (summer ? 0x80 : 0), 3);
      bytes.writeUInt8(shown.getUTCDate() | ((shown.getUTCDay() || 7) << 5), 4);
      bytes.writeUInt8(shown.getUTCMonth() + 1, 5);
      bytes.writeUInt8(shown.getUTCFullYear() % 100, 6);
      return bytes;
    },
  };
}
