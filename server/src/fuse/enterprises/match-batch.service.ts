import type { Kysely } from 'kysely';
import type { Ids } from '#platform/clock/clock.ts';
import { createUnscopedPairStore } from '../decisions/decisions.store.ts';
import type { FuseTables, MovedRecord } from '../fuse.tables.ts';
import { createUnscopedCandidateStore } from '../matching/candidates.store.ts';
import { alikeTo, type Candidate } from '../matching/candidates.ts';
import { type Constraints, createConstraints, idOfRecord, type RecordId } from '../matching/constraints.ts';
import { identityOf, type KnownRecords, type RecordIdentity } from '../matching/identity.ts';
import type { Counts, Judge } from '../matching/judge.ts';
import { createKnownLinks, type KnownLinks } from '../matching/known-links.ts';
import { createUnscopedLinkStore, type Link, type NewLink } from '../matching/links.store.ts';
import { type Decided, type Decision, decide, NOTHING_DECIDED } from '../matching/matching.ts';
import { createUnscopedDoubtStore, type Doubt, usefulnessOf } from '../review/pairs.store.ts';
import { isWithin } from './belonging.ts';
import type { RecordHead } from './fusing.store.ts';
import type { FusingRun } from './fusing.ts';
import { createUnscopedGoldenStore, type KnownEnterprise } from './golden.store.ts';

export type MatchModel = { judge: Judge; version: number };
/** A record that waits, with what its newest row says of who it is. */
export type WaitingRecord = RecordHead & { identity: RecordIdentity };
export const recordsOf = (heads: ReadonlyMap<string, RecordHead>): Map<string, WaitingRecord> =>
  new Map([...heads].map(([key, head]) => [key, { ...head, identity: identityOf(head.clean.values) }]));
type Batch = {
  transaction: Kysely<FuseTables>;
  run: FusingRun;
  entityKeys: readonly string[];
  heads: ReadonlyMap<string, WaitingRecord>;
  at: Date;
  ids: Ids;
  model: MatchModel;
};
type Merge = { from: string; into: string; records: MovedRecord[] };

/**
 * Decides for each record that waits where it belongs, one after the other, and writes links, keys, doubtful pairs and new enterprises. Merges are
 * returned for the caller to do, with the enterprises whose golden records must be chosen again. Only records that say something new of
 * themselves are held against others; the rest stay where they are.
 */
export async function matchBatch({ transaction, run, entityKeys, heads, at, ids, model }: Batch) {
  const links = createUnscopedLinkStore(transaction);
  const store = createUnscopedGoldenStore(transaction);
  const { known, constraints, before, fresh, stored } = await lookAround({
    transaction,
    run,
    entityKeys,
    heads,
  });
  const made: { id: string; name: string; organisation: string }[] = [];
  const merges: Merge[] = [];
  const doubts: Doubt[] = [];
  const [touched, ambiguous, changed] = [new Set<string>(), new Set<string>(), new Set<string>()];
  const join = (from: string, into: string): void => {
    const moved = known.of(from);
    merges.push({ from, into, records: [...moved] });
    for (const link of moved) known.put({ ...link, enterprise: into });
  };
  const onceIn = run.duplicateFree ? run.source : null;
  for (const entityKey of entityKeys) {
    const link = known.get(run.source, entityKey);
    const current = link && known.reachable(link.enterprise) ? link : null;
    const head = heads.get(entityKey);
    if (link) touched.add(link.enterprise);
    changed.add(entityKey);
    if (!head) {
      if (link) known.put({ ...link, gone: true });
      continue;
    }
    const { identity } = head;
    const id = { source: run.source, entityKey };
    const others = known.without(run.source, entityKey);
    const counts = fresh.get(entityKey);
    const asked = counts ? { judge: model.judge, counts } : null;
    const decided = decidedOf(known, constraints, id);
    const decision = decide(identity, others, {
      current: current?.enterprise ?? null,
      decided,
      model: asked,
      onceIn,
    });
    let enterprise = decision.enterprise ?? ids.next();
    if (decision.enterprise === null) {
      known.made(enterprise);
      const name = head.clean.values.name?.value ?? head.clean.values.code?.value ?? '';
      made.push({ id: enterprise, name, organisation: run.organisation });
    }
    if (decision.ambiguous) ambiguous.add(entityKey);
    for (const from of decision.merge) join(from, enterprise);
    const mine = linkOf({ run, entityKey, head, identity, current, enterprise, decision });
    known.put(mine);
    if (asked) {
      const alike = alikeTo(identity, enterprise, others, {
        ...asked,
        mayJoin: (a, b) => decidedOf(known, constraints, id).mayJoin(a, b),
        onceIn,
      });
      for (const other of alike.merge) {
        const [into = enterprise, from = other] = [enterprise, other].sort(byAge(others));
        join(from, into);
        enterprise = into;
      }
      doubts.push(...doubtsOf(id, alike.review, { enterprise, stored }));
    }
    touched.add(enterprise);
  }
  await store.insert(made, at);
  const written = [...changed].flatMap((entityKey): NewLink[] => {
    const link = known.get(run.source, entityKey);
    return link ? [{ ...link, ...keptOf(link.gone ? null : heads.get(entityKey)) }] : [];
  });
  const numbers = await links.put(written);
  await createUnscopedCandidateStore(transaction).write(
    written.map((link) => ({
      link: numbers.get(idOfRecord(link)) ?? 0,
      before: keyedOf(before.get(link.entityKey)),
      after: link.gone ? null : link,
    })),
  );
  const seen = written.filter(({ entityKey, gone }) => gone || fresh.has(entityKey));
  await createUnscopedDoubtStore(transaction).renew(seen, doubts, { ids, at, model: model.version });
  for (const { from } of merges) touched.delete(from);
  return { merges, touched: [...touched], ambiguous, made: new Set(made.map(({ id }) => id)) };
}

