import type { ColumnSuggestion, FieldMapping, MappingSuggestion, MappingTest } from '@ronghe/contracts';
import { columnTarget, isColumnTarget } from '../use-targets.ts';

/** From here on a suggestion may be taken without looking. */
export const SURE = 0.8;

/** A mapping while it is edited; the same fields as `MappingContent`. */
export type Draft = {
  rowKey: string[];
  periodField: string | null;
  mappings: FieldMapping[];
  tests: MappingTest[];
};

/** The fields that a mapping asks, in their order: `a|b` is a, then b. */
export const fieldsOf = (from: string): string[] => from.split('|').filter((field) => field !== '');

/** One line of the studio: a column and what becomes of it; `index` is the mapping's place, null for none. */
export type Line = { column: string; index: number | null; missing: boolean };

/** Every column of the source with its mappings, and mappings of columns that the source does not have, first. */
export function linesOf(columns: readonly string[], mappings: readonly FieldMapping[]): Line[] {
  const known = new Set(columns);
  const byColumn = new Map<string, number[]>();
  const missing: Line[] = [];
  mappings.forEach((mapping, index) => {
    const fields = fieldsOf(mapping.from);
    const column = fields.find((field) => known.has(field));
    if (column === undefined) missing.push({ column: fields[0] ?? mapping.from, index, missing: true });
    else byColumn.set(column, [...(byColumn.get(column) ?? []), index]);
  });
  const present = columns.flatMap((column): Line[] => {
    const own = byColumn.get(column);
    if (!own) return [{ column, index: null, missing: false }];
    return own.map((index) => ({ column, index, missing: false }));
  });
  return [...missing, ...present];
}

/** Targets that more than one mapping fills; which of them wins nobody can tell. */
export function conflictsOf(mappings: readonly FieldMapping[]): ReadonlySet<string> {
  const seen = new Set<string>();
  const twice = new Set<string>();
  for (const { to } of mappings) (seen.has(to) ? twice : seen).add(to);
  return twice;
}

type Proposal = Pick<ColumnSuggestion, 'column' | 'transform' | 'unit'> & { to: string };
export const mappingOf = ({ column, to, transform, unit }: Proposal): FieldMapping => ({
  from: column,
  to,
  transform,
  unit,
  values: {},
});

const isTaken = (draft: Draft, column: string): boolean =>
  draft.mappings.some(({ from }) => fieldsOf(from).includes(column));

/** Suggestions that may be taken: sure ones whose column is not mapped and whose target is free, the surest first. */
export function openSuggestions(
  draft: Draft,
  suggestion: MappingSuggestion,
  least = SURE,
): ColumnSuggestion[] {
  const targets = new Set(draft.mappings.map(({ to }) => to));
  return suggestion.columns
    .filter(({ column, to, confidence }) => to !== null && confidence >= least && !isTaken(draft, column))
    .sort((a, b) => b.confidence - a.confidence)
    .filter(({ to }) => {
      if (to === null || targets.has(to)) return false;
      targets.add(to);
      return true;
    });
}

/** The draft with every open suggestion from `least` on. Mappings stand in the order of the columns. */
export function acceptAll(draft: Draft, suggestion: MappingSuggestion, least = SURE): Draft {
  const taken = openSuggestions(draft, suggestion, least);
  const added = taken.flatMap(({ to, ...rest }) => (to === null ? [] : [mappingOf({ ...rest, to })]));
  return inOrder({ ...draft, mappings: [...draft.mappings, ...added] }, suggestion);
}

function inOrder(draft: Draft, suggestion: MappingSuggestion): Draft {
  const order = new Map(suggestion.columns.map(({ column }, at) => [column, at]));
  const at = ({ from }: FieldMapping) => order.get(fieldsOf(from)[0] ?? '') ?? Number.MAX_SAFE_INTEGER;
  return { ...draft, mappings: [...draft.mappings].sort((a, b) => at(a) - at(b)) };
}

/**
 * The mapping that a wizard starts with: sure suggestions are taken, and columns that are proposed to be kept as they are,
 * however sure. A dataset keeps every column under its own name, so that nothing that was delivered is lost.
 */
export function firstDraft(suggestion: MappingSuggestion, keys: readonly (readonly string[])[]): Draft {
  const first = suggestion.columns[0]?.column;
  const rowKey =
    suggestion.rowKey.length > 0 ? suggestion.rowKey : (keys[0] ?? (first === undefined ? [] : [first]));
  const empty: Draft = {
    rowKey: [...rowKey],
    periodField: suggestion.periodField,
    mappings: [],
    tests: [],
  };
  const draft = acceptAll(empty, suggestion);
  return suggestion.target === 'dataset'
    ? keepAllColumns(draft, suggestion)
    : keepProposed(draft, suggestion);
}

