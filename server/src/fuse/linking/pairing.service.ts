import type { LinkRule, LinkSettings, LinkTextRule } from '@ronghe/contracts';
import { bagStep, forgetSteps, mostRecords, nearestSteps, nearSteps, spreadSql, wordSteps } from './bags.ts';
import { certainStep, countSql, foundStep, largestSql, pairSteps, ruleName, ruleStep } from './blocking.ts';
import { isText } from './comparing.ts';
import type { LinkingStore } from './linking.store.ts';
import type { Population } from './tables.ts';

/** What a blocking rule did, for people. */
export type RuleTold = {
  name: string;
  /** pairs it brings, of which some other rules bring as well; of a text rule only afterwards */
  pairs: number;
  /** blocks that were left out because they are too large, with their pairs and largest values */
  over: number;
  pairsOver: number;
  largest: { value: string; records: number }[];
  state: 'used' | 'empty' | 'refused';
};

export type Paired = { rules: RuleTold[]; pairs: number; certain: readonly number[] };

/** Pairs that all rules together may bring, so that a run ends; a rule that would go beyond is refused and told. */
export const PAIRS_MAX = 60_000_000;
/** Pairs of occurrences of words that a text rule looks at. */
const OCCURRENCES_MAX = 40_000_000;
const OCCURRENCES_PER_RECORD = 2_000;
/** Bits of a number of 64 that tell which rules found a pair, less one for its sign. */
export const RULES_MAX = 62;
const LARGEST_SHOWN = 3;

/** Makes the bags of texts, runs every rule and leaves each pair once in `pairs`. */
export async function findPairs(
  store: LinkingStore,
  { settings, population }: { settings: LinkSettings; population: Population },
): Promise<Paired> {
  const { database } = store;
  await store.run([foundStep(database)]);
  const leftOut = new Map<string, number>();
  for (const column of textColumns(settings))
    leftOut.set(column, await findSimilar(store, column, population));
  const rules: RuleTold[] = [];
  let sum = 0;
  for (const [number, rule] of settings.blocking.entries()) {
    const told =
      'text' in rule
        ? await runText(store, { rule, number, leftOut: leftOut.get(rule.text) ?? 0 })
        : await runRule(store, { rule, settings, population, number, left: PAIRS_MAX - sum });
    if (told.state === 'used') sum += told.pairs;
    rules.push(told);
  }
  for (const column of textColumns(settings)) await store.run(forgetSteps(database, column));
  const certain: number[] = [];
  for (const rule of settings.deterministic ?? []) {
    const number = settings.blocking.length + certain.length;
    await store.run([certainStep(database, { rule, settings, population, number })]);
    certain.push(number);
  }
  await store.run(pairSteps(database, population));
  const [row] = await store.ask<{ pairs: string }>({
    name: 'count pairs',
    // sql-identifier: the database is named by us
    sql: `select count() as pairs from ${database}.pairs`,
  });
  return { rules, pairs: Number(row?.pairs ?? 0), certain };
}

/** Columns whose texts are weighed by rarity. */
export const textColumns = (settings: LinkSettings): string[] => [
  ...new Set([
    ...settings.comparisons.flatMap((one) => (isText(one) ? [one.text] : [])),
    ...settings.blocking.flatMap((one) => ('text' in one ? [one.text] : [])),
  ]),
];

type Counted = { pairs: string; over: string; pairs_over: string; largest: string };

/** What a rule brings before it runs: exact, by one count over the records. */
export async function countRule(
  store: LinkingStore,
  { rule, settings }: { rule: LinkRule; settings: LinkSettings },
): Promise<{ pairs: number; over: number; pairsOver: number; largest: number }> {
  const [row] = await store.ask<Counted>({
    name: `count pairs by ${ruleName(rule)}`,
    sql: countSql(store.database, { rule, settings }),
  });
  return {
    pairs: Number(row?.pairs ?? 0),
    over: Number(row?.over ?? 0),
    pairsOver: Number(row?.pairs_over ?? 0),
    largest: Number(row?.largest ?? 0),
  };
}

async function runRule(
  store: LinkingStore,
  {
    rule,
    settings,
    population,
    number,
    left,
  }: { rule: LinkRule; settings: LinkSettings; population: Population; number: number; left: number },
): Promise<RuleTold> {
  const { pairs, over, pairsOver } = await countRule(store, { rule, settings });
  const largest =
    over === 0
      ? []
      : await store.ask<{ value: string; n: string }>({
          name: `largest blocks of ${ruleName(rule)}`,
          sql: largestSql(store.database, { rule, settings, rows: LARGEST_SHOWN }),
        });
  const state = pairs > left ? 'refused' : pairs === 0 ? 'empty' : 'used';
  if (state === 'used') await store.run([ruleStep(store.database, { rule, settings, population, number })]);
  return {
    name: ruleName(rule),
    pairs,
    over,
    pairsOver,
    largest: largest.map(({ value, n }) => ({ value, records: Number(n) })),
    state,
  };
}

/** Similar texts of a column, and its bags. Returns how many kinds of words were too frequent to look for. */
async function findSimilar(store: LinkingStore, column: string, population: Population): Promise<number> {
  const { database } = store;
  await store.run(wordSteps(database, column, population.records));
  const spread = await store.ask<{ records: number; words: string }>({
    name: `spread of words of ${column}`,
    sql: spreadSql(database, column),
  });
  const most = mostRecords(
    spread.map(({ records, words }) => ({ records, words: Number(words) })),
    Math.min(OCCURRENCES_MAX, OCCURRENCES_PER_RECORD * population.records),
  );
  await store.run([
    ...nearSteps(database, { column, population, most }),
    bagStep(database, column, population.records),
  ]);
  return spread.filter(({ records }) => records > most).length;
}

async function runText(
  store: LinkingStore,
  { rule, number, leftOut }: { rule: LinkTextRule; number: number; leftOut: number },
): Promise<RuleTold> {
  const { text: column, nearest } = rule;
  await store.run(nearestSteps(store.database, { column, nearest, number }));
  const [row] = await store.ask<{ pairs: string }>({
    name: `count pairs by ${column}`,
    // sql-identifier: the database is named by us, the rule is a number
    sql: `select count() as pairs from ${store.database}.found where rule = ${number}`,
  });
  const pairs = Number(row?.pairs ?? 0);
  return {
    name: `text ${column}`,
    pairs,
    over: leftOut,
    pairsOver: 0,
    largest: [],
    state: pairs === 0 ? 'empty' : 'used',
  };
}
