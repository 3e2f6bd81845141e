import { INDICATORS, type IndicatorCode } from '@ronghe/contracts';
import type { Kysely } from 'kysely';
import type { Clock } from '#platform/clock/clock.ts';
import type { Analytics } from '#platform/db/analytics.ts';
import type { FuseTables } from '../fuse.tables.ts';
import { createUnscopedFindingStore } from './findings.store.ts';
import {
  createUnscopedLandingStore,
  type IndicatorRow,
  type KnownRow,
  type LandingRow,
} from './landing.store.ts';
import { canonicalJson, cleanRow, type StandardRow, standardiseRow } from './rows.ts';
import type { RunCounts } from './runs.ts';
import type { SourceDefinition } from './sources.ts';

/** Row keys compared in one step when looking for rows that are gone. */
const GONE_ROWS = 1_000;

type Parts = { db: Kysely<FuseTables>; analytics: Analytics; clock: Clock };
export type LandingRun = { id: string; number: number; source: SourceDefinition };

/**
 * Lands the rows of one run: standardises them, keeps rejected ones with their reason, writes new and changed ones, and at
 * the end finds those that are gone. Unchanged rows are counted and not written. One page is one transaction.
 */
export function createLanding({ db, analytics, clock }: Parts, run: LandingRun) {
  const { source } = run;
  /** every row key of this run, with how often it came */
  const seen = new Map<string, number>();
  const flush = () => createUnscopedLandingStore(db, analytics).flush(source.id);

  /** The second row of a key gets a name of its own and is rejected; the first stays what it is. */
  function number(row: StandardRow): StandardRow {
    const times = (seen.get(row.rowKey) ?? 0) + 1;
    seen.set(row.rowKey, times);
    if (times === 1) return row;
    const rowKey = `${row.rowKey} #${times}`;
    seen.set(rowKey, 1);
    const duplicate = { rule: 'row-key-duplicate' as const, field: null, value: row.rowKey };
    return { ...row, rowKey, rejected: true, findings: row.rejected ? row.findings : [duplicate] };
  }

  return {
    /** Carries over what an interrupted run left behind. */
    flush,

    async land(delivered: readonly unknown[]): Promise<Partial<RunCounts>> {
      const rows = delivered.map((row) => number(standardiseRow(source, row)));
      const good = rows.filter((row) => !row.rejected);
      const at = clock.now();
      const counts = await db.transaction().execute(async (transaction) => {
        const store = createUnscopedLandingStore(transaction, analytics);
        const known = await store.known(
          source.id,
          good.map(({ rowKey }) => rowKey),
        );
        const different = good.filter((row) => known.get(row.rowKey)?.rowHash !== row.hash);
        const told = await createUnscopedFindingStore(transaction).set(
          { source: source.id, run: run.number, at },
          rows,
          'landing',
        );
        await store.put(source.id, {
          run: run.id,
          at,
          rows: different.map((row) => record(row, known, run.id, at)),
        });
        await store.queue(source.id, {
          run: run.id,
          version: run.number,
          atMs: at.getTime(),
          landing: different.map((row) => landingRow(row, known)),
          indicators: different.flatMap((row) => indicatorRows(row, known.get(row.rowKey) ?? null)),
        });
        await store.markPending(source.id, [
          ...different.flatMap((row) => [row.entityKey, known.get(row.rowKey)?.entityKey ?? row.entityKey]),
          ...rows.filter((row) => row.entityKey !== '' && told.has(row.rowKey)).map((row) => row.entityKey),
        ]);
        const fresh = different.filter((row) => !known.has(row.rowKey)).length;
        return {
          rowsIn: rows.length,
          rowsLanded: good.length,
          rowsRejected: rows.length - good.length,
          rowsNew: fresh,
          rowsChanged: different.length - fresh,
          rowsUnchanged: good.length - different.length,
        };
      });
      await flush();
      return counts;
    },

    /** Takes out the rows that the source had and did not deliver this time. Call only after everything was read. */
    async takeOutGone(signal: AbortSignal): Promise<Partial<RunCounts>> {
      let rowsGone = 0;
      const store = createUnscopedLandingStore(db, analytics);
      for (let after = ''; ; ) {
        signal.throwIfAborted();
        const keys = await store.keysAfter(source.id, after, GONE_ROWS);
        const gone = keys.filter((key) => !seen.has(key));
        if (gone.length > 0) await removeRows(gone);
        rowsGone += gone.length;
        const last = keys.at(-1);
        if (last === undefined || keys.length < GONE_ROWS) break;
        after = last;
      }
      await closeOldFindings();
      await flush();
      return { rowsGone };
    },

    recordsBefore: () => createUnscopedLandingStore(db, analytics).count(source.id),
    isEmpty: () => seen.size === 0,
  };

  async function removeRows(rowKeys: readonly string[]): Promise<void> {
    const at = clock.now();
    await db.transaction().execute(async (transaction) => {
      const store = createUnscopedLandingStore(transaction, analytics);
      const known = await store.known(source.id, rowKeys);
      await store.remove(source.id, rowKeys);
      await createUnscopedFindingStore(transaction).closeRows(
        { source: source.id, run: run.number, at },
        rowKeys,
      );
      await store.queue(source.id, {
        run: run.id,
        version: run.number,
        atMs: at.getTime(),
        landing: [...known].map(([rowKey, { rowHash }]) => ({ rowKey, rowHash, change: 'gone', row: '' })),
        indicators: [...known].flatMap(([rowKey, before]) => goneIndicators(rowKey, before)),
      });
      await store.markPending(
        source.id,
        [...known.values()].map(({ entityKey }) => entityKey),
      );
    });
  }

  /** Findings of rejected rows that did not come again. */
  async function closeOldFindings(): Promise<void> {
    const findings = createUnscopedFindingStore(db);
    for (let after = ''; ; ) {
      const keys = await findings.keysAfter(source.id, after, GONE_ROWS);
      await findings.closeRows(
        { source: source.id, run: run.number, at: clock.now() },
        keys.filter((key) => !seen.has(key)),
      );
      const last = keys.at(-1);
      if (last === undefined || keys.length < GONE_ROWS) return;
      after = last;
    }
  }
}
export type Landing = ReturnType<typeof createLanding>;

