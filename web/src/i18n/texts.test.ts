import { describe, expect, it } from 'vitest';
import { createTranslator, en, zh } from './index.ts';
import { lateEn, lateZh } from './late/index.ts';

type Texts = { readonly [key: string]: string | Texts };

const flat = (texts: Texts, above = ''): Map<string, string> =>
  new Map(
    Object.entries(texts).flatMap(([key, value]) =>
      typeof value === 'string' ? [[`${above}${key}`, value] as const] : [...flat(value, `${above}${key}.`)],
    ),
  );
const chinese = flat({ ...zh, ...lateZh });
const english = flat({ ...en, ...lateEn });
const placeholders = (text: string) => [...text.matchAll(/\{\{(\w+)\}\}/g)].map(([, name]) => name).sort();

describe('texts in both languages', () => {
  it('have the same keys', () => {
    expect([...english.keys()].sort()).toEqual([...chinese.keys()].sort());
  });

  it('have no empty English text where the Chinese says something, but for counting words', () => {
    const countingWords = ['province.company', 'province.people'];
    const empty = [...english].filter(([key, text]) => text.trim() === '' && !countingWords.includes(key));
    expect(empty).toEqual([]);
  });

  it('ask for the same values', () => {
    for (const [key, text] of chinese)
      expect([key, placeholders(english.get(key) ?? '')]).toEqual([key, placeholders(text)]);
  });

  it('hold no Chinese in English, except where a text must be found by who reads the other language', () => {
    const both = ['top.language', 'platform.status.aboutText'];
    const mixed = [...english].filter(([key, text]) => /\p{Script=Han}/u.test(text) && !both.includes(key));
    expect(mixed).toEqual([]);
  });

  it('count in the grammar of the language', () => {
    expect(createTranslator('en').t('table.total', { count: 1 })).toBe('1 row');
    expect(createTranslator('en').t('table.total', { count: 2 })).toBe('2 rows');
    expect(createTranslator('zh-CN').t('table.total', { count: 1 })).toBe('共 1 条');
  });
});
