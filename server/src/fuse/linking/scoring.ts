import type { LinkComparison, LinkSettings } from '@ronghe/contracts';
import { comparedColumns, isText, levelsOf } from './comparing.ts';
import type { Step } from './tables.ts';

/** What scoring needs of a trained model. */
export type Scorer = {
  prior: number;
  /** log2 weight of each level of each comparison, level 0 first */
  weights: readonly (readonly number[])[];
  /** per comparison: log2 of the share of random pairs that are equal, for frequencies; null where none count */
  equal: readonly (number | null)[];
  /** records that tell the value, for frequencies */
  told: readonly number[];
  frequencyLeast: number;
};

/** Weight of evidence that a pair agreed on by rule is given at least. */
export const CERTAIN = 30;

/** Weights of similarities in hundredths: between the middles of two levels in proportion, so that ranks inside a level count. */
export function fineWeights(weights: readonly number[]): number[] {
  const steps = weights.length - 1;
  return Array.from({ length: 101 }, (_value, hundredths) => {
    const at = (hundredths / 100) * steps;
    const low = Math.floor(at);
    const [from, to] = [weights[low] ?? 0, weights[Math.min(low + 1, steps)] ?? 0];
    return from + (to - from) * (at - low);
  });
}

const number = (value: number): string => value.toFixed(5);

/** Weight that one comparison gives a pair, as SQL over a table of compared pairs. */
export function weightSql(comparison: LinkComparison, at: number, scorer: Scorer): string {
  const weights = scorer.weights[at] ?? [];
  if (isText(comparison))
    return `if(g${at} = -1, 0, [${fineWeights(weights).map(number).join(',')}][s${at} + 1])`;
  const base = `[0, ${weights.map(number).join(', ')}][g${at} + 2]`;
  const equal = scorer.equal[at] ?? null;
  if (equal === null) return base;
  const levels = levelsOf(comparison);
  const counted = comparison.levels.flatMap(({ frequency }, index) => (frequency ? [levels - index] : []));
  const share = `greatest(f${at} / ${Math.max(1, scorer.told[at] ?? 1)}, ${scorer.frequencyLeast})`;
  return `${base} + if(g${at} in (${counted.join(', ')}) and f${at} > 0, ${number(equal)} - log2(${share}), 0)`;
}

/** Scores compared pairs; pairs that a deterministic rule found are certain unless what it forbids differs. */
export function scoreStep(
  database: string,
  {
    from,
    into,
    settings,
    scorer,
    certain,
  }: { from: string; into: string; settings: LinkSettings; scorer: Scorer; certain: string },
): Step {
  const weights = settings.comparisons.map((comparison, at) => weightSql(comparison, at, scorer));
  const columns = comparedColumns(settings).flatMap(({ level, fine, frequency }) => [
    level,
    ...(fine ? [fine] : []),
    ...(frequency ? [frequency] : []),
  ]);
  return {
    name: `score ${from}`,
    // sql-identifier: columns and tables are named by us, weights are numbers
    sql: `create table ${database}.${into} engine = MergeTree order by tuple() as
select pair, rules, toUInt8(${certain}) as sure, toFloat32(if(sure, greatest(learned, ${CERTAIN}), learned)) as weight, ${columns.join(', ')}
from (select *, ${number(scorer.prior)} + ${weights.join('\n  + ')} as learned from ${database}.${from})`,
  };
}
