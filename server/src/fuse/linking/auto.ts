import type {
  LevelTest,
  LinkColumn,
  LinkComparison,
  LinkLevel,
  LinkRule,
  LinkSettings,
  LinkTextRule,
} from '@ronghe/contracts';
import type { AutoColumn } from './auto-columns.ts';

/** Settings without blocking, and the rules to choose from once pairs can be counted. */
export type Proposal = {
  columns: LinkColumn[];
  comparisons: LinkComparison[];
  rules: LinkRule[];
  texts: LinkTextRule[];
};

const level = (...all: LevelTest[]): LinkLevel => ({ all });
const counted = (...all: LevelTest[]): LinkLevel => ({ all, frequency: true });
const equal = (on: string): LevelTest => ({ is: 'equal', on });
const same = (on: string): LevelTest => ({ is: 'same', on });
const edits = (on: string, most: number): LevelTest => ({ is: 'edits', on, most });
const jaro = (on: string, least: number): LevelTest => ({ is: 'jaro', on, least });
const characters = (on: string, least: number): LevelTest => ({ is: 'characters', on, least });

/** What comparisons are made from. */
export type Profiled = {
  columns: readonly AutoColumn[];
  /** columns whose value another one tells: compared as a last level of that one */
  determined: ReadonlyMap<string, string>;
};

/** Chooses comparisons and rules for columns whose kinds are known. Deterministic, and knows nothing of any truth. */
export function propose({ columns, determined }: Profiled): Proposal {
  // a description repeats the title or leaves it out, so both together are compared beside the title alone
  const title = columns.find(({ kind, looks }) => kind === 'text' && !isLong(looks));
  const persons = columns.filter(({ kind, name }) => kind === 'person' && isNamePart(name, columns));
  const comparisons = columns
    .filter(({ name }) => !determined.has(name))
    .map((column): LinkComparison => {
      const partner = persons.includes(column) ? persons.find((one) => one !== column) : undefined;
      const comparison = compare(column, partner?.name ?? null);
      const below = [...determined].filter(([, by]) => by === column.name).map(([name]) => name);
      if (!('levels' in comparison)) return comparison;
      return {
        ...comparison,
        levels: [...comparison.levels, ...below.map((name) => level(equal(name)))].slice(0, 9),
      };
    });
  return {
    columns: columns.map(({ name, kind, from, dayFirst, looks }) => ({
      name,
      kind,
      ...(from === undefined
        ? {}
        : { from: isLong(looks) && title ? [...(title.from ?? []), ...from] : from }),
      ...(dayFirst === undefined ? {} : { dayFirst }),
    })),
    comparisons,
    ...rulesFor(columns),
  };
}

const LONG_WORDS = 9;
const isLong = (looks: AutoColumn['looks']): boolean =>
  looks.some(({ kind, words }) => kind === 'text' && words > LONG_WORDS);

const NAME_PART = /first|last|given|sur|fore|family|fname|lname|middle/;
const isNamePart = (name: string, columns: readonly AutoColumn[]): boolean =>
  NAME_PART.test(name) &&
  columns.filter((one) => one.kind === 'person' && NAME_PART.test(one.name)).length > 1;

function compare(column: AutoColumn, partner: string | null): LinkComparison {
  const { name, kind } = column;
  const han = column.looks.some((look) => look.han);
  switch (kind) {
    case 'text':
    case 'people':
      return { name, text: name };
    case 'person':
      return { name, levels: han ? hanPerson(name) : person(name, partner) };
    case 'company':
      return han ? { name, levels: hanCompany(name) } : { name, text: name };
    case 'code':
      return { name, levels: code(column) };
    case 'phone':
      return { name, levels: [counted(equal(name)), level(equal(`${name}.tail`)), level(edits(name, 2))] };
    case 'email':
      return {
        name,
        levels: [
          counted(equal(name)),
          level(equal(`${name}.local`)),
          level(jaro(name, 0.92)),
          level(jaro(name, 0.85)),
        ],
      };
    case 'date':
      return { name, levels: date(column) };
    case 'number':
      return {
        name,
        levels: [0.005, 0.05, 0.15, 0.4].map((most) => level({ is: 'ratio', on: `${name}.n`, most })),
      };
    case 'address':
      return { name, levels: address(name) };
    case 'category':
      return { name, levels: [counted(equal(name))] };
  }
}

