import { z } from 'zod';
import { Bilingual, Id, Instant, OrganisationPath, PageQuery, pageOf } from './common.ts';
import {
  ColumnName,
  DataGrade,
  DataLevel,
  DatasetColumnType,
  DatasetName,
  NewPolicy,
  Policy,
  PolicySubject,
  Purpose,
  QUERY_COLUMNS_MAX,
  RowFilter,
} from './share.ts';

/** Requests of one person or key that nobody has answered yet. */
export const ACCESS_REQUESTS_OPEN_MAX = 20;
/** Requests that one person or key makes within 24 hours, withdrawn ones too. */
export const ACCESS_REQUESTS_DAY_MAX = 100;
export const ACCESS_REQUEST_STATES = ['open', 'granted', 'refused', 'withdrawn'] as const;
export type AccessRequestState = (typeof ACCESS_REQUEST_STATES)[number];

/** A column that may be asked for. Those of grade 三级 or level 核心 are not among them: they are in principle not shared. */
export const AskableColumn = z
  .object({
    name: z.string(),
    title: Bilingual,
    description: Bilingual,
    type: DatasetColumnType,
    unit: z.string().nullable(),
    grade: DataGrade,
    level: DataLevel,
    personal: z.boolean(),
    sight: z
      .enum(['plain', 'masked', 'hidden'])
      .describe('how the asker sees it now; plain in all rows, masked or missing in some, or not at all'),
    key: z.boolean().describe('one of the columns that together are unique'),
  })
  .meta({ id: 'AskableColumn' });
export type AskableColumn = z.infer<typeof AskableColumn>;
export const AskableQuery = z.object({ dataset: DatasetName });
export const AskableColumns = z.object({ items: z.array(AskableColumn) });

/** What somebody would like to see. Whether the organisation exists is not told. */
export const NewAccessRequest = z
  .strictObject({
    dataset: DatasetName,
    for: z
      .discriminatedUnion('kind', [
        z.strictObject({ kind: z.literal('self') }),
        z
          .strictObject({ kind: z.literal('organisation') })
          .describe('everybody of the own organisation and below'),
        z.strictObject({ kind: z.literal('key'), id: Id }).describe('a key that one may look up'),
      ])
      .default({ kind: 'self' }),
    organisation: OrganisationPath.describe('whose data: rows of this organisation and those below'),
    columns: z.array(ColumnName).min(1).max(QUERY_COLUMNS_MAX),
    filter: RowFilter.nullable().default(null),
    purpose: Purpose.describe('what the data are for; questions will have to tell it'),
    reason: z.string().trim().max(1_000).default(''),
    until: Instant.nullable().default(null),
  })
  .meta({ id: 'NewAccessRequest' });
export type NewAccessRequest = z.infer<typeof NewAccessRequest>;

export const AccessRequest = z
  .object({
    id: Id,
    state: z.enum(ACCESS_REQUEST_STATES),
    dataset: z.string(),
    datasetTitle: Bilingual,
    subject: PolicySubject,
    organisation: OrganisationPath,
    columns: z.array(z.object({ name: z.string(), title: Bilingual })),
    filter: RowFilter.nullable(),
    purpose: z.string(),
    reason: z.string(),
    until: Instant.nullable(),
    by: z.object({
      kind: z.enum(['user', 'key']),
      name: z.string(),
      organisation: OrganisationPath,
      organisationName: z.string(),
    }),
    madeAt: Instant,
    answer: z.string().describe('why it was refused, or a word with the grant'),
    decidedAt: Instant.nullable(),
    decidedBy: z.string().nullable().describe('null for whoever asked'),
    grant: z
      .object({ state: z.enum(['active', 'revoked', 'expired']), until: Instant.nullable() })
      .nullable()
      .describe('what became of the policy that answered it'),
    policy: Id.nullable().describe('the policy that answered it; null for whoever asked'),
  })
  .meta({ id: 'AccessRequest' });
export type AccessRequest = z.infer<typeof AccessRequest>;
export const AccessRequestPage = pageOf(AccessRequest);
export const AccessRequestQuery = PageQuery.extend({
  dataset: DatasetName.optional(),
  state: z.enum(ACCESS_REQUEST_STATES).optional(),
});
export type AccessRequestQuery = z.infer<typeof AccessRequestQuery>;

/** A request as those see it who may answer it, with the policy that would grant what was asked for. */
export const AccessRequestProposal = z
  .object({ request: AccessRequest, policy: NewPolicy })
  .meta({ id: 'AccessRequestProposal' });
export type AccessRequestProposal = z.infer<typeof AccessRequestProposal>;

const Answer = z.string().trim().max(1_000);
export const AccessRequestGrant = z
  .strictObject({
    policy: NewPolicy.describe('for whom and of which dataset as asked; the rest may differ'),
    answer: Answer.default(''),
  })
  .meta({ id: 'AccessRequestGrant' });
export type AccessRequestGrant = z.infer<typeof AccessRequestGrant>;
export const AccessRequestGranted = z.object({ request: AccessRequest, policy: Policy });
export const AccessRequestRefusal = z
  .strictObject({ answer: Answer.min(1) })
  .meta({ id: 'AccessRequestRefusal' });
export const AccessRequestTrial = z
  .strictObject({ policy: NewPolicy.nullable().default(null) })
  .meta({ id: 'AccessRequestTrial' });
