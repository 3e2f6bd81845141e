import { z } from 'zod';
import { Bilingual, Id, Instant, OrganisationPath, PageQuery, pageOf } from './common.ts';
import { ReadProblemName } from './intake.ts';

/** The six dimensions of GB/T 36344-2018. */
export const QUALITY_DIMENSIONS = {
  normativity: { zh: '规范性', en: 'Normativity' },
  completeness: { zh: '完整性', en: 'Completeness' },
  accuracy: { zh: '准确性', en: 'Accuracy' },
  consistency: { zh: '一致性', en: 'Consistency' },
  timeliness: { zh: '时效性', en: 'Timeliness' },
  accessibility: { zh: '可访问性', en: 'Accessibility' },
} as const satisfies Record<string, Bilingual>;
export type QualityDimension = keyof typeof QUALITY_DIMENSIONS;
export const QualityDimension = z.enum(
  Object.keys(QUALITY_DIMENSIONS) as [QualityDimension, ...QualityDimension[]],
);

const Field = z
  .string()
  .min(1)
  .max(100)
  .describe('a target of the mapping: attribute, `indicator:CODE`, `column:NAME`');
const Fields = z.array(Field).min(1).max(10);

/** What a rule looks at. Row checks look at one row, series checks at the months of one enterprise, run checks at a whole run. */
export const RuleCheck = z
  .discriminatedUnion('kind', [
    z.object({ kind: z.literal('required'), fields: Fields }),
    z.object({
      kind: z.literal('pattern'),
      field: Field,
      pattern: z.string().min(1).max(300).describe('RE2'),
    }),
    z.object({
      kind: z.literal('one-of'),
      field: Field,
      values: z.array(z.string().max(200)).min(1).max(1_000),
    }),
    z.object({
      kind: z.literal('range'),
      field: Field,
      least: z.number().nullable(),
      most: z.number().nullable(),
    }),
    z.object({
      kind: z.literal('length'),
      field: Field,
      least: z.number().int().min(0),
      most: z.number().int().max(10_000),
    }),
    z.object({ kind: z.literal('unique'), fields: Fields }),
    z.object({
      kind: z.literal('finding'),
      rule: z.string().max(60).describe('a rule of the standards, as `code-check-digit`'),
    }),
    z.object({
      kind: z.literal('compare'),
      left: Field,
      operator: z.enum(['<', '<=', '=', '>=', '>', '!=']),
      right: z.union([Field, z.number()]),
      factor: z.number().default(1).describe('the right side is multiplied by it'),
      tolerance: z
        .number()
        .min(0)
        .max(10)
        .default(0)
        .describe('share of the right side that the left may be off'),
    }),
    z
      .object({
        kind: z.literal('code-division'),
        code: Field,
        division: Field,
      })
      .describe('the division in the unified social credit code and the one told are of one city'),
    z.object({
      kind: z.literal('other-source'),
      field: Field,
      source: z.string().max(60).describe('key of the source that knows better'),
      tolerance: z
        .number()
        .min(0)
        .max(10)
        .default(0)
        .describe('share of the other source’s number that ours may be off'),
    }),
    z
      .object({ kind: z.literal('size'), size: Field, employees: Field, revenue: Field })
      .describe('the size class told is the one that persons and revenue give'),
    z
      .object({ kind: z.literal('unit-missing') })
      .describe('a number without a unit in a column whose header names none while other cells of it do'),
    z.object({ kind: z.literal('cumulative'), field: Field }).describe('never falls within a year'),
    z
      .object({ kind: z.literal('jump'), field: Field, factors: z.array(z.number().min(2)).min(1).max(5) })
      .describe('about so many times the usual: wrong unit'),
    z
      .object({ kind: z.literal('outlier'), field: Field, deviations: z.number().min(2).max(100) })
      .describe(
        'robust z-score over the months of the same enterprise, seasonal by month where there are three years',
      ),
    z.object({ kind: z.literal('months-missing') }).describe('a month between two that came is missing'),
    z
      .object({
        kind: z.literal('diverging'),
        field: Field,
        other: Field,
        factor: z.number().min(1.1).max(100),
      })
      .describe('month on month the two moved apart by more than the factor, as electricity and output'),
    z
      .object({ kind: z.literal('late'), days: z.number().int().min(0).max(366) })
      .describe('newest month is older than so many days after its end'),
    z
      .object({ kind: z.literal('rows'), share: z.number().min(0).max(1) })
      .describe('a run brings at least this share of the rows before it'),
    z
      .object({ kind: z.literal('rejected'), share: z.number().min(0).max(1) })
      .describe('at most this share of a run is rejected'),
    z
      .object({ kind: z.literal('problem'), rule: ReadProblemName })
      .describe('no row of a run had this problem when it was read, as `text-broken`'),
    z
      .object({
        kind: z.literal('reachable'),
        runs: z.number().int().min(1).max(100),
        share: z.number().min(0).max(1),
      })
      .describe('at least this share of the last runs could read the source'),
  ])
  .meta({ id: 'RuleCheck' });
