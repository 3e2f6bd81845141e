import {
  type FieldMapping,
  INDICATORS,
  type IndicatorCode,
  type MappingContent,
  type TransformName,
} from '@ronghe/contracts';
import { readPeriod } from '../standards/dates.ts';
import { blocks, type Finding } from '../standards/findings.ts';
import { cleanText, isMissing, rawText } from '../standards/text.ts';
import { type TransformOptions, transform, transformOptions } from '../standards/transforms.ts';

/** One row as a source delivers it: field names with JSON values. */
export type Row = Record<string, unknown>;

/** Largest row, UTF-8 bytes of its JSON. */
export const ROW_BYTES_MAX = 65_536;
const FINDING_VALUE_LENGTH_MAX = 500;
/** Amounts that are never below zero. */
const NOT_NEGATIVE: readonly string[] = [
  'employees',
  'revenue',
  'registeredCapital',
  'indicator:ELECTRICITY',
  'indicator:EMPLOYEES_AVG',
  'indicator:GROSS_OUTPUT',
  'indicator:SALES_OUTPUT',
  'indicator:CAPACITY_UTIL',
];

/** One standardised value with what the source said. `to` is the mapping's target. */
export type FieldValue = { to: string; value: string; raw: string; field: string; valid: boolean };

export type RowRules = Pick<MappingContent, 'rowKey' | 'periodField' | 'mappings'> & {
  /** by default enterprises when a field becomes name or code */
  target?: 'enterprise' | 'dataset';
};
/** How a row is called. The entity key is the row key without the period: all months of one enterprise share it. */
export type RowName = { rowKey: string; entityKey: string; period: string | null };

/** A row after the standards: what it says and what is wrong with it. `rejected` rows go no further. */
export type StandardRow = RowName & { values: FieldValue[]; findings: Finding[]; rejected: boolean };

type Cells = readonly unknown[];
/** The rules of a source for rows of certain columns, in their order. */
export type CompiledRules = {
  /** The row's name, or the first field of the key that is empty. */
  nameOf(cells: Cells): RowName | { missing: string };
  /** Holds a row against mapping and standards. Never throws. */
  standardise(cells: Cells, name: RowName): StandardRow;
};

type KeyPart = { name: string; columns: readonly { index: number; isPeriod: boolean }[] };
type CompiledMapping = {
  /** first filled one counts; `index` is -1 for a column that is not there */
  columns: readonly { index: number; field: string }[];
  to: string;
  transform: TransformName;
  options: TransformOptions;
  values: ReadonlyMap<string, string> | null;
  notNegative: boolean;
  /** an earlier mapping has the same target, whose value counts when there is one */
  follows: boolean;
};

/** Makes the rules ready for rows of these columns, so that no name is looked up for each row again. */
export function compileRules(rules: RowRules, columns: readonly string[]): CompiledRules {
  const places = new Map(columns.map((name, index) => [name, index]));
  const place = (field: string) => places.get(field) ?? -1;
  const keys: KeyPart[] = rules.rowKey.map((name) => ({
    name,
    columns: name.split('|').map((field) => ({ index: place(field), isPeriod: field === rules.periodField })),
  }));
  const mappings = rules.mappings.map((mapping, at) => ({
    ...compileMapping(mapping, place),
    follows: rules.mappings.findIndex(({ to }) => to === mapping.to) < at,
  }));
  const periodAt = rules.periodField === null ? null : place(rules.periodField);
  const asked = new Set(rules.mappings.map(({ to }) => to));
  const namesEnterprises =
    (rules.target ?? (asked.has('name') || asked.has('code') ? 'enterprise' : null)) === 'enterprise';
  return {
    nameOf: (cells) => nameOf(keys, periodAt, cells),
    standardise(cells, name) {
      const { values, findings } = readFields(mappings, cells);
      if (namesEnterprises) findings.push(...identityFindings(rules, asked, values));
      if (rules.periodField !== null && name.period === null) {
        const raw = rawText(periodAt === null ? '' : cells[periodAt]);
        findings.push({ rule: 'period-invalid', field: rules.periodField, value: shorten(raw) });
      }
      // named one by one: a spread costs as much as reading three fields
      const { rowKey, entityKey, period } = name;
      return {
        rowKey,
        entityKey,
        period,
        values,
        findings,
        rejected: findings.length > 0 && blocks(findings),
      };
    },
  };
}

