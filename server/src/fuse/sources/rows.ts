import { createHash } from 'node:crypto';
import {
  type EnterpriseAttribute,
  type FieldMapping,
  INDICATORS,
  type IndicatorCode,
  type TransformName,
} from '@ronghe/contracts';
import { readPeriod } from '../standards/dates.ts';
import { blocks, type Finding } from '../standards/findings.ts';
import { cleanText, isMissing, rawText } from '../standards/text.ts';
import { transform } from '../standards/transforms.ts';

/** One row as a source delivers it: field names with JSON values. */
export type Row = Record<string, unknown>;

/** Largest row, UTF-8 bytes of its JSON. */
const ROW_BYTES_MAX = 65_536;
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

/** One standardised value with what the source said. */
export type FieldValue = { value: string; raw: string; field: string; valid: boolean };
/** `run` and `since` (RFC 3339) name the run that first brought this value in this row. */
export type CleanValue = FieldValue & { run: string; since: string };
export type IndicatorValue = { value: number; raw: string; field: string };
export type CleanRow = {
  values: Partial<Record<EnterpriseAttribute, CleanValue>>;
  indicators: Partial<Record<IndicatorCode, IndicatorValue>>;
};

export type RowRules = {
  rowKey: readonly string[];
  periodField: string | null;
  mappings: readonly FieldMapping[];
};

/** A row after the standards: its name, what it says, what is wrong with it. `rejected` rows go no further. */
export type StandardRow = {
  rowKey: string;
  /** the row key without the period: all months of one enterprise share it */
  entityKey: string;
  period: string | null;
  hash: string;
  row: Row;
  values: Partial<Record<EnterpriseAttribute, FieldValue>>;
  indicators: CleanRow['indicators'];
  findings: Finding[];
  rejected: boolean;
};

/** JSON with sorted keys, so that equal rows have equal texts. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)))
      : inner,
  );
}

/** Holds one delivered row against the source's mapping and the standards. Never throws. */
export function standardiseRow(rules: RowRules, delivered: unknown): StandardRow {
  const isRow = typeof delivered === 'object' && delivered !== null && !Array.isArray(delivered);
  const row: Row = isRow ? (withoutNul(delivered) as Row) : { value: withoutNul(delivered) };
  const content = canonicalJson(row);
  const hash = createHash('sha256').update(content).digest('hex');
  const refuse = (finding: Finding, kept: Row = row): StandardRow => ({
    ...emptyRow(kept, hash),
    findings: [finding],
    rejected: true,
  });
  if (!isRow) return refuse({ rule: 'row-not-object', field: null, value: shorten(content) });
  if (Buffer.byteLength(content) > ROW_BYTES_MAX) {
    return refuse(
      { rule: 'row-too-large', field: null, value: shorten(content) },
      { value: shorten(content) },
    );
  }
  const key = keyOf(rules, row);
  if ('missing' in key) return refuse({ rule: 'row-key-missing', field: key.missing, value: null });
  const read = readFields(rules.mappings, row);
  const findings = [...read.findings, ...identityFindings(rules, read.values)];
  const periodRaw = rules.periodField === null ? '' : rawText(row[rules.periodField]);
  if (rules.periodField !== null && key.period === null)
    findings.push({ rule: 'period-invalid', field: rules.periodField, value: shorten(periodRaw) });
  return { ...key, hash, row, ...read, findings, rejected: blocks(findings) };
}

const emptyRow = (row: Row, hash: string) => ({
  rowKey: `#${hash.slice(0, 16)}`,
  entityKey: '',
  period: null,
  hash,
  row,
  values: {},
  indicators: {},
});

/** PostgreSQL keeps no NUL in text. */
function withoutNul(value: unknown): unknown {
  const text = JSON.stringify(value ?? null);
  return text.includes('\\u0000')
    ? JSON.parse(text.replace(/(?<!\\)((?:\\\\)*)\\u0000/g, '$1'))
    : (value ?? null);
}

const shorten = (text: string): string => text.slice(0, FINDING_VALUE_LENGTH_MAX);
const keyPart = (text: string): string => cleanText(text).replace(/[\\|]/g, '\\$&');

function keyOf(
  { rowKey, periodField }: RowRules,
  row: Row,
): { missing: string } | { rowKey: string; entityKey: string; period: string | null } {
  const parts: { text: string; period: boolean }[] = [];
  let period = periodField === null ? null : readPeriod(rawText(row[periodField]));
  for (const name of rowKey) {
    const field = name.split('|').find((candidate) => !isMissing(rawText(row[candidate])));
    if (field === undefined) return { missing: name };
    const raw = rawText(row[field]);
    parts.push({ text: field === periodField ? (period ?? raw) : raw, period: field === periodField });
  }
  period ??= null;
  const entity = parts.filter((part) => !part.period);
  const join = (list: typeof parts) => list.map((part) => keyPart(part.text)).join('|');
  const entityKey = join(entity.length > 0 ? entity : parts);
  const hasPeriod = parts.some((part) => part.period);
  return {
    rowKey: hasPeriod || period === null ? join(parts) : `${join(parts)}|${period}`,
    entityKey,
    period,
  };
}

function readFields(mappings: readonly FieldMapping[], row: Row) {
  const values: StandardRow['values'] = {};
  const indicators: StandardRow['indicators'] = {};
  const findings: Finding[] = [];
  for (const { from, to, transform: name } of mappings) {
    const raw = rawText(row[from]);
    const result = transform(name as TransformName, raw);
    findings.push(...result.findings.map((rule) => ({ rule, field: from, value: shorten(raw) })));
    if (result.value === null) continue;
    if (NOT_NEGATIVE.includes(to) && Number(result.value) < 0) {
      findings.push({ rule: 'number-negative', field: from, value: shorten(raw) });
    } else if (to.startsWith('indicator:')) {
      const code = to.slice('indicator:'.length) as IndicatorCode;
      if (code in INDICATORS)
        indicators[code] ??= { value: Number(result.value), raw: shorten(raw), field: from };
    } else {
      values[to as EnterpriseAttribute] ??= {
        value: result.value,
        raw: shorten(raw),
        field: from,
        valid: result.valid,
      };
    }
  }
  return { values, indicators, findings };
}

function identityFindings(rules: RowRules, values: StandardRow['values']): Finding[] {
  const maps = (attribute: string) => rules.mappings.find((mapping) => mapping.to === attribute);
  const findings: Finding[] = [];
  if (!values.name && !values.code) return [{ rule: 'identity-missing', field: null, value: null }];
  const [name, code] = [maps('name'), maps('code')];
  if (name && !values.name) findings.push({ rule: 'name-missing', field: name.from, value: null });
  if (code && !values.code) findings.push({ rule: 'code-missing', field: code.from, value: null });
  return findings;
}

/** Takes over run and time of values that are as they were, so that only what changed looks changed. */
export function cleanRow(
  standard: StandardRow,
  { before, run, at }: { before: CleanRow | null; run: string; at: string },
): CleanRow {
  const values: CleanRow['values'] = {};
  for (const [name, value] of Object.entries(standard.values)) {
    const attribute = name as EnterpriseAttribute;
    const old = before?.values[attribute];
    const same =
      old &&
      old.value === value.value &&
      old.raw === value.raw &&
      old.field === value.field &&
      old.valid === value.valid;
    values[attribute] = same ? old : { ...value, run, since: at };
  }
  return { values, indicators: standard.indicators };
}
