import type { FilterValue, NewPolicy, RowFilter } from '@ronghe/contracts';
import type { ColumnOffer } from '#platform/datasets/offer.ts';
import { engineMoment } from '../datasets/instants.ts';
import { nearNames } from '../datasets/near.ts';
import { isClosed } from './deciding.ts';
import { fitsColumn } from './masks.ts';
import { isWithin } from './subtrees.ts';

type Known = {
  /** columns of the policy's dataset; of all datasets when it speaks of all */
  columns: readonly (readonly ColumnOffer[])[];
  /** those of datasets that come and go: a filter need not mean something in them, and grants nothing where it does not */
  passing?: readonly (readonly ColumnOffer[])[];
  /** organisation of whoever writes it */
  writer: string;
};

/** What is wrong with a policy, in the words of its fields; empty when it can be saved. */
export function faultsOf(policy: NewPolicy, { columns: lasting, passing = [], writer }: Known): string[] {
  const columns = [...lasting, ...passing];
  const { rows, organisation, from, until } = policy;
  const outside = (rows.organisations ?? []).filter((path) => !isWithin(path, organisation));
  const named = [...(policy.columns ?? []), ...Object.keys(policy.masks)];
  const all = columns.flat();
  const unknown = [...new Set(named)].filter((name) => !all.some((column) => column.name === name));
  return [
    ...outside.map((path) => `rows.organisations: ${path} does not lie within ${organisation}`),
    ...(from !== null && until !== null && Date.parse(from) >= Date.parse(until)
      ? ['until: must lie after from']
      : []),
    ...unknown.map((name) => `columns: there is no ${name}${nearText(name, all)}`),
    ...maskFaults(policy, columns),
    ...closedFaults(policy, { columns, writer }),
    ...(rows.filter === null ? [] : filterFaults(rows.filter, lasting)),
  ];
}

function nearText(name: string, columns: readonly ColumnOffer[]): string {
  const near = nearNames(name, [...new Set(columns.map((column) => column.name))]);
  return near.length === 0 ? '' : ` (${near.join(', ')}?)`;
}

const maskFaults = ({ masks }: NewPolicy, columns: Known['columns']): string[] =>
  Object.entries(masks).flatMap(([name, mask]) => {
    const unfit = columns.flat().find((column) => column.name === name && !fitsColumn(mask, column));
    return unfit ? [`masks.${name}: ${mask.kind} does not fit a column of type ${unfit.type}`] : [];
  });

/** Only the top of the tree may give away what is in principle not shared. */
function closedFaults(policy: NewPolicy, { columns, writer }: Known): string[] {
  if (policy.effect !== 'grant' || policy.columns === null || !writer.includes('.')) return [];
  const wanted = new Set(policy.columns);
  return columns
    .flat()
    .filter((column) => wanted.has(column.name) && isClosed(column))
    .map(
      ({ name }) =>
        `columns: ${name} is of grade 三级 or level 核心, which only the root organisation grants`,
    );
}

/** A filter must mean something in every dataset the policy speaks of. */
function filterFaults(filter: RowFilter, columns: Known['columns']): string[] {
  if ('and' in filter) return filter.and.flatMap((part) => filterFaults(part, columns));
  if ('or' in filter) return filter.or.flatMap((part) => filterFaults(part, columns));
  if ('not' in filter) return filterFaults(filter.not, columns);
  return columns.flatMap((known) => {
    const column = known.find(({ name }) => name === filter.column);
    if (!column) return [`rows.filter: there is no ${filter.column}${nearText(filter.column, known)}`];
    const values = 'values' in filter ? filter.values : 'value' in filter ? [filter.value] : [];
    return values
      .filter((value) => !fitsType(value, column, filter.op))
      .map(
        (value) =>
          `rows.filter: ${JSON.stringify(value)} does not fit ${column.name}, which is ${column.type}`,
      );
  });
}

const DAY = /^\d{4}-\d{2}-\d{2}$/;
function fitsType(value: FilterValue, { type }: ColumnOffer, op: string): boolean {
  if (op === 'contains' || op === 'startsWith') return type === 'text' && typeof value === 'string';
  switch (type) {
    case 'text':
      return typeof value === 'string';
    case 'boolean':
      return typeof value === 'boolean';
    case 'time':
      return typeof value === 'string' && engineMoment(value) !== null;
    case 'date':
      return typeof value === 'string' && DAY.test(value);
    default:
      return typeof value === 'number' && Number.isFinite(value);
  }
}
