import type { EnterpriseAttribute } from '@ronghe/contracts';
import type { Kysely } from 'kysely';
import type { Audit } from '#platform/audit/audit.ts';
import type { Scope } from '#platform/auth/scope.ts';
import type { Clock, Ids } from '#platform/clock/clock.ts';
import type { Events } from '#platform/events/events.ts';
import type { FuseTables } from '../fuse.tables.ts';
import { unitJumps } from '../indicators/jumps.ts';
import { createKnownLinks, createUnscopedLinkStore, type Link } from '../matching/links.store.ts';
import { decide, identityOf } from '../matching/matching.ts';
import { createUnscopedFindingStore } from '../sources/findings.store.ts';
import { addCounts, noCounts, type RunCounts } from '../sources/runs.ts';
import type { Finding } from '../standards/findings.ts';
import { type Belonging, isWithin } from './belonging.ts';
import { createUnscopedFusingStore, type FusingStore, type Head } from './fusing.store.ts';
import {
  createUnscopedGoldenStore,
  type GoldenStore,
  type NewChange,
  type NewValue,
  type StoredValue,
  type Updated,
} from './golden.store.ts';
import { type Golden, goldenOf } from './golden.ts';
import { type EnterpriseSummaryColumns, speakersOf, summaryOf } from './summary.ts';

/** Records matched in one transaction. */
const BATCH_RECORDS = 200;
/** Enterprises looked at in one step when the organisation tree may have changed. */
const PLACES_ROWS = 2_000;

export type FusingRun = {
  id: string;
  number: number;
  source: string;
  organisation: string;
  monthly: boolean;
  belonging: Belonging;
};
type Parts = { db: Kysely<FuseTables>; audit: Audit; clock: Clock; ids: Ids; events: Events };
type Touched = { enterprise: string; organisation: string };

/**
 * Brings golden records up to date with what landed: matches the records that wait, chooses values again for the
 * enterprises they touch, and writes only differences. Each batch is one transaction, so a crash leaves either all of a
 * batch or none, and what was not done still waits for the next run.
 */
export function createFusing({ db, audit, clock, ids, events }: Parts) {
  async function fuseBatch(
    scope: Scope,
    run: FusingRun,
  ): Promise<{ counts: RunCounts; touched: Touched[]; done: number }> {
    return db.transaction().execute(async (transaction) => {
      const store = createUnscopedGoldenStore(transaction);
      const records = createUnscopedFusingStore(transaction);
      const at = clock.now();
      await createUnscopedLinkStore(transaction).lockUntilCommit();
      const entityKeys = await records.pending(run.source, BATCH_RECORDS);
      if (entityKeys.length === 0) return { counts: noCounts(), touched: [], done: 0 };
      const heads = await records.heads(run.source, entityKeys);
      const matched = await matchBatch({ transaction, run, entityKeys, heads, at, ids });
      for (const { from, into } of matched.merges) {
        await store.merge({ from, into, at });
        await audit.record(
          scope,
          {
            action: 'fuse:enterprise:merge',
            target: `enterprise:${into}`,
            organisation: run.organisation,
            before: { merged: from },
            after: { run: run.id },
          },
          transaction,
        );
      }
      await createUnscopedFindingStore(transaction).set(
        { source: run.source, run: run.number, at },
        await fusingFindings(records, { run, entityKeys, heads, ambiguous: matched.ambiguous }),
        'fusing',
      );
      const { counts, touched } = await refresh(
        { store, records },
        { run, at, ids: matched.touched, made: matched.made },
      );
      await records.donePending(run.source, entityKeys);
      return { counts, touched, done: entityKeys.length };
    });
  }

  return {
    /** Works off everything that waits for the source. Adds to `counts` as it goes; stops between batches when told to. */
    async fusePending(
      scope: Scope,
      run: FusingRun,
      {
        signal,
        counts,
        tell,
      }: { signal: AbortSignal; counts: RunCounts; tell: (share: number) => Promise<void> },
    ): Promise<void> {
      const total = await createUnscopedFusingStore(db).pendingCount(run.source);
      for (let done = 0; ; ) {
        signal.throwIfAborted();
        const batch = await fuseBatch(scope, run);
        addCounts(counts, batch.counts);
        for (const { enterprise, organisation } of batch.touched)
          events.publish('fuse.enterprise.changed', { enterprise, organisation, run: run.id });
        if (batch.done === 0) return;
        done += batch.done;
        await tell(Math.min(1, done / Math.max(1, total)));
      }
    },

    /** Moves enterprises to where the organisation tree of today puts them. */
    async settle(run: FusingRun, signal: AbortSignal): Promise<void> {
      const store = createUnscopedGoldenStore(db);
      for (let after = 0; ; ) {
        signal.throwIfAborted();
        const places = await store.places(after, PLACES_ROWS);
        for (const place of places) {
          const where = { code: place.code, codeValid: place.code_valid, division: place.division };
          const organisation = run.belonging(where, place.home_organisation);
          if (organisation === place.organisation) continue;
          await store.move(place.id, organisation);
          events.publish('fuse.enterprise.changed', { enterprise: place.id, organisation, run: run.id });
        }
        const last = places.at(-1);
        if (!last || places.length < PLACES_ROWS) return;
        after = last.number;
      }
    },
  };
}
export type Fusing = ReturnType<typeof createFusing>;