type Known = ReadonlyMap<string, KnownRow>;

const record = (row: StandardRow, known: Known, run: string, at: Date) => ({
  rowKey: row.rowKey,
  rowHash: row.hash,
  entityKey: row.entityKey,
  period: row.period,
  row: row.row,
  clean: cleanRow(row, { before: known.get(row.rowKey)?.clean ?? null, run, at: at.toISOString() }),
});

const landingRow = (row: StandardRow, known: Known): LandingRow => ({
  rowKey: row.rowKey,
  rowHash: row.hash,
  change: known.has(row.rowKey) ? 'changed' : 'new',
  row: canonicalJson(row.row),
});

/** Indicator values of a row that are new or different, and the end of those it no longer has. */
function indicatorRows(row: StandardRow, before: KnownRow | null): IndicatorRow[] {
  const { period } = row;
  if (period === null) return [];
  const moved = before !== null && before.entityKey !== row.entityKey;
  return (Object.keys(INDICATORS) as IndicatorCode[]).flatMap((code) => {
    const now = row.indicators[code];
    const old = before?.clean.indicators[code];
    const line = (entityKey: string, value: number, gone: 0 | 1): IndicatorRow => ({
      entityKey,
      code,
      period,
      rowKey: row.rowKey,
      value,
      gone,
    });
    const ended = old && before && (moved || !now) ? [line(before.entityKey, 0, 1)] : [];
    const begun = now && (moved || old?.value !== now.value) ? [line(row.entityKey, now.value, 0)] : [];
    return [...ended, ...begun];
  });
}

/** The row key of a monthly row ends with its period, so that a row never moves to another month. */
const goneIndicators = (rowKey: string, before: KnownRow): IndicatorRow[] =>
  (Object.keys(before.clean.indicators) as IndicatorCode[]).flatMap((code) =>
    before.period === null
      ? []
      : [{ entityKey: before.entityKey, code, period: before.period, rowKey, value: 0, gone: 1 as const }],
  );
