import type { UnitEntry } from '@ronghe/contracts';
import { cleanText } from './text.ts';
import { convert, readMeasure } from './units.ts';

/** Significant digits kept, so that 0.1 + 0.2 does not show as 0.30000000000000004. */
const DIGITS = 15;

/** A number from `1,234.5`, `１２３`, `(12)` (accountants' minus), `1.2e5`; null for anything with text in it. */
export function readNumber(raw: string): number | null {
  if (isPlainDecimal(raw)) return Number(raw);
  const text = cleanText(raw)
    .replace(/\s/g, '')
    .replace(/^\((\d.*)\)$/, '-$1')
    .replace(/^[−–]/, '-');
  const plain = /^[+-]?\d{1,3}(,\d{3})+(\.\d+)?$/.test(text) ? text.replaceAll(',', '') : text;
  if (!/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d{1,3})?$/i.test(plain)) return null;
  const value = Number(plain);
  return Number.isFinite(value) ? value : null;
}

/** Digits with at most one point between them, as most cells of numbers are. */
function isPlainDecimal(text: string): boolean {
  let [digits, points] = [0, 0];
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code >= 0x30 && code <= 0x39) digits += 1;
    else if (code === 0x2e && digits > 0) points += 1;
    else return false;
  }
  return digits > 0 && digits <= DIGITS && points <= 1 && !text.endsWith('.');
}

/** True for digits as `numberText` writes them: no zero before them, none at the end behind a point. */
export function isNumberText(text: string): boolean {
  if (!isPlainDecimal(text)) return false;
  const point = text.indexOf('.');
  if (text.charCodeAt(0) === 0x30 && point !== 1 && text.length > 1) return false;
  // a number below a millionth would be written with an exponent
  return point < 0 || (!text.endsWith('0') && (text.charCodeAt(0) !== 0x30 || text.length <= 8));
}

/** Decimal text of a number without rounding noise, never in exponent form below 1e21. */
export function numberText(value: number): string {
  // the shortest text that means the number has no noise when it has no more digits than are kept
  const short = String(value + 0);
  return short.length <= DIGITS ? short : String(Number(value.toPrecision(DIGITS)) + 0);
}

/** The unit that the platform keeps a quantity in. Other quantities have no attribute of their own. */
export const KEPT_UNITS: Partial<Record<UnitEntry['quantity'], string>> = {
  money: 'wan-yuan',
  energy: 'wan-kilowatt-hour',
  count: 'one',
  ratio: 'percent',
  area: 'square-metre',
};

/**
 * A number in the unit the platform keeps (10,000 CNY, 10,000 kWh, persons, percent, m²). A unit written in the cell counts
 * (`1.2亿元` is 12,000); without one the number is in the column's unit, of which `perUnit` make one of ours (10 for
 * thousands of CNY).
 */
export function readQuantity(raw: string, perUnit: number): number | null {
  const plain = readNumber(raw);
  if (plain !== null) return plain / perUnit;
  const text = cleanText(raw).replace(/\s/g, '');
  const written = readNumber(text.replace(/万$/, ''));
  if (written !== null) return written;
  const measure = readMeasure(text);
  const kept = measure ? KEPT_UNITS[measure.quantity] : undefined;
  const converted = measure && kept ? convert(measure.value, measure.unit, kept) : null;
  return converted ? Number(converted.value) : null;
}
