import { ENTERPRISE_SIZES, KEY_INDUSTRIES, PROFILE_PARTS } from '@ronghe/contracts';
import { useTranslation } from 'react-i18next';
import type { OptionName, ReferenceField } from './reference-fields.ts';

type Named = Readonly<Record<string, { zh: string; en: string }>>;

/** The words for a value of a field, in the language of the portal; a dash for none. */
export function useReferenceText(): (field: ReferenceField, value: unknown) => string {
  const { t, i18n } = useTranslation();
  const language = i18n.language === 'en' ? 'en' : 'zh';
  const named = (names: Named, key: string) => names[key]?.[language] ?? key;
  return ({ kind, options }, value) => {
    if (value === null || value === undefined || value === '') return '—';
    if (Array.isArray(value)) return value.join(language === 'en' ? ', ' : '、');
    if (kind === 'size') return named(ENTERPRISE_SIZES, String(value));
    if (kind === 'industry') return named(KEY_INDUSTRIES, String(value));
    if (kind === 'part') return named(PROFILE_PARTS, String(value));
    if (kind === 'option' && options?.includes(String(value)))
      return t(`reference.options.${String(value) as OptionName}`);
    return String(value);
  };
}
