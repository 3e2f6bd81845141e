import { type Kysely, sql } from 'kysely';
import type { Analytics } from '#platform/db/analytics.ts';
import { onCluster } from '#platform/db/table-sql.ts';
import type { FuseTables } from '../fuse.tables.ts';
import { VISIBLE, visibleParams } from '../sources/records.store.ts';
import type { Visible } from '../sources/records.ts';
import type { OldRun } from './retention.ts';

const TIMEOUT_MS = 1_800_000;
/** Rows whose versions are looked at together, so that memory stays bounded. */
const ROWS_A_BUCKET = 500_000;
const PINS_A_STEP = 50_000;

export type KeptSource = {
  id: string;
  organisation: string;
  target: 'enterprise' | 'dataset';
  /** what the source says itself of how long its runs are kept; null as configured */
  days: number | null;
  runs: number | null;
  done: number;
};
export type Expiring = { source: KeptSource; visible: Visible; below: number };
export type Removed = { versions: number; rejects: number; problems: number; breaches: number };

/** Tables of which a run's own lines go as a whole, and what they are counted as. */
const OF_RUN = { 'fuse.reject': 'rejects', 'fuse.problem': 'problems', 'fuse.breach': 'breaches' } as const;

const BUCKET = 'cityHash64(row_key) % {buckets:UInt64} = {bucket:UInt64}';
const inBucket = (table: string) => `${table} where ${VISIBLE} and ${BUCKET}`;
/** Rows of which an old version was followed by another old one: only there is anything to remove. */
const repeated = (table: string) =>
  // sql-identifier: a table and conditions of ours
  `select row_key from ${inBucket(table)} and number < {below:UInt64} group by row_key having uniqExact(number) > 1`;
/** Numbers of runs that golden values name as the one their value is from. */
const PINS = `(select row_key, groupUniqArray(number) as pins from fuse.pinned where source = {source:String} group by row_key)`;
/** A version may go when the next one is old too, so that every run that is kept shows what it found. */
const SUPERSEDED = 'i < length(numbers) and numbers[i + 1] > numbers[i] and numbers[i + 1] < {below:UInt64}';
const neededBy = (list: string) => `arrayExists(p -> p >= numbers[i] and p < numbers[i + 1], ${list})`;

/**
 * Versions that may go. For each value of the newest version stay the version that first said so and the one before it, which
 * said otherwise (a value counts from then, see `cleanRowOf`), and what a golden value names.
 */
// sql-identifier: pieces of our own SQL, all values bound
const EXPIRED_RECORDS = `
  select history.entity_key as entity_key, history.row_key as row_key, arrayJoin(arrayMap(i -> numbers[i], arrayFilter(
    i -> ${SUPERSEDED} and not has(breaks, i) and not has(breaks, i - 1) and not ${neededBy('pins')},
    arrayEnumerate(numbers)))) as old
  from (
    select entity_key, row_key, arraySort(v -> v.1, groupArray((number, cells))) as versions, arrayMap(v -> v.1, versions) as numbers,
      if({streaks:UInt8}, arrayMap(cell -> arrayLastIndex(v -> not has(v.2, cell), versions), versions[-1].2), []) as breaks
    from (
      select entity_key, row_key, number, arrayMap((t, x, r, f, o) -> (toString(t), x, if(r = '', x, r), toString(f), o),
        value_to, value_text, value_raw, value_field, value_valid) as cells
      from fuse.record final where ${VISIBLE} and ${BUCKET} and row_key in (${repeated('fuse.record')}))
    group by entity_key, row_key) as history
  left join ${PINS} as pinned on pinned.row_key = history.row_key`;

