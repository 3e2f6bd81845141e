import { TRADE_WORDS } from './trades.data.ts';

/** Codes by word; '' for a word that points at no industry of its own. */
const CODES: ReadonlyMap<string, string> = new Map(
  TRADE_WORDS.flatMap(([code, words]) => words.split(' ').map((word) => [word, code] as const)),
);
const WORD_LENGTH_MAX = Math.max(...[...CODES.keys()].map((word) => word.length));
const BRAND_LENGTH_MIN = 2;

export type Trades = { trade: string; industry: string; code: string | null };

/**
 * Parts 字号 and industry: words of industries are taken from the end, longest first, while two characters remain. When
 * the whole text is such words there is no 字号. `code` is that of the last word which points at an industry.
 */
export function takeTrades(text: string): Trades {
  if (hasTrade(text)) return { trade: '', industry: text, code: codeOf(wordsOf(text, 0)) };
  const words = wordsOf(text, BRAND_LENGTH_MIN);
  const length = words.reduce((sum, word) => sum + word.length, 0);
  return {
    trade: text.slice(0, text.length - length),
    industry: text.slice(text.length - length),
    code: codeOf(words),
  };
}

/** True when a text is nothing but words of industries. */
export const hasTrade = (text: string): boolean =>
  text !== '' && wordsOf(text, 0).reduce((sum, word) => sum + word.length, 0) === text.length;

/** True when the last characters of a text are a word of an industry, with something before it. */
export const endsInTrade = (text: string): boolean => lastWord(text, text.length, 1) !== null;

function wordsOf(text: string, left: number): string[] {
  const words: string[] = [];
  let end = text.length;
  for (;;) {
    const word = lastWord(text, end, left);
    if (word === null) return words;
    words.push(word);
    end -= word.length;
  }
}

function lastWord(text: string, end: number, left: number): string | null {
  for (let length = Math.min(WORD_LENGTH_MAX, end - left); length >= 2; length -= 1) {
    const word = text.slice(end - length, end);
    if (CODES.has(word)) return word;
  }
  return null;
}

const codeOf = (words: readonly string[]): string | null =>
  words.map((word) => CODES.get(word) ?? '').find((code) => code !== '') ?? null;
