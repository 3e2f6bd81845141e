import type { DatasetColumnType, FILTER_OPERATORS, FilterValue, RowFilter } from '@ronghe/contracts';

export type Operator = (typeof FILTER_OPERATORS)[number] | 'in' | 'notIn' | 'isNull' | 'notNull';
/** A condition as it is being written: values are the texts of its fields. */
export type Condition = { kind: 'condition'; id: number; column: string; op: Operator; texts: string[] };
export type Group = { kind: 'group'; id: number; join: 'and' | 'or'; not: boolean; parts: Part[] };
export type Part = Condition | Group;
/** What a filter may speak of. */
export type FilterColumn = { name: string; type: DatasetColumnType };

const ORDERED: readonly Operator[] = ['eq', 'ne', 'lt', 'lte', 'gt', 'gte'];
const NULLS: readonly Operator[] = ['isNull', 'notNull'];

/** Comparisons that mean something for a type. */
export function operatorsOf(type: DatasetColumnType): readonly Operator[] {
  if (type === 'boolean') return ['eq', 'ne', ...NULLS];
  if (type === 'text') return ['eq', 'ne', 'contains', 'startsWith', 'in', 'notIn', ...NULLS];
  return [...ORDERED, 'in', 'notIn', ...NULLS];
}

export const takesValue = (op: Operator): boolean => !NULLS.includes(op);
export const takesMany = (op: Operator): boolean => op === 'in' || op === 'notIn';

let last = 0;
const nextId = (): number => {
  last += 1;
  return last;
};

export const emptyGroup = (): Group => ({ kind: 'group', id: nextId(), join: 'and', not: false, parts: [] });
export const emptyCondition = (column: FilterColumn): Condition => ({
  ...{ kind: 'condition', id: nextId(), column: column.name, texts: [] },
  op: operatorsOf(column.type)[0] ?? 'eq',
});

/** The tree with one part changed; `null` takes it away. */
export function changed(group: Group, id: number, change: (part: Part) => Part | null): Group {
  if (group.id === id) return (change(group) as Group | null) ?? { ...group, parts: [] };
  return {
    ...group,
    parts: group.parts.flatMap((part) => {
      if (part.id === id) return change(part) ?? [];
      return part.kind === 'group' ? changed(part, id, change) : part;
    }),
  };
}

/** Every condition of a tree, in the order in which they stand. */
export const conditionsOf = (group: Group): Condition[] =>
  group.parts.flatMap((part) => (part.kind === 'group' ? conditionsOf(part) : part));

/** The filter of a tree; `incomplete` are conditions that say nothing yet and are left out. */
export function filterOf(
  group: Group,
  columns: readonly FilterColumn[],
): { filter: RowFilter | null; incomplete: number } {
  let incomplete = 0;
  const types = new Map(columns.map(({ name, type }) => [name, type]));
  const of = (part: Part): RowFilter | null => {
    if (part.kind === 'condition') {
      const said = comparisonOf(part, types.get(part.column));
      if (said === null) incomplete += 1;
      return said;
    }
    const parts = part.parts.flatMap((each) => of(each) ?? []);
    const [only] = parts;
    if (only === undefined) return null;
    const joined: RowFilter =
      parts.length === 1 ? only : part.join === 'and' ? { and: parts } : { or: parts };
    return part.not ? { not: joined } : joined;
  };
  const filter = of(group);
  return { filter, incomplete };
}

function comparisonOf(
  { column, op, texts }: Condition,
  type: DatasetColumnType | undefined,
): RowFilter | null {
  if (type === undefined) return null;
  if (op === 'isNull' || op === 'notNull') return { column, op };
  const values = texts.flatMap((text) => filterValueOf(text, type) ?? []);
  const [value] = values;
  if (value === undefined || values.length < texts.length) return null;
  return op === 'in' || op === 'notIn' ? { column, op, values } : { column, op, value };
}

/** The value of a field; null where the text is none of the type. Times of fields are those of Shanghai. */
export function filterValueOf(text: string, type: DatasetColumnType): FilterValue | null {
  const written = text.trim();
  switch (type) {
    case 'text':
      return text === '' ? null : text;
    case 'boolean':
      return written === 'true' ? true : written === 'false' ? false : null;
    case 'date':
      return /^\d{4}-\d{2}-\d{2}$/.test(written) ? written : null;
    case 'time': {
      const local = /^(\d{4}-\d{2}-\d{2})T(\d{2}:\d{2})(:\d{2}(?:\.\d{1,6})?)?$/.exec(written);
      return local ? `${local[1]}T${local[2]}${local[3] ?? ':00'}+08:00` : null;
    }
    default: {
      const number = Number(written);
      if (written === '' || !Number.isFinite(number)) return null;
      return type === 'integer' && !Number.isSafeInteger(number) ? null : number;
    }
  }
}

/** A saved filter as a tree that can be edited; nothing of it is lost. */
export function treeOf(filter: RowFilter | null, columns: readonly FilterColumn[]): Group {
  if (filter === null) return emptyGroup();
  const part = partOf(filter, new Map(columns.map(({ name, type }) => [name, type])));
  return part.kind === 'group' ? part : { ...emptyGroup(), parts: [part] };
}

type Types = ReadonlyMap<string, DatasetColumnType>;
function partOf(filter: RowFilter, types: Types): Part {
  if ('and' in filter || 'or' in filter) {
    const parts = 'and' in filter ? filter.and : filter.or;
    const join = 'and' in filter ? 'and' : 'or';
    return { ...emptyGroup(), join, parts: parts.map((each) => partOf(each, types)) };
  }
  if ('not' in filter) {
    const inner = partOf(filter.not, types);
    if (inner.kind === 'group' && !inner.not) return { ...inner, not: true };
    return { ...emptyGroup(), not: true, parts: [inner] };
  }
  const values = 'values' in filter ? filter.values : 'value' in filter ? [filter.value] : [];
  const texts = values.map((value) => textOf(value, types.get(filter.column) ?? 'text'));
  return { kind: 'condition', id: nextId(), column: filter.column, op: filter.op, texts };
}

const SHANGHAI_MS = 8 * 3_600_000;
function textOf(value: FilterValue, type: DatasetColumnType): string {
  if (type !== 'time') return String(value);
  const at = new Date(String(value));
  if (Number.isNaN(at.getTime())) return String(value);
  return new Date(at.getTime() + SHANGHAI_MS).toISOString().replace(/(?::00)?(?:\.000)?Z$/, '');
}
