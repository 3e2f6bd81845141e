import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { LinkSettings } from '@ronghe/contracts';
import {
  type Clustered,
  type ClusterRules,
  createSets,
  groupsOf,
  missingPairs,
  numbered,
  settle,
  weightsWithin,
} from './clusters.ts';
import { compareStep } from './comparing.ts';
import { assignBest, competitors } from './competition.ts';
import { type Contest, contestBest, expectedBest } from './decide.ts';
import { probabilityOf } from './em.ts';
import type { LinkingStore } from './linking.store.ts';
import { keepNearBest } from './near-best.ts';
import { joined, readScored, type Scored, scoredSql } from './scored.reader.ts';
import { type Scorer, scoreStep } from './scoring.ts';
import type { Population } from './tables.ts';

/** Pairs below this are not looked at again after scoring. */
export const WEIGHT_KEPT = -8;
const CLUSTER_MAX = 500;

export type Decided = {
  scored: Scored;
  /** probability of each scored pair, after competition where links are one to one */
  probability: Float64Array;
  /** places of the pairs that are links */
  links: number[];
  /** log2 odds from which pairs are links */
  least: number;
  expected: { precision: number; recall: number };
  clustered: Clustered;
  /** pairs that were compared only to see whether groups hold as a whole */
  completed: number;
};

export type Deciding = {
  settings: LinkSettings;
  population: Population;
  scorer: Scorer;
  certain: readonly number[];
  oneToOne: boolean;
  sources: Uint16Array;
  /** input of each record */
  inputs: Uint16Array;
  mustLink: readonly (readonly [number, number])[];
  cannotLink: readonly (readonly [number, number])[];
  /** folder for files between the engine and us */
  folder: string;
};

/** Scores the compared pairs, takes links and puts records together. */
export async function decide(store: LinkingStore, deciding: Deciding): Promise<Decided> {
  const first = await score(store, { ...deciding, from: 'compared', into: 'scored' });
  const { oneToOne, population, sources } = deciding;
  if (oneToOne && population.inputs.length <= 2) return decideOneToOne(first, deciding);
  // of three lists and more a record has one partner in each other list: groups in which no list stands twice
  const duplicateFree = oneToOne ? [...new Set(sources)] : population.duplicateFree;
  return decideClusters(store, first, { ...deciding, population: { ...population, duplicateFree } });
}

async function score(
  store: LinkingStore,
  { settings, scorer, certain, folder, from, into }: Deciding & { from: string; into: string },
): Promise<Scored> {
  const { database } = store;
  const sure = certain.map((rule) => `bitTest(rules, ${rule})`).join(' or ') || '0';
  // sql-identifier: tables are named by us
  await store.run([{ name: `forget ${into}`, sql: `drop table if exists ${database}.${into} sync` }]);
  await store.run([scoreStep(database, { from, into, settings, scorer, certain: sure })]);
  const file = join(folder, `${into}.bin`);
  rmSync(file, { force: true });
  const comparisons = settings.comparisons.length;
  await store.export(
    { name: `take ${into}`, sql: scoredSql(database, { table: into, comparisons, least: WEIGHT_KEPT }) },
    file,
  );
  return readScored(file, comparisons);
}

const oddsOfProbability = (probability: number) => Math.log2(probability / (1 - probability));

function leastOf(settings: LinkSettings, weights: Float32Array | Float64Array) {
  const told = settings.decide?.match ?? 'auto';
  const best = expectedBest(weights);
  return told === 'auto' ? best : { ...best, least: oddsOfProbability(told) };
}

/** Each record has at most one partner: probabilities by competition, links by the best assignment. */
function decideOneToOne(scored: Scored, { settings, population, mustLink, cannotLink }: Deciding): Decided {
  const weights = withDecisions(scored, { mustLink, cannotLink });
  const compete = competitors(scored, population.records);
  let probability: Float64Array = new Float64Array();
  for (let round = 0; round < 6; round += 1) probability = compete(weights);
  const competed = probability.map((share) => oddsOfProbability(Math.min(1 - 1e-9, Math.max(1e-12, share))));
  const chosen = assignBest(scored, { weights, least: WEIGHT_KEPT, records: population.records });
  const taken = Float64Array.from(chosen, (at) => competed[at] ?? 0);
  const contest =
    (settings.decide?.match ?? 'auto') === 'auto' && population.inputs.length === 2
      ? contestBest(contestsOf(scored, { weights, chosen, population }), Math.min(...population.inputs))
      : null;
  const byProbability = leastOf(settings, taken);
  const links = chosen.filter((at) =>
    contest ? (weights[at] ?? 0) >= contest.least : (competed[at] ?? 0) >= byProbability.least,
  );
  const { least, precision, recall } = contest ?? byProbability;
  const sets = createSets(population.records);
  for (const at of links) sets.join(scored.a[at] ?? 0, scored.b[at] ?? 0);
  return {
    scored,
    probability,
    links,
    least,
    expected: { precision, recall },
    clustered: { ...numbered(sets, population.records), parted: 0, cut: 0, contradictions: 0 },
    completed: 0,
  };
}

