import { z } from 'zod';
import { Bilingual, Id, Instant, PageQuery, pageOf } from './common.ts';
import { EnterpriseAttribute } from './fuse.ts';
import { RecordRef } from './golden.ts';

/** Attributes of a record that matching looks at. */
export const MATCH_ATTRIBUTES = [
  'name',
  'formerName',
  'shortName',
  'code',
  'legalPerson',
  'phone',
  'address',
  'division',
] as const satisfies readonly EnterpriseAttribute[];
export type MatchAttribute = (typeof MATCH_ATTRIBUTES)[number];

/** Where a weight puts a pair: one enterprise by itself, a person decides, or two. */
export const MATCH_VERDICTS = {
  same: { zh: '同一家', en: 'One enterprise' },
  review: { zh: '待人工核对', en: 'To be reviewed' },
  different: { zh: '不是同一家', en: 'Two enterprises' },
} as const satisfies Record<string, Bilingual>;
export type MatchVerdict = keyof typeof MATCH_VERDICTS;
const MatchVerdict = z.enum(Object.keys(MATCH_VERDICTS) as [MatchVerdict, ...MatchVerdict[]]);

/** One bar of a waterfall; prior, weights and frequencies of all bars add up to the weight of the pair. */
export const MatchBar = z
  .object({
    comparison: z.string().describe('name, code, person, …'),
    title: Bilingual,
    level: z.number().int().describe('-1: one side tells nothing; 0: reaches no level; larger is better'),
    label: Bilingual.describe('what the level means'),
    left: z.string().describe('what was compared, standardised; empty where nothing is told'),
    right: z.string(),
    m: z.number().nullable().describe('share of true pairs at this level'),
    u: z.number().nullable().describe('share of other pairs at this level'),
    weight: z.number().describe('log2 of m / u'),
    frequency: z.number().describe('log2, what the rarity of the value adds'),
  })
  .meta({ id: 'MatchBar' });
export type MatchBar = z.infer<typeof MatchBar>;
export const MatchWaterfall = z
  .object({
    prior: z.number().describe('log2 odds that two records are one before anything is compared'),
    bars: z.array(MatchBar),
    weight: z.number().describe('log2 odds'),
    probability: z.number(),
  })
  .meta({ id: 'MatchWaterfall' });
export type MatchWaterfall = z.infer<typeof MatchWaterfall>;

/** A key by which records find each other, as a rule of the model makes it. */
export const MatchKey = z
  .object({
    rule: Bilingual,
    state: z
      .enum(['found', 'differs', 'untold', 'common'])
      .describe('common: so many records share the value that it leads nowhere'),
    records: z
      .number()
      .int()
      .nullable()
      .describe('records with this key, counted up to the limit of the rule'),
  })
  .meta({ id: 'MatchKey' });
export type MatchKey = z.infer<typeof MatchKey>;

const Text = z.string().trim().max(1_000);
export const EnterpriseSearch = z
  .object({
    record: z
      .strictObject({
        name: Text.optional(),
        formerName: Text.optional(),
        shortName: Text.optional(),
        code: Text.optional(),
        legalPerson: Text.optional(),
        phone: Text.optional(),
        address: Text.optional(),
        division: Text.optional().describe('code of GB/T 2260 or a name'),
      })
      .refine(
        ({ name, code, phone, shortName, formerName }) =>
          [name, code, phone, shortName, formerName].some((value) => value !== undefined && value !== ''),
        'give at least one of name, code, phone, shortName, formerName',
      )
      .describe('raw values, as a row of a source would have them'),
    limit: z.number().int().min(1).max(50).default(10),
  })
  .meta({ id: 'EnterpriseSearch' });
export type EnterpriseSearch = z.infer<typeof EnterpriseSearch>;
export const MatchCandidate = z
  .object({
    enterprise: Id,
    name: z.string(),
    code: z.string().nullable(),
    divisionName: z.string().nullable(),
    record: RecordRef.describe('the record behind it that agrees best').extend({
      sourceName: z.string(),
      name: z.string(),
    }),
    verdict: MatchVerdict,
    weight: z.number(),
    probability: z.number(),
    waterfall: MatchWaterfall,
  })
  .meta({ id: 'MatchCandidate' });
