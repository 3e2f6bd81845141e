import type { Platform } from '#platform/platform.ts';
import type { FuseTables } from '../fuse.tables.ts';
import { createKeeper, type WorkedOff } from '../keeper.ts';
import { filledOf, type NewThing, thingsOf } from '../things/things.ts';
import { type Claim, claimsOf } from './claims.ts';
import {
  createUnscopedRelationRefreshStore,
  type GoldenSaid,
  type Known,
  type NewProfile,
  type RelationRefreshStore,
  type Weights,
} from './refresh.store.ts';
import { contentOfDraft, type Draft, idOfDraft, isSharedKey, relationsOf } from './relations.ts';

/** Enterprises brought up to date in one transaction. */
const BATCH_ENTERPRISES = 500;
/** How long a change may go unnoticed that no run made: a merge, a split, a pin. */
const RELATION_LOOK_MS = 4_000;

type Parts = Pick<Platform, 'relational' | 'analytics' | 'clock' | 'log'>;

/**
 * Keeps claims, relations, things and the completeness of profiles up with the enterprises. Whatever changed an enterprise has
 * noted it (`fuse.relation_pending`); each batch is one transaction, and making a batch again changes nothing.
 */
export function createRelationRefresh({ relational, analytics, clock, log: root }: Parts) {
  const db = relational.as<FuseTables>();
  const log = root.child({ scope: 'fuse' });

  async function batch(after: number): Promise<WorkedOff | null> {
    return db.transaction().execute(async (transaction) => {
      const store = createUnscopedRelationRefreshStore(transaction, analytics);
      await store.lockUntilCommit();
      const waiting = await store.waiting(BATCH_ENTERPRISES, after);
      if (waiting.length === 0) return null;
      const numbers = waiting.map(({ enterprise }) => enterprise);
      const known = await store.known(numbers);
      const { claims, things, profiles } = await speak(store, known);
      const { removed, added } = differenceOf(await store.claimsBy(numbers), claims);
      await store.changeClaims(removed, added);
      await relate(store, { numbers, changed: [...removed, ...added], at: clock.now() });
      await store.replaceThings(numbers, things);
      await store.replaceProfiles(numbers, profiles);
      return store.done(waiting);
    });
  }

  const store = createUnscopedRelationRefreshStore(db, analytics);
  return createKeeper({
    batch,
    after: async () => {
      await store.reweigh(await store.weights());
    },
    state: () => store.state(),
    everyMs: RELATION_LOOK_MS,
    log,
    what: 'relations',
  });
}
export type RelationRefresh = ReturnType<typeof createRelationRefresh>;

const NOTHING_SAID: GoldenSaid = { attributes: new Set(), said: new Map() };
/** What these enterprises say, have, and how far their profiles are filled. */
async function speak(store: RelationRefreshStore, known: readonly Known[]) {
  const ids = known.map(({ id }) => id);
  const golden = await store.golden(ids);
  const facts = await store.facts(known);
  const weights = await store.weights();
  const claims: Claim[] = [];
  const things = new Map<number, readonly NewThing[]>();
  const profiles: NewProfile[] = [];
  for (const { number, id, city, codeValid } of known) {
    const { said, attributes } = golden.get(id) ?? NOTHING_SAID;
    const rows = facts.get(number) ?? [];
    claims.push(...claimsOf({ number, city, codeValid, golden: said, facts: rows }));
    const own = thingsOf(rows);
    things.set(number, own);
    const filled = filledOf({ attributes, facts: rows, things: own });
    profiles.push({ enterprise: number, filled, version: weights.version, score: scoreOf(filled, weights) });
  }
  return { claims, things, profiles };
}

/** Share of the weights that are filled, 0 to 100. */
export function scoreOf(filled: readonly string[], { weights }: Weights): number {
  const all = [...weights.values()].reduce((sum, weight) => sum + weight, 0);
  const own = filled.reduce((sum, part) => sum + (weights.get(part) ?? 0), 0);
  return all === 0 ? 0 : (100 * own) / all;
}

/** What claims say, whatever the order of their parts: PostgreSQL keeps no order of names. */
const contentOfClaim = ({ detail }: Claim): string =>
  JSON.stringify([
    ...[detail.name, detail.regions, detail.city, detail.share, detail.head],
    detail.evidence.map((one) => [one.source, one.run, one.rowKey, one.field, one.raw, one.enterprise]),
  ]);

/** Claims that are no more, and those that are new; one that says something else is both. */
function differenceOf(before: readonly Claim[], after: readonly Claim[]) {
  const idOf = ({ enterprise, role, key }: Claim) => `${enterprise} ${role} ${key}`;
  const old = new Map(before.map((claim) => [idOf(claim), claim]));
  const added = after.filter((claim) => {
    const stored = old.get(idOf(claim));
    if (!stored || contentOfClaim(stored) !== contentOfClaim(claim)) return true;
    old.delete(idOf(claim));
    return false;
  });
  return { removed: [...old.values()], added };
}

type Relating = { numbers: readonly number[]; changed: readonly Claim[]; at: Date };
/**
 * Makes the relations anew under every key of a claim that changed: they follow from the claims under it and from nothing else. Where one of them is who others may mean, all
 * claims under the key are asked again; else only its own, so that a thousand rows that name one unknown holder cost nothing.
 */
async function relate(
  store: RelationRefreshStore,
  { numbers, changed: claims, at }: Relating,
): Promise<void> {
  const whole = new Set(
    claims
      .filter(({ key, role }) => isSharedKey(key) || role === 'name' || role === 'code')
      .map(({ key }) => key),
  );
  const own = new Set(claims.map(({ key }) => key).filter((key) => !whole.has(key)));
  for (const [keys, by] of [
    [[...whole], null],
    [[...own], numbers],
  ] as const) {
    const under = new Map<string, Claim[]>(keys.map((key) => [key, []]));
    for (const claim of await store.claimsUnder(keys, by)) under.get(claim.key)?.push(claim);
    const drafts = new Map<string, Draft>();
    for (const [key, all] of under)
      for (const draft of relationsOf(key, all)) drafts.set(idOfDraft(draft), draft);
    const gone: number[] = [];
    for (const stored of await store.relationsUnder(keys, by)) {
      const id = idOfDraft(stored);
      const draft = drafts.get(id);
      drafts.delete(id);
      if (!draft) gone.push(stored.number);
      else if (contentOfDraft(draft) !== contentOfDraft(stored))
        await store.changeRelation(stored.number, draft);
    }
    await store.removeRelations(gone);
    await store.addRelations([...drafts.values()], at);
  }
}
