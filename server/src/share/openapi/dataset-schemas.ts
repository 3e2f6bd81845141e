import type { Bilingual, DatasetColumn, DatasetColumnType } from '@ronghe/contracts';
import { BUCKETS, FILTER_VALUES_MAX, QUESTION_AGGREGATES } from '@ronghe/contracts';

/** A piece of JSON Schema 2020-12. */
export type Schema = { readonly [name: string]: unknown };
export type DescribedDataset = {
  id: string;
  title: Bilingual;
  description: Bilingual;
  /** columns that together are unique */
  key: readonly string[];
  /** the columns the caller sees */
  columns: readonly DatasetColumn[];
};
type Language = keyof Bilingual;

/** Kinds of values that conditions compare with, and how a value of each looks. */
const KINDS = ['text', 'number', 'time', 'date', 'boolean'] as const;
type Kind = (typeof KINDS)[number];
const KIND_OF: Readonly<Record<DatasetColumnType, Kind>> = {
  text: 'text',
  integer: 'number',
  number: 'number',
  time: 'time',
  date: 'date',
  boolean: 'boolean',
};
const VALUES: Readonly<Record<Kind, Schema>> = {
  text: { type: 'string', maxLength: 2_000 },
  number: { type: 'number' },
  time: { type: 'string', format: 'date-time' },
  date: { type: 'string', format: 'date' },
  boolean: { type: 'boolean' },
};
const COMPARING = ['eq', 'ne', 'lt', 'lte', 'gt', 'gte'];
const JSON_TYPES: Readonly<Record<DatasetColumnType, Schema>> = {
  text: { type: 'string' },
  integer: { type: 'integer' },
  number: { type: 'number' },
  time: { type: 'string', format: 'date-time' },
  date: { type: 'string', format: 'date' },
  boolean: { type: 'boolean' },
};
const EXAMPLE_COLUMNS = 4;
const EXAMPLE_ROWS = 10;

/** Names of a dataset's schemas. Those of the house have no underscore, and an id has no capital, so no two are the same. */
export const schemaName = (id: string, what: 'Row' | 'Filter' | 'Question' | 'Answer' | 'Export'): string =>
  `${id}_${what}`;
const reference = (name: string): Schema => ({ $ref: `#/components/schemas/${name}` });
const strict = (properties: Schema, required: readonly string[]): Schema => ({
  type: 'object',
  properties,
  ...(required.length > 0 ? { required } : {}),
  additionalProperties: false,
});

/** Schemas of one dataset as its caller sees it: rows, conditions, questions and answers, with the names of its columns. */
export function schemasOf(dataset: DescribedDataset, language: Language): Record<string, Schema> {
  const { id } = dataset;
  return {
    [schemaName(id, 'Row')]: rowSchema(dataset, language),
    [schemaName(id, 'Filter')]: filterSchema(dataset),
    [schemaName(id, 'Question')]: questionSchema(dataset),
    [schemaName(id, 'Answer')]: answerSchema(id),
    [schemaName(id, 'Export')]: exportSchema(dataset),
  };
}

const namesOf = (columns: readonly DatasetColumn[]): string[] => columns.map(({ name }) => name);

/** A row has the columns that were asked for; without groups those of the dataset, with groups the names of the question besides. */
function rowSchema({ columns, key, description }: DescribedDataset, language: Language): Schema {
  const unique = new Set(key);
  const properties = columns.map((column) => {
    const { type, ...more } = JSON_TYPES[column.type];
    return [
      column.name,
      {
        type: unique.has(column.name) ? type : [type, 'null'],
        ...more,
        title: column.title[language],
        description: [column.description[language], column.unit ?? ''].filter(Boolean).join(' · '),
        'x-grade': column.grade,
        'x-level': column.level,
        ...(column.unit === null ? {} : { 'x-unit': column.unit }),
        ...(column.masks.length === 0 ? {} : { 'x-masks': column.masks.map(({ kind }) => kind) }),
      },
    ];
  });
  return {
    type: 'object',
    description: description[language],
    properties: Object.fromEntries(properties) as Schema,
    additionalProperties: { type: ['string', 'number', 'boolean', 'null'] },
  };
}