/** What is kept of a record beside its link. */
const keptOf = (head: RecordHead | null | undefined): Pick<NewLink, 'row' | 'findings' | 'reported'> => ({
  row: head?.kept ?? null,
  findings: head?.findingsOfAll ?? 0,
  reported: head?.reported ?? null,
});

/** The keys that are there already: none of a record that was gone, and not all of one of before. */
const keyedOf = (link: Link | undefined): Link | null => (link?.isKept && !link.gone ? link : null);

const byAge = (known: KnownRecords) => (a: string, b: string) => known.ageOf(a) - known.ageOf(b);

/** Links that records of the batch could belong to, what people decided of them, and which records say something new. */
async function lookAround({
  transaction,
  run,
  entityKeys,
  heads,
}: Pick<Batch, 'transaction' | 'run' | 'entityKeys' | 'heads'>) {
  const links = createUnscopedLinkStore(transaction);
  const candidates = createUnscopedCandidateStore(transaction);
  const homes = await links.homesOf(run.source, entityKeys);
  const atHome = await links.ofEnterprises(homes);
  const waiting = new Set(entityKeys);
  const before = new Map(
    atHome
      .filter(({ source, entityKey }) => source === run.source && waiting.has(entityKey))
      .map((link) => [link.entityKey, link]),
  );
  const asked = [...heads].filter(([key, { identity }]) => saysMore(before.get(key), identity));
  const asking = asked.map(([, { identity }]) => identity);
  const neighbours = await candidates.neighbours(asking);
  const counts = await candidates.counts(asking.map(({ traits }) => traits));
  const batch = entityKeys.map((entityKey) => ({ source: run.source, entityKey }));
  const pairs = createUnscopedPairStore(transaction);
  const tied = await links.enterprisesOf((await pairs.touching(batch)).flatMap(({ a, b }) => [a, b]));
  const elsewhere = new Set([...(await links.enterprisesAround(asking, neighbours.links)), ...tied]);
  for (const enterprise of homes) elsewhere.delete(enterprise);
  const around = [...atHome, ...(await links.ofEnterprises([...elsewhere]))];
  // also pairs between other records: what a code would make one may hold two that must stay apart
  const constraints = createConstraints(await pairs.touching([...batch, ...around]));
  const stored = await createUnscopedGoldenStore(transaction).known([
    ...new Set(around.map(({ enterprise }) => enterprise)),
  ]);
  const known = createKnownLinks(around, {
    ages: new Map([...stored].map(([id, { number }]) => [id, number])),
    // what a source of one organisation says must not reach into another
    reachable: (enterprise) => {
      const place = stored.get(enterprise)?.organisation;
      return place === undefined || isWithin(place, run.organisation);
    },
    common: neighbours.common,
  });
  const fresh = new Map<string, Counts>(asked.map(([key], at) => [key, counts[at] ?? (new Map() as Counts)]));
  return { known, constraints, before, fresh, stored };
}

/** A record that nobody knew, that was gone, or whose traits differ from those it had. */
function saysMore(before: Link | undefined, { traits, code, joinKey }: RecordIdentity): boolean {
  if (!before || before.gone) return true;
  if ((code ?? before.code) !== before.code || (joinKey ?? before.joinKey) !== before.joinKey) return true;
  const names = Object.keys(traits);
  return (
    names.length !== Object.keys(before.traits).length ||
    names.some((name) => traits[name] !== before.traits[name])
  );
}

/** Pairs for the queue: of each other enterprise the record that agrees best. */
const doubtsOf = (
  id: RecordId,
  found: readonly Candidate[],
  { enterprise, stored }: { enterprise: string; stored: ReadonlyMap<string, KnownEnterprise> },
): Doubt[] =>
  found.map(({ record, best, enterprise: other }) => ({
    a: id,
    b: record,
    weight: best,
    usefulness: usefulnessOf(
      best,
      [enterprise, other].map((one) => stored.get(one)?.revenue ?? null),
    ),
  }));

/** What people decided of a record, in terms of the enterprises its fellows belong to now. */
function decidedOf(known: KnownLinks, constraints: Constraints, record: RecordId): Decided {
  if (constraints.isEmpty) return NOTHING_DECIDED;
  const id = idOfRecord(record);
  const apart = constraints.apartFrom(id);
  const idsOf = (enterprise: string) => known.of(enterprise).map(idOfRecord);
  return {
    with: constraints.tiedTo(id).flatMap((other) => known.byId(other)?.enterprise ?? []),
    isApart: (enterprise) => idsOf(enterprise).some((other) => apart.has(other)),
    mayJoin: (a, b) => constraints.between(idsOf(a), idsOf(b)) === null,
  };
}

type LinkParts = {
  run: FusingRun;
  entityKey: string;
  head: RecordHead;
  identity: RecordIdentity;
  current: Link | null;
  enterprise: string;
  decision: Decision;
};
function linkOf({ run, entityKey, head, identity, current, enterprise, decision }: LinkParts): Link {
  const stays = current?.enterprise === enterprise;
  return {
    source: run.source,
    entityKey,
    enterprise,
    gone: false,
    rowKey: head.rowKey,
    // a number that a newer row leaves out still names the enterprise
    code: identity.code ?? current?.code ?? null,
    joinKey: identity.joinKey ?? current?.joinKey ?? null,
    names: [...identity.names],
    city: identity.city,
    traits: identity.traits,
    keys: identity.keys,
    matchedBy: stays ? current.matchedBy : decision.rule,
    weight: stays ? current.weight : decision.weight,
    isKept: true,
  };
}
