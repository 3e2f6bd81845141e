import {
  type Bilingual,
  ENTERPRISE_ATTRIBUTES,
  ENTERPRISE_SIZES,
  type FuseDictionaries,
  INDICATORS,
  KEY_INDUSTRIES,
  PART_TARGET_LIST,
  TRANSFORMS,
} from '@ronghe/contracts';
import { cities, counties } from './divisions.ts';
import { FINDING_RULES } from './findings.ts';
import { industryDivisions } from './industries.ts';

type Rules = {
  survivorship: Readonly<Record<string, Bilingual>>;
  matching: Readonly<Record<string, Bilingual>>;
};

const terms = (table: Readonly<Record<string, Bilingual>>) =>
  Object.entries(table).map(([key, { zh, en }]) => ({ key, name: { zh, en } }));

/** Everything a screen needs to name the codes in this domain's answers. */
export function dictionaries(rules: Rules): FuseDictionaries {
  return {
    cities: cities().map(({ code, name }) => ({ code, name })),
    divisions: counties().map(({ code, name, city }) => ({ code, name, city: city ?? '' })),
    industries: industryDivisions(),
    keyIndustries: terms(KEY_INDUSTRIES),
    sizes: terms(ENTERPRISE_SIZES),
    attributes: terms(ENTERPRISE_ATTRIBUTES),
    parts: PART_TARGET_LIST.map(({ target, zh, en }) => ({ key: target, name: { zh, en } })),
    transforms: terms(TRANSFORMS),
    survivorshipRules: terms(rules.survivorship),
    matchingRules: terms(rules.matching),
    findingRules: Object.entries(FINDING_RULES).map(([key, { name }]) => ({ key, name })),
    indicators: Object.entries(INDICATORS).map(([code, { zh, en, unit, cumulative }]) => ({
      code,
      name: { zh, en },
      unit,
      cumulative,
    })),
  };
}
