import { z } from 'zod';
import { Bilingual, Id, Instant } from './common.ts';
import { ColumnKind, TableOptions } from './intake.ts';

/** Where a mapped field goes: an attribute of an enterprise, `indicator:CODE`, a part such as `equipment:name` (PART_TARGETS), or `column:NAME` of the source's own dataset. */
export const MappingTarget = z.string().min(1).max(100);

/** How one field of the source becomes one value; `transform` is a named rule of fuse/standards. */
export const FieldMapping = z
  .object({
    from: z.string().min(1).max(400).describe('field of the source; `a|b` takes the first that is filled'),
    to: MappingTarget.describe(
      'an attribute, `indicator:CODE`, a part as `equipment:name`, or `column:NAME`',
    ),
    transform: z.string().max(60).default('text'),
    unit: z
      .string()
      .max(40)
      .nullable()
      .default(null)
      .describe(
        'unit of numbers that carry none, a key of the reference data `units`; null when they are in ours',
      ),
    values: z
      .record(z.string().max(200), z.string().max(200))
      .default({})
      .describe('what single values of the source mean, asked before the transform'),
  })
  .meta({ id: 'FieldMapping' });
export type FieldMapping = z.infer<typeof FieldMapping>;

/** One row of a source with what must come out of it; kept with the mapping and held against every new version. */
export const MappingTest = z
  .object({
    name: z.string().min(1).max(200),
    row: z.record(z.string(), z.unknown()),
    expected: z.record(z.string(), z.string().nullable()).describe('values by target, null for none'),
  })
  .meta({ id: 'MappingTest' });
export type MappingTest = z.infer<typeof MappingTest>;

const RowKey = z
  .array(z.string().min(1).max(400))
  .min(1)
  .max(5)
  .describe('fields that together name a row; `a|b` takes the first of them that is filled');
const PeriodField = z
  .string()
  .max(200)
  .nullable()
  .default(null)
  .describe('field with the month (YYYY-MM) when rows are monthly');

/** What a mapping says: how a row is named and what becomes of its fields. */
export const MappingContent = z.object({
  rowKey: RowKey,
  periodField: PeriodField,
  mappings: z.array(FieldMapping).max(1_000),
  tests: z.array(MappingTest).max(100).default([]),
});
export type MappingContent = z.infer<typeof MappingContent>;

export const NewMappingVersion = MappingContent.extend({
  note: z.string().max(500).default(''),
  basedOn: z.number().int().min(0).describe('version that was edited; refused when another came in between'),
}).meta({ id: 'NewMappingVersion' });
export const MappingVersion = MappingContent.extend({
  version: z.number().int(),
  note: z.string(),
  restores: z.number().int().nullable(),
  madeBy: z.string(),
  madeAt: Instant,
}).meta({ id: 'MappingVersion' });
export type MappingVersion = z.infer<typeof MappingVersion>;
/** A version that was just made. */
export const MappingSaved = MappingVersion.extend({
  rowsOlder: z
    .number()
    .int()
    .describe(
      'rows the source has, all in the form of older versions now: a full run renews them, for other sources one from `landed`',
    ),
}).meta({ id: 'MappingSaved' });
export type MappingSaved = z.infer<typeof MappingSaved>;
export const MappingVersionList = z
  .object({ items: z.array(MappingVersion) })
  .meta({ id: 'MappingVersionList' });

/** What is proposed for one column and why. `to` is null when nothing fits. */
export const ColumnSuggestion = z
  .object({
    column: z.string(),
    kind: ColumnKind,
    to: MappingTarget.nullable(),
    transform: z.string(),
    unit: z.string().nullable(),
    confidence: z.number().describe('0 to 1; from 0.8 on it may be taken without looking'),
    reasons: z.array(Bilingual),
    others: z.array(z.object({ to: MappingTarget, confidence: z.number() })).max(5),
  })
  .meta({ id: 'ColumnSuggestion' });
