import {
  ENTERPRISE_SIZES,
  type EnterpriseAttribute,
  type EnterpriseSize,
  type EnterpriseSummary,
} from '@ronghe/contracts';
import { divisionLabel } from '../standards/divisions.ts';
import { industryName } from '../standards/industries.ts';
import type { StoredEnterprise } from './golden.store.ts';

/** The readable name of a coded value, in Chinese; null when the value speaks for itself. */
export function labelOf(attribute: EnterpriseAttribute, value: string): string | null {
  if (attribute === 'division') return divisionLabel(value);
  if (attribute === 'industry') return industryName(value);
  if (attribute === 'size') return ENTERPRISE_SIZES[value as EnterpriseSize]?.zh ?? null;
  return null;
}

/** A row as lists show it. */
export const toSummary = (row: StoredEnterprise): EnterpriseSummary => ({
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
  updatedAt: row.updated_at.toISOString(),
});
