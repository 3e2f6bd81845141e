import { SYLLABLES } from './pinyin.data.ts';
import { TRADITIONAL_PAIRS, VARIANT_PAIRS } from './traditional.data.ts';

/** Characters that are taken for one another when read from paper; the first of each group stands for all. */
const LOOK_ALIKES = [
  '未末',
  '土士',
  '己已巳',
  '天夭',
  '干千于',
  '日曰',
  '人入',
  '大太',
  '钢纲',
  '拓柘',
  '壬王玉',
  '博搏',
  '恒桓',
  '昊吴',
  '宇字',
  '冶治',
  '沪泸',
  '侯候',
  '祥详',
  '辰展',
  '冠寇',
  '陵棱',
  '睛晴',
  '清请',
];

const pairsOf = (pairs: string): [string, string][] => {
  const characters = [...pairs];
  return characters.flatMap((character, index) =>
    index % 2 === 0 ? [[character, characters[index + 1] ?? character] as [string, string]] : [],
  );
};
const lazily = <Built>(build: () => Built): (() => Built) => {
  let built: Built | undefined;
  return () => {
    built ??= build();
    return built;
  };
};

const simplified = lazily(() => new Map([...TRADITIONAL_PAIRS, VARIANT_PAIRS].flatMap(pairsOf)));
const readings = lazily(
  () =>
    new Map(
      SYLLABLES.flatMap((line) => line.split(' ')).flatMap((entry) => {
        const syllable = /^[a-z]+/.exec(entry)?.[0] ?? '';
        return [...entry.slice(syllable.length)].map((character) => [character, syllable] as const);
      }),
    ),
);
const shapes = lazily(
  () =>
    new Map(
      LOOK_ALIKES.flatMap((group) => [...group].map((character) => [character, group[0] ?? ''] as const)),
    ),
);

/** Traditional characters and variants of names as simplified ones, character by character; the rest as it is. */
export function toSimplified(text: string): string {
  const table = simplified();
  let written = '';
  let kept = 0;
  let at = 0;
  for (const character of text) {
    const simple = table.get(character);
    if (simple !== undefined && simple !== character) {
      written += text.slice(kept, at) + simple;
      kept = at + character.length;
    }
    at += character.length;
  }
  return kept === 0 ? text : written + text.slice(kept);
}

/** The syllables of a text as `sound` says them, a blank between them. */
const joinedSounds = (text: string, sound: (syllable: string) => string): string => {
  const table = readings();
  let said = '';
  for (const character of toSimplified(text)) {
    const syllable = sound(table.get(character) ?? character.toLowerCase());
    said = said === '' ? syllable : `${said} ${syllable}`;
  }
  return said;
};

/** The syllables of a text, without tones, a blank between them; what has no reading stands as it is, in lower case. */
export const soundOf = (text: string): string => joinedSounds(text, (syllable) => syllable);

/** First letters of the syllables, as `yzty` for 豫章铜业. */
export const initialsOf = (text: string): string =>
  soundOf(text)
    .split(' ')
    .map((syllable) => syllable[0] ?? '')
    .join('');

const looseSyllables = new Map<string, string>();
function looseSyllable(syllable: string): string {
  const known = looseSyllables.get(syllable);
  if (known !== undefined) return known;
  const loose = syllable
    .replace(/^([zcs])h/, '$1')
    .replace(/^n(?=[aeiouv])/, 'l')
    .replace(/(?<=[aei])ng$/, 'n');
  // syllables are some 400; anything else is a character without a reading
  if (syllable.length > 1) looseSyllables.set(syllable, loose);
  return loose;
}

/** Sounds that speakers in Jiangxi and typing mix up: zh and z, n and l at the beginning, ng and n at the end. */
export const looseSoundOf = (text: string): string => joinedSounds(text, looseSyllable);

/** Characters that look alike replaced by one of them. For comparing only. */
export const shapeOf = (text: string): string =>
  [...toSimplified(text)].map((character) => shapes().get(character) ?? character).join('');
