import type { Kysely } from 'kysely';
import { createUnscopedGoldenStore } from '../enterprises/golden.store.ts';
import type { FuseTables } from '../fuse.tables.ts';
import { createUnscopedCandidateStore } from '../matching/candidates.store.ts';
import { idOfRecord } from '../matching/constraints.ts';
import type { Judge } from '../matching/judge.ts';
import { createUnscopedLinkStore } from '../matching/links.store.ts';
import { createUnscopedDoubtStore, usefulnessOf } from './pairs.store.ts';

/** Pairs that one run looks at again. */
const PAIRS_MAX = 5_000;

/**
 * Weighs open pairs again, those judged longest ago first: other records came since, so that a value they share may have turned out to be common, or the
 * model changed. What is doubtful no more is settled; nothing is merged here.
 */
export async function rejudge(
  db: Kysely<FuseTables>,
  { judge, version, at }: { judge: Judge; version: number; at: Date },
): Promise<void> {
  const store = createUnscopedDoubtStore(db);
  const pairs = await store.oldest(PAIRS_MAX);
  if (pairs.length === 0) return;
  const links = await createUnscopedLinkStore(db).ofRecords(pairs.flatMap(({ a, b }) => [a, b]));
  const byId = new Map(links.map((link) => [idOfRecord(link), link]));
  const counts = await createUnscopedCandidateStore(db).counts(links.map(({ traits }) => traits));
  const countsOf = new Map(links.map((link, place) => [idOfRecord(link), counts[place] ?? new Map()]));
  const enterprises = await createUnscopedGoldenStore(db).enterprises([
    ...new Set(links.map(({ enterprise }) => enterprise)),
  ]);
  const judged = pairs.map(({ id, a, b }) => {
    const [one, two] = [byId.get(idOfRecord(a)), byId.get(idOfRecord(b))];
    if (!one || !two || one.gone || two.gone || one.enterprise === two.enterprise)
      return { id, weight: 0, usefulness: 0, isOpen: false };
    const weight = judge.weigh(one.traits, two.traits, countsOf.get(idOfRecord(a)) ?? new Map());
    // one valid code for two that share nothing else is asked about whatever it weighs
    const sharesCode = one.code !== null && one.code === two.code;
    const revenues = [one, two].map(({ enterprise }) => enterprises.get(enterprise)?.revenue ?? null);
    const usefulness = usefulnessOf(weight, revenues);
    return { id, weight, usefulness, isOpen: sharesCode || weight >= judge.review };
  });
  await store.judged(judged, { at, model: version });
}
