import type { Locale } from '@ronghe/contracts';

/** Every moment of the portal is shown in this zone, wherever the reader sits. */
export const TIME_ZONE = 'Asia/Shanghai';
/** Shown where there is no value. */
export const NO_VALUE = '—';

type Parts = { value: string; unit: string };
export type Format = ReturnType<typeof createFormat>;

/**
 * The one place where numbers, times and sizes become text.
 * Chinese counts in 万 and 亿, English in k, M and B; both use at most `digits` decimals.
 * Texts of moments are RFC 3339; one that cannot be read gives the dash.
 */
export function createFormat(locale: Locale) {
  const chinese = locale === 'zh-CN';
  const numbers = new Map<number, Intl.NumberFormat>();
  const numberFormat = (digits: number) => {
    const known = numbers.get(digits) ?? new Intl.NumberFormat(locale, { maximumFractionDigits: digits });
    numbers.set(digits, known);
    return known;
  };
  const number = (value: number | null | undefined, digits = 2): string =>
    value === null || value === undefined || !Number.isFinite(value)
      ? NO_VALUE
      : numberFormat(digits).format(value);
  const compactParts = (value: number | null | undefined, digits = 1): Parts => {
    if (value === null || value === undefined || !Number.isFinite(value))
      return { value: NO_VALUE, unit: '' };
    const step = (chinese ? CHINESE_STEPS : ENGLISH_STEPS).find(({ from }) => Math.abs(value) >= from);
    if (!step) return { value: number(value, Math.abs(value) < 100 ? digits : 0), unit: '' };
    return { value: number(value / step.size, digits), unit: step.unit };
  };
  const compact = (value: number | null | undefined, digits = 1): string => {
    const parts = compactParts(value, digits);
    return parts.unit === '' ? parts.value : `${parts.value}${chinese ? ' ' : ''}${parts.unit}`;
  };
  /** Money that is stored in 10,000 CNY. */
  const moneyParts = (tenThousandCny: number | null | undefined, digits = 1): Parts => {
    const parts = compactParts(
      tenThousandCny === null || tenThousandCny === undefined ? null : tenThousandCny * 10_000,
      digits,
    );
    if (parts.value === NO_VALUE) return parts;
    return { value: parts.value, unit: chinese ? `${parts.unit}元` : `${parts.unit} CNY`.trim() };
  };
  const money = (tenThousandCny: number | null | undefined, digits = 1): string => {
    const parts = moneyParts(tenThousandCny, digits);
    return parts.unit === '' ? parts.value : `${parts.value} ${parts.unit}`;
  };
  return {
    locale,
    number,
    compact,
    compactParts,
    money,
    moneyParts,
    ...timeFormats(locale),
    ...sizeFormats(number, chinese),
  };
}

const CHINESE_STEPS = [
  { from: 1e12, size: 1e12, unit: '万亿' },
  { from: 1e8, size: 1e8, unit: '亿' },
  { from: 1e4, size: 1e4, unit: '万' },
] as const;
const ENGLISH_STEPS = [
  { from: 1e12, size: 1e12, unit: 'T' },
  { from: 1e9, size: 1e9, unit: 'B' },
  { from: 1e6, size: 1e6, unit: 'M' },
  // Four digits read well as they are, so k starts at ten thousand.
  { from: 1e4, size: 1e3, unit: 'k' },
] as const;
const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;