const person = (name: string, partner: string | null): LinkLevel[] => [
  counted(equal(name)),
  level(jaro(name, 0.92)),
  ...(partner === null ? [] : [level({ is: 'crossed', on: name, to: partner } as const)]),
  level(jaro(name, 0.86)),
  level({ is: 'words', on: name, least: 1 }),
  level(equal(`${name}.sound`)),
  level({ is: 'within', on: name, least: 1 }),
];
const hanPerson = (name: string): LinkLevel[] => [
  counted(equal(name)),
  level(equal(`${name}.sound`)),
  level(edits(name, 1)),
];
const hanCompany = (name: string): LinkLevel[] => [
  counted(equal(name)),
  level(equal(`${name}.core`), same(`${name}.branch`), equal(`${name}.region`)),
  level(equal(`${name}.core`), same(`${name}.branch`)),
  level(equal(`${name}.sound`), same(`${name}.branch`)),
  level(characters(`${name}.core`, 0.6), same(`${name}.branch`)),
  level(equal(`${name}.core`)),
  level(equal(`${name}.brand`)),
  level(characters(`${name}.core`, 0.4)),
  level({ is: 'within', on: `${name}.brand`, least: 2 }),
];

/** Short codes are equal or not; long ones may have slips of the pen. */
function code({ name, looks }: AutoColumn): LinkLevel[] {
  const length = Math.max(...looks.map((look) => look.length));
  return [
    counted(equal(name)),
    ...(length >= 15 ? [level(equal(`${name}.tax`))] : []),
    ...(length >= 4 ? [level(edits(name, 1))] : []),
    ...(length >= 6
      ? [level(edits(name, 2)), level(equal(`${name}.tail`)), level(equal(`${name}.head`))]
      : []),
  ];
}

/** Years alone are compared by distance, whole days by their parts. */
function date({ name, looks }: AutoColumn): LinkLevel[] {
  const yearsOnly = looks.every(({ values }) =>
    [...values].slice(0, 500).every((value) => /^\d{4}(?:\.0)?$/.test(value)),
  );
  const y = `${name}.y`;
  const near = (most: number) => level({ is: 'apart', on: y, most } as const);
  if (yearsOnly) return [counted(equal(name)), near(1), near(3)];
  return [
    counted(equal(name)),
    level(edits(name, 1)),
    level({ is: 'dateparts', on: name }),
    level(equal(`${name}.ym`)),
    level(equal(`${name}.md`)),
    level(equal(y)),
    near(1),
    near(5),
  ];
}

const address = (name: string): LinkLevel[] => [
  counted(equal(name)),
  level(equal(`${name}.number`), characters(name, 0.6)),
  level(characters(name, 0.75)),
  level(equal(`${name}.number`), characters(`${name}.road`, 0.35)),
  level(characters(name, 0.5)),
  level(equal(`${name}.road`)),
  level(equal(`${name}.number`)),
  level(characters(name, 0.3)),
];

/** Keys of a kind that two records of one entity may share: strong ones alone, weak ones only together with another column's. */
function keysFor({ name, kind, looks }: AutoColumn): { strong: string[]; weak: string[] } {
  const han = looks.some((look) => look.han);
  switch (kind) {
    case 'person':
      return {
        strong: [name, `${name}.sound`, `${name}.sorted`],
        weak: han ? [] : [`${name}.head`, `${name}.first`, `${name}.last`],
      };
    case 'company':
      return { strong: [name, `${name}.core`, `${name}.brand`, `${name}.sound`], weak: [] };
    case 'code':
      return { strong: [name, `${name}.tax`, `${name}.org`], weak: [`${name}.head`, `${name}.tail`] };
    case 'phone':
      return { strong: [name, `${name}.tail`], weak: [] };
    case 'email':
      return { strong: [name, `${name}.local`], weak: [] };
    case 'date':
      return { strong: [name], weak: [`${name}.ym`, `${name}.md`, `${name}.y`] };
    case 'address':
      return { strong: [name, `${name}.road`], weak: [`${name}.number`] };
    case 'category':
    case 'number':
      return { strong: [], weak: [name] };
    case 'text':
    case 'people':
      return { strong: kind === 'text' ? [name] : [`${name}.first`], weak: [] };
  }
}

function rulesFor(columns: readonly AutoColumn[]): { rules: LinkRule[]; texts: LinkTextRule[] } {
  const keys = columns.map((column) => keysFor(column));
  const rules: LinkRule[] = keys.flatMap(({ strong }) => strong.map((key) => ({ on: [key] })));
  for (const [at, one] of keys.entries())
    for (const two of keys.slice(at + 1))
      for (const a of [...one.strong, ...one.weak])
        for (const b of [...two.strong, ...two.weak]) rules.push({ on: [a, b] });
  const texts = columns
    .filter(({ kind }) => kind === 'text' || kind === 'people' || kind === 'company')
    .map(({ name, looks }) => ({ text: name, nearest: looks.some(({ words }) => words > 12) ? 6 : 10 }));
  return { rules, texts };
}

export const settingsFrom = (
  { columns, comparisons, texts }: Proposal,
  rules: readonly LinkRule[],
): LinkSettings => ({ columns, comparisons, blocking: [...rules, ...texts] });
