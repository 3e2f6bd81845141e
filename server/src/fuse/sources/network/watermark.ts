const DAY_MS = 86_400_000;
/** A day, or a day and a time, as systems write it; without an offset it is China's time. */
const TIME =
  /^(\d{4})[-/](\d{1,2})[-/](\d{1,2})(?:[T ](\d{1,2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?)?\s*(Z|[+-]\d{2}:?\d{2})?$/i;
const CHINA_MINUTES = 480;
const TEXT_LENGTH_MAX = 200;

type Kind = 'number' | 'time' | 'text';
/** `order` compares within a kind: an exact number scaled to an integer and its scale, nanoseconds, or the text itself. */
type Mark = { kind: Kind; value: string | number; order: bigint | string };

/** Fraction digits a number is compared with. */
const SCALE = 12;

/** The highest value of a field that grows with every change, as the source wrote it. */
export type Watermark = { see(value: unknown): void; highest(): string | number | null };

/**
 * Values are compared as numbers, times or texts. Only values of the kind that the watermark had before count, or of the
 * kind most values have: a remark among times must not become the mark that hides every later change. Neither may a time
 * more than a day ahead of `now`. A value that does not count is read again by the next run, never lost.
 */
export function createWatermark({ before, now }: { before: unknown; now: Date }): Watermark {
  const start = readMark(before);
  const highest = new Map<Kind, Mark>();
  const counts = new Map<Kind, number>();
  const latest = BigInt(now.getTime() + DAY_MS) * 1_000_000n;
  return {
    see(value) {
      const mark = readMark(value);
      if (mark === null || (mark.kind === 'time' && (mark.order as bigint) > latest)) return;
      counts.set(mark.kind, (counts.get(mark.kind) ?? 0) + 1);
      const top = highest.get(mark.kind);
      if (!top || mark.order > top.order) highest.set(mark.kind, mark);
    },
    highest() {
      if (start) {
        const top = highest.get(start.kind);
        return top && top.order > start.order ? top.value : start.value;
      }
      const [kind] = [...counts].sort(([, a], [, b]) => b - a)[0] ?? [];
      return (kind && highest.get(kind)?.value) ?? null;
    },
  };
}

function readMark(value: unknown): Mark | null {
  if (typeof value === 'number' && Number.isFinite(value)) {
    const order = orderOfNumber(String(value));
    return order === null ? null : { kind: 'number', value, order };
  }
  if (typeof value !== 'string') return null;
  const text = value.trim();
  if (text === '' || text.length > TEXT_LENGTH_MAX) return null;
  const number = orderOfNumber(text);
  if (number !== null) return { kind: 'number', value, order: number };
  const time = orderOfTime(text);
  return time === null ? { kind: 'text', value, order: text } : { kind: 'time', value, order: time };
}

/** Exact: two ids of 19 digits differ here though they are one number to JavaScript. */
function orderOfNumber(text: string): bigint | null {
  const [, sign, whole = '', fraction = ''] = /^(-?)(\d{1,60})(?:\.(\d{1,60}))?$/.exec(text) ?? [];
  if (whole === '') return null;
  const size = BigInt(whole + fraction.slice(0, SCALE).padEnd(SCALE, '0'));
  return sign === '-' ? -size : size;
}

/** Nanoseconds since 1970. */
function orderOfTime(text: string): bigint | null {
  const [found, ...parts] = TIME.exec(text) ?? [];
  if (found === undefined) return null;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts
    .slice(0, 6)
    .map((part) => Number(part ?? 0));
  if (month < 1 || month > 12 || day < 1 || day > 31 || hour > 24 || minute > 59 || second > 60) return null;
  const ms = Date.UTC(year, month - 1, day, hour, minute, second) - offsetMinutes(parts[7]) * 60_000;
  return BigInt(ms) * 1_000_000n + BigInt((parts[6] ?? '').padEnd(9, '0'));
}

function offsetMinutes(written: string | undefined): number {
  if (written === undefined) return CHINA_MINUTES;
  if (/^z$/i.test(written)) return 0;
  const digits = written.replace(/\D/g, '');
  const minutes = Number(digits.slice(0, 2)) * 60 + Number(digits.slice(2));
  return written.startsWith('-') ? -minutes : minutes;
}
