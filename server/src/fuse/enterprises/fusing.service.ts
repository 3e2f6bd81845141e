import type { Kysely } from 'kysely';
import type { Audit } from '#platform/audit/audit.ts';
import type { Scope } from '#platform/auth/scope.ts';
import type { Clock, Ids } from '#platform/clock/clock.ts';
import type { Analytics } from '#platform/db/analytics.ts';
import type { Events } from '#platform/events/events.ts';
import { createEffects } from '../decisions/effects.service.ts';
import { createUnscopedEventStore } from '../decisions/events.store.ts';
import type { FuseTables } from '../fuse.tables.ts';
import { judgeInUse } from '../matching/judge.service.ts';
import { createUnscopedLinkStore } from '../matching/links.store.ts';
import { rejudge } from '../review/rejudging.service.ts';
import { createUnscopedFindingStore } from '../sources/findings.store.ts';
import { addCounts, noCounts, type RunCounts } from '../sources/runs.ts';
import { createUnscopedChoosingStore } from '../survivorship/choosing.store.ts';
import { createUnscopedFusingStore, type FusingStore } from './fusing.store.ts';
import type { FusingRun } from './fusing.ts';
import { fusingFindings } from './fusing-findings.service.ts';
import { createUnscopedGoldenStore } from './golden.store.ts';
import { type MatchModel, matchBatch, recordsOf, type WaitingRecord } from './match-batch.service.ts';
import { createUnscopedPlaceStore } from './places.store.ts';
import { refresh, type Touched } from './refresh.service.ts';

/** Records matched in one transaction. */
const BATCH_RECORDS = 1_000;
/** Enterprises moved in one step when the organisation tree has changed. */
const PLACES_ROWS = 2_000;

type Parts = {
  db: Kysely<FuseTables>;
  analytics: Analytics;
  audit: Audit;
  clock: Clock;
  ids: Ids;
  events: Events;
};

/**
 * Brings golden records up to date with what landed: matches the records that wait, chooses values again for the
 * enterprises they touch, and writes only differences. Each batch is one transaction, so a crash leaves either all of a
 * batch or none, and what was not done still waits for the next run.
 */
export function createFusing({ db, analytics, audit, clock, ids, events }: Parts) {
  const reading = createUnscopedFusingStore(db, analytics);

  /**
   * Newest rows of records, read and taken apart while the batch before is written: they lie in ClickHouse and stay as they are while the run lasts. What
   * the batch then does not find here it reads itself.
   */
  function readAhead({ source }: FusingRun) {
    let next: Promise<ReadonlyMap<string, WaitingRecord>> = Promise.resolve(new Map());
    return {
      begin(after: string): void {
        next = reading
          .pending(source, BATCH_RECORDS, after)
          .then((entityKeys) => reading.heads(source, entityKeys))
          .then(
            (heads) => recordsOf(heads),
            () => new Map(),
          );
      },
      async take(entityKeys: readonly string[], records: FusingStore): Promise<Map<string, WaitingRecord>> {
        const known = await next;
        const missing = entityKeys.filter((entityKey) => !known.has(entityKey));
        const read = missing.length === 0 ? new Map() : recordsOf(await records.heads(source, missing));
        return new Map(
          entityKeys.flatMap((entityKey) => {
            const record = known.get(entityKey) ?? read.get(entityKey);
            return record ? [[entityKey, record] as const] : [];
          }),
        );
      },
      end: async () => void (await next),
    };
  }

  async function fuseBatch(
    scope: Scope,
    run: FusingRun,
    { model, ahead }: { model: MatchModel; ahead: ReturnType<typeof readAhead> },
  ): Promise<{ counts: RunCounts; touched: Touched[]; done: number }> {
    return db.transaction().execute(async (transaction) => {
      const store = createUnscopedGoldenStore(transaction);
      const records = createUnscopedFusingStore(transaction, analytics);
      const lifecycle = createUnscopedEventStore(transaction);
      const at = clock.now();
      const cause = { run: run.id, decision: null, actor: scope.actor.name, reason: null };
      const effects = createEffects({ transaction, ids, cause, at });
      await createUnscopedLinkStore(transaction).lockUntilCommit();
      const entityKeys = await records.pending(run.source, BATCH_RECORDS);
      const last = entityKeys.at(-1);
      if (last === undefined) return { counts: noCounts(), touched: [], done: 0 };
      const heads = await ahead.take(entityKeys, records);
      ahead.begin(last);
      const matched = await matchBatch({ transaction, run, entityKeys, heads, at, ids, model });
      await lifecycle.add(
        [...matched.made].map((enterprise) => ({ kind: 'created', enterprise })),
        cause,
        at,
      );
      for (const { from, into, records } of matched.merges) {
        await effects.join({ from, into, records });
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
        entityKeys,
        await fusingFindings(records, { run, entityKeys, heads, ambiguous: matched.ambiguous }),
      );
      const { counts, touched } = await refresh(
        { store, records, events: lifecycle, choosing: createUnscopedChoosingStore(transaction) },
        { cause, belonging: run.belonging, at, ids: matched.touched, made: matched.made },
      );
      await records.donePending(run.source, entityKeys);
      return { counts, touched, done: entityKeys.length };
    });
  }

  let underWay = 0;
  return {
    /** True while a run of this process chooses golden records. */
    isUnderWay: () => underWay > 0,

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
      const total = await reading.pendingCount(run.source);
      const [model, ahead] = [await judgeInUse(db), readAhead(run)];
      underWay += 1;
      try {
        for (let done = 0; ; ) {
          signal.throwIfAborted();
          const batch = await fuseBatch(scope, run, { model, ahead });
          addCounts(counts, batch.counts);
          for (const { enterprise, organisation } of batch.touched)
            events.publish('fuse.enterprise.changed', { enterprise, organisation, run: run.id });
          if (batch.done === 0) break;
          done += batch.done;
          await tell(Math.min(1, done / Math.max(1, total)));
        }
      } finally {
        underWay -= 1;
        await ahead.end();
      }
      await rejudge(db, { ...model, at: clock.now() });
    },

    /** Moves enterprises to where the organisation tree of today puts them. */
    async settle(run: FusingRun, signal: AbortSignal): Promise<void> {
      const store = createUnscopedPlaceStore(db);
      for (const place of await store.places(run.nodeCodes)) {
        const where = { code: place.code, codeValid: place.code !== null, division: place.division };
        const organisation = run.belonging(where, place.home);
        if (organisation === place.organisation) continue;
        for (let moved = PLACES_ROWS; moved === PLACES_ROWS; ) {
          signal.throwIfAborted();
          const ids = await store.move(place, organisation, { codes: run.nodeCodes, limit: PLACES_ROWS });
          for (const enterprise of ids)
            events.publish('fuse.enterprise.changed', { enterprise, organisation, run: run.id });
          moved = ids.length;
        }
      }
    },
  };
}
export type Fusing = ReturnType<typeof createFusing>;