export type RuleCheck = z.infer<typeof RuleCheck>;

/** `hold`: a run that breaks it is not published; `warn`: readers are told; `log`: it only counts. */
export const RuleSeverity = z.enum(['hold', 'warn', 'log']);
export type RuleSeverity = z.infer<typeof RuleSeverity>;
const RuleFields = {
  key: z
    .string()
    .max(60)
    .regex(/^[a-z0-9][a-z0-9-]*$/, 'a-z, 0-9 and -'),
  name: Bilingual,
  remedy: Bilingual.describe('what the owner of the data should do'),
  dimension: QualityDimension,
  severity: RuleSeverity,
  tolerance: z
    .number()
    .min(0)
    .max(1)
    .describe('share of what was checked that may fail before the severity counts'),
  weight: z.number().min(0).max(100).describe('in the score of its dimension'),
  check: RuleCheck,
};
export const NewQualityRule = z
  .object({
    ...RuleFields,
    source: Id.nullable().describe('null for every source whose mapping has the fields'),
    active: z.boolean().default(true),
  })
  .meta({ id: 'NewQualityRule' });
export type NewQualityRule = z.infer<typeof NewQualityRule>;
export const QualityRule = z
  .object({
    ...RuleFields,
    id: Id,
    version: z.number().int(),
    source: Id.nullable(),
    active: z.boolean(),
    shipped: z.boolean().describe('came with the platform; can be changed and switched off, not deleted'),
    madeBy: z.string(),
    madeAt: Instant,
  })
  .meta({ id: 'QualityRule' });
export type QualityRule = z.infer<typeof QualityRule>;
/** What may be changed of a rule: makes its next version. Of a shipped one only severity, tolerance, weight and active. */
export const QualityRuleChange = z
  .object({ ...RuleFields, active: z.boolean() })
  .omit({ key: true })
  .partial()
  .extend({
    base: z.number().int().describe('version that was edited; refused when another came in between'),
  })
  .meta({ id: 'QualityRuleChange' });
export type QualityRuleChange = z.infer<typeof QualityRuleChange>;
export const QualityRuleQuery = z.object({
  source: Id.optional().describe('only those that hold for this source'),
});
export type QualityRuleQuery = z.infer<typeof QualityRuleQuery>;
export const QualityRuleList = z.object({ items: z.array(QualityRule) }).meta({ id: 'QualityRuleList' });

/** What one rule found in one run. `held` is true when it alone kept the run back. */
export const RuleResult = z
  .object({
    rule: Id,
    key: z.string(),
    name: Bilingual,
    remedy: Bilingual,
    dimension: QualityDimension,
    severity: RuleSeverity,
    checked: z.number().int(),
    failed: z.number().int(),
    held: z.boolean(),
    skipped: z.string().nullable().describe('why it was not asked: fields that the mapping lacks'),
  })
  .meta({ id: 'RuleResult' });
export type RuleResult = z.infer<typeof RuleResult>;
/** Weighted share of what passed, 0 to 100; null where nothing was asked. */
export const QualityScores = z.object({
  total: z.number().nullable(),
  dimensions: z.record(z.string(), z.number().nullable()),
});
export type QualityScores = z.infer<typeof QualityScores>;
export const RunQuality = z
  .object({ run: Id, at: Instant, scores: QualityScores, results: z.array(RuleResult) })
  .meta({ id: 'RunQuality' });
export type RunQuality = z.infer<typeof RunQuality>;

/** Row that broke a rule in the newest audit of its source. */
export const QualityBreach = z.object({
  rule: Id,
  rowKey: z.string(),
  period: z.string().nullable(),
  field: z.string().nullable(),
  value: z.string().nullable(),
  expected: z.string().nullable(),
});
export type QualityBreach = z.infer<typeof QualityBreach>;
export const QualityBreachPage = pageOf(QualityBreach).meta({ id: 'QualityBreachPage' });

