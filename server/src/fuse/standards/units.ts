import type { UnitEntry } from '@ronghe/contracts';
import { add, type Scaled, scale } from './decimals.ts';
import { derived } from './reference.ts';
import { cleanText } from './text.ts';

/** A value with its unit as a text has it. `value` is an exact decimal in that unit. */
export type Measure = { value: string; unit: string; quantity: UnitEntry['quantity'] };

const TEXT_LENGTH_MAX = 100;

const byUnit = derived(
  'units',
  (entries): ReadonlyMap<string, UnitEntry> => new Map(entries.map((entry) => [entry.unit, entry])),
);
/** Names exactly as written first, then without regard to case: MW is not mW, but KWH is kWh. */
const byName = derived('units', (entries): ReadonlyMap<string, UnitEntry> => {
  const names = new Map<string, UnitEntry>();
  for (const entry of entries) for (const name of entry.names) names.set(name, entry);
  for (const entry of entries)
    for (const name of entry.names) {
      const folded = cleanText(name).toLowerCase();
      if (!names.has(folded)) names.set(folded, entry);
    }
  return names;
});

/** The unit of a name such as 万元, kWh, 平方米; null when there is none. Brackets round it do not matter. */
export function unitOf(name: string): UnitEntry | null {
  const text = cleanText(name.slice(0, TEXT_LENGTH_MAX))
    .replace(/\s/g, '')
    .replace(/^(?:单位)?[:(]*(.*?)\)*$/, '$1');
  return byName().get(text) ?? byName().get(text.toLowerCase()) ?? null;
}

const NUMBER = /[+-]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?/y;
const plain = (number: string) => number.replaceAll(',', '').replace(/^\+/, '');

/**
 * The value and unit of a text: 1,234.5万元, 人民币 500 万元, 约1.2亿元, 3亿5000万元, ￥12000元, 860人. null when there is no number,
 * no known unit, or more than one measure.
 */
export function readMeasure(raw: string): Measure | null {
  if (raw.length > TEXT_LENGTH_MAX) return null;
  const text = cleanText(raw)
    .replace(/\s/g, '')
    .replace(/^(?:约|大约|近|人民币|共|合计|:)+/, '')
    .replace(/^[¥￥]/, '')
    .replace(/^\(([\d.,]+)\)/, '-$1')
    .replace(/[左右余]+$/, '');
  const compound = /^([\d.]+)亿([\d.]+)万(.{0,6})$/.exec(text);
  if (compound) return compoundMeasure(compound);
  NUMBER.lastIndex = 0;
  const number = NUMBER.exec(text)?.[0];
  if (number === undefined) return null;
  const unit = unitOf(text.slice(number.length));
  return unit ? { value: plain(number), unit: unit.unit, quantity: unit.quantity } : null;
}

/** 3亿5000万元 in 万元. */
function compoundMeasure([, large = '', small = '', name = '']: readonly string[]): Measure | null {
  const unit = unitOf(`万${name}`);
  const inSmall = scale(large, '10000', '1');
  const value = inSmall && add(inSmall.value, small);
  return unit && value ? { value, unit: unit.unit, quantity: unit.quantity } : null;
}

/**
 * A value in another unit of the same quantity, exact where a finite decimal exists. `from` and `to` are keys or names of
 * units. null when a unit is unknown, they measure different things, or the value is no decimal.
 */
export function convert(value: string, from: string, to: string): Scaled | null {
  const [source, target] = [from, to].map((name) => byUnit().get(name) ?? unitOf(name));
  if (!source || !target || source.quantity !== target.quantity) return null;
  return scale(value, source.factor, target.factor);
}
