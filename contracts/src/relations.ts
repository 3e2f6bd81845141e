import { z } from 'zod';
import { type Bilingual, Id, Instant, PageQuery, pageOf } from './common.ts';

type KindOfRelation = Bilingual & {
  /** read from the subject: this enterprise is … */
  subject: Bilingual;
  /** read from the object: of this enterprise … is */
  object: Bilingual;
  symmetric: boolean;
  /** says that something is shared, not that one depends on the other */
  hint: boolean;
};
const both = (zh: string, en: string): Pick<KindOfRelation, 'subject' | 'object' | 'symmetric'> => ({
  subject: { zh, en },
  object: { zh, en },
  symmetric: true,
});

/** Relations between enterprises. They are kept beside the enterprises and never make two one. */
export const RELATION_KINDS = {
  branch_of: {
    ...{ zh: '分支机构', en: 'Branch', symmetric: false, hint: false },
    subject: { zh: '所属企业', en: 'Branch of' },
    object: { zh: '分支机构', en: 'Has the branch' },
  },
  subsidiary_of: {
    ...{ zh: '上下级', en: 'Subsidiary', symmetric: false, hint: false },
    subject: { zh: '上级企业', en: 'Subsidiary of' },
    object: { zh: '下级企业', en: 'Has the subsidiary' },
  },
  shareholder_of: {
    ...{ zh: '持股', en: 'Shareholding', symmetric: false, hint: false },
    subject: { zh: '持股企业', en: 'Holds shares of' },
    object: { zh: '股东', en: 'Has the shareholder' },
  },
  former_name_of: {
    ...{ zh: '曾用名', en: 'Former name', symmetric: false, hint: false },
    subject: { zh: '现名是其曾用名', en: 'Bears the former name of' },
    object: { zh: '曾用名现属', en: 'Its former name is borne by' },
  },
  same_group: { ...both('同一集团', 'Same group'), zh: '同一集团', en: 'Same group', hint: false },
  same_address: { ...both('地址相同', 'Same address'), zh: '地址相同', en: 'Same address', hint: true },
  same_phone: { ...both('电话相同', 'Same phone'), zh: '电话相同', en: 'Same phone', hint: true },
  same_legal_person: {
    ...both('法定代表人同名', 'Legal representatives of one name'),
    ...{ zh: '法定代表人同名', en: 'Legal representatives of one name', hint: true },
  },
} as const satisfies Record<string, KindOfRelation>;
export type RelationKind = keyof typeof RELATION_KINDS;
export const RelationKind = z.enum(Object.keys(RELATION_KINDS) as [RelationKind, ...RelationKind[]]);

/** Most enterprises that may share a phone, an address or the name of a representative; a value of more says nothing of any. */
export const SHARED_ENTERPRISES_MAX = 5;

/** How a relation came to be known. */
export const RELATION_RULES = {
  'branch-name': {
    zh: '名称由另一企业名称加分支机构名称组成',
    en: 'The name is that of another enterprise and the tail of a branch',
  },
  'former-name': {
    zh: '曾用名现为另一企业的名称',
    en: 'Its former name is the name of another enterprise now',
  },
  'group-name': { zh: '名称中的集团名相同', en: 'The names carry the same group' },
  'stated-parent': { zh: '来源载明上级单位', en: 'A source names the parent' },
  'stated-holder': { zh: '来源载明股东', en: 'A source names the shareholder' },
  'majority-share': { zh: '来源载明的出资比例超过 50%', en: 'A source names a share of more than 50 %' },
  'same-address': {
    zh: `道路与门牌相同，且不超过 ${SHARED_ENTERPRISES_MAX} 家`,
    en: `Same road and number, of at most ${SHARED_ENTERPRISES_MAX} enterprises`,
  },
  'same-phone': {
    zh: `电话相同，且不超过 ${SHARED_ENTERPRISES_MAX} 家`,
    en: `Same phone, of at most ${SHARED_ENTERPRISES_MAX} enterprises`,
  },
  'same-legal-person': {
    zh: `同一设区市内法定代表人同名，且不超过 ${SHARED_ENTERPRISES_MAX} 家`,
    en: `Legal representatives of one name in one city, of at most ${SHARED_ENTERPRISES_MAX} enterprises`,
  },
  person: { zh: '人工添加', en: 'Added by a person' },
} as const satisfies Record<string, Bilingual>;
export type RelationRule = keyof typeof RELATION_RULES;
const RelationRule = z.enum(Object.keys(RELATION_RULES) as [RelationRule, ...RelationRule[]]);

