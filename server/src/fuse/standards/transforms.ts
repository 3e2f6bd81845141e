import type { FieldMapping, TransformName } from '@ronghe/contracts';
import { readDate } from './dates.ts';
import { readDivision } from './divisions.ts';
import type { FindingRule } from './findings.ts';
import { readIndustry } from './industries.ts';
import { readName } from './names.ts';
import { isNumberText, KEPT_UNITS, numberText, readQuantity } from './numbers.ts';
import { readPhone } from './phones.ts';
import { cleanText, isMissing } from './text.ts';
import { convert } from './units.ts';
import { identify } from './uscc.ts';

/**
 * What a transform makes of a source's text. `value` is null when there is none to use. A value that is kept although it
 * broke a rule has `valid: false` and wins only when there is no other.
 */
export type Transformed = { value: string | null; valid: boolean; findings: readonly FindingRule[] };

const TEXT_LENGTH_MAX = 500;
const NONE: readonly FindingRule[] = [];
const good = (value: string): Transformed => ({ value, valid: true, findings: NONE });
const refused = (rule: FindingRule): Transformed => ({ value: null, valid: false, findings: [rule] });
const doubtful = (value: string, rule: FindingRule): Transformed => ({
  value,
  valid: false,
  findings: [rule],
});
const PLAIN: TransformOptions = { perUnit: 1 };
const NOTHING: Transformed = { value: null, valid: true, findings: [] };

/** What a mapping says of a column beside the transform: how many of its units make one of ours. */
export type TransformOptions = { perUnit: number };

/** Options of one mapping. A unit that measures nothing we keep leaves numbers as they are. */
export function transformOptions({ unit }: Pick<FieldMapping, 'unit'>): TransformOptions {
  if (unit === null || unit === undefined) return PLAIN;
  for (const kept of Object.values(KEPT_UNITS)) {
    const ratio = convert('1', kept, unit);
    if (ratio) return { perUnit: Number(ratio.value) };
  }
  return PLAIN;
}

const RULES: Readonly<Record<TransformName, (raw: string, options: TransformOptions) => Transformed>> = {
  text: (raw) => good(cleanText(raw)),
  name: (raw) => good(readName(raw)),
  code(raw) {
    const identity = identify(raw);
    if (identity.kind === 'code') return good(identity.text);
    if (identity.kind !== 'invalid') return doubtful(identity.text, 'code-outdated');
    return doubtful(identity.text, identity.fault === 'format' ? 'code-format' : 'code-check-digit');
  },
  division(raw) {
    const reading = readDivision(raw);
    if (!reading) return refused('division-unknown');
    return { value: reading.code, valid: true, findings: reading.outdated ? ['division-outdated'] : [] };
  },
  industry(raw) {
    const code = readIndustry(raw);
    return code === null ? refused('industry-unknown') : good(code);
  },
  date(raw) {
    const date = readDate(raw);
    return date === null ? refused('date-invalid') : good(date);
  },
  phone(raw) {
    const phone = readPhone(raw);
    return phone === null ? doubtful(cleanText(raw), 'phone-invalid') : good(phone);
  },
  number: (raw, { perUnit }) => numeric(raw, perUnit),
  'thousand-to-wan': (raw) => numeric(raw, 10),
};

/** Applies a named transform to a source's text. Never throws: what cannot be read becomes a finding. */
export function transform(name: TransformName, raw: string, options: TransformOptions = PLAIN): Transformed {
  if (isMissing(raw)) return NOTHING;
  const result = RULES[name](raw, options);
  return (result.value?.length ?? 0) > TEXT_LENGTH_MAX ? refused('text-too-long') : result;
}

function numeric(raw: string, perUnit: number): Transformed {
  if (perUnit === 1 && isNumberText(raw)) return good(raw);
  const value = readQuantity(raw, perUnit);
  return value === null ? refused('number-invalid') : good(numberText(value));
}
