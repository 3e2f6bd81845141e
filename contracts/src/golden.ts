import { z } from 'zod';
import { type Bilingual, Id, Instant, PageQuery, pageOf } from './common.ts';
import { EnterpriseAttribute, GoldenValue } from './fuse.ts';

/** What a person can decide of enterprises and of the records behind them. */
export const DECISION_ACTS = {
  merge: { zh: '合并企业', en: 'Merge two enterprises' },
  split: { zh: '拆分企业', en: 'Split an enterprise' },
  same: { zh: '两条记录是同一家', en: 'Two records are one enterprise' },
  different: { zh: '两条记录不是同一家', en: 'Two records are not one enterprise' },
} as const satisfies Record<string, Bilingual>;
export type DecisionAct = keyof typeof DECISION_ACTS;
export const DecisionAct = z.enum(Object.keys(DECISION_ACTS) as [DecisionAct, ...DecisionAct[]]);

/** `proposed` waits for a second person and has no effect; `confirmed` holds in every run; `withdrawn` holds no more. */
export const DECISION_STATES = {
  proposed: { zh: '待复核', en: 'Waits for a second person' },
  confirmed: { zh: '已生效', en: 'In force' },
  withdrawn: { zh: '已撤回', en: 'Withdrawn' },
} as const satisfies Record<string, Bilingual>;
export type DecisionState = keyof typeof DECISION_STATES;
export const DecisionState = z.enum(Object.keys(DECISION_STATES) as [DecisionState, ...DecisionState[]]);

/** Most records that one split may take off an enterprise, and most pairs a decision may consist of. */
export const DECISION_RECORDS_MAX = 200;
export const DECISION_PAIRS_MAX = 4_000;

const Reason = z.string().trim().min(1).max(500).describe('goes into the events and the audit log');
export const RecordRef = z
  .object({
    source: Id,
    entityKey: z.string().min(1).max(1_000).describe('`entityKey` of a record behind an enterprise'),
  })
  .meta({ id: 'RecordRef' });
export type RecordRef = z.infer<typeof RecordRef>;

export const EnterpriseMerge = z
  .object({ other: Id.describe('the enterprise that is the same'), reason: Reason })
  .meta({ id: 'EnterpriseMerge' });
export type EnterpriseMerge = z.infer<typeof EnterpriseMerge>;
export const EnterpriseSplit = z
  .object({
    records: z
      .array(RecordRef)
      .min(1)
      .max(DECISION_RECORDS_MAX)
      .describe('records that are another enterprise'),
    reason: Reason,
  })
  .meta({ id: 'EnterpriseSplit' });
export type EnterpriseSplit = z.infer<typeof EnterpriseSplit>;
/** A decision about two records, as a queue of doubtful pairs asks for it. */
export const NewDecision = z
  .object({ act: z.enum(['same', 'different']), a: RecordRef, b: RecordRef, reason: Reason })
  .meta({ id: 'NewDecision' });
export type NewDecision = z.infer<typeof NewDecision>;
export const DecisionReason = z.object({ reason: Reason }).meta({ id: 'DecisionReason' });
export type DecisionReason = z.infer<typeof DecisionReason>;

/** What a withdrawal put back, and what it had to leave, each as a sentence. */
export const UndoReport = z
  .object({
    restored: z.array(z.object({ zh: z.string(), en: z.string() })),
    left: z.array(z.object({ zh: z.string(), en: z.string() })),
  })
  .meta({ id: 'UndoReport' });
export type UndoReport = z.infer<typeof UndoReport>;

const DecidedRecord = RecordRef.extend({
  sourceName: z.string(),
  name: z.string().describe('as the record has it'),
});
export const Decision = z
  .object({
    id: Id,
    act: DecisionAct,
    state: DecisionState,
    enterprise: Id,
    enterpriseName: z.string(),
    other: Id.nullable().describe('the second enterprise: of a merge, or what a split made'),
    otherName: z.string().nullable(),
    records: z.array(DecidedRecord).describe('records that were split off, or the two of a pair'),
    pairs: z.number().int().describe('must-links and cannot-links it consists of'),
    reason: z.string(),
    madeBy: z.string(),
    madeAt: Instant,
    confirmedBy: z.string().nullable(),
    confirmedAt: Instant.nullable(),
    withdrawnBy: z.string().nullable(),
    withdrawnAt: Instant.nullable(),
    withdrawnFor: z.string().nullable(),
    undo: UndoReport.nullable(),
    isMine: z.boolean().describe('made by who asks: somebody else must confirm it'),
  })
  .meta({ id: 'Decision' });
