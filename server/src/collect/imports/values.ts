import type { Bilingual } from '@ronghe/contracts';
import type { Issues } from './issues.ts';

/** Anything that came out of a file. */
export type Tree = Readonly<Record<string, unknown>>;

/** Longest text of a file that counts; the collector's longest setting is as long. */
const TEXT_CHARACTERS_MAX = 4_096;
/** Deepest nesting that is followed. */
export const DEPTH_MAX = 32;

export const isTree = (value: unknown): value is Tree =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** What a table has under a name of the file; undefined also for names that every object has. */
export const lookUp = <Value>(table: Readonly<Record<string, Value>>, name: string): Value | undefined =>
  Object.hasOwn(table, name) ? table[name] : undefined;

/** The objects of a list; what is something else is told. */
export function treesOf(value: unknown, issues: Issues, place: Bilingual): Tree[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) {
    if (isTree(value)) return [value];
    issues.error(place, 'not-an-object');
    return [];
  }
  return value.filter((each): each is Tree => {
    if (isTree(each)) return true;
    issues.error(place, 'not-an-object');
    return false;
  });
}

/** A text, or a number or boolean as text; empty for everything else. */
export function textOf(value: unknown): string {
  if (typeof value === 'string') return value.slice(0, TEXT_CHARACTERS_MAX).trim();
  return typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint'
    ? String(value)
    : '';
}

/** A finite number, also written as text; null for everything else. */
export function numberOf(value: unknown): number | null {
  if (typeof value === 'number') return Number.isFinite(value) ? value : null;
  if (typeof value === 'bigint') return Number(value);
  if (typeof value !== 'string' || value.trim() === '') return null;
  const number = Number(value.trim().replace(/，/g, ','));
  return Number.isFinite(number) ? number : null;
}

/** 3 × 0.1 is 0.30000000000000004 in binary; the fifteenth digit is the last that is surely right. */
export const tidy = (number: number): number => Number(number.toPrecision(15));

/** `1h30m`, `500ms`, `10s` as Go writes durations, or seconds; milliseconds, null when it is none. */
export function durationMs(value: unknown): number | null {
  if (typeof value === 'number') return value * 1_000;
  const text = textOf(value);
  if (!/^(\d+(\.\d+)?(h|ms|m|s|us|µs|ns))+$/.test(text)) return null;
  const UNITS: Readonly<Record<string, number>> = {
    h: 3_600_000,
    m: 60_000,
    s: 1_000,
    ms: 1,
    us: 1e-3,
    µs: 1e-3,
    ns: 1e-6,
  };
  let total = 0;
  for (const [, number, , unit] of text.matchAll(/(\d+(\.\d+)?)(h|ms|m|s|us|µs|ns)/g))
    total += Number(number) * (UNITS[unit ?? ''] ?? 0);
  return total;
}

/** A whole number within bounds, told when it was outside; undefined when there is none. */
export function bounded(
  value: unknown,
  { field, low, high }: { field: string; low: number; high: number },
  issues: Issues,
  place: Bilingual,
): number | undefined {
  const number = numberOf(value);
  if (number === null) {
    if (textOf(value) !== '') issues.warning(place, 'number-invalid', { field, value: textOf(value) });
    return undefined;
  }
  const used = Math.min(high, Math.max(low, Math.round(number)));
  if (used !== number) issues.warning(place, 'out-of-range', { field, value: number, low, high, used });
  return used;
}
