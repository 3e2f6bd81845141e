import {
  type Bilingual,
  type Breakdown,
  ENTERPRISE_SIZES,
  type EnterpriseSize,
  type IndicatorFilter,
  KEY_INDUSTRIES,
  type KeyIndustry,
} from '@ronghe/contracts';
import { divisionOf } from '../standards/divisions.ts';
import { industryName } from '../standards/industries.ts';

const NOT_KNOWN: Bilingual = { zh: '未知', en: 'Not known' };
const ALL: Bilingual = { zh: '全部', en: 'All' };
const SECTIONS_ENGLISH: Readonly<Record<string, string>> = {
  B: 'Mining',
  C: 'Manufacturing',
  D: 'Electricity, heat, gas and water',
};

const same = (text: string): Bilingual => ({ zh: text, en: text });

/** What a person calls the part of a breakdown. Regions and divisions of industry have Chinese names only. */
export function nameOfPart(by: Breakdown, key: string, enterprise = ''): Bilingual {
  if (key === '') return NOT_KNOWN;
  switch (by) {
    case 'city':
    case 'county':
      return same(divisionOf(key)?.name ?? key);
    case 'section':
    case 'sector': {
      const zh = industryName(key) ?? key;
      return { zh, en: SECTIONS_ENGLISH[key] ?? zh };
    }
    case 'keyIndustry':
      return KEY_INDUSTRIES[key as KeyIndustry] ?? same(key);
    case 'size':
      return ENTERPRISE_SIZES[key as EnterpriseSize] ?? same(key);
    case 'park':
      return same(key);
    case 'enterprise':
      return same(enterprise === '' ? key : enterprise);
  }
}

/** Regions from the whole scope down to the one of the filter. */
export function pathOf({ region }: IndicatorFilter): { key: string; name: Bilingual }[] {
  const path = [{ key: '', name: ALL }];
  if (region === undefined) return path;
  const found = divisionOf(region);
  if (found?.level === 'county' && found.city !== null)
    path.push({ key: found.city, name: nameOfPart('city', found.city) });
  return [...path, { key: region, name: nameOfPart('county', region) }];
}