/** One end. `id` is null of who is not in the database, or not in the part of it that the caller may see: the two look the same. */
export const RelationEnd = z.object({
  id: Id.nullable(),
  name: z
    .string()
    .describe('as the record names it when there is no id; names of natural persons are masked'),
  city: z.string().nullable(),
  divisionName: z.string().nullable(),
  keyIndustry: z.string().nullable(),
  size: z.string().nullable(),
});
export type RelationEnd = z.infer<typeof RelationEnd>;

export const RelationEvidence = z.object({
  source: Id,
  sourceName: z.string(),
  run: Id,
  rowKey: z.string(),
  field: z.string(),
  raw: z.string(),
  of: z.enum(['subject', 'object']).describe('whose record it is'),
});
export type RelationEvidence = z.infer<typeof RelationEvidence>;

export const RELATION_ACTS = {
  add: { zh: '添加', en: 'Added' },
  reject: { zh: '否定', en: 'Rejected' },
} as const satisfies Record<string, Bilingual>;
export type RelationAct = keyof typeof RELATION_ACTS;
const Act = z.enum(Object.keys(RELATION_ACTS) as [RelationAct, ...RelationAct[]]);

/** A relation with what it rests on. */
export const Relation = z
  .object({
    kind: RelationKind,
    subject: RelationEnd,
    object: RelationEnd,
    share: z.number().nullable().describe('percent, of a shareholding'),
    state: z.enum(['holds', 'rejected']),
    origin: z.enum(['derived', 'stated', 'person']),
    rules: z.array(RelationRule),
    evidence: z.array(RelationEvidence),
    since: Instant.describe('when it was first known'),
    decision: z
      .object({ id: Id, act: Act, reason: z.string(), by: z.string(), at: Instant })
      .nullable()
      .describe('what a person said of it, while that is in force'),
  })
  .meta({ id: 'Relation' });
export type Relation = z.infer<typeof Relation>;
/** Most relations of one enterprise that are read. */
export const RELATIONS_MAX = 500;
export const RelationList = z
  .object({ items: z.array(Relation), more: z.boolean() })
  .meta({ id: 'RelationList' });
export type RelationList = z.infer<typeof RelationList>;

export const GRAPH_DEPTH_MAX = 4;
export const GRAPH_NODES_MAX = 120;
export const RelationGraphQuery = z.object({
  depth: z.coerce.number().int().min(1).max(GRAPH_DEPTH_MAX).default(2),
  nodes: z.coerce.number().int().min(2).max(GRAPH_NODES_MAX).default(40),
  hints: z
    .enum(['true', 'false'])
    .default('true')
    .describe('also what enterprises share: address, phone, name of the representative'),
});
export type RelationGraphQuery = z.infer<typeof RelationGraphQuery>;
/** What lies around an enterprise. Rejected relations are left out. */
export const RelationGraph = z
  .object({
    centre: z.string().describe('key of the node in the middle'),
    nodes: z.array(
      RelationEnd.extend({
        key: z.string(),
        distance: z.number().int().describe('steps from the middle'),
        hidden: z.number().int().describe('relations of it that are not in this picture'),
      }),
    ),
    edges: z.array(
      z.object({
        kind: RelationKind,
        subject: z.string(),
        object: z.string(),
        share: z.number().nullable(),
        origin: z.enum(['derived', 'stated', 'person']),
      }),
    ),
    truncated: z.boolean().describe('a limit kept enterprises out'),
  })
  .meta({ id: 'RelationGraph' });
export type RelationGraph = z.infer<typeof RelationGraph>;

const Reason = z.string().trim().min(1).max(500);
/** A relation between the enterprise of the address and another one, as a person tells it. */
export const RelationStatement = z
  .object({
    kind: RelationKind,
    other: Id,
    as: z.enum(['subject', 'object']).describe('what the enterprise of the address is in it'),
    share: z.number().min(0).max(100).nullable().default(null),
    reason: Reason,
  })
  .meta({ id: 'RelationStatement' });
export type RelationStatement = z.infer<typeof RelationStatement>;
export const RelationUndo = z.object({ reason: Reason }).meta({ id: 'RelationUndo' });

/** What a person said of a relation. */
export const RelationDecision = z
  .object({
    id: Id,
    act: Act,
    kind: RelationKind,
    subject: Id,
    subjectName: z.string(),
    object: Id,
    objectName: z.string(),
    share: z.number().nullable(),
    reason: z.string(),
    madeBy: z.string(),
    madeAt: Instant,
    withdrawnBy: z.string().nullable(),
    withdrawnAt: Instant.nullable(),
    withdrawnFor: z.string().nullable(),
  })
  .meta({ id: 'RelationDecision' });
export type RelationDecision = z.infer<typeof RelationDecision>;
export const RelationDecisionQuery = PageQuery;
export const RelationDecisionPage = pageOf(RelationDecision).meta({ id: 'RelationDecisionPage' });