export const BreachQuery = PageQuery.extend({
  rule: z.string().max(60).describe('id or key of the rule'),
  run: Id.optional().describe('of this run, as one that is held; by default of the newest that readers see'),
});
export type BreachQuery = z.infer<typeof BreachQuery>;

/** A rule held against what readers see of a source now, before it is saved. Nothing is kept. */
export const QualityTrial = z
  .object({ source: Id, check: RuleCheck, tolerance: z.number().min(0).max(1).default(0) })
  .meta({ id: 'QualityTrial' });
export type QualityTrial = z.infer<typeof QualityTrial>;
export const QualityTrialResult = z
  .object({
    checked: z.number().int(),
    failed: z.number().int(),
    broken: z.boolean().describe('more failed than the tolerance lets'),
    skipped: z.string().nullable(),
    examples: z.array(QualityBreach.omit({ rule: true })),
  })
  .meta({ id: 'QualityTrialResult' });
export type QualityTrialResult = z.infer<typeof QualityTrialResult>;

/** Scores over time, for charts. */
export const ScoreHistory = z
  .object({
    items: z.array(z.object({ run: Id, at: Instant, scores: QualityScores, rows: z.number().int() })),
  })
  .meta({ id: 'ScoreHistory' });
export type ScoreHistory = z.infer<typeof ScoreHistory>;
/** How a source stands: its scores over time, the newest first, and what the newest audit found. */
export const SourceQuality = z
  .object({ history: ScoreHistory.shape.items, newest: RunQuality.nullable() })
  .meta({ id: 'SourceQuality' });
export type SourceQuality = z.infer<typeof SourceQuality>;
/** The quality board: every source as it stands. */
export const QualityBoard = z
  .object({
    items: z.array(
      z.object({
        source: Id,
        sourceName: z.string(),
        owner: z.string(),
        organisation: OrganisationPath,
        at: Instant.nullable(),
        scores: QualityScores,
        before: QualityScores.nullable(),
        openIssues: z.number().int(),
        held: z.boolean().describe('a run waits for a decision'),
        drift: z.number().int(),
      }),
    ),
  })
  .meta({ id: 'QualityBoard' });
export type QualityBoard = z.infer<typeof QualityBoard>;
/** How one enterprise fares in each source that knows it. */
export const EnterpriseQuality = z
  .object({
    items: z.array(
      z.object({
        source: Id,
        sourceName: z.string(),
        scores: QualityScores,
        breaches: z.array(QualityBreach),
      }),
    ),
  })
  .meta({ id: 'EnterpriseQuality' });
export type EnterpriseQuality = z.infer<typeof EnterpriseQuality>;

export const IssueState = z.enum(['open', 'sent', 'answered', 'resolved', 'accepted']);
export type IssueState = z.infer<typeof IssueState>;
/** What is wrong with a source's data, sent back to who answers for it. Resolved by itself when a later run is clean. */
export const QualityIssue = z
  .object({
    id: Id,
    number: z.number().int(),
    source: Id,
    sourceName: z.string(),
    owner: z.string(),
    organisation: OrganisationPath,
    rule: z
      .string()
      .describe(
        'key of the rule, name of a finding of the standards, or `run:held` for a run that waits for a decision',
      ),
    name: Bilingual,
    remedy: Bilingual,
    severity: z.enum(['hold', 'block', 'warn', 'log']),
    dimension: QualityDimension,
    state: IssueState,
    rows: z.number().int().describe('rows that break the rule now'),
    firstRun: Id,
    lastRun: Id,
    openedAt: Instant,
    changedAt: Instant,
    dueAt: Instant.nullable(),
    notes: z.array(z.object({ at: Instant, by: z.string(), state: IssueState, text: z.string() })),
  })
  .meta({ id: 'QualityIssue' });
export type QualityIssue = z.infer<typeof QualityIssue>;
export const IssueQuery = PageQuery.extend({ source: Id.optional(), state: IssueState.optional() });
export type IssueQuery = z.infer<typeof IssueQuery>;
export const QualityIssuePage = pageOf(QualityIssue).meta({ id: 'QualityIssuePage' });
export const IssueChange = z
  .object({ state: IssueState, text: z.string().min(1).max(2_000), dueAt: Instant.nullable().optional() })
  .meta({ id: 'IssueChange' });
export type IssueChange = z.infer<typeof IssueChange>;
