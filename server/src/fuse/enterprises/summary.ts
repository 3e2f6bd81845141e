import { cityOf } from '../standards/divisions.ts';
import { keyIndustryOf } from '../standards/industries.ts';
import { foldForSearch } from '../standards/names.ts';
import type { Belonging } from './belonging.ts';
import type { Golden, MemberRecord } from './golden.ts';

/** Most characters that search looks through. */
const SEARCH_LENGTH_MAX = 4_000;
const SEARCHED = ['name', 'formerName', 'shortName', 'code'] as const;

export type Member = MemberRecord & { organisation: string };

/** The columns of `fuse.enterprise` that follow from its golden record. */
export type EnterpriseSummaryColumns = {
  state: 'active' | 'gone';
  name: string;
  code: string | null;
  code_valid: boolean;
  division: string | null;
  city: string | null;
  industry: string | null;
  key_industry: string | null;
  size: string | null;
  revenue: number | null;
  employees: number | null;
  organisation: string;
  home_organisation: string;
  sources: number;
  findings: number;
  search: string;
};

const numberOf = (value: { value: string } | undefined): number | null =>
  value ? Number(value.value) : null;

/** What lists, filters and figures read of an enterprise that at least one record stands behind. */
export function summaryOf(
  golden: Golden,
  members: readonly Member[],
  { belonging, findings }: { belonging: Belonging; findings: number },
): EnterpriseSummaryColumns {
  const named = golden.name ?? golden.code;
  const home =
    members.find(({ source, rowKey }) => source === named?.source && rowKey === named.rowKey)?.organisation ??
    members[0]?.organisation ??
    '';
  const code = golden.code?.value ?? null;
  const codeValid = golden.code?.valid ?? false;
  const division = golden.division?.value ?? null;
  const industry = golden.industry?.value ?? null;
  const searched = members.flatMap(({ values }) => SEARCHED.flatMap((name) => values[name]?.value ?? []));
  return {
    state: 'active',
    name: named?.value ?? '',
    code,
    code_valid: codeValid,
    division,
    city: cityOf(division),
    industry,
    key_industry: keyIndustryOf(industry),
    size: golden.size?.value ?? null,
    revenue: numberOf(golden.revenue),
    employees: numberOf(golden.employees),
    organisation: belonging({ code, codeValid, division }, home),
    home_organisation: home,
    sources: new Set(members.map(({ source }) => source)).size,
    findings,
    search: [...new Set(searched.map(foldForSearch))].sort().join('\n').slice(0, SEARCH_LENGTH_MAX),
  };
}