export type Decision = z.infer<typeof Decision>;
export const DecisionQuery = PageQuery.extend({ state: DecisionState.optional(), enterprise: Id.optional() });
export type DecisionQuery = z.infer<typeof DecisionQuery>;
export const DecisionPage = pageOf(Decision).meta({ id: 'DecisionPage' });

/** What can happen to an enterprise as a whole. */
export const ENTERPRISE_EVENTS = {
  created: { zh: '新建', en: 'Created' },
  merged: { zh: '合并', en: 'Merged' },
  split: { zh: '拆分', en: 'Split' },
  undone: { zh: '撤销', en: 'Undone' },
  gone: { zh: '消失', en: 'Gone' },
  back: { zh: '恢复', en: 'Back' },
} as const satisfies Record<string, Bilingual>;
export type EnterpriseEventKind = keyof typeof ENTERPRISE_EVENTS;
export const EnterpriseEvent = z
  .object({
    number: z.number().int(),
    kind: z.enum(Object.keys(ENTERPRISE_EVENTS) as [EnterpriseEventKind, ...EnterpriseEventKind[]]),
    at: Instant,
    actor: z.string(),
    reason: z.string().nullable(),
    enterprise: Id.describe('who it happened to; of a merge the one that stayed'),
    other: Id.nullable().describe(
      'of a merge the id that became an alias; of a split the id that was split off',
    ),
    otherName: z.string().nullable(),
    records: z.number().int().describe('records that changed sides'),
    run: Id.nullable(),
    decision: Id.nullable(),
    decisionState: DecisionState.nullable().describe('a decision in force can be undone'),
  })
  .meta({ id: 'EnterpriseEvent' });
export type EnterpriseEvent = z.infer<typeof EnterpriseEvent>;
export const EnterpriseEventPage = pageOf(EnterpriseEvent).meta({ id: 'EnterpriseEventPage' });

/** What values of one attribute are compared by, each deciding only where those before it leave a tie. */
export const SURVIVORSHIP_CRITERIA = ['valid', 'priority', 'recent', 'agreement', 'complete'] as const;
export const SurvivorshipCriterion = z.enum(SURVIVORSHIP_CRITERIA);
export type SurvivorshipCriterion = z.infer<typeof SurvivorshipCriterion>;
const Criteria = z
  .array(SurvivorshipCriterion)
  .min(1)
  .max(SURVIVORSHIP_CRITERIA.length)
  .refine((list) => new Set(list).size === list.length, 'each criterion once');
const Trust = z.number().int().min(1).max(100);
/** How golden values are chosen: for every attribute, and where an attribute has its own way. */
export const Survivorship = z
  .strictObject({
    criteria: Criteria.describe('in the order they are asked'),
    trustedFrom: Trust.describe('sources of at least this trust that disagree make a conflict'),
    attributes: z.partialRecord(
      EnterpriseAttribute,
      z.strictObject({
        criteria: Criteria.optional(),
        trust: z
          .record(Id, Trust)
          .optional()
          .describe('of a source for this attribute, instead of its priority'),
      }),
    ),
  })
  .meta({ id: 'Survivorship' });
export type Survivorship = z.infer<typeof Survivorship>;
/** How it is done where nobody has said otherwise. */
export const DEFAULT_SURVIVORSHIP: Survivorship = {
  criteria: ['valid', 'priority', 'recent', 'complete'],
  trustedFrom: 50,
  attributes: {},
};
export const SurvivorshipVersion = z
  .object({
    version: z.number().int().describe('0 is what the platform ships with'),
    content: Survivorship,
    note: z.string(),
    madeBy: z.string(),
    madeAt: Instant.nullable(),
  })
  .meta({ id: 'SurvivorshipVersion' });
export type SurvivorshipVersion = z.infer<typeof SurvivorshipVersion>;
export const SurvivorshipVersions = z
  .object({ items: z.array(SurvivorshipVersion) })
  .meta({ id: 'SurvivorshipVersions' });
export type SurvivorshipVersions = z.infer<typeof SurvivorshipVersions>;
export const NewSurvivorship = z
  .object({
    base: z.number().int().describe('version it was edited from'),
    content: Survivorship,
    note: Reason,
  })
  .meta({ id: 'NewSurvivorship' });
