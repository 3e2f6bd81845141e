import { DATA_GRADES, DATA_LEVELS, type DatasetColumn, type DatasetColumnType } from '@ronghe/contracts';

const LOGICAL: Record<DatasetColumnType, string> = {
  text: 'string',
  integer: 'integer',
  number: 'number',
  time: 'timestamp',
  date: 'date',
  boolean: 'boolean',
};
const PHYSICAL: Record<DatasetColumnType, string> = {
  text: 'Nullable(String)',
  integer: 'Int64',
  number: 'Nullable(Float64)',
  time: "DateTime64(6, 'UTC')",
  date: 'Date',
  boolean: 'Bool',
};

type Told = {
  id: string;
  title: { zh: string; en: string };
  description: { zh: string; en: string };
  key: readonly string[];
  owner: string;
  columns: readonly DatasetColumn[];
  why: readonly { zh: string; en: string }[];
  /** address of the platform */
  url: string;
  language: 'zh' | 'en';
  /** of the dataset, and the number of the rules behind it */
  version: string;
  /** the source whose rows it shares */
  source?: string;
};
type Property = { property: string; value: unknown };

/**
 * The contract of a dataset for its caller, as Open Data Contract Standard 3.1.0: what the caller sees, with grades and masks as custom
 * properties (`jx.…`). The same caller gets the same contract until policies or grades change; its version changes with them, and with the form of
 * the dataset (of a source: with its mapping, and when it is shared anew).
 */
export function contractOf(told: Told): Record<string, unknown> {
  const { id, title, description, owner, url, language, version, source, columns, why } = told;
  const grade = Math.max(1, ...columns.map((column) => column.grade)) as keyof typeof DATA_GRADES;
  return {
    apiVersion: 'v3.1.0',
    kind: 'DataContract',
    id: `share-${id}`,
    name: title[language],
    version,
    status: 'active',
    domain: 'share',
    tenant: owner,
    description: {
      purpose: description[language],
      limitations: why.map((reason) => reason[language]).join('\n'),
    },
    servers: [{ server: 'rest', type: 'api', location: `${url}/api/share/datasets/${id}` }],
    schema: [
      {
        name: id,
        physicalName: `share.${id}`,
        physicalType: 'table',
        logicalType: 'object',
        description: description[language],
        properties: columns.map((column) => propertyOf(column, told)),
      },
    ],
    customProperties: [
      { property: 'jx.grade', value: DATA_GRADES[grade][language] },
      { property: 'jx.owner', value: owner },
      ...(source === undefined ? [] : [{ property: 'jx.source', value: source }]),
    ],
  };
}

function propertyOf(column: DatasetColumn, { key, language }: Told): Record<string, unknown> {
  const at = key.indexOf(column.name);
  const custom: Property[] = [
    { property: 'jx.grade', value: DATA_GRADES[column.grade][language] },
    { property: 'jx.level', value: DATA_LEVELS[column.level][language] },
    { property: 'jx.personal', value: column.personal },
    ...(column.unit === null ? [] : [{ property: 'jx.unit', value: column.unit }]),
    ...(column.standard === undefined ? [] : [{ property: 'jx.standard', value: column.standard }]),
    ...(column.masks.length === 0
      ? []
      : [{ property: 'jx.masks', value: column.masks.map(({ kind }) => kind) }]),
    ...(column.partly ? [{ property: 'jx.partly', value: true }] : []),
  ];
  return {
    name: column.name,
    businessName: column.title[language],
    description: column.description[language],
    logicalType: LOGICAL[column.type],
    physicalType: PHYSICAL[column.type],
    classification: `${DATA_GRADES[column.grade][language]}/${DATA_LEVELS[column.level][language]}`,
    ...(at < 0 ? {} : { primaryKey: true, primaryKeyPosition: at + 1, required: true }),
    ...(key.length === 1 && at === 0 ? { unique: true } : {}),
    customProperties: custom,
  };
}
