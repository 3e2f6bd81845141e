import {
  ENTERPRISE_SIZES,
  KEY_INDUSTRIES,
  PROFILE_PART_NAMES,
  type ReferenceSet,
  UNIT_QUANTITIES,
} from '@ronghe/contracts';
import type { referenceZh } from '../../i18n/reference.ts';

export type FieldName = keyof typeof referenceZh.fields;
export type OptionName = keyof typeof referenceZh.options;
/** A field of an entry, as the form asks for it. `keyed` ones name the entry and cannot be changed afterwards. */
export type ReferenceField = {
  name: FieldName;
  kind: 'text' | 'number' | 'list' | 'size' | 'industry' | 'part' | 'option';
  keyed?: true;
  optional?: true;
  options?: readonly string[];
};

export const REFERENCE_FIELDS: Readonly<Record<ReferenceSet, readonly ReferenceField[]>> = {
  divisions: [
    { name: 'code', kind: 'text', keyed: true },
    { name: 'name', kind: 'text', keyed: true },
    { name: 'since', kind: 'number', optional: true },
    { name: 'until', kind: 'number', optional: true },
    { name: 'successor', kind: 'text', optional: true },
  ],
  industries: [
    { name: 'code', kind: 'text', keyed: true },
    { name: 'name', kind: 'text' },
  ],
  'key-industries': [
    { name: 'prefix', kind: 'text', keyed: true },
    { name: 'industry', kind: 'industry', options: Object.keys(KEY_INDUSTRIES) },
    { name: 'scope', kind: 'option', options: ['core', 'extended'] },
    { name: 'note', kind: 'text', optional: true },
  ],
  units: [
    { name: 'unit', kind: 'text', keyed: true },
    { name: 'quantity', kind: 'option', options: UNIT_QUANTITIES },
    { name: 'factor', kind: 'text' },
    { name: 'names', kind: 'list' },
  ],
  sizes: [
    { name: 'size', kind: 'size', keyed: true, options: Object.keys(ENTERPRISE_SIZES) },
    { name: 'employeesMin', kind: 'number' },
    { name: 'revenueMin', kind: 'number' },
  ],
  completeness: [
    { name: 'part', kind: 'part', keyed: true, options: PROFILE_PART_NAMES },
    { name: 'weight', kind: 'number' },
  ],
};

/** What the form holds as the entry that the platform takes: an empty optional field is null, an empty remark is empty. */
export function entryOf(
  set: ReferenceSet,
  values: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  return Object.fromEntries(
    REFERENCE_FIELDS[set].map(({ name }) => {
      const value = values[name];
      if (name === 'note') return [name, value ?? ''];
      return [name, value === undefined || value === '' ? null : value];
    }),
  );
}