export type MatchCandidate = z.infer<typeof MatchCandidate>;
export const EnterpriseSearchResult = z
  .object({
    items: z.array(MatchCandidate).describe('best first'),
    keys: z.array(MatchKey).describe('how candidates were looked for'),
    model: z.number().int().describe('version of the model'),
  })
  .meta({ id: 'EnterpriseSearchResult' });
export type EnterpriseSearchResult = z.infer<typeof EnterpriseSearchResult>;

/** A record beside another one. */
export const MatchSide = RecordRef.extend({
  sourceName: z.string(),
  rowKey: z.string(),
  name: z.string(),
  gone: z.boolean(),
  enterprise: Id,
  enterpriseName: z.string(),
  values: z.array(z.object({ attribute: EnterpriseAttribute, value: z.string(), raw: z.string() })),
}).meta({ id: 'MatchSide' });
export type MatchSide = z.infer<typeof MatchSide>;

export const MatchExplain = z.object({ a: RecordRef, b: RecordRef }).meta({ id: 'MatchExplain' });
export type MatchExplain = z.infer<typeof MatchExplain>;
/** Why two records are one enterprise, or are not. */
export const MatchExplanation = z
  .object({
    a: MatchSide,
    b: MatchSide,
    waterfall: MatchWaterfall,
    keys: z.array(MatchKey),
    match: z.number().describe('weight from which two are one'),
    review: z.number().describe('weight from which a person is asked'),
    verdict: MatchVerdict.describe('what the weight of this pair says by itself'),
    together: z.boolean().describe('they are behind the same enterprise'),
    reasons: z.array(Bilingual).describe('what decided, most important first'),
    decision: Id.nullable().describe('the decision of a person that holds of the two'),
    model: z.number().int(),
  })
  .meta({ id: 'MatchExplanation' });
export type MatchExplanation = z.infer<typeof MatchExplanation>;

/** A doubtful pair waits, was decided by a person, or is settled because records changed. */
export const REVIEW_STATES = {
  open: { zh: '待核对', en: 'Open' },
  same: { zh: '判为同一家', en: 'Decided: one' },
  different: { zh: '判为不同', en: 'Decided: two' },
  settled: { zh: '已无需核对', en: 'Settled by newer data' },
} as const satisfies Record<string, Bilingual>;
export type ReviewState = keyof typeof REVIEW_STATES;
const ReviewState = z.enum(Object.keys(REVIEW_STATES) as [ReviewState, ...ReviewState[]]);
const ReviewSide = RecordRef.extend({
  sourceName: z.string(),
  name: z.string(),
  enterprise: Id,
  enterpriseName: z.string(),
});
export const ReviewPair = z
  .object({
    id: Id,
    state: ReviewState,
    a: ReviewSide,
    b: ReviewSide,
    weight: z.number(),
    probability: z.number(),
    usefulness: z
      .number()
      .describe('0 to 1: how much an answer teaches; doubt times the weight of the enterprises in figures'),
    model: z.number().int(),
    at: Instant,
    laterUntil: Instant.nullable().describe('somebody put it aside until then'),
    decision: Id.nullable(),
    decidedBy: z.string().nullable(),
    decidedAt: Instant.nullable(),
  })
  .meta({ id: 'ReviewPair' });
export type ReviewPair = z.infer<typeof ReviewPair>;
export const ReviewQuery = PageQuery.extend({
  state: ReviewState.default('open'),
  source: Id.optional(),
  enterprise: Id.optional(),
  later: z.stringbool().default(false).describe('also pairs that were put aside'),
});
export type ReviewQuery = z.infer<typeof ReviewQuery>;
export const ReviewPage = pageOf(ReviewPair).meta({ id: 'ReviewPage' });
export const ReviewDetail = z
  .object({
    pair: ReviewPair,
    explanation: MatchExplanation,
    next: Id.nullable().describe('the pair after it'),
  })
  .meta({ id: 'ReviewDetail' });
export type ReviewDetail = z.infer<typeof ReviewDetail>;
export const ReviewAnswer = z
  .object({
    act: z.enum(['same', 'different', 'later']),
    reason: z.string().trim().max(500).default('').describe('empty: what the pair looked like is the reason'),
  })
  .meta({ id: 'ReviewAnswer' });
