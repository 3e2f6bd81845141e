import { z } from 'zod';

/**
 * What a column holds, as the linker understands it. Each kind has parts that comparisons and blocking can name as
 * `column.part`; a column alone means its standardised value (`docs/guides/linking.md` lists the parts).
 */
export const LINK_KINDS = [
  'person',
  'company',
  'code',
  'phone',
  'email',
  'date',
  'number',
  'address',
  'text',
  'people',
  'category',
] as const;
export const LinkKind = z.enum(LINK_KINDS);
export type LinkKind = z.infer<typeof LinkKind>;

const NAME = /^[a-z][a-z0-9_]{0,40}$/;
/** Name of a column inside the linker, a part of it after a dot. */
const Feature = z.string().regex(/^[a-z][a-z0-9_]{0,40}(?:\.[a-z]{1,12})?$/);

export const LinkColumn = z.strictObject({
  /** name in comparisons, rules and outputs */
  name: z.string().regex(NAME),
  kind: LinkKind,
  /** headers that hold it, each input uses those it has; several are joined by a blank. Default: `name` */
  from: z.array(z.string().min(1)).min(1).optional(),
  /** of dates like 03/04/1999: which number comes first */
  dayFirst: z.boolean().optional(),
});
export type LinkColumn = z.infer<typeof LinkColumn>;

/** One test of a level. All tests of a level must hold. */
const LevelTest = z.discriminatedUnion('is', [
  /** equal and not empty */
  z.strictObject({ is: z.literal('equal'), on: Feature }),
  /** equal, or empty on both sides: beside another test, for parts that most values do not have */
  z.strictObject({ is: z.literal('same'), on: Feature }),
  /** `on` of one record equals `to` of the other, either way round: names that changed places */
  z.strictObject({ is: z.literal('crossed'), on: Feature, to: Feature }),
  /** at most so many characters inserted, deleted or replaced (code points) */
  z.strictObject({ is: z.literal('edits'), on: Feature, most: z.number().int().min(1).max(20) }),
  /** Jaro-Winkler similarity, of Latin text and codes */
  z.strictObject({ is: z.literal('jaro'), on: Feature, least: z.number().min(0).max(1) }),
  /** share of different characters that both have (Jaccard, code points): characters may have changed places */
  z.strictObject({ is: z.literal('characters'), on: Feature, least: z.number().min(0).max(1) }),
  /** one begins with the other or is a part of it, at least so many characters long */
  z.strictObject({ is: z.literal('within'), on: Feature, least: z.number().int().min(1) }),
  /** all words of the shorter are among those of the longer */
  z.strictObject({ is: z.literal('words'), on: Feature, least: z.number().int().min(1) }),
  /** numbers differ by at most so much of the larger one */
  z.strictObject({ is: z.literal('ratio'), on: Feature, most: z.number().min(0).max(1) }),
  /** numbers differ by at most so much */
  z.strictObject({ is: z.literal('apart'), on: Feature, most: z.number().min(0) }),
  /** two of year, month and day are equal, or day and month changed places */
  z.strictObject({ is: z.literal('dateparts'), on: Feature }),
]);
export type LevelTest = z.infer<typeof LevelTest>;

export const LinkLevel = z.strictObject({
  /** what people read in the waterfall */
  label: z.string().max(80).optional(),
  all: z.array(LevelTest).min(1).max(4),
  /** evidence fixed by a person instead of learned, log2 */
  weight: z.number().min(-30).max(60).optional(),
  /** term frequencies of the first tested feature count at this level: rare values that agree say more */
  frequency: z.boolean().optional(),
});
export type LinkLevel = z.infer<typeof LinkLevel>;

const Named = { name: z.string().regex(NAME) };
/** Levels from best to worst; what reaches none is level 0, what is empty on a side is level -1 and no evidence. */
const LeveledComparison = z.strictObject({
  ...Named,
  levels: z.array(LinkLevel).min(1).max(9),
  /** evidence against a match is never stronger than this, log2 */
  weightLeast: z.number().min(-30).max(0).optional(),
  weightMost: z.number().min(0).max(60).optional(),
});
/** Similarity of words and pieces of words, each counted by its rarity, in ten levels: titles, descriptions, lists of people. */
const TextComparison = z.strictObject({
  ...Named,
  text: z.string().regex(NAME),
  weightLeast: z.number().min(-30).max(0).optional(),
  weightMost: z.number().min(0).max(60).optional(),
});
export const LinkComparison = z.union([LeveledComparison, TextComparison]);
export type LinkComparison = z.infer<typeof LinkComparison>;

/** Pairs that agree in all features of `on` are compared; all pairs when it is empty, for small tables. */
export const LinkRule = z.strictObject({
  on: z.array(Feature).max(5),
  /** larger blocks are left out and told; default 400 */
  blockMax: z.number().int().min(2).max(20_000).optional(),
});
export type LinkRule = z.infer<typeof LinkRule>;

/** Pairs that share rare words (or pieces of words) of a text; of each record the `nearest` best are compared. */
export const LinkTextRule = z.strictObject({
  text: z.string().regex(NAME),
  nearest: z.number().int().min(1).max(100).optional(),
});
export type LinkTextRule = z.infer<typeof LinkTextRule>;

/**
 * How records are linked: columns, how they are compared, which pairs are compared at all, and what is decided. Everything that is
 * left out has a default; weights that nobody fixes are learned from the data without labels.
 */
export const LinkSettings = z.strictObject({
  columns: z.array(LinkColumn).min(1).max(60),
  comparisons: z.array(LinkComparison).min(1).max(30),
  blocking: z
    .array(z.union([LinkRule, LinkTextRule]))
    .min(1)
    .max(60),
  /** pairs that agree in all features are one entity, whatever else they hold, unless one of `unless` differs on both sides */
  deterministic: z
    .array(z.strictObject({ on: z.array(Feature).min(1).max(5), unless: z.array(Feature).max(5).optional() }))
    .max(10)
    .optional(),
  /** header whose value says which source a row comes from, where one file holds several */
  sourceColumn: z.string().optional(),
  /** sources that hold each entity once; `true` for all of them */
  duplicateFree: z.union([z.literal(true), z.array(z.string()).max(100)]).optional(),
  /** pairs of one input or source are compared as well; default only with a single input */
  within: z.boolean().optional(),
  model: z
    .strictObject({
      /** expected number of links; the start of learning */
      links: z.number().positive().optional(),
      iterationsMax: z.number().int().min(1).max(500).optional(),
      /** least share of true pairs that a level is believed to have */
      shareLeast: z.number().min(1e-6).max(0.1).optional(),
      weightLeast: z.number().min(-30).max(0).optional(),
      /** share of records below which a value is not counted as rarer */
      frequencyLeast: z.number().min(0).max(1).optional(),
    })
    .optional(),
  decide: z
    .strictObject({
      /** probability from which two records are one; `auto` takes the best expected F1 */
      match: z.union([z.literal('auto'), z.number().min(0.01).max(0.9999)]).optional(),
      /** pairs from this probability on are written for review, marked */
      review: z.number().min(0).max(1).optional(),
      /** records of one entity at most, before a group is cut at its weakest links */
      clusterMax: z.number().int().min(2).max(10_000).optional(),
    })
    .optional(),
  /** pairs of ids that a person decided; an id of several inputs is written `input:id`, the input as its place from 1 */
  mustLink: z
    .array(z.tuple([z.string(), z.string()]))
    .max(100_000)
    .optional(),
  cannotLink: z
    .array(z.tuple([z.string(), z.string()]))
    .max(100_000)
    .optional(),
});
export type LinkSettings = z.infer<typeof LinkSettings>;
