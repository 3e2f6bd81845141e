import type { LinkSettings } from '@ronghe/contracts';
import { PARTS, type PartType } from './features.ts';

/** A step of the linker: one statement of ClickHouse with the name people read. Everything in it is a name or number of ours. */
export type Step = { name: string; sql: string };

/** The records of all inputs: numbers from 0 in their order, and which source each comes from. */
export type Population = {
  records: number;
  /** records of each input, which are numbered one after the other */
  inputs: readonly number[];
  /** records of each source, by its number; an input is one source unless a column tells several */
  sources: readonly number[];
  /** sources that hold each entity once */
  duplicateFree: readonly number[];
  /** false when pairs of one source are not compared */
  within: boolean;
};

/** Pairs that could be compared at all. */
export function pairsPossible({ records, inputs, sources, duplicateFree, within }: Population): number {
  const pairsOf = (rows: number) => (rows * (rows - 1)) / 2;
  const apart = within ? sources.filter((_rows, source) => duplicateFree.includes(source)) : inputs;
  return Math.max(1, pairsOf(records) - apart.reduce((sum, rows) => sum + pairsOf(rows), 0));
}

/** `column.part` of settings as the column of the table; names are checked by the schema (`a-z0-9_`). */
export const columnOf = (feature: string): string => feature.replace('.', '__');

/** Type of a feature; null when the settings have no such column or its kind no such part. */
export function typeOf(feature: string, { columns }: Pick<LinkSettings, 'columns'>): PartType | null {
  const [name, part = 'v'] = feature.split('.');
  const column = columns.find((one) => one.name === name);
  return column ? (PARTS[column.kind].find((one) => one.name === part)?.type ?? null) : null;
}

/** The parts of each column that comparisons and rules look at, by their places in `PARTS`: only those are kept. */
export function partsUsed(settings: LinkSettings): number[][] {
  const used = new Set<string>();
  for (const comparison of settings.comparisons) {
    if ('text' in comparison) used.add(comparison.text).add(`${comparison.text}.words`);
    else
      for (const test of comparison.levels.flatMap(({ all }) => all)) {
        used.add(test.on);
        if (test.is === 'crossed') used.add(test.to);
        if (test.is === 'dateparts') for (const part of ['y', 'm', 'd']) used.add(`${test.on}.${part}`);
      }
  }
  for (const rule of settings.blocking) {
    if ('text' in rule) used.add(rule.text).add(`${rule.text}.words`);
    else for (const feature of rule.on) used.add(feature);
  }
  for (const { on, unless = [] } of settings.deterministic ?? [])
    for (const feature of [...on, ...unless]) used.add(feature);
  return settings.columns.map(({ name, kind }) =>
    PARTS[kind].flatMap((part, at) =>
      used.has(part.name === 'v' ? name : `${name}.${part.name}`) ? [at] : [],
    ),
  );
}

/** The columns of the table of records, in the order of the settings' columns and their used parts. */
export function tableColumns(settings: LinkSettings): { name: string; type: PartType }[] {
  const used = partsUsed(settings);
  return settings.columns.flatMap(({ name, kind }, column) =>
    (used[column] ?? []).flatMap((at) => {
      const part = PARTS[kind][at];
      return part ? [{ name: part.name === 'v' ? name : `${name}__${part.name}`, type: part.type }] : [];
    }),
  );
}

/** Condition that a feature tells something. */
export const isToldSql = (column: string, type: PartType): string =>
  type === 'String' ? `${column} != ''` : type === 'Int32' ? `${column} != 0` : `not isNaN(${column})`;

/** Features that are compared by their frequency: each gets a column `…__n` with how many records share the value. */
export const frequencyFeatures = ({ comparisons }: Pick<LinkSettings, 'comparisons'>): string[] => [
  ...new Set(
    comparisons.flatMap((one) =>
      'levels' in one
        ? one.levels.flatMap(({ frequency, all }) => (frequency && all[0] ? [all[0].on] : []))
        : [],
    ),
  ),
];

/** Tables before anything is loaded. */
export function loadSteps(database: string, settings: LinkSettings): Step[] {
  const columns = tableColumns(settings);
  // sql-identifier: names of columns are checked by the schema, the database is named by us
  return [
    { name: 'database', sql: `create database if not exists ${database}` },
    {
      name: 'records as loaded',
      // sql-identifier: names of columns are checked by the schema, the database is named by us
      sql: `create table ${database}.load (id UInt32, src UInt16, ${columns
        .map(({ name, type }) => `${name} ${type}`)
        .join(', ')}) engine = MergeTree order by id`,
    },
  ];
}

/** Term frequencies, then the records with how often each counted value occurs. */
export function recordSteps(database: string, settings: LinkSettings): Step[] {
  const counted = frequencyFeatures(settings).map(columnOf);
  const joins = counted.map(
    (column, at) => `left join ${database}.tf_${column} t${at} on t${at}.v = x.${column}`,
  );
  return [
    ...counted.map((column) => ({
      name: `term frequencies of ${column}`,
      // sql-identifier: names of columns are checked by the schema, the database is named by us
      sql: `create table ${database}.tf_${column} engine = MergeTree order by v as select ${column} as v, toUInt32(count()) as n
from ${database}.load where ${column} != '' group by v`,
    })),
    {
      name: 'records',
      // sql-identifier: names of columns are checked by the schema, the database is named by us
      sql: `create table ${database}.rec engine = MergeTree order by id as select x.*${counted
        .map((column, at) => `, t${at}.n as ${column}__n`)
        .join('')} from ${database}.load x ${joins.join(' ')}`,
    },
    {
      name: 'forget what was loaded',
      // sql-identifier: the database is named by us
      sql: `drop table ${database}.load`,
    },
  ];
}
