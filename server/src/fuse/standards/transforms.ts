import type { TransformName } from '@ronghe/contracts';
import { readDate } from './dates.ts';
import { readDivision } from './divisions.ts';
import type { FindingRule } from './findings.ts';
import { readIndustry } from './industries.ts';
import { readName } from './names.ts';
import { numberText, readQuantity } from './numbers.ts';
import { readPhone } from './phones.ts';
import { cleanText, isMissing } from './text.ts';
import { identify } from './uscc.ts';

/**
 * What a transform makes of a source's text. `value` is null when there is none to use. A value that is kept although it
 * broke a rule has `valid: false` and wins only when there is no other.
 */
export type Transformed = { value: string | null; valid: boolean; findings: readonly FindingRule[] };

const TEXT_LENGTH_MAX = 500;
const good = (value: string): Transformed => ({ value, valid: true, findings: [] });
const refused = (rule: FindingRule): Transformed => ({ value: null, valid: false, findings: [rule] });
const doubtful = (value: string, rule: FindingRule): Transformed => ({
  value,
  valid: false,
  findings: [rule],
});
const NOTHING: Transformed = { value: null, valid: true, findings: [] };

const RULES: Readonly<Record<TransformName, (raw: string) => Transformed>> = {
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
  number: (raw) => numeric(raw, 1),
  'thousand-to-wan': (raw) => numeric(raw, 10),
};

/** Applies a named transform to a source's text. Never throws: what cannot be read becomes a finding. */
export function transform(name: TransformName, raw: string): Transformed {
  if (isMissing(raw)) return NOTHING;
  const result = RULES[name](raw);
  return (result.value?.length ?? 0) > TEXT_LENGTH_MAX ? refused('text-too-long') : result;
}

function numeric(raw: string, perUnit: number): Transformed {
  const value = readQuantity(raw, perUnit);
  return value === null ? refused('number-invalid') : good(numberText(value));
}