function filterSchema({ id, columns }: DescribedDataset): Schema {
  const self = reference(schemaName(id, 'Filter'));
  const parts = { type: 'array', items: self, minItems: 1, maxItems: 100 };
  const conditions = KINDS.flatMap((kind) => {
    const names = namesOf(columns.filter(({ type }) => KIND_OF[type] === kind));
    if (names.length === 0) return [];
    const column = { type: 'string', enum: names };
    const ops = kind === 'text' ? [...COMPARING, 'contains', 'startsWith'] : COMPARING;
    const values = { type: 'array', items: VALUES[kind], minItems: 1, maxItems: FILTER_VALUES_MAX };
    return [
      strict({ column, op: { type: 'string', enum: ops }, value: VALUES[kind] }, ['column', 'op', 'value']),
      strict({ column, op: { type: 'string', enum: ['in', 'notIn'] }, values }, ['column', 'op', 'values']),
    ];
  });
  const any = { type: 'string', enum: namesOf(columns) };
  return {
    anyOf: [
      strict({ and: parts }, ['and']),
      strict({ or: parts }, ['or']),
      strict({ not: self }, ['not']),
      ...conditions,
      strict({ column: any, op: { type: 'string', enum: ['isNull', 'notNull'] } }, ['column', 'op']),
    ],
  };
}

const ALIAS = { type: 'string', pattern: '^[a-z][a-z0-9_]{0,62}$' };
const PURPOSE = { type: 'string', minLength: 1, maxLength: 100 };

function questionSchema({ id, columns }: DescribedDataset): Schema {
  const column = { type: 'string', enum: namesOf(columns) };
  const moments = namesOf(columns.filter(({ type }) => type === 'time' || type === 'date'));
  const list = (items: Schema, maxItems: number) => ({ type: 'array', items, maxItems });
  const every = { type: 'string', enum: [...BUCKETS] };
  const bucket = strict({ column: { type: 'string', enum: moments }, every, as: ALIAS }, ['column', 'every']);
  const aggregate = { fn: { type: 'string', enum: [...QUESTION_AGGREGATES] }, column, as: ALIAS };
  const order = { type: 'string', enum: ['asc', 'desc'], default: 'asc' };
  return {
    ...strict(
      {
        select: { ...list(column, 200), minItems: 1 },
        filter: reference(schemaName(id, 'Filter')),
        group: list(column, 20),
        ...(moments.length === 0 ? {} : { bucket }),
        aggregates: list(strict(aggregate, ['fn', 'as']), 50),
        sort: list(strict({ by: ALIAS, order }, ['by']), 10),
        limit: { type: 'integer', minimum: 1, maximum: 10_000, default: 100 },
        cursor: { type: 'string', maxLength: 4_000, description: '`next` of the page before' },
        purpose: PURPOSE,
      },
      [],
    ),
    examples: [{ select: namesOf(columns).slice(0, EXAMPLE_COLUMNS), limit: EXAMPLE_ROWS }],
  };
}

const answerSchema = (id: string): Schema => ({
  allOf: [
    reference('DatasetAnswer'),
    {
      type: 'object',
      properties: { rows: { type: 'array', items: reference(schemaName(id, 'Row')) } },
    },
  ],
});

function exportSchema({ id, columns }: DescribedDataset): Schema {
  const column = { type: 'string', enum: namesOf(columns) };
  return {
    ...strict(
      {
        select: { type: 'array', items: column, minItems: 1, maxItems: 200 },
        filter: reference(schemaName(id, 'Filter')),
        purpose: PURPOSE,
        format: { type: 'string', enum: ['csv', 'xlsx', 'parquet', 'json'] },
      },
      ['format'],
    ),
    examples: [{ format: 'csv' }],
  };
}
