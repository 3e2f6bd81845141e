import type { RunRow } from '@ronghe/contracts';
import { useTranslation } from 'react-i18next';

/** Where a row stands in what was delivered, in words. */
export function usePlace(): (row: Pick<RunRow, 'file' | 'place'>) => string {
  const { t } = useTranslation();
  return ({ file, place }) =>
    [file, place === null ? null : t('source.line', { line: place })].filter(Boolean).join(' · ') || '—';
}
