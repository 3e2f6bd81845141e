import type { Scored } from './scored.reader.ts';

/** Bits below the best link of a record at which another one is as good. */
const NEAR_BITS = 2;
/** Weight of links by which it is told whether records of an input have several partners. */
const STRONG = 7;
/** Share of records with several strong partners from which on they may have several. */
const SEVERAL_SHARE = 0.25;
/** What a link that is not near the best is set to: not enough for any threshold. */
const REFUSED = -7;

export type Sides = {
  /** input of each record */
  inputs: Uint16Array;
  /** number of inputs */
  count: number;
  records: number;
};

/**
 * Between inputs, a record whose best link is far better than another one has the other one by chance. Where records of an input (seen
 * from another one) rarely have several strong links, only those within `NEAR_BITS` of a record's best stay; where they often do,
 * the other input repeats itself and all stay. Weights of links that go are lowered in place. Returns how many went.
 */
export function keepNearBest(
  scored: Pick<Scored, 'a' | 'b' | 'weight' | 'sure'>,
  { inputs, count, records }: Sides,
): number {
  const { a, b, weight, sure } = scored;
  const place = (record: number, other: number) => record * count + (inputs[other] ?? 0);
  const best = new Float32Array(records * count).fill(-Infinity);
  const strong = new Uint16Array(records * count);
  const each = (visit: (at: number, place: number) => void) => {
    for (let at = 0; at < a.length; at += 1) {
      visit(at, place(a[at] ?? 0, b[at] ?? 0));
      visit(at, place(b[at] ?? 0, a[at] ?? 0));
    }
  };
  each((at, where) => {
    best[where] = Math.max(best[where] ?? -Infinity, weight[at] ?? 0);
    if ((weight[at] ?? 0) >= STRONG) strong[where] = (strong[where] ?? 0) + 1;
  });
  const alone = aloneSides(strong, { inputs, count, records });
  const refused = new Uint8Array(a.length);
  each((at, where) => {
    const side = (inputs[Math.floor(where / count)] ?? 0) * count + (where % count);
    if (alone[side] && !sure[at] && (weight[at] ?? 0) < (best[where] ?? 0) - NEAR_BITS) refused[at] = 1;
  });
  let gone = 0;
  for (let at = 0; at < a.length; at += 1) {
    if (refused[at] === 0 || (weight[at] ?? 0) <= REFUSED) continue;
    weight[at] = REFUSED;
    gone += 1;
  }
  return gone;
}

/** For records of one input seen from another (`input * count + other`): whether they have one partner there as a rule. */
function aloneSides(strong: Uint16Array, { inputs, count, records }: Sides): boolean[] {
  const [some, several] = [new Float64Array(count * count), new Float64Array(count * count)];
  for (let record = 0; record < records; record += 1)
    for (let other = 0; other < count; other += 1) {
      const links = strong[record * count + other] ?? 0;
      const side = (inputs[record] ?? 0) * count + other;
      if (links > 0) some[side] = (some[side] ?? 0) + 1;
      if (links > 1) several[side] = (several[side] ?? 0) + 1;
    }
  return [...some].map((all, side) => (several[side] ?? 0) <= SEVERAL_SHARE * all);
}