export type ColumnSuggestion = z.infer<typeof ColumnSuggestion>;
export const MappingSuggestion = z
  .object({
    columns: z.array(ColumnSuggestion),
    rowKey: z.array(z.string()),
    periodField: z.string().nullable(),
    template: z.string().nullable().describe('key of the connector template whose columns these are'),
    target: z.enum(['enterprise', 'dataset']).describe('`dataset` when no column names an enterprise'),
  })
  .meta({ id: 'MappingSuggestion' });
export type MappingSuggestion = z.infer<typeof MappingSuggestion>;

/** Where the rows of a preview come from: what a source has now, an uploaded file, or rows at hand. */
export const PreviewRows = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('source'), source: Id }),
  z.object({ kind: z.literal('upload'), upload: Id, options: TableOptions.default({}) }),
  z.object({ kind: z.literal('rows'), rows: z.array(z.record(z.string(), z.unknown())).max(200) }),
]);
export const MappingPreviewRequest = MappingContent.extend({
  from: PreviewRows,
  target: z
    .enum(['enterprise', 'dataset'])
    .optional()
    .describe('what the rows are; by default what the source says, else `enterprise`'),
  limit: z.number().int().min(1).max(200).default(50),
}).meta({ id: 'MappingPreviewRequest' });
export type MappingPreviewRequest = z.infer<typeof MappingPreviewRequest>;
export const MappedValue = z.object({
  to: MappingTarget,
  value: z.string(),
  raw: z.string(),
  field: z.string(),
  valid: z.boolean(),
});
export type MappedValue = z.infer<typeof MappedValue>;
export const MappedFinding = z
  .object({
    rule: z.string(),
    field: z.string().nullable(),
    value: z.string().nullable(),
    severity: z.enum(['block', 'warn']),
    message: Bilingual,
  })
  .meta({ id: 'MappedFinding' });
export const MappedRow = z
  .object({
    rowKey: z.string(),
    period: z.string().nullable(),
    row: z.record(z.string(), z.unknown()),
    values: z.array(MappedValue),
    findings: z.array(MappedFinding),
    rejected: z.boolean(),
  })
  .meta({ id: 'MappedRow' });
export type MappedRow = z.infer<typeof MappedRow>;
export const MappingPreview = z
  .object({
    rows: z.array(MappedRow),
    tests: z.array(
      z.object({
        name: z.string(),
        passed: z.boolean(),
        differences: z.array(
          z.object({ to: MappingTarget, expected: z.string().nullable(), found: z.string().nullable() }),
        ),
      }),
    ),
    faults: z.array(z.object({ path: z.string(), message: z.string() })).describe('why it cannot be saved'),
  })
  .meta({ id: 'MappingPreview' });
export type MappingPreview = z.infer<typeof MappingPreview>;

/** A source as somebody has connected it before: connection, mapping and rules, ready to be filled in. */
export const ConnectorTemplate = z
  .object({
    key: z.string(),
    name: Bilingual,
    summary: Bilingual,
    /** what kind of organisation delivers it */
    giver: Bilingual,
    connection: z
      .record(z.string(), z.unknown())
      .describe('a connection with what must be filled in left empty'),
    mode: z.enum(['full', 'incremental']),
    schedule: z.string().nullable(),
    target: z.enum(['enterprise', 'dataset']),
    priority: z.number().int(),
    rowKey: z.array(z.string()),
    periodField: z.string().nullable(),
    mappings: z.array(FieldMapping),
    tests: z.array(MappingTest),
    columns: z.array(
      z.object({
        name: z.string(),
        meaning: Bilingual,
        kind: ColumnKind,
        required: z.boolean(),
        unit: z.string().nullable(),
        example: z.string(),
        sensitive: z.boolean(),
      }),
    ),
    rules: z.array(z.string()).describe('keys of quality rules that fit'),
    guide: Bilingual.describe('how to connect it, Markdown'),
  })
  .meta({ id: 'ConnectorTemplate' });
export type ConnectorTemplate = z.infer<typeof ConnectorTemplate>;
export const ConnectorTemplateList = z
  .object({ items: z.array(ConnectorTemplate) })
  .meta({ id: 'ConnectorTemplateList' });
