import { z } from 'zod';
import { Bilingual, Instant, PageQuery, pageOf } from './common.ts';
import { ENTERPRISE_SIZES, type EnterpriseSize, KEY_INDUSTRIES, type KeyIndustry } from './fuse.ts';
import { PROFILE_PART_NAMES } from './things.ts';

/** The sets of reference data of `fuse`, each with versions of its own. */
export const REFERENCE_SETS = {
  divisions: { zh: '行政区划', en: 'Administrative divisions' },
  industries: { zh: '国民经济行业分类', en: 'Industrial classification' },
  'key-industries': { zh: '重点产业', en: 'Key industries' },
  units: { zh: '计量单位', en: 'Units of measurement' },
  sizes: { zh: '企业规模划分', en: 'Size classes' },
  completeness: { zh: '档案完整度要求', en: 'What a complete profile holds' },
} as const satisfies Record<string, Bilingual>;
export type ReferenceSet = keyof typeof REFERENCE_SETS;
export const REFERENCE_SET_NAMES = Object.keys(REFERENCE_SETS) as [ReferenceSet, ...ReferenceSet[]];
export const ReferenceSet = z.enum(REFERENCE_SET_NAMES);

const Industry = z.enum(Object.keys(KEY_INDUSTRIES) as [KeyIndustry, ...KeyIndustry[]]);
const Size = z.enum(Object.keys(ENTERPRISE_SIZES) as [EnterpriseSize, ...EnterpriseSize[]]);
const Year = z.number().int().min(1949).max(2200).nullable();
const NameText = z.string().trim().min(1).max(60);
const Limit = z.number().min(0).max(1e12);

/**
 * A division of GB/T 2260 under one code and one name. `until` is the year in which code or name ended, null while they
 * hold; `successor` is the code it was followed by, which may be its own when only the name changed.
 */
export const DivisionEntry = z.object({
  code: z.string().regex(/^\d{6}$/),
  name: NameText,
  since: Year,
  until: Year,
  successor: z
    .string()
    .regex(/^\d{6}$/)
    .nullable(),
});
export type DivisionEntry = z.infer<typeof DivisionEntry>;

/** A section (letter), division (2 digits), group (3) or class (4) of GB/T 4754-2017. */
export const IndustryEntry = z.object({ code: z.string().regex(/^(?:[A-T]|\d{2,4})$/), name: NameText });
export type IndustryEntry = z.infer<typeof IndustryEntry>;

/** Codes that begin with `prefix` belong to the key industry; where two entries fit, the longer prefix counts. */
export const KeyIndustryEntry = z.object({
  industry: Industry,
  prefix: z.string().regex(/^\d{2,4}$/),
  scope: z.enum(['core', 'extended']),
  note: z.string().max(200),
});
export type KeyIndustryEntry = z.infer<typeof KeyIndustryEntry>;

/** What units measure; only units of one quantity convert into each other. */
export const UNIT_QUANTITIES = [
  'money',
  'mass',
  'energy',
  'area',
  'volume',
  'length',
  'power',
  'count',
  'ratio',
] as const;

/** A unit: one of it is `factor` of the base unit of its quantity, an exact decimal. `names` are how it is written, the first is shown. */
export const UnitEntry = z.object({
  unit: z.string().regex(/^[a-z0-9-]{1,30}$/),
  quantity: z.enum(UNIT_QUANTITIES),
  factor: z.string().regex(/^\d{1,15}(?:\.\d{1,15})?$/),
  names: z.array(z.string().trim().min(1).max(20)).min(1).max(20),
});
export type UnitEntry = z.infer<typeof UnitEntry>;

/** Lower limits of a size class: persons, and revenue of a year in 10,000 CNY. Both must hold. */
export const SizeEntry = z.object({
  size: Size,
  employeesMin: Limit,
  revenueMin: Limit,
});
export type SizeEntry = z.infer<typeof SizeEntry>;

/** What a complete profile holds, and how much it counts beside the other parts. */
export const CompletenessEntry = z.object({
  part: z.enum(PROFILE_PART_NAMES),
  weight: z.number().min(0).max(100),
});
export type CompletenessEntry = z.infer<typeof CompletenessEntry>;

