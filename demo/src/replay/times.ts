/** How a recording writes its times. */
export type TimeFormat = 'iso' | 'day-first' | 'month-first' | 'epoch-seconds' | 'epoch-milliseconds';

const ISO =
  /^(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[ T](\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,6}))?)?)?\s*(Z|[+-]\d{2}:?\d{2})?$/;
const YEAR_LAST =
  /^(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})(?:[ T](\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,6}))?)?)?$/;
const EPOCH_SECONDS = /^\d{9,10}(?:\.\d+)?$/;
const EPOCH_MILLISECONDS = /^\d{12,13}(?:\.\d+)?$/;
/** Share of a column's cells that must be times for it to be the time column. */
const TIMES_SHARE_MIN = 0.8;

/** Recognises the time format of a column, or null when it holds no times. */
export function detectTimeFormat(cells: readonly string[]): TimeFormat | null {
  const filled = cells.map((cell) => cell.trim()).filter((cell) => cell !== '');
  if (filled.length === 0) return null;
  const fits = (pattern: RegExp) =>
    filled.filter((cell) => pattern.test(cell)).length >= filled.length * TIMES_SHARE_MIN;
  if (fits(ISO)) return 'iso';
  if (fits(YEAR_LAST)) return dayOrMonthFirst(filled);
  if (fits(EPOCH_MILLISECONDS)) return 'epoch-milliseconds';
  return fits(EPOCH_SECONDS) ? 'epoch-seconds' : null;
}

/**
 * Which of the two numbers is the month: one beyond 12 decides; otherwise the reading in which time moves in smaller
 * steps, because a recording does not jump a month from one row to the next.
 */
function dayOrMonthFirst(cells: readonly string[]): TimeFormat {
  const pairs = cells.map((cell) => YEAR_LAST.exec(cell)).filter((match) => match !== null);
  if (pairs.some((match) => Number(match[1]) > 12)) return 'day-first';
  if (pairs.some((match) => Number(match[2]) > 12)) return 'month-first';
  const travelled = (format: TimeFormat) => {
    let total = 0;
    let previous: number | null = null;
    for (const cell of cells) {
      const time = parseTime(cell, { format, zoneMinutes: 0 });
      if (time !== null && previous !== null) total += Math.abs(time - previous);
      previous = time ?? previous;
    }
    return total;
  };
  return travelled('month-first') < travelled('day-first') ? 'month-first' : 'day-first';
}

/**
 * Reads one cell as UTC milliseconds (microseconds stay as fractions), or null when it is no time of the format.
 * @param zoneMinutes offset of times that carry none: 480 for China
 */
export function parseTime(
  cell: string,
  { format, zoneMinutes }: { format: TimeFormat; zoneMinutes: number },
): number | null {
  const text = cell.trim();
  if (format === 'epoch-seconds') return EPOCH_SECONDS.test(text) ? Number(text) * 1000 : null;
  if (format === 'epoch-milliseconds') return EPOCH_MILLISECONDS.test(text) ? Number(text) : null;
  const match = (format === 'iso' ? ISO : YEAR_LAST).exec(text);
  if (!match) return null;
  const [year, month, day] =
    format === 'iso'
      ? [match[1], match[2], match[3]]
      : format === 'day-first'
        ? [match[3], match[2], match[1]]
        : [match[3], match[1], match[2]];
  const zone = format === 'iso' && match[8] ? zoneOf(match[8]) : zoneMinutes;
  return instant({
    year,
    month,
    day,
    hour: match[4],
    minute: match[5],
    second: match[6],
    fraction: match[7],
    zone,
  });
}

type Parts = Record<
  'year' | 'month' | 'day' | 'hour' | 'minute' | 'second' | 'fraction',
  string | undefined
> & {
  zone: number;
};
function instant({ year, month, day, hour, minute, second, fraction, zone }: Parts): number | null {
  const [y, m, d] = [Number(year), Number(month), Number(day)];
  const [h, min, s] = [Number(hour ?? 0), Number(minute ?? 0), Number(second ?? 0)];
  const date = new Date(Date.UTC(y, m - 1, d));
  // 31 February would roll over silently.
  if (date.getUTCMonth() !== m - 1 || date.getUTCDate() !== d || h > 24 || min > 59 || s > 60) return null;
  const fractionMs = fraction === undefined ? 0 : Number(`0.${fraction}`) * 1000;
  return date.getTime() + ((h * 60 + min - zone) * 60 + s) * 1000 + fractionMs;
}

function zoneOf(text: string): number {
  if (text === 'Z') return 0;
  const minutes = Number(text.slice(1, 3)) * 60 + Number(text.slice(-2));
  return text.startsWith('-') ? -minutes : minutes;
}
