import { createHash } from 'node:crypto';
import {
  type Bilingual,
  ENTERPRISE_ATTRIBUTES,
  type FieldMapping,
  INDICATORS,
  type IndicatorCode,
  PART_TARGET_LIST,
  type SourceDatasetChange,
  type SourceDatasetColumn,
  type TransformName,
} from '@ronghe/contracts';
import type { ColumnOffer } from '#platform/datasets/offer.ts';
import { unitsOf } from '../sources/dataset-units.ts';
import { soundOf } from '../standards/characters.ts';

/** A column as it is kept with the source that shares it. */
export type KeptColumn = SourceDatasetColumn & { unit: string | null };
export type KeptSharing = Pick<SourceDatasetChange, 'title' | 'description'> & { columns: KeptColumn[] };
type Mapped = {
  name: string;
  mappings: readonly FieldMapping[];
  rowKey: readonly string[];
  periodField: string | null;
};
type Known = {
  /** columns of the newest delivery, for units that stand in cells */
  profiled: readonly { name: string; unit: string | null }[];
  /** fields that any version of the mapping reads as a person's */
  personFields: ReadonlySet<string>;
};

/** Targets that every source has beside those of its mapping. */
export const ROW_TARGETS = ['rowKey', 'period', 'findings'] as const;
/** The column with the organisation of the source; every dataset has one, so that rows are scoped by it. */
export const ORGANISATION_COLUMN: ColumnOffer = {
  name: 'organisation',
  type: 'text',
  title: { zh: '责任组织', en: 'Organisation' },
  description: { zh: '数据源所属的组织路径', en: 'Path of the organisation the source belongs to' },
  ...{ unit: null, grade: 1, level: 'general', personal: false },
};
const STANDARDS: Partial<Record<TransformName, string>> = {
  code: 'GB 32100',
  division: 'GB/T 2260',
  industry: 'GB/T 4754',
  date: 'ISO 8601',
};
const UNITS: Readonly<Record<string, string>> = {
  registeredCapital: '万元',
  revenue: '万元',
  employees: '人',
  'plant:area': '平方米',
  'relation:share': '%',
};
const NUMBERS: ReadonlySet<string> = new Set<TransformName>(['number', 'thousand-to-wan']);
const PERSONAL: ReadonlySet<string> = new Set([
  ...['legalPerson', 'phone', 'person:name', 'person:phone', 'person:email', 'relation:shareholder'],
]);
const NAME_LENGTH_MAX = 40;
const HASH_LENGTH = 6;

/** Every target of a mapping once, as the first of its mappings makes it. */
export function targetsOf(mappings: readonly FieldMapping[]): Map<string, FieldMapping> {
  const targets = new Map<string, FieldMapping>();
  for (const mapping of mappings) if (!targets.has(mapping.to)) targets.set(mapping.to, mapping);
  return targets;
}

/**
 * Columns as they are proposed: names from the words of the target, with the readings of Chinese ones. Nothing is freer than it is known to be
 * harmless: attributes that the enterprise database shows are grade 一级, all others 二级, persons besides marked.
 */
export function proposedColumns(source: Mapped, { profiled, personFields }: Known): KeptColumn[] {
  const units = unitsOf(source.mappings, profiled);
  const taken = new Set<string>([ORGANISATION_COLUMN.name]);
  const mapped = [...targetsOf(source.mappings)].map(([to, mapping]): KeptColumn => {
    const title = titleOf(to);
    const personal = PERSONAL.has(to) || mapping.from.split('|').some((field) => personFields.has(field));
    const known = to in ENTERPRISE_ATTRIBUTES && !personal;
    return {
      ...{
        to,
        name: columnName(to, taken),
        title,
        unit: UNITS[to] ?? indicatorOf(to)?.unit ?? units[to]?.zh ?? null,
      },
      description: {
        zh: `来源字段「${mapping.from}」`.slice(0, 500),
        en: `Field ${mapping.from} of the source`.slice(0, 500),
      },
      ...{ grade: known ? 1 : 2, level: 'general', personal },
    };
  });
  return [...rowColumns(source, mapped, taken), ...mapped];
}

/** The columns that name a row: as closed as the most closed field the name is made of, and closed where a field is not known. */
function rowColumns(source: Mapped, mapped: readonly KeptColumn[], taken: Set<string>): KeptColumn[] {
  const fields = source.rowKey.flatMap((name) => name.split('|'));
  const closed = fields.some((field) => {
    const target = source.mappings.find(({ from }) => from.split('|').includes(field))?.to;
    const column = mapped.find(({ to }) => to === target);
    return field !== source.periodField && (column === undefined || column.grade > 1 || column.personal);
  });
  const column = (to: string, name: string, title: Bilingual, description: Bilingual): KeptColumn => {
    taken.add(name);
    return { to, name: nameBeside(name, mapped), title, description, unit: null, ...HARMLESS };
  };
  return [
    {
      ...column(
        'rowKey',
        'row_key',
        { zh: '行键', en: 'Key of the row' },
        {
          zh: `由来源字段 ${fields.join('、')} 组成`.slice(0, 500),
          en: `Made of ${fields.join(', ')}`.slice(0, 500),
        },
      ),
      grade: closed ? 2 : 1,
    },
    ...(source.periodField === null
      ? []
      : [column('period', 'period', { zh: '报告期', en: 'Month' }, { zh: 'YYYY-MM', en: 'YYYY-MM' })]),
    column(
      'findings',
      'findings',
      { zh: '质量问题数', en: 'Findings' },
      { zh: '本行不符合标准的处数', en: 'How often the row breaks a rule' },
    ),
  ];
}
const HARMLESS = { grade: 1, level: 'general', personal: false } as const;
const nameBeside = (name: string, others: readonly KeptColumn[]): string =>
  others.some((other) => other.name === name) ? `row_${name}`.slice(0, NAME_LENGTH_MAX) : name;