function timeFormats(locale: Locale) {
  const formatter = (options: Intl.DateTimeFormatOptions) =>
    new Intl.DateTimeFormat('en-GB', { timeZone: TIME_ZONE, hourCycle: 'h23', ...options });
  const day = formatter({ year: 'numeric', month: '2-digit', day: '2-digit' });
  const clock = formatter({ hour: '2-digit', minute: '2-digit', second: '2-digit' });
  const shortClock = formatter({ hour: '2-digit', minute: '2-digit' });
  const weekday = new Intl.DateTimeFormat(locale, { timeZone: TIME_ZONE, weekday: 'long' });
  const moment = (value: string | number | Date | null | undefined, show: (at: Date) => string): string => {
    if (value === null || value === undefined) return NO_VALUE;
    const at = new Date(value);
    return Number.isNaN(at.getTime()) ? NO_VALUE : show(at);
  };
  const isoDay = (at: Date) => day.format(at).split('/').reverse().join('-');
  const relative = new Intl.RelativeTimeFormat(locale, {
    numeric: 'auto',
    style: locale === 'en' ? 'long' : 'narrow',
  });
  return {
    /** 2026-11-22 */
    date: (value: string | number | Date | null | undefined) => moment(value, isoDay),
    /** 2026-11-22 17:30:05 */
    dateTime: (value: string | number | Date | null | undefined) =>
      moment(value, (at) => `${isoDay(at)} ${clock.format(at)}`),
    /** 2026-11-22 17:30:05.250 */
    preciseTime: (value: string | number | Date | null | undefined) =>
      moment(value, (at) => {
        const thousandths = String(at.getUTCMilliseconds()).padStart(3, '0');
        return `${isoDay(at)} ${clock.format(at)}.${thousandths}`;
      }),
    /** 17:30:05 */
    time: (value: string | number | Date | null | undefined) => moment(value, (at) => clock.format(at)),
    /** 17:30 */
    shortTime: (value: string | number | Date | null | undefined) =>
      moment(value, (at) => shortClock.format(at)),
    weekday: (value: string | number | Date) => moment(value, (at) => weekday.format(at)),
    /** "3 分钟前"; `nowMs` is handed in so that a test can hold the clock. */
    ago: (value: string | null | undefined, nowMs: number) =>
      moment(value, (at) => {
        const ageMs = at.getTime() - nowMs;
        const size = Math.abs(ageMs);
        if (size < MINUTE_MS) return relative.format(Math.round(ageMs / 1000), 'second');
        if (size < HOUR_MS) return relative.format(Math.round(ageMs / MINUTE_MS), 'minute');
        if (size < DAY_MS) return relative.format(Math.round(ageMs / HOUR_MS), 'hour');
        return relative.format(Math.round(ageMs / DAY_MS), 'day');
      }),
  };
}

function sizeFormats(
  number: (value: number | null | undefined, digits?: number) => string,
  chinese: boolean,
) {
  return {
    bytes: (value: number | null | undefined): string => {
      if (value === null || value === undefined) return NO_VALUE;
      const units = ['B', 'KB', 'MB', 'GB', 'TB'];
      const index = Math.min(units.length - 1, value < 1 ? 0 : Math.floor(Math.log2(value) / 10));
      return `${number(value / 1024 ** index, index === 0 ? 0 : 1)} ${units[index] ?? 'B'}`;
    },
    percent: (ratio: number | null | undefined, digits = 1): string =>
      ratio === null || ratio === undefined ? NO_VALUE : `${number(ratio * 100, digits)}%`,
    /** Two largest units: 3 天 4 小时, 3 d 4 h. */
    duration: (durationMs: number | null | undefined): string => {
      if (durationMs === null || durationMs === undefined || !Number.isFinite(durationMs)) return NO_VALUE;
      const seconds = durationMs / 1000;
      if (seconds < 60) return `${number(seconds, seconds < 10 ? 1 : 0)} ${chinese ? '秒' : 's'}`;
      const parts: string[] = [];
      let rest = Math.floor(seconds);
      for (const [size, zh, en] of DURATION_UNITS) {
        const count = Math.floor(rest / size);
        rest -= count * size;
        if (count > 0 && parts.length < 2) parts.push(`${count} ${chinese ? zh : en}`);
      }
      return parts.join(' ');
    },
  };
}
const DURATION_UNITS = [
  [86_400, '天', 'd'],
  [3_600, '小时', 'h'],
  [60, '分钟', 'min'],
  [1, '秒', 's'],
] as const;