type Batch = {
  transaction: Kysely<FuseTables>;
  run: FusingRun;
  entityKeys: readonly string[];
  heads: ReadonlyMap<string, Head>;
  at: Date;
  ids: Ids;
};

async function matchBatch({ transaction, run, entityKeys, heads, at, ids }: Batch) {
  const links = createUnscopedLinkStore(transaction);
  const store = createUnscopedGoldenStore(transaction);
  const before = await links.ofEntities(run.source, entityKeys);
  const identities = new Map([...heads].map(([key, head]) => [key, identityOf(head.clean.values)]));
  const around = await links.around(
    [...identities.values()],
    before.map(({ enterprise }) => enterprise),
  );
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
  const merges: { from: string; into: string }[] = [];
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
    const decision = decide(identity, known.without(run.source, entityKey), current?.enterprise ?? null);
    const enterprise = decision.enterprise ?? ids.next();
    if (decision.enterprise === null) {
      known.made(enterprise);
      const name = head.clean.values.name?.value ?? head.clean.values.code?.value ?? '';
      made.push({ id: enterprise, name, organisation: run.organisation });
    }
    if (decision.ambiguous) ambiguous.add(entityKey);
    for (const from of decision.merge) {
      merges.push({ from, into: enterprise });
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

type FindingsOf = {
  run: FusingRun;
  entityKeys: readonly string[];
  heads: ReadonlyMap<string, Head>;
  ambiguous: ReadonlySet<string>;
};
async function fusingFindings(store: FusingStore, { run, entityKeys, heads, ambiguous }: FindingsOf) {
  const rows = run.monthly ? await store.history(run.source, entityKeys) : [...heads.values()];
  const byEntity = groupByEntity(rows);
  return [...byEntity].flatMap(([entityKey, months]) => {
    const jumps = run.monthly
      ? unitJumps(months.map(({ rowKey, clean }) => ({ rowKey, indicators: clean.indicators })))
      : new Map<string, Finding[]>();
    return months.map(({ rowKey, row, clean }) => {
      const fits: Finding[] =
        ambiguous.has(entityKey) && heads.get(entityKey)?.rowKey === rowKey
          ? [
              {
                rule: 'name-ambiguous',
                field: clean.values.name?.field ?? null,
                value: clean.values.name?.raw ?? null,
              },
            ]
          : [];
      return { rowKey, row, findings: [...(jumps.get(rowKey) ?? []), ...fits] };
    });
  });
}

function groupByEntity(rows: readonly Head[]): Map<string, Head[]> {
  const groups = new Map<string, Head[]>();
  for (const row of rows) groups.set(row.entityKey, [...(groups.get(row.entityKey) ?? []), row]);
  return groups;
}

type Refresh = { run: FusingRun; at: Date; ids: readonly string[]; made: ReadonlySet<string> };
async function refresh(
  { store, records }: { store: GoldenStore; records: FusingStore },
  { run, at, ids, made }: Refresh,
) {
  const [stored, members, values, findings] = [
    await store.enterprises(ids),
    await records.members(ids),
    await store.values(ids),
    await records.findingCounts(ids),
  ];
  const counts = noCounts();
  const changes: NewChange[] = [];
  const puts: NewValue[] = [];
  const updates: Updated[] = [];
  for (const [id, before] of stored) {
    const { place, speakers } = speakersOf(members.get(id) ?? [], run.belonging);
    const golden = goldenOf(speakers);
    const difference = differenceOf(golden, values.get(id) ?? []);
    puts.push(...difference.puts.map((put) => ({ ...put, enterprise: id })));
    await store.removeValues(id, difference.removed);
    changes.push(...difference.changes.map((change) => ({ ...change, run: run.id, enterprise: id, at })));
    const summary: Partial<EnterpriseSummaryColumns> =
      speakers.length === 0
        ? { state: 'gone', sources: 0, findings: 0 }
        : summaryOf(golden, speakers, { place, findings: findings.get(id) ?? 0 });
    const different = Object.entries(summary).some(
      ([column, value]) => before[column as keyof EnterpriseSummaryColumns] !== value,
    );
    if (different || difference.changes.length > 0) updates.push({ before, summary });
    const isNew = made.has(id);
    addCounts(counts, {
      enterprisesCreated: isNew ? 1 : 0,
      enterprisesChanged: !isNew && difference.changes.length > 0 ? 1 : 0,
      valuesChanged: difference.changes.length,
    });
  }
  await store.putValues(puts, at);
  await store.update(updates, at);
  await store.addChanges(changes);
  const touched = updates.map(({ before, summary }) => ({
    enterprise: before.id,
    organisation: summary.organisation ?? before.organisation,
  }));
  return { counts, touched };
}

type ValueDifference = Pick<NewChange, 'attribute' | 'before' | 'after'>;

/** What to write so that stored values become golden ones, and which values themselves differ. */
function differenceOf(golden: Golden, before: readonly StoredValue[]) {
  const old = new Map(before.map((value) => [value.attribute, value]));
  const puts: Omit<NewValue, 'enterprise'>[] = [];
  const changes: ValueDifference[] = [];
  for (const [name, chosen] of Object.entries(golden)) {
    const attribute = name as EnterpriseAttribute;
    const stored = old.get(attribute);
    old.delete(attribute);
    if (stored && sameProvenance(stored, chosen)) continue;
    puts.push({ attribute, chosen });
    if (stored?.value !== chosen.value)
      changes.push({ attribute, before: stored?.value ?? null, after: chosen.value });
  }
  for (const { attribute, value } of old.values()) changes.push({ attribute, before: value, after: null });
  return { puts, changes, removed: [...old.keys()] };
}

const sameProvenance = (stored: StoredValue, chosen: NonNullable<Golden[EnterpriseAttribute]>): boolean =>
  stored.value === chosen.value &&
  stored.source === chosen.source &&
  stored.run === chosen.run &&
  stored.row_key === chosen.rowKey &&
  stored.field === chosen.field &&
  stored.raw === chosen.raw &&
  stored.rule === chosen.rule &&
  stored.others.length === chosen.others.length &&
  chosen.others.every((loser, index) => {
    const other = stored.others[index];
    return (
      other?.value === loser.value &&
      other.source === loser.source &&
      other.rowKey === loser.rowKey &&
      other.reason === loser.reason
    );
  });
