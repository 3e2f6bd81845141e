import { cityOf } from '../standards/divisions.ts';
import { keyIndustryOf } from '../standards/industries.ts';
import { foldForSearch } from '../standards/names.ts';
import { type Belonging, isWithin } from './belonging.ts';
import { chosenOf, type Golden, type MemberRecord } from './golden.ts';

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

export type Place = { organisation: string; home: string };

/**
 * Who may speak for an enterprise. The sources of the highest organisation among them say where it belongs; a source of
 * a lower one is heard only when the enterprise lies inside that one. So a city's source changes no record of another city.
 */
export function speakersOf(
  members: readonly Member[],
  belonging: Belonging,
): { place: Place; speakers: readonly Member[] } {
  const [home = ''] = members
    .map(({ organisation }) => organisation)
    .sort((a, b) => depthOf(a) - depthOf(b) || (a < b ? -1 : 1));
  const highest = members.filter((member) => member.organisation === home);
  const code = chosenOf(highest, 'code');
  const where = {
    code: code?.value ?? null,
    codeValid: code?.valid ?? false,
    division: chosenOf(highest, 'division')?.value ?? null,
  };
  const organisation = belonging(where, home);
  return {
    place: { organisation, home },
    speakers: members.filter((member) => isWithin(organisation, member.organisation)),
  };
}

const depthOf = (path: string): number => path.split('.').length;

/** What lists, filters and figures read of an enterprise that at least one record stands behind. */
export function summaryOf(
  golden: Golden,
  speakers: readonly Member[],
  { place, findings }: { place: Place; findings: number },
): EnterpriseSummaryColumns {
  const named = golden.name ?? golden.code;
  const division = golden.division?.value ?? null;
  const industry = golden.industry?.value ?? null;
  const searched = speakers.flatMap(({ values }) => SEARCHED.flatMap((name) => values[name]?.value ?? []));
  return {
    state: 'active',
    name: named?.value ?? '',
    code: golden.code?.value ?? null,
    code_valid: golden.code?.valid ?? false,
    division,
    city: cityOf(division),
    industry,
    key_industry: keyIndustryOf(industry),
    size: golden.size?.value ?? null,
    revenue: numberOf(golden.revenue),
    employees: numberOf(golden.employees),
    organisation: place.organisation,
    home_organisation: place.home,
    sources: new Set(speakers.map(({ source }) => source)).size,
    findings,
    search: [...new Set(searched.map(foldForSearch))].sort().join('\n').slice(0, SEARCH_LENGTH_MAX),
  };
}
