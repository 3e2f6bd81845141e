import type { FuseDictionaries } from '@ronghe/contracts';
import { useMemo } from 'react';
import { CITY_ENGLISH } from './cities.ts';
import { usePreferences } from './preferences.ts';
import { useGet } from './query.ts';
import { usePick } from './use-format.ts';

type Option = { value: string; label: string };
type TermList =
  | 'keyIndustries'
  | 'sizes'
  | 'attributes'
  | 'parts'
  | 'transforms'
  | 'survivorshipRules'
  | 'matchingRules'
  | 'findingRules';

/** Names of the codes in fusion answers, in the language of the page; a code without a name shows itself. */
export function useDictionaries(enabled = true) {
  const query = useGet<FuseDictionaries>('/api/fuse/dictionaries', {}, { enabled });
  const pick = usePick();
  const { locale } = usePreferences();
  const { data } = query;
  return useMemo(() => {
    const name = (list: TermList, key: string | null | undefined): string | null => {
      if (!key) return null;
      const term = data?.[list].find((candidate) => candidate.key === key);
      return term ? pick(term.name) : key;
    };
    const options = (list: TermList): Option[] =>
      (data?.[list] ?? []).map((term) => ({ value: term.key, label: pick(term.name) }));
    const cityName = (code: string, chinese: string) =>
      locale === 'en' ? (CITY_ENGLISH[code] ?? chinese) : chinese;
    const cities: Option[] = (data?.cities ?? []).map((city) => ({
      value: city.code,
      label: cityName(city.code, city.name),
    }));
    const indicators: Option[] = (data?.indicators ?? []).map((indicator) => ({
      value: `indicator:${indicator.code}`,
      label: `${pick(indicator.name)} (${indicator.unit})`,
    }));
    const sectors: Option[] = (data?.industries ?? []).map(({ code, name }) => ({
      value: code,
      label: `${code} ${name}`,
    }));
    const divisions = new Map((data?.divisions ?? []).map((division) => [division.code, division.name]));
    const divisionName = (code: string): string | null => divisions.get(code) ?? null;
    const isCumulative = (code: string): boolean =>
      data?.indicators.find((indicator) => indicator.code === code)?.cumulative ?? false;
    return { name, options, sectors, cities, cityName, indicators, divisionName, isCumulative };
  }, [data, pick, locale]);
}
