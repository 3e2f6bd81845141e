import {
  ENTERPRISE_SIZES,
  type EnterpriseAttribute,
  type EnterpriseSize,
  type EnterpriseSummary,
  type GoldenValue,
} from '@ronghe/contracts';
import { divisionLabel } from '../standards/divisions.ts';
import { industryName } from '../standards/industries.ts';
import type { StoredEnterprise, StoredValue } from './golden.store.ts';
import { SURVIVORSHIP_RULES } from './golden.ts';

/** The readable name of a coded value, in Chinese; null when the value speaks for itself. */
export function labelOf(attribute: EnterpriseAttribute, value: string): string | null {
  if (attribute === 'division') return divisionLabel(value);
  if (attribute === 'industry') return industryName(value);
  if (attribute === 'size') return ENTERPRISE_SIZES[value as EnterpriseSize]?.zh ?? null;
  return null;
}

/** A row as lists show it. */
export const toSummary = (row: StoredEnterprise & { completeness?: number | null }): EnterpriseSummary => ({
  id: row.id,
  name: row.name,
  code: row.code,
  codeValid: row.code_valid,
  division: row.division,
  divisionName: divisionLabel(row.division),
  city: row.city,
  industry: row.industry,
  industryName: industryName(row.industry),
  keyIndustry: row.key_industry,
  size: row.size,
  revenue: row.revenue,
  employees: row.employees,
  organisation: row.organisation,
  sources: row.sources,
  findings: row.findings,
  completeness: row.completeness ?? null,
  updatedAt: row.updated_at.toISOString(),
});

type Sources = ReadonlyMap<string, { name: string }>;
export const nameOf = (sources: Sources, id: string): string => sources.get(id)?.name ?? id;
const SAME_VALUE = { zh: '与采用值相同', en: 'Same as the chosen value' };

type Naming = { sources: Sources; pinners: ReadonlyMap<string, string> };
/** A stored golden value as people read it; `pinners` names who made a pin. */
export const goldenValueOf = (row: Omit<StoredValue, 'mark'>, { sources, pinners }: Naming): GoldenValue => ({
  attribute: row.attribute,
  value: row.value,
  label: labelOf(row.attribute, row.value),
  source: row.source,
  sourceName: row.source === null ? (pinners.get(row.pin ?? '') ?? '') : nameOf(sources, row.source),
  run: row.run,
  rowKey: row.row_key,
  field: row.field,
  raw: row.raw,
  rule: row.rule,
  ruleText: SURVIVORSHIP_RULES[row.rule],
  at: row.at.toISOString(),
  pin: row.pin,
  conflict: row.conflict,
  others: row.others.map(({ value, source, rowKey, reason }) => ({
    value,
    source,
    sourceName: nameOf(sources, source),
    rowKey,
    reason: reason === 'agreed' ? SAME_VALUE : SURVIVORSHIP_RULES[reason],
  })),
});
