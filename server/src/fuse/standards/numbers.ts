import { cleanText } from './text.ts';

/** Significant digits kept, so that 0.1 + 0.2 does not show as 0.30000000000000004. */
const DIGITS = 15;

/** A number from `1,234.5`, `１２３`, `(12)` (accountants' minus), `1.2e5`; null for anything with text in it. */
export function readNumber(raw: string): number | null {
  const text = cleanText(raw)
    .replace(/\s/g, '')
    .replace(/^\((\d.*)\)$/, '-$1')
    .replace(/^[−–]/, '-');
  const plain = /^[+-]?\d{1,3}(,\d{3})+(\.\d+)?$/.test(text) ? text.replaceAll(',', '') : text;
  if (!/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d{1,3})?$/i.test(plain)) return null;
  const value = Number(plain);
  return Number.isFinite(value) ? value : null;
}

/** Decimal text of a number without rounding noise, never in exponent form below 1e21. */
export const numberText = (value: number): string => String(Number(value.toPrecision(DIGITS)) + 0);

/** Units that a cell may carry itself, as a factor to the unit the platform keeps: 10,000 CNY, 10,000 kWh, persons, percent. */
const UNITS: readonly (readonly [RegExp, number])[] = [
  [/亿元(人民币)?$/, 10_000],
  [/万元?(人民币)?$/, 1],
  [/千元(人民币)?$/, 0.1],
  [/元(人民币)?$/, 0.0001],
  [/亿千瓦时$/, 10_000],
  [/万千瓦时$/, 1],
  [/千瓦时$/, 0.0001],
  [/[人名]$/, 1],
  [/%$/, 1],
];

/**
 * A number in the unit the platform keeps. A unit written in the cell counts (`1.2亿元` is 12,000); without one the number
 * is in the column's unit, of which `perUnit` make one of ours (10 for thousands of CNY).
 */
export function readQuantity(raw: string, perUnit: number): number | null {
  const text = cleanText(raw).replace(/\s/g, '');
  const unit = UNITS.find(([ending]) => ending.test(text));
  const value = readNumber(unit ? text.replace(unit[0], '') : text);
  if (value === null) return null;
  return unit ? value * unit[1] : value / perUnit;
}
