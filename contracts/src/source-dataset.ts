import { z } from 'zod';
import { Bilingual, Instant } from './common.ts';
import { DataGrade, DataLevel, DatasetColumnType } from './share.ts';

/** Datasets made of sources are called so in front of the name that a person gives. */
export const SOURCE_DATASET_PREFIX = 'source_';
/** Most columns one source shares. */
export const SOURCE_DATASET_COLUMNS_MAX = 500;
/** Most sources of one installation that are datasets. */
export const SOURCE_DATASETS_MAX = 500;

const SafeName = z.string().regex(/^[a-z][a-z0-9_]{0,62}$/, 'a-z first, then a-z, 0-9 and _');
const Words = z.object({ zh: z.string().trim().min(1).max(500), en: z.string().trim().min(1).max(500) });

/** One column of a source as it is shared. */
export const SourceDatasetColumn = z
  .strictObject({
    to: z
      .string()
      .min(1)
      .max(100)
      .describe(
        'a target of the mapping; `rowKey` and `period` name the row, `findings` counts what is wrong',
      ),
    name: SafeName.describe('name in SQL and in answers'),
    title: Words,
    description: Words,
    grade: DataGrade,
    level: DataLevel,
    personal: z.boolean(),
  })
  .meta({ id: 'SourceDatasetColumn' });
export type SourceDatasetColumn = z.infer<typeof SourceDatasetColumn>;

/** What the owner of a source says to share it; columns that are left out are not shared. */
export const SourceDatasetChange = z
  .strictObject({
    name: z
      .string()
      .regex(/^[a-z][a-z0-9_]{0,54}$/, 'a-z first, then a-z, 0-9 and _')
      .describe('the dataset is called `source_` and this name, for good: no other source gets it'),
    title: Words,
    description: Words,
    columns: z.array(SourceDatasetColumn).min(1).max(SOURCE_DATASET_COLUMNS_MAX),
  })
  .meta({ id: 'SourceDatasetChange' });
export type SourceDatasetChange = z.infer<typeof SourceDatasetChange>;

export const SourceDataset = z
  .object({
    state: z.enum(['private', 'shared']).describe('private: a proposal, nobody sees it'),
    dataset: z.string().describe('id of the dataset; name in SQL behind `share.`'),
    nameFixed: z.boolean().describe('true once it was shared: policies and programs name it'),
    version: z
      .string()
      .nullable()
      .describe('version of the mapping, and how often it was shared anew; null while private'),
    title: Bilingual,
    description: Bilingual,
    columns: z.array(
      SourceDatasetColumn.extend({
        type: DatasetColumnType,
        unit: z.string().nullable(),
        standard: z.string().nullable().describe('standard its values follow'),
        shared: z.boolean(),
        there: z.boolean().describe('false when the mapping has no such target any more'),
      }),
    ),
    madeBy: z.string().nullable(),
    madeAt: Instant.nullable(),
  })
  .meta({ id: 'SourceDataset' });
export type SourceDataset = z.infer<typeof SourceDataset>;