/** Raw rows that may go: those of which no version that stays was made, and no golden value. */
// sql-identifier: pieces of our own SQL, all values bound
const EXPIRED_LANDINGS = `
  select '' as entity_key, history.row_key as row_key, arrayJoin(arrayMap(i -> numbers[i], arrayFilter(
    i -> ${SUPERSEDED} and not ${neededBy('kept')} and not ${neededBy('pins')}, arrayEnumerate(numbers)))) as old
  from (
    select row_key, arraySort(groupUniqArray(number)) as numbers
    from ${inBucket('fuse.landing')} and row_key in (${repeated('fuse.landing')}) group by row_key) as history
  left join (
    select row_key, groupUniqArray(number) as kept from ${inBucket('fuse.record')} and row_key in (${repeated('fuse.landing')})
      and (entity_key, row_key, number) not in (
        select entity_key, row_key, number from fuse.expired where source = {source:String} and kind = 'record')
    group by row_key) as records on records.row_key = history.row_key
  left join ${PINS} as pinned on pinned.row_key = history.row_key`;

/** What retention reads and removes: work of the platform's own clock, over all organisations. */
export function createUnscopedRetentionStore({ db, analytics, cluster }: Parts) {
  const local = cluster ? '_local' : '';

  const remove = (table: string, condition: string, params: Params) =>
    analytics.command(
      // sql-identifier: one of our tables, a cluster's name as the configuration allows it, conditions of ours with bound values
      `alter table ${table}${local}${onCluster(cluster)} delete where ${condition}
       settings mutations_sync = 2, allow_nondeterministic_mutations = 1`,
      { params, timeoutMs: TIMEOUT_MS },
    );

  async function count(table: string, condition: string, params: Params): Promise<number> {
    const [row] = await analytics.query<{ rows: string }>(
      // sql-identifier: one of our tables and conditions of ours, values bound
      `select count() as rows from ${table} where ${condition}`,
      { params, timeoutMs: TIMEOUT_MS },
    );
    return Number(row?.rows ?? 0);
  }

  async function removeCounted(table: string, condition: string, params: Params): Promise<number> {
    const rows = await count(table, condition, params);
    if (rows > 0) await remove(table, condition, params);
    return rows;
  }

  /** Tells the engine which versions golden values name. */
  async function pin({ source, below }: Expiring): Promise<void> {
    let after = { rowKey: '', number: 0 };
    for (;;) {
      const rows = await db
        .selectFrom('fuse.enterprise_value as value')
        .innerJoin('fuse.run as run', 'run.id', 'value.run')
        .where('value.source', '=', source.id)
        .where('run.number', '<', below)
        .where(sql<boolean>`(value.row_key collate "C", run.number) > (${after.rowKey}, ${after.number})`)
        .select([sql<string>`value.row_key collate "C"`.as('row_key'), 'run.number'])
        .distinct()
        .orderBy(sql`1`)
        .orderBy('run.number')
        .limit(PINS_A_STEP)
        .execute();
      await analytics.insert('fuse.pinned', [
        { name: 'source', type: 'String', values: rows.map(() => source.id) },
        { name: 'row_key', type: 'String', values: rows.map(({ row_key }) => row_key) },
        { name: 'number', type: 'UInt64', values: rows.map(({ number }) => BigInt(number)) },
      ]);
      const last = rows.at(-1);
      if (!last || rows.length < PINS_A_STEP) return;
      after = { rowKey: last.row_key, number: Number(last.number) };
    }
  }

  async function forget(): Promise<void> {
    // sql-identifier: one of the two tables above, a cluster's name as the configuration allows it
    for (const table of ['fuse.pinned', 'fuse.expired'])
      await analytics.command(`truncate table ${table}${local}${onCluster(cluster)}`, {
        timeoutMs: TIMEOUT_MS,
      });
  }

  return {
    /** All sources, also those that are out of use. */
    async sources(): Promise<KeptSource[]> {
      const rows = await db
        .selectFrom('fuse.source')
        .select(['id', 'organisation', 'target', 'removed_below', 'run_days as days', 'runs_kept as runs'])
        .orderBy('id')
        .execute();
      return rows.map(({ removed_below, ...source }) => ({ ...source, done: Number(removed_below) }));
    },

    async runs(source: string): Promise<OldRun[]> {
      const rows = await db
        .selectFrom('fuse.run')
        .select(['number', 'started_at', 'published_at'])
        .where('source', '=', source)
        .execute();
      return rows.map((row) => ({
        number: Number(row.number),
        startedAt: row.started_at,
        published: row.published_at !== null,
      }));
    },

    /** Says in the ledger that rows of these runs are gone; before they are, so that it never promises what is not there. */
    async tell({ source, below }: Expiring, at: Date): Promise<number> {
      const result = await db
        .updateTable('fuse.run')
        .set({ removed_at: at })
        .where('source', '=', source.id)
        .where('number', '<', below)
        .where('removed_at', 'is', null)
        .executeTakeFirst();
      return Number(result.numUpdatedRows);
    },

    /** Removes versions that were followed, and everything of runs that were never published. Doing it again changes nothing. */
    async removeVersions(expiring: Expiring): Promise<number> {
      const { source, visible, below } = expiring;
      await forget();
      if (source.target === 'enterprise') await pin(expiring);
      const base = {
        ...visibleParams(source.id, visible),
        below,
        streaks: source.target === 'enterprise' ? 1 : 0,
      };
      const rows = await count('fuse.record', `${VISIBLE} and number < {below:UInt64}`, base);
      const buckets = Math.max(1, Math.ceil(rows / ROWS_A_BUCKET));
      for (let bucket = 0; bucket < buckets; bucket += 1)
        for (const [kind, select] of [
          ['record', EXPIRED_RECORDS],
          ['landing', EXPIRED_LANDINGS],
        ] as const)
          await analytics.command(
            // sql-identifier: one of the two queries above, all values bound
            `insert into fuse.expired (source, entity_key, row_key, number, kind)
             select {source:String}, entity_key, row_key, old, {kind:String} from (${select})`,
            { params: { ...base, buckets, bucket, kind }, timeoutMs: TIMEOUT_MS },
          );
      let removed = 0;
      const never = visible.except.filter((number) => number < below);
      for (const kind of ['record', 'landing'] as const) {
        // a row that moved to another enterprise has two versions of one number
        const key = kind === 'record' ? '(entity_key, row_key, number)' : "('', row_key, number)";
        const listed = `${key} in (select entity_key, row_key, number from fuse.expired
          where source = {source:String} and kind = {kind:String})`;
        const condition = `source = {source:String} and number < {below:UInt64} and (${listed} or number in {never:Array(UInt64)})`;
        removed += await removeCounted(`fuse.${kind}`, condition, { source: source.id, below, kind, never });
      }
      await forget();
      return removed;
    },

    /** Removes what belongs to old runs as such: rejected rows, problems of reading, rows that broke rules, profiles, results of rules. */
    async removeOfRuns({ source, below }: Expiring): Promise<Omit<Removed, 'versions'>> {
      const removed = { rejects: 0, problems: 0, breaches: 0 };
      const condition = 'source = {source:String} and number < {below:UInt64}';
      for (const [table, kind] of Object.entries(OF_RUN))
        removed[kind] = await removeCounted(table, condition, { source: source.id, below });
      for (const table of ['fuse.profile', 'fuse.quality_result'] as const)
        await db.deleteFrom(table).where('source', '=', source.id).where('number', '<', below).execute();
      return removed;
    },

    /** From here on a night begins with the next runs. */
    async done({ source, below }: Expiring): Promise<void> {
      await db.updateTable('fuse.source').set({ removed_below: below }).where('id', '=', source.id).execute();
    },
  };
}
export type RetentionStore = ReturnType<typeof createUnscopedRetentionStore>;

type Params = Record<string, string | number | readonly number[]>;
type Parts = { db: Kysely<FuseTables>; analytics: Analytics; cluster: string | undefined };
