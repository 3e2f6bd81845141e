import { soundOf } from '../standards/characters.ts';
import { cleanText } from '../standards/text.ts';

/** What is looked at of one value; longer ones are compared by their beginning. */
export const VALUE_LENGTH_MAX = 1_000;
const WORDS_MAX = 150;
const HAN = /\p{Script=Han}/u;
const PLAIN = /^[a-z0-9 ]*$/;

/** Values that fill a field and say nothing, beside those that stand for nothing everywhere in the platform. */
const FILLERS = new Set(
  '- -- . .. ? ?? * ** x xx xxx n.a. n/k nil none null nan unknown unk tbd tba test missing blank empty na n/a 无 不详 未知 暂无 待定 未填 其他未知'.split(
    ' ',
  ),
);

/** Half width, lower case, without marks on letters, blanks made single; empty when the value says nothing. */
export function plainText(raw: string): string {
  const cut = raw.length > VALUE_LENGTH_MAX ? raw.slice(0, VALUE_LENGTH_MAX) : raw;
  const text = cleanText(cut).toLowerCase();
  if (FILLERS.has(text)) return '';
  if (PLAIN.test(text)) return text;
  return /[\u00c0-\u024f]/.test(text) ? text.normalize('NFD').replace(/\p{M}+/gu, '') : text;
}

/** Letters and digits of all scripts, everything else one blank. Apostrophes go without a trace (o'brien is obrien). */
export const lettersOf = (text: string): string =>
  PLAIN.test(text)
    ? text.trim()
    : text
        .replace(/['’`´]/g, '')
        .replace(/[^\p{L}\p{N}]+/gu, ' ')
        .trim();

/** How a word sounds, roughly and in any Latin language: consonants by sound, first vowel kept. Chinese by its syllables. */
export function soundKey(text: string): string {
  if (HAN.test(text)) return soundOf(text).replaceAll(' ', '');
  return text
    .split(' ')
    .map((word) => {
      const said = word
        .replace(/^(?:kn|gn|pn)/, 'n')
        .replace(/^wr/, 'r')
        .replace(/ph/g, 'f')
        .replace(/sch|sh/g, 's')
        .replace(/[td]ch|ch/g, 'k')
        .replace(/gh(?=[^aeiouy]|$)/g, '')
        .replace(/c(?=[eiy])/g, 's')
        .replace(/ck|[cq]/g, 'k')
        .replace(/x/g, 'ks')
        .replace(/dg|g(?=[eiy])/g, 'j')
        .replace(/z/g, 's')
        .replace(/[vw]/g, 'f')
        .replace(/d\b/g, 't')
        .replace(/[dt]/g, 't')
        .replace(/[mn]/g, 'n');
      return (
        (said[0] ?? '') +
        said
          .slice(1)
          .replace(/[aeiouyh]/g, '')
          .replace(/(.)\1+/g, '$1')
      );
    })
    .join('');
}

/** Words for titles and descriptions; see `wordsOf`. `people` drops initials, which are in one list and not in the other. */
export type WordOptions = { people?: boolean };

/**
 * The different words of a text, for weighing by rarity. Chinese gives pairs of characters. Numbers of models written with and
 * without separators meet (PS-LX350H gives pslx350h beside its pieces), and so do a number and its unit (120 GB gives 120gb).
 */
export function wordsOf(text: string, { people = false }: WordOptions = {}): string[] {
  const words = new Set<string>();
  let before = '';
  for (const [piece] of text.matchAll(/[\p{L}\p{N}]+(?:[-./][\p{L}\p{N}]+)*/gu)) {
    const parts = piece.split(/[-./]/);
    if (parts.length > 1 && /\d/.test(piece)) words.add(parts.join(''));
    for (const part of parts) {
      if (HAN.test(part)) addPairs(part, words);
      else if (!people || part.length > 1) words.add(part);
      if (/^\d+$/.test(before) && /^[a-z]{1,3}$/.test(part)) words.add(before + part);
      before = part;
    }
    if (words.size > WORDS_MAX) break;
  }
  return [...words].slice(0, WORDS_MAX);
}

function addPairs(part: string, words: Set<string>): void {
  const characters = [...part];
  if (characters.length === 1) words.add(part);
  for (let at = 0; at + 1 < characters.length; at += 1)
    words.add(`${characters[at]}${characters[at + 1] ?? ''}`);
}
