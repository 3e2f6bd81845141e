import {
  HOUR_MS,
  type HourCount,
  type LedgerHour,
  type LedgerLine,
  type Point,
  sampleCrc,
} from '@ronghe/contracts';
import type { Incoming } from '../observations/observations.ts';

/** What became of samples of one point in one hour of source time; counts are sums, and so is the CRC of what was sent and is good. */
export type LedgerEntry = {
  series: number;
  hourMs: number;
  read: number;
  filtered: number;
  sent: number;
  lost: number;
  rejected: number;
  crc: number;
};

/** What takes an entry back. */
export const negative = ({ series, hourMs, ...counts }: LedgerEntry): LedgerEntry => ({
  series,
  hourMs,
  read: -counts.read,
  filtered: -counts.filtered,
  sent: -counts.sent,
  lost: -counts.lost,
  rejected: -counts.rejected,
  crc: -counts.crc,
});

/** The entries of one batch, one for each point and hour. */
export type LedgerDraft = {
  /** what the collector counted */
  told(series: number, counts: readonly HourCount[]): void;
  /** a sample that it sent and that is not stored */
  rejected(series: number, sample: Incoming): void;
  entries(): LedgerEntry[];
};

/** Years that ClickHouse can keep a time of, with room to spare; what lies outside was rejected for its time. */
const HOUR_MS_MIN = Date.UTC(1970, 0, 1);
const HOUR_MS_MAX = Date.UTC(2200, 0, 1);

export function draftLedger(): LedgerDraft {
  const entries = new Map<string, LedgerEntry>();
  const entryOf = (series: number, hourMs: number): LedgerEntry => {
    const inside = Math.min(Math.max(hourMs, HOUR_MS_MIN), HOUR_MS_MAX);
    const key = `${series} ${inside}`;
    const counts = { read: 0, filtered: 0, sent: 0, lost: 0, rejected: 0, crc: 0 };
    const entry = entries.get(key) ?? { series, hourMs: inside, ...counts };
    entries.set(key, entry);
    return entry;
  };
  return {
    told(series, counts) {
      for (const [hourMs, read, filtered, sent, lost, crc] of counts) {
        const entry = entryOf(series, Math.floor(hourMs / HOUR_MS) * HOUR_MS);
        entry.read += read;
        entry.filtered += filtered;
        entry.sent += sent;
        entry.lost += lost;
        entry.crc += crc;
      }
    },
    rejected(series, { timeUs, value, quality }) {
      const entry = entryOf(series, Math.floor(timeUs / 1000 / HOUR_MS) * HOUR_MS);
      entry.rejected += 1;
      entry.crc -= sampleCrc(timeUs, value, quality);
    },
    entries: () => [...entries.values()],
  };
}

/** What is in the table of an hour. */
export type StoredHour = { hourMs: number; stored: number; bad: number; crc: number };

/** Both sides of each hour, in the order of time; hours of which neither knows anything are left out. */
export function ledgerHours(
  told: readonly Omit<LedgerEntry, 'series'>[],
  inTable: readonly StoredHour[],
): LedgerHour[] {
  const counted = new Map(told.map((entry) => [entry.hourMs, entry]));
  const found = new Map(inTable.map((hour) => [hour.hourMs, hour]));
  const hours = [...new Set([...counted.keys(), ...found.keys()])].sort((a, b) => a - b);
  return hours.map((hourMs) => {
    const { read = 0, filtered = 0, sent = 0, lost = 0, rejected = 0, crc = 0 } = counted.get(hourMs) ?? {};
    const { stored = 0, bad = 0, crc: storedCrc = 0 } = found.get(hourMs) ?? {};
    return {
      hour: new Date(hourMs).toISOString(),
      read,
      filtered,
      sent,
      lost,
      rejected,
      stored,
      bad,
      missing: sent === 0 ? 0 : Math.max(0, sent - rejected - stored),
      checksum: sent === 0 ? 'none' : crc === storedCrc ? 'equal' : 'different',
    };
  });
}

/** One line of an overview. */
export function ledgerLine(point: Point, hours: LedgerHour[]): LedgerLine {
  const sum = (of: (hour: LedgerHour) => number) => hours.reduce((total, hour) => total + of(hour), 0);
  return {
    point: point.id,
    key: point.key,
    name: point.name,
    collector: point.collector,
    connection: point.connection,
    lacking: sum(({ lost, rejected, missing }) => lost + rejected + missing),
    bad: sum(({ bad }) => bad),
    hours,
  };
}

/** What lacks most comes first, then what was bad most. */
export const worstFirst = (a: LedgerLine, b: LedgerLine): number =>
  b.lacking - a.lacking || b.bad - a.bad || a.point - b.point;
