import type { Bilingual } from '@ronghe/contracts';
import { useCallback, useMemo } from 'react';
import { createFormat, type Format } from './format.ts';
import { usePreferences } from './preferences.ts';

/** Numbers and times in the language of the page. */
export function useFormat(): Format {
  const { locale } = usePreferences();
  return useMemo(() => createFormat(locale), [locale]);
}

/** Picks the language of the page out of a text that the server sends in both. */
export function usePick(): (text: Bilingual) => string {
  const { locale } = usePreferences();
  return useCallback((text: Bilingual) => (locale === 'en' ? text.en : text.zh), [locale]);
}