/** For each record of the smaller input that has pairs: the weight of its link, and of the best pair that is none. */
function contestsOf(
  { a, b }: Scored,
  {
    weights,
    chosen,
    population,
  }: { weights: Float64Array; chosen: readonly number[]; population: Population },
): Contest[] {
  const [first = 0, second = 0] = population.inputs;
  const own = first <= second ? a : b;
  const contests = new Map<number, Contest>();
  const isChosen = new Set(chosen);
  for (let at = 0; at < a.length; at += 1) {
    const record = own[at] ?? 0;
    const contest = contests.get(record) ?? { chosen: -Infinity, runnerUp: -Infinity };
    contests.set(record, contest);
    if (isChosen.has(at)) contest.chosen = weights[at] ?? 0;
    else contest.runnerUp = Math.max(contest.runnerUp, weights[at] ?? 0);
  }
  return [...contests.values()];
}

const DECIDED = 60;
function withDecisions(
  { a, b, weight }: Scored,
  { mustLink, cannotLink }: Pick<Deciding, 'mustLink' | 'cannotLink'>,
): Float64Array {
  const weights = Float64Array.from(weight);
  if (mustLink.length + cannotLink.length === 0) return weights;
  const key = (one: number, two: number) => `${Math.min(one, two)} ${Math.max(one, two)}`;
  const decided = new Map([
    ...mustLink.map(([one, two]) => [key(one, two), DECIDED] as const),
    ...cannotLink.map(([one, two]) => [key(one, two), -DECIDED] as const),
  ]);
  for (let at = 0; at < weights.length; at += 1)
    weights[at] = decided.get(key(a[at] ?? 0, b[at] ?? 0)) ?? weights[at] ?? 0;
  return weights;
}

async function decideClusters(store: LinkingStore, first: Scored, deciding: Deciding): Promise<Decided> {
  const { settings, population, sources } = deciding;
  const { least, precision, recall } = leastOf(settings, first.weight);
  const duplicateFree = new Set(population.duplicateFree);
  const mayCompare = (a: number, b: number) =>
    sources[a] === sources[b]
      ? population.within && !duplicateFree.has(sources[a] ?? -1)
      : population.within || deciding.inputs[a] !== deciding.inputs[b];
  const rules: ClusterRules = {
    records: population.records,
    least,
    sizeMax: settings.decide?.clusterMax ?? CLUSTER_MAX,
    sources,
    duplicateFree,
    mayCompare,
    mustLink: deciding.mustLink,
    cannotLink: deciding.cannotLink,
  };
  if (!population.within)
    keepNearBest(first, {
      inputs: deciding.inputs,
      count: population.inputs.length,
      records: population.records,
    });
  const { groups, cut } = groupsOf(first, rules);
  const known = weightsWithin(first, groups, population.records);
  const missing = missingPairs(groups, known, mayCompare);
  let scored = first;
  if (missing.a.length > 0) {
    const second = await complete(store, missing, deciding);
    scored = joined(first, second);
  }
  const weights = scored === first ? known : weightsWithin(scored, groups, population.records);
  const clustered = { ...settle(groups, weights, rules), cut };
  const links: number[] = [];
  for (let at = 0; at < scored.a.length; at += 1)
    if (clustered.cluster[scored.a[at] ?? 0] === clustered.cluster[scored.b[at] ?? 0]) links.push(at);
  return {
    scored,
    probability: Float64Array.from(scored.weight, probabilityOf),
    links,
    least,
    expected: { precision, recall },
    clustered,
    completed: missing.a.length,
  };
}

/** Compares and scores pairs inside groups that no rule had found; those far apart come back with the least weight. */
async function complete(
  store: LinkingStore,
  missing: { a: number[]; b: number[] },
  deciding: Deciding,
): Promise<Scored> {
  const { database } = store;
  await store.run([
    ...['inside', 'inside_compared'].map((table) => ({
      name: `forget ${table}`,
      // sql-identifier: tables are named by us
      sql: `drop table if exists ${database}.${table} sync`,
    })),
    {
      name: 'pairs inside groups',
      // sql-identifier: the database is named by us
      sql: `create table ${database}.inside (pair UInt64, rules UInt64) engine = MergeTree order by tuple()`,
    },
  ]);
  const pairs = BigUint64Array.from(missing.a, (a, at) => {
    const b = missing.b[at] ?? 0;
    return a < b ? (BigInt(a) << 32n) | BigInt(b) : (BigInt(b) << 32n) | BigInt(a);
  });
  await store.insert('inside', [
    { name: 'pair', type: 'UInt64', values: pairs },
    { name: 'rules', type: 'UInt64', values: new BigUint64Array(pairs.length) },
  ]);
  await store.run([
    compareStep(database, { from: 'inside', into: 'inside_compared', settings: deciding.settings }),
  ]);
  const { certain: _certain, ...rest } = deciding;
  return score(store, { ...rest, certain: [], from: 'inside_compared', into: 'inside_scored' });
}