/** Keeping a column under its own name cannot be wrong, only more than one needs. */
function keepProposed(draft: Draft, suggestion: MappingSuggestion): Draft {
  const own = suggestion.columns.filter(({ to }) => to !== null && isColumnTarget(to));
  return inOrder(acceptAll(draft, { ...suggestion, columns: own }, 0), suggestion);
}

/** Every column that nothing is made of goes into the dataset as it is. */
export function keepAllColumns(draft: Draft, suggestion: MappingSuggestion): Draft {
  const kept = suggestion.columns
    .filter(({ column }) => !isTaken(draft, column))
    .map((column) => {
      const proposed = column.to !== null && isColumnTarget(column.to) ? column.to : null;
      return mappingOf({ ...column, to: proposed ?? columnTarget(column.column) });
    });
  return inOrder({ ...draft, mappings: [...draft.mappings, ...kept] }, suggestion);
}

/** Several mappings to one target made one that takes the first field that is filled. */
export function mergeTarget(draft: Draft, to: string): Draft {
  const own = draft.mappings.filter((mapping) => mapping.to === to);
  const first = own[0];
  if (!first) return draft;
  const from = [...new Set(own.flatMap((mapping) => fieldsOf(mapping.from)))].join('|');
  const values = Object.assign({}, ...own.map((mapping) => mapping.values).reverse());
  return {
    ...draft,
    mappings: draft.mappings
      .filter((mapping) => mapping.to !== to || mapping === first)
      .map((mapping) => (mapping === first ? { ...mapping, from, values } : mapping)),
  };
}

/**
 * A column that came under another name, for the mapping at `index` whose own is not there any more: both names are read,
 * the new one first, also in the row key and for the month, so that rows stay known and kept tests still hold.
 */
export function renameColumn(draft: Draft, index: number, column: string): Draft {
  const renamed = draft.mappings[index];
  if (!renamed) return draft;
  const old = new Set(fieldsOf(renamed.from));
  const both = (from: string) =>
    fieldsOf(from).some((field) => old.has(field))
      ? [...new Set([column, ...fieldsOf(from)])].join('|')
      : from;
  const { rowKey, periodField, mappings } = draft;
  return {
    ...draft,
    rowKey: rowKey.map(both),
    // the month is one field: no alternatives
    periodField: periodField !== null && old.has(periodField) ? column : periodField,
    mappings: mappings.map((mapping) => ({ ...mapping, from: both(mapping.from) })),
  };
}

/** Why a draft cannot be saved yet, told before the server is asked. */
export function gapsOf(draft: Draft): ('no-key' | 'no-mapping' | 'conflict')[] {
  return [
    ...(draft.rowKey.length === 0 ? (['no-key'] as const) : []),
    ...(draft.mappings.length === 0 ? (['no-mapping'] as const) : []),
    ...(conflictsOf(draft.mappings).size > 0 ? (['conflict'] as const) : []),
  ];
}

/** Whether the named columns tell rows apart, as far as the profile knows. */
export type KeyVerdict = 'unique' | 'not-unique' | 'gaps' | 'missing' | 'unknown';
type KeyProfile = {
  rows: number;
  keys: readonly (readonly string[])[];
  columns: readonly { name: string; unique: boolean; filled: number; rows: number }[];
};
export function keyVerdict(rowKey: readonly string[], profile: KeyProfile | null): KeyVerdict {
  if (!profile || rowKey.length === 0) return 'unknown';
  const [only = ''] = rowKey;
  if (rowKey.length === 1 && only.includes('|')) return eitherVerdict(fieldsOf(only), profile);
  if (rowKey.some((field) => field.includes('|'))) return 'unknown';
  const columns = rowKey.map((name) => profile.columns.find((column) => column.name === name));
  if (columns.some((column) => column === undefined)) return 'missing';
  const named = new Set(rowKey);
  const covers = (key: readonly string[]) => key.length > 0 && key.every((field) => named.has(field));
  if (profile.keys.some(covers)) return 'unique';
  const whole = columns.some((column) => column?.unique && column.filled === column.rows);
  if (whole) return 'unique';
  if (columns.length === 1) return columns[0]?.unique ? 'gaps' : 'not-unique';
  return 'unknown';
}

/** Of columns of which the first that is filled names the row. */
function eitherVerdict(fields: readonly string[], { columns }: KeyProfile): KeyVerdict {
  const named = columns.filter(({ name }) => fields.includes(name));
  if (named.length === 0) return 'missing';
  if (named.length < fields.length || named.some(({ unique }) => !unique)) return 'unknown';
  return named.some(({ filled, rows }) => filled === rows) ? 'unique' : 'gaps';
}
