import type { Kysely } from 'kysely';
import type { Ids } from '#platform/clock/clock.ts';
import { createUnscopedPairStore } from '../decisions/decisions.store.ts';
import type { FuseTables, MovedRecord } from '../fuse.tables.ts';
import { type Constraints, createConstraints, idOfRecord, type RecordId } from '../matching/constraints.ts';
import {
  createKnownLinks,
  createUnscopedLinkStore,
  type KnownLinks,
  type Link,
} from '../matching/links.store.ts';
import { type Decided, decide, identityOf, NOTHING_DECIDED } from '../matching/matching.ts';
import { isWithin } from './belonging.ts';
import type { Head } from './fusing.store.ts';
import type { FusingRun } from './fusing.ts';
import { createUnscopedGoldenStore } from './golden.store.ts';

type Batch = {
  transaction: Kysely<FuseTables>;
  run: FusingRun;
  entityKeys: readonly string[];
  heads: ReadonlyMap<string, Head>;
  at: Date;
  ids: Ids;
};

/**
 * Decides for each record that waits where it belongs, one after the other, and writes links and new enterprises. Merges are
 * returned for the caller to do, with the enterprises whose golden records must be chosen again.
 */
export async function matchBatch({ transaction, run, entityKeys, heads, at, ids }: Batch) {
  const links = createUnscopedLinkStore(transaction);
  const store = createUnscopedGoldenStore(transaction);
  const before = await links.ofEntities(run.source, entityKeys);
  const identities = new Map([...heads].map(([key, head]) => [key, identityOf(head.clean.values)]));
  const batch = entityKeys.map((entityKey) => ({ source: run.source, entityKey }));
  const pairs = createUnscopedPairStore(transaction);
  const tied = await links.enterprisesOf((await pairs.touching(batch)).flatMap(({ a, b }) => [a, b]));
  const around = await links.around(
    [...identities.values()],
    [...before.map(({ enterprise }) => enterprise), ...tied],
  );
  // also pairs between other records: what a code would make one may hold two that must stay apart
  const constraints = createConstraints(await pairs.touching([...batch, ...around]));
  const stored = await store.enterprises([...new Set(around.map(({ enterprise }) => enterprise))]);
  const known = createKnownLinks(around, {
    ages: new Map([...stored].map(([id, { number }]) => [id, number])),
    // what a source of one organisation says must not reach into another
    reachable: (enterprise) => {
      const place = stored.get(enterprise)?.organisation;
      return place === undefined || isWithin(place, run.organisation);
    },
  });
  const made: { id: string; name: string; organisation: string }[] = [];
  const merges: { from: string; into: string; records: MovedRecord[] }[] = [];
  const touched = new Set<string>();
  const ambiguous = new Set<string>();
  const changed = new Set<string>();
  for (const entityKey of entityKeys) {
    const link = known.get(run.source, entityKey);
    const current = link && known.reachable(link.enterprise) ? link : null;
    const head = heads.get(entityKey);
    const identity = identities.get(entityKey);
    if (link) touched.add(link.enterprise);
    if (!head || !identity) {
      if (link) known.put({ ...link, gone: true });
      changed.add(entityKey);
      continue;
    }
    const decision = decide(identity, known.without(run.source, entityKey), {
      current: current?.enterprise ?? null,
      decided: decidedOf(known, constraints, { source: run.source, entityKey }),
    });
    const enterprise = decision.enterprise ?? ids.next();
    if (decision.enterprise === null) {
      known.made(enterprise);
      const name = head.clean.values.name?.value ?? head.clean.values.code?.value ?? '';
      made.push({ id: enterprise, name, organisation: run.organisation });
    }
    if (decision.ambiguous) ambiguous.add(entityKey);
    for (const from of decision.merge) {
      merges.push({ from, into: enterprise, records: known.of(from) });
      for (const link of known.all()) if (link.enterprise === from) known.put({ ...link, enterprise });
    }
    known.put(linkOf({ run, entityKey, head, identity, current, enterprise, rule: decision.rule }));
    changed.add(entityKey);
    touched.add(enterprise);
  }
  await store.insert(made, at);
  await links.put([...changed].flatMap((entityKey) => known.get(run.source, entityKey) ?? []));
  for (const { from } of merges) touched.delete(from);
  return { merges, touched: [...touched], ambiguous, made: new Set(made.map(({ id }) => id)) };
}

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

function linkOf({
  run,
  entityKey,
  head,
  identity,
  current,
  enterprise,
  rule,
}: {
  run: FusingRun;
  entityKey: string;
  head: Head;
  identity: ReturnType<typeof identityOf>;
  current: Link | null;
  enterprise: string;
  rule: Link['matchedBy'];
}): Link {
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
    matchedBy: current?.enterprise === enterprise ? current.matchedBy : rule,
  };
}
