import type { DatasetColumnType, NewSavedQuery } from '@ronghe/contracts';
import { hasMatcher, outputsOf, type Query } from '../sql/sql.ts';

const NAME = /^[a-z][a-z0-9_]{0,62}$/;

/** What is wrong with a query that is to be a dataset, in words of its text; empty when its columns have names that can be asked for. */
export function faultsOf(query: Query): string[] {
  if (hasMatcher(query)) return ['name every column; * and COLUMNS are others tomorrow'];
  const names = outputsOf(query).map(({ name }) => name);
  const twice = names.filter((name, at) => name !== null && names.indexOf(name) !== at);
  return [
    ...names.flatMap((name, at) => {
      if (name === null) return [`column ${at + 1} needs a name: … AS name`];
      if (!NAME.test(name)) return [`column ${name} needs a name of a-z, 0-9 and _: … AS name`];
      return name.startsWith('place_')
        ? [`${name}: names that begin with place_ are the platform’s own`]
        : [];
    }),
    ...[...new Set(twice)].map((name) => `two columns are called ${name}`),
  ];
}

/** What is wrong with what is said about its columns. */
export function wordFaults(
  { columns, key }: Pick<NewSavedQuery, 'columns' | 'key'>,
  names: readonly string[],
): string[] {
  const told = columns.map(({ name }) => name);
  return [
    ...[...told, ...key]
      .filter((name) => !names.includes(name))
      .map((name) => `the query has no column ${name}`),
    ...told.filter((name, at) => told.indexOf(name) !== at).map((name) => `${name} is told twice`),
    ...key.filter((name, at) => key.indexOf(name) !== at).map((name) => `${name} is twice in the key`),
  ];
}

/** A type of the engine as one that questions know; null for arrays and the like. */
export function plainType(written: string): DatasetColumnType | null {
  const type = written.replace(/^LowCardinality\((.*)\)$/, '$1').replace(/^Nullable\((.*)\)$/, '$1');
  if (/^U?Int(?:8|16|32|64)$/.test(type)) return 'integer';
  if (/^(?:Float(?:32|64)|Decimal\(.*\))$/.test(type)) return 'number';
  if (/^DateTime(?:64)?\b/.test(type)) return 'time';
  if (type === 'Date' || type === 'Date32') return 'date';
  if (type === 'Bool') return 'boolean';
  return type === 'String' ? 'text' : null;
}
