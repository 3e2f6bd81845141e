import { posix } from 'node:path';
import { type House, lineAt } from '../house.ts';

const isText = (path: string) =>
  /\.(?:ts|tsx|mjs|cjs|json|md|ya?ml|css|html|sh|sql)$|(?:^|\/)(?:Dockerfile|\.npmrc|\.gitignore|NOTICE)$/.test(
    path,
  );
/** This folder spells out what it looks for. */
const isOwn = (path: string) => path.startsWith('tests/tidy/') || path.startsWith('tests/guards/');
const search = (house: House, pattern: RegExp, sentence: string) =>
  house.files
    .filter((path) => isText(path) && !isOwn(path))
    .flatMap((path) => {
      const text = house.text(path);
      return [...text.matchAll(pattern)].map(
        ({ index, 0: found }) => `${path}:${lineAt(text, index)} ${sentence} (${found})`,
      );
    });

/** Work that is left over belongs into an issue, not into the tree. */
export const nothingIsLeftOver = (house: House): string[] =>
  // Three X beside a point are digits of a number, as `X.XXX` in the tables of meters.
  search(house, /\b(?:FIXME|TODO|(?<!X\.)XXX(?!\.X))\b/g, 'holds a leftover note');

/** A path of somebody's machine or the host of a package mirror works on that machine only. */
export const noMachineIsNamed = (house: House): string[] => [
  ...search(house, /(?<![\w.@~-])\/(?:work|root|home|Users)\/[\w.-]+/g, 'names a path of one machine'),
  ...search(
    house,
    /registry\.(?!npmjs\.org\/?\s)[\w-]+\.[a-z]{2,}|npmmirror\.com|registry\s*=\s*https?:/g,
    'names a package registry',
  ),
  ...search(house, /"resolved":\s*"https?:[^"]*/g, 'names a package registry'),
];

const GLOSSARY = 'docs/glossary.md';

/** Words that once stood beside those of the glossary, and what the glossary says. */
const DISUSED: Readonly<Record<string, string>> = {
  字段对应: '字段映射',
  结构变化: '结构漂移',
  数据概况: '数据画像',
  行主键: '行键',
  行标识: '行键',
  负责单位: '责任单位',
  数据问题单: '问题单',
};

/** What was given up as a word does not come back beside the one of the glossary. */
export const wordsAreThoseOfTheGlossary = (house: House): string[] =>
  Object.entries(DISUSED).flatMap(([word, instead]) =>
    search(house, new RegExp(word, 'g'), `says what the glossary calls ${instead}`),
  );

/** One word for one thing: no Chinese and no English term twice, in the order of the English. */
export function glossaryIsOrdered(house: House): string[] {
  if (!house.files.includes(GLOSSARY)) return [`${GLOSSARY} is missing`];
  const rows = house
    .text(GLOSSARY)
    .split('\n')
    .filter((line) => /^\| /.test(line))
    .map((line) => line.split('|').map((cell) => cell.trim()))
    .map(([, english, chinese, meaning]) => ({
      english: english ?? '',
      chinese: chinese ?? '',
      meaning: meaning ?? '',
    }))
    .filter(({ english }) => english !== 'English' && !english.startsWith('--'));
  const twice = (terms: string[]) => terms.filter((term, index) => terms.indexOf(term) !== index);
  const english = rows.map((row) => row.english.toLowerCase());
  const unordered = english.filter(
    (term, index) => index > 0 && (english[index - 1] ?? '').localeCompare(term, 'en') > 0,
  );
  return [
    ...twice(english).map((term) => `${GLOSSARY} explains ${term} twice`),
    ...twice(rows.map((row) => row.chinese)).map((term) => `${GLOSSARY} explains ${term} twice`),
    ...unordered.map((term) => `${GLOSSARY}: ${term} is out of alphabetical order`),
    ...rows.filter((row) => row.meaning === '').map((row) => `${GLOSSARY}: ${row.english} has no meaning`),
    ...(rows.length < 60 ? [`${GLOSSARY} has ${rows.length} terms; the house uses at least 60`] : []),
  ];
}

/** Letters, digits and single hyphens, as the hosting sites make anchors of headings. */
const anchorOf = (heading: string) =>
  heading
    .replace(/[`*_]|\[([^\]]*)\]\([^)]*\)/g, '$1')
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\- ]/gu, '')
    .replaceAll(' ', '-');

/** Every relative link of every Markdown file leads to a file (and heading) that is there. */
export function linksLeadSomewhere(house: House): string[] {
  const folders = new Set(house.files.flatMap((path) => parentsOf(path)));
  return house.files
    .filter((path) => path.endsWith('.md') && !path.includes('/testcases/'))
    .flatMap((path) => {
      const text = house.text(path).replace(/```[\s\S]*?```/g, (block) => block.replace(/[^\n]/g, ' '));
      return [...text.matchAll(/\]\(([^)\s]+)(?:\s+"[^"]*")?\)/g)].flatMap(({ 1: target = '', index }) => {
        if (/^[a-z]+:/.test(target)) return [];
        const [file = '', anchor] = target.split('#');
        const to =
          file === '' ? path : posix.normalize(posix.join(posix.dirname(path), file)).replace(/\/$/, '');
        const where = `${path}:${lineAt(text, index)}`;
        if (!house.files.includes(to) && !folders.has(to))
          return [`${where} links to ${target}, which is not there`];
        if (anchor === undefined || !to.endsWith('.md')) return [];
        const headings = [...house.text(to).matchAll(/^#{1,6} (.*)$/gm)].map(([, heading = '']) =>
          anchorOf(heading),
        );
        return headings.includes(decodeURIComponent(anchor))
          ? []
          : [`${where} links to ${target}, a heading that is not there`];
      });
    });
}

const parentsOf = (path: string): string[] => {
  const parts = path.split('/').slice(0, -1);
  return parts.map((_, index) => parts.slice(0, index + 1).join('/'));
};

/** The Chinese and the English README tell the same: as many headings on each level. */
export function readmesTellTheSame(house: House): string[] {
  const names = ['README.md', 'README.zh-CN.md'];
  const missing = names.filter((name) => !house.files.includes(name));
  if (missing.length > 0) return missing.map((name) => `${name} is missing`);
  const [first, second] = names.map((name) =>
    [
      ...house
        .text(name)
        .replace(/```[\s\S]*?```/g, '')
        .matchAll(/^(#{1,6}) /gm),
    ]
      .map(([, level = '']) => level.length)
      .join(' '),
  );
  return first === second ? [] : [`README.md has headings of levels ${first}, README.zh-CN.md ${second}`];
}
