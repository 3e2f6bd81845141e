import type { MatchBar, MatchWaterfall } from '@ronghe/contracts';

/** One step of a waterfall: it takes the weight from `from` to `to`. */
export type Step = { from: number; to: number; bar: MatchBar };
/** Weights, thresholds among them, as places in a picture, percent from its left edge. */
export type Scale = { at: (weight: number) => number; ticks: readonly number[] };
/** From which weight on two are merged, and from which a person is asked. */
export type Thresholds = { match: number; review: number };

/** Place left free at each edge of the picture, percent. */
const MARGIN = 3;
const TICKS_MAX = 5;
const TICK_STEPS = [1, 2, 5, 10, 20, 50, 100, 200, 500];

/** The steps from the prior to the weight of the pair, in the order they are told. */
export function stepsOf({ prior, bars }: MatchWaterfall): Step[] {
  let reached = prior;
  return bars.map((bar) => {
    const from = reached;
    reached += bar.weight + bar.frequency;
    return { from, to: reached, bar };
  });
}

/** A scale on which every one of these weights, and zero, has its place. */
export function scaleOf(weights: readonly number[]): Scale {
  const least = Math.min(0, ...weights);
  const most = Math.max(0, ...weights);
  const span = most - least || 1;
  const step = TICK_STEPS.find((size) => span / size <= TICKS_MAX) ?? span;
  const first = Math.ceil(least / step);
  const ticks = Array.from({ length: Math.floor(most / step) - first + 1 }, (_, at) => (first + at) * step);
  return { at: (weight) => MARGIN + ((weight - least) / span) * (100 - 2 * MARGIN), ticks };
}

/** All weights that the picture of a waterfall must have a place for. */
export const weightsOf = (waterfall: MatchWaterfall, thresholds: Thresholds | null): number[] => [
  waterfall.prior,
  waterfall.weight,
  ...stepsOf(waterfall).flatMap(({ from, to, bar }) => [from, to, from + bar.weight]),
  ...(thresholds ? [thresholds.match, thresholds.review] : []),
];

/** A weight with its sign; what rounds to nothing has none. `number` writes the size of it. */
export function signed(weight: number, number: (value: number, digits: number) => string): string {
  const rounded = Math.round(weight * 10) / 10;
  const sign = rounded > 0 ? '+' : rounded < 0 ? '−' : '';
  return `${sign}${number(Math.abs(rounded), 1)}`;
}

/** Probability of a weight that is log2 odds. */
export const probabilityOf = (weight: number): number => 1 / (1 + 2 ** -weight);