/** Holds one row given as an object against the rules: for single rows, as in a preview. A row without a key is rejected. */
export function standardiseRow(rules: RowRules, row: Row): StandardRow {
  const compiled = compileRules(rules, Object.keys(row));
  const cells = Object.values(row);
  const name = compiled.nameOf(cells);
  if (!('missing' in name)) return compiled.standardise(cells, name);
  const findings: Finding[] = [{ rule: 'row-key-missing', field: name.missing, value: null }];
  return { rowKey: '', entityKey: '', period: null, values: [], findings, rejected: true };
}

/** JSON with sorted keys. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)))
      : inner,
  );
}

export const shorten = (text: string): string =>
  text.length <= FINDING_VALUE_LENGTH_MAX ? text : text.slice(0, FINDING_VALUE_LENGTH_MAX);
function keyPart(text: string): string {
  const clean = cleanText(text);
  return clean.includes('|') || clean.includes('\\') ? clean.replace(/[\\|]/g, '\\$&') : clean;
}

function firstFilled<Column extends { index: number }>(
  columns: readonly Column[],
  cells: Cells,
): Column | undefined {
  for (const column of columns)
    if (column.index >= 0 && !isMissing(rawText(cells[column.index]))) return column;
  return undefined;
}

function nameOf(
  keys: readonly KeyPart[],
  periodAt: number | null,
  cells: Cells,
): RowName | { missing: string } {
  const period = periodAt === null ? null : readPeriod(rawText(cells[periodAt]));
  let [rowKey, entityKey] = ['', ''];
  let hasPeriod = false;
  for (const { name, columns } of keys) {
    const found = firstFilled(columns, cells);
    if (found === undefined) return { missing: name };
    const raw = rawText(cells[found.index]);
    const part = keyPart(found.isPeriod ? (period ?? raw) : raw);
    rowKey = rowKey === '' ? part : `${rowKey}|${part}`;
    if (found.isPeriod) hasPeriod = true;
    else entityKey = entityKey === '' ? part : `${entityKey}|${part}`;
  }
  return {
    rowKey: hasPeriod || period === null ? rowKey : `${rowKey}|${period}`,
    entityKey: entityKey === '' ? rowKey : entityKey,
    period,
  };
}

function compileMapping(
  mapping: FieldMapping,
  place: (field: string) => number,
): Omit<CompiledMapping, 'follows'> {
  const values = Object.entries(mapping.values ?? {});
  return {
    columns: mapping.from.split('|').map((field) => ({ index: place(field), field })),
    to: mapping.to,
    transform: mapping.transform as TransformName,
    options: transformOptions(mapping),
    values: values.length === 0 ? null : new Map(values.map(([from, to]) => [cleanText(from), to])),
    notNegative: NOT_NEGATIVE.includes(mapping.to),
  };
}

function readFields(mappings: readonly CompiledMapping[], cells: Cells) {
  const values: FieldValue[] = [];
  const findings: Finding[] = [];
  for (const mapping of mappings) {
    const { columns, to, transform: name, options, values: meanings, notNegative, follows } = mapping;
    const column = columns.length === 1 ? columns[0] : firstFilled(columns, cells);
    if (!column || column.index < 0) continue;
    const raw = rawText(cells[column.index]);
    if (raw === '') continue;
    const meant = meanings === null ? raw : (meanings.get(cleanText(raw)) ?? raw);
    const result = transform(name, meant, options);
    for (const rule of result.findings) findings.push({ rule, field: column.field, value: shorten(raw) });
    if (result.value === null) continue;
    if (notNegative && Number(result.value) < 0)
      findings.push({ rule: 'number-negative', field: column.field, value: shorten(raw) });
    else if (!follows || !values.some((value) => value.to === to))
      values.push({ to, value: result.value, raw: shorten(raw), field: column.field, valid: result.valid });
  }
  return { values, findings };
}

function identityFindings(
  rules: RowRules,
  asked: ReadonlySet<string>,
  values: readonly FieldValue[],
): Finding[] {
  const has = (attribute: string) => values.some(({ to }) => to === attribute);
  const missing = (attribute: string) => asked.has(attribute) && !has(attribute);
  const fieldOf = (attribute: string) => rules.mappings.find(({ to }) => to === attribute)?.from ?? null;
  if (!has('name') && !has('code')) return [{ rule: 'identity-missing', field: null, value: null }];
  const findings: Finding[] = [];
  if (missing('name')) findings.push({ rule: 'name-missing', field: fieldOf('name'), value: null });
  if (missing('code')) findings.push({ rule: 'code-missing', field: fieldOf('code'), value: null });
  return findings;
}

/** The code of an indicator that a target names; null when it is none. */
export function indicatorOf(to: string): IndicatorCode | null {
  if (!to.startsWith('indicator:')) return null;
  const code = to.slice('indicator:'.length);
  return code in INDICATORS ? (code as IndicatorCode) : null;
}