/** One entry of each set. */
export const REFERENCE_ENTRIES = {
  divisions: DivisionEntry,
  industries: IndustryEntry,
  'key-industries': KeyIndustryEntry,
  units: UnitEntry,
  sizes: SizeEntry,
  completeness: CompletenessEntry,
} as const;

/** All reference data that the rules of `fuse` read. */
export type ReferenceData = {
  divisions: readonly DivisionEntry[];
  industries: readonly IndustryEntry[];
  'key-industries': readonly KeyIndustryEntry[];
  units: readonly UnitEntry[];
  sizes: readonly SizeEntry[];
  completeness: readonly CompletenessEntry[];
};

/** Most entries that one change puts or removes, and that one set may hold. */
export const REFERENCE_CHANGES_MAX = 1_000;
export const REFERENCE_ENTRIES_MAX = 20_000;

const Value = z.record(z.string(), z.unknown());

/** A version of a set. The newest holds; an older one ended when the next was made. */
export const ReferenceVersion = z
  .object({
    set: ReferenceSet,
    version: z.number().int(),
    source: z.string().describe('where the content comes from'),
    note: z.string(),
    edition: z
      .number()
      .int()
      .nullable()
      .describe('edition of the data shipped with the platform; null for versions of people'),
    restores: z.number().int().nullable().describe('the version whose content this one brought back'),
    entries: z.number().int(),
    added: z.number().int(),
    changed: z.number().int(),
    removed: z.number().int(),
    madeBy: z.string(),
    validFrom: Instant,
    validTo: Instant.nullable(),
  })
  .meta({ id: 'ReferenceVersion' });
export type ReferenceVersion = z.infer<typeof ReferenceVersion>;

export const ReferenceList = z
  .object({ items: z.array(ReferenceVersion.extend({ name: Bilingual })) })
  .meta({ id: 'ReferenceList' });
export type ReferenceList = z.infer<typeof ReferenceList>;

export const ReferenceVersionPage = pageOf(ReferenceVersion).meta({ id: 'ReferenceVersionPage' });

/** One entry: its key within the set, and its fields, which are those of `DivisionEntry`, `IndustryEntry` and so on. */
export const ReferenceRow = z.object({ key: z.string(), value: Value }).meta({ id: 'ReferenceRow' });
export type ReferenceRow = z.infer<typeof ReferenceRow>;
export const ReferencePage = pageOf(ReferenceRow).meta({ id: 'ReferencePage' });

export const ReferenceQuery = PageQuery.extend({
  search: z.string().trim().max(60).optional().describe('part of a code or name'),
  version: z.coerce.number().int().min(1).optional().describe('an older version; the newest when left out'),
});
export type ReferenceQuery = z.infer<typeof ReferenceQuery>;

/** A change makes the next version: entries put under their keys, and keys removed. `base` is the version it was made from. */
export const ReferenceChange = z
  .object({
    base: z.number().int().min(1),
    source: z.string().trim().min(1).max(200).describe('document or decision that the change follows'),
    note: z.string().trim().max(500).default(''),
    put: z.array(Value).max(REFERENCE_CHANGES_MAX).default([]),
    remove: z.array(z.string().max(100)).max(REFERENCE_CHANGES_MAX).default([]),
  })
  .meta({ id: 'ReferenceChange' });
export type ReferenceChange = z.infer<typeof ReferenceChange>;

export const ReferenceRestore = z
  .object({ base: z.number().int().min(1), note: z.string().trim().max(500).default('') })
  .meta({ id: 'ReferenceRestore' });
export type ReferenceRestore = z.infer<typeof ReferenceRestore>;

/** What a version changed against the one before it; `before` null is new, `after` null is removed. */
export const ReferenceDifferences = z
  .object({
    items: z.array(z.object({ key: z.string(), before: Value.nullable(), after: Value.nullable() })),
    more: z.number().int().describe('differences beyond those listed'),
  })
  .meta({ id: 'ReferenceDifferences' });
export type ReferenceDifferences = z.infer<typeof ReferenceDifferences>;
