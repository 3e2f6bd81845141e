import { useTranslation } from 'react-i18next';
import { useOrganisations } from '../../../lib/organisations.ts';
import { useDatasetNames } from '../policies/use-policy-text.ts';
import type { UsageItem } from './usage.ts';

const KINDS = ['user', 'key', 'system'] as const;

/** What a line of the usage is called, and its own name besides where that differs. */
export function useUsageName(by: 'dataset' | 'key' | 'organisation') {
  const { t } = useTranslation();
  const datasets = useDatasetNames();
  const organisations = useOrganisations();
  return ({ key, name }: UsageItem): { text: string; note: string } => {
    if (by === 'key') {
      const kind = KINDS.find((each) => key.startsWith(`${each}:`));
      return { text: name || t('usage.unknown'), note: kind ? t(`usage.kinds.${kind}`) : '' };
    }
    if (key === '') return { text: t('usage.unknown'), note: '' };
    const text = by === 'dataset' ? datasets.name(key) : organisations.name(key);
    return { text, note: text === key ? '' : key };
  };
}
