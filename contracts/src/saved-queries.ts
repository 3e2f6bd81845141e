import { z } from 'zod';
import { Bilingual, Instant, OrganisationPath } from './common.ts';
import { DataGrade, DataLevel, DatasetColumnType } from './share.ts';

/** Saved queries are called so in front of the name that a person gives. */
export const SAVED_QUERY_PREFIX = 'query_';
/** Most saved queries of one installation. */
export const SAVED_QUERIES_MAX = 500;
export const SAVED_QUERY_COLUMNS_MAX = 200;
/** Characters of one saved query. */
export const SAVED_QUERY_SQL_MAX = 20_000;

const ColumnName = z.string().regex(/^[a-z][a-z0-9_]{0,62}$/, 'a-z first, then a-z, 0-9 and _');
const Words = z.object({ zh: z.string().trim().min(1).max(500), en: z.string().trim().min(1).max(500) });
const QueryName = z
  .string()
  .regex(/^[a-z][a-z0-9_]{0,55}$/, 'a-z first, then a-z, 0-9 and _')
  .meta({ example: 'electricity_by_city' });
export const SavedQueryByName = z.object({ name: QueryName });

/** What a column of a saved query means, where it is not what the column it is made of means. */
export const SavedQueryColumn = z
  .strictObject({
    name: ColumnName,
    title: Words,
    description: Words,
    unit: z.string().max(40).nullable().default(null),
  })
  .meta({ id: 'SavedQueryColumn' });
export type SavedQueryColumn = z.infer<typeof SavedQueryColumn>;

const SavedQueryContent = {
  title: Words,
  description: Words,
  sql: z
    .string()
    .trim()
    .min(1)
    .max(SAVED_QUERY_SQL_MAX)
    .describe('one SELECT over datasets and other saved queries, every column named'),
  columns: z.array(SavedQueryColumn).max(SAVED_QUERY_COLUMNS_MAX).default([]),
  key: z
    .array(ColumnName)
    .max(10)
    .default([])
    .describe('columns that together are unique: then answers have pages'),
};
export const NewSavedQuery = z
  .strictObject({
    name: QueryName.describe('the dataset is called `query_` and this name, for good'),
    organisation: OrganisationPath.describe('whose it is; it is known there, above and below'),
    ...SavedQueryContent,
  })
  .meta({ id: 'NewSavedQuery' });
export type NewSavedQuery = z.infer<typeof NewSavedQuery>;
export const SavedQueryChange = z
  .strictObject({
    ...SavedQueryContent,
    basedOn: z.number().int().min(1).describe('version that was read'),
  })
  .meta({ id: 'SavedQueryChange' });
export type SavedQueryChange = z.infer<typeof SavedQueryChange>;

export const SavedQuery = z
  .object({
    ...SavedQueryContent,
    name: z.string(),
    organisation: OrganisationPath,
    dataset: z.string(),
    version: z.number().int(),
    state: z.enum(['active', 'deleted']),
    madeBy: z.string(),
    madeAt: Instant,
    reads: z.array(z.string()).describe('datasets it reads, also by way of other saved queries'),
    broken: Bilingual.nullable().describe('why nobody can ask it at the moment; null when it can be asked'),
  })
  .meta({ id: 'SavedQuery' });
export type SavedQuery = z.infer<typeof SavedQuery>;
export const SavedQueryList = z.object({ items: z.array(SavedQuery) });

export const SavedQueryTrial = z
  .strictObject({ sql: SavedQueryContent.sql, key: SavedQueryContent.key })
  .meta({ id: 'SavedQueryTrial' });
export type SavedQueryTrial = z.infer<typeof SavedQueryTrial>;
/** What a query would be as a dataset, before it is saved. */
export const SavedQueryTrialAnswer = z
  .object({
    reads: z.array(z.string()),
    columns: z.array(
      z.object({
        name: z.string(),
        type: DatasetColumnType,
        title: Bilingual,
        description: Bilingual,
        unit: z.string().nullable(),
        grade: DataGrade,
        level: DataLevel,
        personal: z.boolean(),
      }),
    ),
  })
  .meta({ id: 'SavedQueryTrialAnswer' });
export type SavedQueryTrialAnswer = z.infer<typeof SavedQueryTrialAnswer>;