export type NewSurvivorship = z.infer<typeof NewSurvivorship>;
export const SurvivorshipSaved = z
  .object({ version: z.number().int(), job: Id.describe('chooses all values again') })
  .meta({ id: 'SurvivorshipSaved' });
export type SurvivorshipSaved = z.infer<typeof SurvivorshipSaved>;
export const SurvivorshipTry = z.object({ content: Survivorship }).meta({ id: 'SurvivorshipTry' });
/** What a change would do, asked of a part of the enterprises. */
export const SurvivorshipPreview = z
  .object({
    enterprises: z.number().int().describe('there are so many'),
    looked: z.number().int().describe('so many were asked, taken evenly'),
    changed: z.number().int().describe('enterprises with at least one other value'),
    attributes: z.array(z.object({ attribute: EnterpriseAttribute, changed: z.number().int() })),
    examples: z.array(
      z.object({
        enterprise: Id,
        name: z.string(),
        attribute: EnterpriseAttribute,
        before: z.string().nullable(),
        after: z.string().nullable(),
      }),
    ),
  })
  .meta({ id: 'SurvivorshipPreview' });
export type SurvivorshipPreview = z.infer<typeof SurvivorshipPreview>;

/** A value that a person fixes; it wins until it expires or is lifted. */
export const NewPin = z
  .object({
    attribute: EnterpriseAttribute,
    value: z.string().trim().min(1).max(500).describe('standardised as a source’s value would be'),
    reason: Reason,
    expiresAt: Instant.nullable().default(null),
  })
  .meta({ id: 'NewPin' });
export type NewPin = z.infer<typeof NewPin>;
export const Pin = z
  .object({
    id: Id,
    attribute: EnterpriseAttribute,
    value: z.string(),
    raw: z.string(),
    reason: z.string(),
    madeBy: z.string(),
    madeAt: Instant,
    expiresAt: Instant.nullable(),
    endedAt: Instant.nullable(),
    endedBy: z.string().nullable(),
    endedFor: z.string().nullable(),
  })
  .meta({ id: 'Pin' });
export type Pin = z.infer<typeof Pin>;
export const PinList = z.object({ items: z.array(Pin) }).meta({ id: 'PinList' });

/** A golden value on which trusted sources disagree. */
export const ValueConflict = z
  .object({
    enterprise: Id,
    enterpriseName: z.string(),
    attribute: EnterpriseAttribute,
    value: z.string(),
    sourceName: z.string(),
    others: z.array(z.object({ value: z.string(), sourceName: z.string() })),
    at: Instant,
  })
  .meta({ id: 'ValueConflict' });
export type ValueConflict = z.infer<typeof ValueConflict>;
export const ConflictQuery = PageQuery.extend({
  attribute: EnterpriseAttribute.optional(),
  city: z
    .string()
    .regex(/^\d{6}$/)
    .optional(),
});
export type ConflictQuery = z.infer<typeof ConflictQuery>;
export const ConflictPage = pageOf(ValueConflict).meta({ id: 'ConflictPage' });

/** A golden value while it was so: who said it, why it won, from when to when it was known. */
export const ValueVersion = GoldenValue.extend({
  until: Instant.nullable().describe('null while it is so; `at` is when it began'),
}).meta({ id: 'ValueVersion' });
export type ValueVersion = z.infer<typeof ValueVersion>;
export const ValueHistoryQuery = PageQuery.extend({ attribute: EnterpriseAttribute.optional() });
export type ValueHistoryQuery = z.infer<typeof ValueHistoryQuery>;
export const ValueHistoryPage = pageOf(ValueVersion).meta({ id: 'ValueHistoryPage' });

export const AsOfQuery = z.object({ at: Instant.describe('as it was known at this moment') });
/** A golden record as it was known at a moment. */
export const EnterpriseAsOf = z
  .object({
    id: Id.describe('the id it had then'),
    at: Instant,
    name: z.string().nullable(),
    values: z.array(GoldenValue).describe('none when it was not known then, or gone'),
  })
  .meta({ id: 'EnterpriseAsOf' });
export type EnterpriseAsOf = z.infer<typeof EnterpriseAsOf>;
export const AsOfExportQuery = AsOfQuery.extend({
  format: z.enum(['csv', 'xlsx']).default('xlsx'),
  city: z
    .string()
    .regex(/^\d{6}$/)
    .optional()
    .describe('of the division it had then'),
});
export type AsOfExportQuery = z.infer<typeof AsOfExportQuery>;