export type ReviewAnswer = z.infer<typeof ReviewAnswer>;
export const ReviewAnswered = z
  .object({
    pair: ReviewPair,
    decision: Id.nullable().describe('null when it was put aside'),
    waits: z.boolean().describe('a second person must confirm it'),
    next: Id.nullable().describe('the most useful open pair now'),
  })
  .meta({ id: 'ReviewAnswered' });
export type ReviewAnswered = z.infer<typeof ReviewAnswered>;

/** How a model does on pairs that people decided. */
export const LabelledFigures = z
  .object({
    pairs: z.number().int(),
    same: z.number().int(),
    different: z.number().int(),
    precision: z.number().nullable().describe('of pairs it would link by itself, how many people call one'),
    recall: z.number().nullable().describe('of pairs people call one, how many it would link by itself'),
    reviewRate: z.number().nullable().describe('share it would ask about'),
    wrong: z
      .array(
        z.object({ a: RecordRef, b: RecordRef, weight: z.number(), decided: z.enum(['same', 'different']) }),
      )
      .describe('the worst of those it gets wrong, 20 at most'),
  })
  .meta({ id: 'LabelledFigures' });
export type LabelledFigures = z.infer<typeof LabelledFigures>;
export const MatchModel = z
  .object({
    version: z.number().int().describe('0 is what the platform ships with'),
    active: z.boolean(),
    note: z.string(),
    madeBy: z.string(),
    madeAt: Instant.nullable(),
    trainedOn: z
      .object({
        records: z.number().int(),
        pairs: z.number().int().describe('pairs compared'),
        links: z.number().int().describe('expected true pairs'),
        decisions: z.number().int().describe('pairs decided by people that it learned from'),
      })
      .nullable(),
    prior: z.number(),
    match: z.number(),
    review: z.number(),
    comparisons: z.array(
      z.object({
        name: z.string(),
        title: Bilingual,
        levels: z
          .array(
            z.object({
              level: z.number().int(),
              label: Bilingual,
              m: z.number(),
              u: z.number(),
              weight: z.number(),
            }),
          )
          .describe('best first, the last one is level 0'),
      }),
    ),
    rules: z.array(
      z.object({
        title: Bilingual,
        blockMax: z.number().int().describe('a value that more records share leads nowhere'),
      }),
    ),
  })
  .meta({ id: 'MatchModel' });
export type MatchModel = z.infer<typeof MatchModel>;
export const MatchModels = z.object({ items: z.array(MatchModel) }).meta({ id: 'MatchModels' });
export type MatchModels = z.infer<typeof MatchModels>;
/** What the model in use does: figures on decided pairs, the queue, and keys with the blocks they make. */
export const MatchFigures = z
  .object({
    model: z.number().int(),
    records: z.number().int(),
    enterprises: z.number().int(),
    matchedBy: z.array(z.object({ rule: z.string(), title: Bilingual, records: z.number().int() })),
    open: z.number().int(),
    answered: z.number().int(),
    labelled: LabelledFigures,
    rules: z.array(
      z.object({
        title: Bilingual,
        keys: z.number().int(),
        records: z.number().int(),
        pairs: z.number().int().describe('pairs of records it brings together'),
        common: z.number().int().describe('values that lead nowhere because too many records share them'),
        pairsCommon: z.number().int(),
      }),
    ),
  })
  .meta({ id: 'MatchFigures' });
export type MatchFigures = z.infer<typeof MatchFigures>;
const Note = z.string().trim().min(1).max(500);
export const MatchTraining = z.object({ note: Note }).meta({ id: 'MatchTraining' });
export type MatchTraining = z.infer<typeof MatchTraining>;
export const MatchJob = z.object({ job: Id }).meta({ id: 'MatchJob' });
export const MatchThresholds = z
  .object({
    base: z.number().int().describe('version it was edited from'),
    match: z.number().min(0).max(60),
    review: z.number().min(-20).max(60),
    note: Note,
  })
  .refine(({ match, review }) => review <= match, 'review must not be above match')
  .meta({ id: 'MatchThresholds' });
export type MatchThresholds = z.infer<typeof MatchThresholds>;
export const MatchUse = z.object({ note: Note }).meta({ id: 'MatchUse' });
export type MatchUse = z.infer<typeof MatchUse>;
