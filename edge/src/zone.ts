const DAY_MS = 86_400_000;
/** Rules of zones change at quarters of an hour. */
const QUARTER_MS = 900_000;
/** Offsets are remembered for so many quarters of an hour, for asking is slow; more are forgotten at once. */
const OFFSETS_MAX = 20_000;

/** A zone of the IANA database, which Node carries whole: the clock on its walls. */
export type Zone = {
  name: string;
  /** What the wall shows minus UTC, ms. */
  offsetMs(utcMs: number): number;
  /**
   * The moment when the wall shows this (ms since 1970 as if the wall showed UTC): the earlier of two when the clock was set back,
   * and one with the offset before the change when it was set forward over it, as RFC 5545 (3.3.5) has it. `clear` is false for both.
   */
  instantOf(wallMs: number): { utcMs: number; clear: boolean };
};

/** Whether this Node knows a zone by this name. */
export function isZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en-US', { timeZone: name }) !== null;
  } catch {
    return false;
  }
}

/** A zone by its name, such as `Asia/Shanghai`. Throws RangeError for one that `isZone` refuses. */
export function openZone(name: string): Zone {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: name,
    hourCycle: 'h23',
    calendar: 'gregory',
    numberingSystem: 'latn',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  const known = new Map<number, number>();
  const offsetMs = (utcMs: number): number => {
    const quarter = Math.floor(utcMs / QUARTER_MS);
    const before = known.get(quarter);
    if (before !== undefined) return before;
    const startMs = quarter * QUARTER_MS;
    const offset = wallAt(format, startMs) - startMs;
    if (known.size >= OFFSETS_MAX) known.clear();
    known.set(quarter, offset);
    return offset;
  };
  return {
    name,
    offsetMs,
    instantOf(wallMs) {
      const before = offsetMs(wallMs - DAY_MS);
      const after = offsetMs(wallMs + DAY_MS);
      const fitting = [...new Set([before, after])].filter((offset) => offsetMs(wallMs - offset) === offset);
      // Of two moments the earlier is that of the larger offset.
      const offset = fitting.length === 0 ? before : Math.max(...fitting);
      return { utcMs: wallMs - offset, clear: fitting.length === 1 };
    },
  };
}

function wallAt(format: Intl.DateTimeFormat, utcMs: number): number {
  const part: Partial<Record<string, number>> = {};
  for (const { type, value } of format.formatToParts(utcMs)) part[type] = Number(value);
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = part;
  return Date.UTC(year, month - 1, day, hour, minute, second);
}
