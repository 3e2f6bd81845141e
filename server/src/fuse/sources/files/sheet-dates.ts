/** What a number format makes of a number. */
export type NumberKind = 'number' | 'date' | 'clock' | 'elapsed';

/** Formats without a code in the file (ECMA-376-1, 18.8.30, also those of East Asian Excel). */
const CLOCKS = new Set([18, 19, 20, 21, 45, 47, 32, 33, 34, 35, 55, 56]);
const isBuiltInDate = (id: number): boolean =>
  (id >= 14 && id <= 22) || (id >= 27 && id <= 36) || id === 45 || id === 47 || (id >= 50 && id <= 58);

export function numberKind(id: number, code: string | undefined): NumberKind {
  if (code === undefined) {
    if (id === 46) return 'elapsed';
    if (!isBuiltInDate(id)) return 'number';
    return CLOCKS.has(id) ? 'clock' : 'date';
  }
  // only the section for positive numbers counts; texts in quotes, escapes, colours and conditions do not
  const [first = ''] = code.slice(0, 500).split(';');
  const bare = first.replace(/"[^"]*"?|\\.|_.|\*./g, '');
  if (/\[(?:h+|m+|s+)\]/i.test(bare)) return 'elapsed';
  const letters = bare.replace(/\[[^\]]*\]/g, '').replace(/general|AM\/PM|A\/P|上午\/下午/gi, '');
  if (/[#0?]/.test(letters.replace(/([hs])\.0+/gi, '$1'))) return 'number';
  if (/[yde]/i.test(letters)) return 'date';
  if (/[hs]/i.test(letters)) return 'clock';
  return /m/i.test(letters) ? 'date' : 'number';
}

const DAY_SECONDS = 86_400;
/** Last day that Excel knows, 9999-12-31, counted from 1900. */
const SERIAL_MAX = 2_958_466;

/**
 * A number of days as Excel counts them, as `YYYY-MM-DD`, with `hh:mm:ss` behind it when there is one. 1900 is no leap
 * year, but Excel has its 29 February as day 60. Null for what is no day.
 */
export function dateText(
  serial: number,
  { is1904, kind }: { is1904: boolean; kind: NumberKind },
): string | null {
  if (!(serial >= 0 && serial < SERIAL_MAX)) return null;
  const seconds = Math.round(serial * DAY_SECONDS);
  if (kind === 'elapsed') return clockText(seconds);
  if (kind === 'clock' && seconds < DAY_SECONDS) return clockText(seconds);
  const day = Math.floor(seconds / DAY_SECONDS);
  const start = is1904 ? Date.UTC(1904, 0, 1) : Date.UTC(1899, 11, day < 60 ? 31 : 30);
  const date = new Date(start + day * DAY_SECONDS * 1_000).toISOString().slice(0, 10);
  const rest = seconds - day * DAY_SECONDS;
  return rest === 0 ? date : `${date} ${clockText(rest)}`;
}

const two = (value: number): string => String(value).padStart(2, '0');
const clockText = (seconds: number): string =>
  `${two(Math.floor(seconds / 3_600))}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