const indicatorOf = (to: string) =>
  to.startsWith('indicator:') ? INDICATORS[to.slice('indicator:'.length) as IndicatorCode] : undefined;

function titleOf(to: string): Bilingual {
  if (to in ENTERPRISE_ATTRIBUTES) {
    const { zh, en } = ENTERPRISE_ATTRIBUTES[to as keyof typeof ENTERPRISE_ATTRIBUTES];
    return { zh, en };
  }
  const told = indicatorOf(to) ?? PART_TARGET_LIST.find(({ target }) => target === to);
  if (told) return { zh: told.zh, en: told.en };
  const name = to.startsWith('column:') ? to.slice('column:'.length) : to;
  return { zh: name, en: name };
}

/** A safe name that only depends on the target, unless another target has taken it. */
function columnName(to: string, taken: Set<string>): string {
  const words = to.replace(/^column:/, '').replace(/([a-z])([A-Z])/g, '$1 $2');
  const slug = words
    .replace(/\p{Script=Han}/gu, (character) => ` ${soundOf(character)} `)
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^[^a-z]+/, '')
    .slice(0, NAME_LENGTH_MAX)
    .replace(/_+$/, '');
  const hash = createHash('sha256').update(to).digest('hex').slice(0, HASH_LENGTH);
  const name =
    slug === '' || slug.startsWith('rh__') || taken.has(slug) ? `${slug || 'column'}_${hash}` : slug;
  taken.add(name);
  return name;
}

/** What is wrong with what an owner says; empty when it can be shared. */
export function faultsOf(
  { columns }: Pick<SourceDatasetChange, 'columns'>,
  source: Mapped,
): { path: string; message: string }[] {
  const targets = targetsOf(source.mappings);
  const isThere = (to: string) =>
    targets.has(to) ||
    to === 'rowKey' ||
    to === 'findings' ||
    (to === 'period' && source.periodField !== null);
  const twice = (values: readonly string[]) => values.filter((value, at) => values.indexOf(value) !== at);
  const at = (index: number) => `columns.${index}`;
  return [
    ...columns.flatMap(({ to, name }, index) => [
      ...(isThere(to) ? [] : [{ path: `${at(index)}.to`, message: `the mapping has no target ${to}` }]),
      ...(name === ORGANISATION_COLUMN.name
        ? [{ path: `${at(index)}.name`, message: 'organisation is a column of every dataset' }]
        : []),
      ...(name.startsWith('rh__') || name.startsWith('place_')
        ? [{ path: `${at(index)}.name`, message: 'rh__ and place_ are the platform’s own' }]
        : []),
    ]),
    ...twice(columns.map(({ name }) => name)).map((name) => ({
      path: 'columns',
      message: `two columns are called ${name}`,
    })),
    ...twice(columns.map(({ to }) => to)).map((to) => ({ path: 'columns', message: `${to} is told twice` })),
    ...(columns.some(({ to }) => to === 'rowKey')
      ? []
      : [{ path: 'columns', message: 'rowKey names the rows' }]),
  ];
}

/** The type and standard of a column under a mapping; null where the mapping has no such target any more. */
export function formOf(
  to: string,
  source: Mapped,
): { type: ColumnOffer['type']; standard: string | null } | null {
  if (to === 'rowKey') return { type: 'text', standard: null };
  if (to === 'findings') return { type: 'integer', standard: null };
  if (to === 'period') return source.periodField === null ? null : { type: 'text', standard: 'ISO 8601' };
  const mapping = targetsOf(source.mappings).get(to);
  if (!mapping) return null;
  return {
    type: NUMBERS.has(mapping.transform) ? 'number' : 'text',
    standard: STANDARDS[mapping.transform as TransformName] ?? null,
  };
}

/** Columns that a dataset has now: those its owner shared and the mapping still makes. What a mapping adds waits until it is shared. */
export function offeredColumns({ columns }: KeptSharing, source: Mapped): (ColumnOffer & { to: string })[] {
  const units = unitsOf(source.mappings, []);
  const targets = targetsOf(source.mappings);
  return columns.flatMap(({ to, name, title, description, grade, level, personal, unit }) => {
    const form = formOf(to, source);
    if (!form) return [];
    const division = targets.get(to)?.transform === 'division';
    return [
      {
        ...{ to, name, title, description, grade, level, personal, type: form.type },
        unit: form.type === 'number' ? (units[to]?.zh ?? unit) : null,
        ...(form.standard === null ? {} : { standard: form.standard }),
        ...(division ? { meaning: 'division' as const } : {}),
      },
    ];
  });
}
