import { probabilityOf } from './em.ts';

/**
 * The probability from which links are taken so that the expected F1 is greatest: with probabilities p sorted downwards, taking the
 * first k gives the expected F1 `2 sum(p, first k) / (k + sum(p))` (Lipton, Elkan and Naryanaswamy 2014). Needs no labels, and is as good as the
 * probabilities are. Returned is the log2 odds of the last pair taken, never below even odds against of 3 to 1.
 */
export function expectedBest(weights: Float32Array | Float64Array): {
  least: number;
  precision: number;
  recall: number;
} {
  const sorted = Float64Array.from(weights).sort().reverse();
  const all = sorted.reduce((sum, weight) => sum + probabilityOf(weight), 0);
  let [taken, best, least, precision, recall] = [0, -1, 0, 0, 0];
  for (let at = 0; at < sorted.length; at += 1) {
    const weight = sorted[at] ?? 0;
    taken += probabilityOf(weight);
    if (sorted[at + 1] === weight) continue;
    const expected = (2 * taken) / (at + 1 + all);
    if (expected <= best) continue;
    best = expected;
    least = weight;
    precision = taken / (at + 1);
    recall = all === 0 ? 0 : taken / all;
  }
  return { least: Math.max(LEAST_ODDS, least), precision, recall };
}
const LEAST_ODDS = -1.585;

/** A link of one record of the smaller side: the weight it got, and that of the best one it did not get. */
export type Contest = { chosen: number; runnerUp: number };

/** Below this share of the weights a chosen link looks like one by chance; where the lower tail is read. */
const TAIL_SHARE = 0.5;

/**
 * The weight from which one-to-one links are taken, when probabilities say too little: a link that only chance made looks like the
 * best one that a record did not get. How many records have no partner is read from the lower tail, where links by chance are (the proportion of
 * true null hypotheses of Storey 2002), and F1 is expected from the share of chance above each weight. `records` is the size of the smaller side.
 */
export function contestBest(
  contests: readonly Contest[],
  records: number,
): { least: number; precision: number; recall: number } | null {
  const chosen = contests
    .map((one) => one.chosen)
    .filter(Number.isFinite)
    .sort((a, b) => b - a);
  const chance = contests.map((one) => one.runnerUp).sort((a, b) => b - a);
  if (chosen.length < CONTESTS_MIN) return null;
  const edge = chance[Math.floor(chance.length * TAIL_SHARE)] ?? -Infinity;
  const below = (list: readonly number[]) => list.filter((weight) => weight <= edge).length;
  const without = Math.max(0, records - chosen.length);
  const alone = Math.min(
    1,
    (below(chosen) + without) / Math.max(1, below(chance) + records - contests.length),
  );
  const links = Math.max(1, (1 - alone) * records);
  let [best, least, precision, recall] = [-1, 0, 0, 0];
  for (let at = 0, above = 0; at < chosen.length; at += 1) {
    const weight = chosen[at] ?? 0;
    if (chosen[at + 1] === weight) continue;
    while ((chance[above] ?? -Infinity) >= weight) above += 1;
    const wrong = Math.min(1, (alone * above) / (at + 1));
    const right = Math.min(links, (at + 1) * (1 - wrong));
    const expected = (2 * right) / (at + 1 + links);
    if (expected <= best) continue;
    [best, least, precision, recall] = [expected, weight, right / (at + 1), right / links];
  }
  return { least, precision, recall };
}
/** Fewer links tell nothing of a distribution. */
const CONTESTS_MIN = 50;
