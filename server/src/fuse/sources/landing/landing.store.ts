import { type Kysely, sql } from 'kysely';
import type { Analytics } from '#platform/db/analytics.ts';
import { onCluster } from '#platform/db/table-sql.ts';
import type { FuseTables } from '../../fuse.tables.ts';
import { CURRENT, currentParams, VISIBLE, visibleParams } from '../records.store.ts';
import type { Visible } from '../records.ts';
import type { Chunk } from './chunk-tables.ts';
import type { Hash64 } from './row-index.ts';

/** Keys compared in one statement. */
const KEYS_A_STEP = 5_000;
/** Enterprises marked to be fused in one step. */
const PENDING_A_STEP = 20_000;
const TIMEOUT_MS = 600_000;

export type WrittenBy = { source: string; run: string; number: number; atMs: number };

const bigOf = ({ low, high }: Hash64): bigint => (BigInt(high) << 32n) | BigInt(low);

/**
 * What landing and publishing write. Everything carries the number of its run and is told apart by source, row and number,
 * so writing it again after a crash changes nothing. Works for one source whose scope the service has checked.
 */
export function createUnscopedLandingStore(db: Kysely<FuseTables>, analytics: Analytics, cluster?: string) {
  return {
    /** Takes out what a process wrote of a run before it was killed, so that landing it again leaves each row once. */
    async forget({ source, number }: Pick<WrittenBy, 'source' | 'number'>): Promise<void> {
      for (const table of ['fuse.landing', 'fuse.record', 'fuse.reject', 'fuse.problem'])
        await analytics.command(
          // sql-identifier: one of our tables, a cluster's name as the configuration allows it, all values bound
          `alter table ${table}${cluster ? '_local' : ''}${onCluster(cluster)}
           delete where source = {source:String} and number = {number:UInt64} settings mutations_sync = 2`,
          { params: { source, number }, timeoutMs: TIMEOUT_MS },
        );
    },

    /** Writes hash of key, hash of row, and whether `mapping` made it, of every row the source has, into a new file. */
    async exportIndex(
      { source, visible, mapping }: { source: string; visible: Visible; mapping: number },
      file: string,
    ): Promise<void> {
      await analytics.exportRows(
        // sql-identifier: pieces of our own SQL, all values bound
        `select key_hash, row_hash, toUInt8(mapping = {mapping:UInt32}) as current from ${CURRENT}`,
        file,
        { params: { ...(await currentParams(analytics, source, visible)), mapping } },
      );
    },

    importChunk: ({ table, file }: Chunk): Promise<void> => analytics.importTable(table, file),

    /** Writes that rows went away; with `madeBy` only those that one of these versions of the mapping made. */
    async markGone(
      by: WrittenBy,
      visible: Visible,
      { keys, madeBy }: { keys: readonly Hash64[]; madeBy?: readonly number[] },
    ): Promise<void> {
      const current = await currentParams(analytics, by.source, visible);
      for (let start = 0; start < keys.length; start += KEYS_A_STEP) {
        const params = {
          ...current,
          number: by.number,
          run: by.run,
          atMs: by.atMs,
          keys: keys.slice(start, start + KEYS_A_STEP).map(bigOf),
          all: madeBy === undefined ? 1 : 0,
          madeBy: madeBy ?? [],
        };
        const rows = `(select * from ${CURRENT}
          where key_hash in {keys:Array(UInt64)} and ({all:UInt8} or mapping in {madeBy:Array(UInt32)}))`;
        await analytics.command(
          // sql-identifier: pieces of our own SQL, all values bound
          `insert into fuse.record (source, number, row_key, entity_key, period, gone, key_hash, row_hash, mapping)
           select source, {number:UInt64}, row_key, entity_key, period, 1, key_hash, row_hash, mapping from ${rows}`,
          { params, timeoutMs: TIMEOUT_MS },
        );
        await analytics.command(
          // sql-identifier: pieces of our own SQL, all values bound
          `insert into fuse.landing (source, run, number, row_key, row_hash, change, received_at, row)
           select source, {run:String}, {number:UInt64}, row_key, '', 'gone', fromUnixTimestamp64Milli({atMs:Int64}), ''
           from ${rows}`,
          { params, timeoutMs: TIMEOUT_MS },
        );
      }
    },

    /**
     * Rows of the run that another version of the mapping put under another enterprise of the source leave it: the version there
     * ends. Only needed where versions name rows otherwise. @returns how many moved
     */
    async markMoved({ source, number }: WrittenBy, visible: Visible): Promise<number> {
      const written =
        'from fuse.record where source = {source:String} and number = {number:UInt64} and gone = 0';
      const moved = `${CURRENT} where row_key in (select row_key ${written})
        and (entity_key, row_key) not in (select entity_key, row_key ${written})`;
      const params = { ...(await currentParams(analytics, source, visible)), number };
      const options = { params, timeoutMs: TIMEOUT_MS };
      // sql-identifier: pieces of our own SQL, all values bound
      const [row] = await analytics.query<{ rows: string }>(`select count() as rows from ${moved}`, options);
      const rows = Number(row?.rows ?? 0);
      if (rows > 0)
        await analytics.command(
          // sql-identifier: pieces of our own SQL, all values bound
          `insert into fuse.record (source, number, row_key, entity_key, period, gone, key_hash, row_hash, mapping)
           select source, {number:UInt64}, row_key, entity_key, period, 1, key_hash, row_hash, mapping from ${moved}`,
          options,
        );
      return rows;
    },

    /** Rows that the run took away, and whether it wrote any version at all. */
    async written({ source, number }: Pick<WrittenBy, 'source' | 'number'>) {
      const [row] = await analytics.query<{ versions: string; gone: string }>(
        `select count() as versions, uniqExactIf(key_hash, gone = 1) as gone from fuse.record
         where source = {source:String} and number = {number:UInt64}`,
        { params: { source, number }, timeoutMs: TIMEOUT_MS },
      );
      return { versions: Number(row?.versions ?? 0), gone: Number(row?.gone ?? 0) };
    },

    /** Monthly values that the run brought or ended, for those who read indicators. `before` is what was visible until now. */
    async publishIndicators(by: WrittenBy, before: Visible): Promise<void> {
      const params = { ...visibleParams(by.source, before), number: by.number, run: by.run };
      const mine = `(
        select entity_key, period, row_key, field, text from fuse.record array join value_to as field, value_text as text
        where source = {source:String} and number = {number:UInt64} and startsWith(field, 'indicator:') and period != '')`;
      const theirs = `(
        select entity_key, period, row_key, field, text from (
          select * from fuse.record where ${VISIBLE} and entity_key in (
            select entity_key from fuse.record where source = {source:String} and number = {number:UInt64})
            and row_key in (select row_key from fuse.record where source = {source:String} and number = {number:UInt64})
          order by entity_key, row_key, number desc limit 1 by entity_key, row_key
        ) array join value_to as field, value_text as text
        where gone = 0 and startsWith(field, 'indicator:') and period != '')`;
      const head =
        'insert into fuse.indicator_version (source, entity_key, code, period, row_key, value, gone, run, version)';
      const tail = `{run:String}, {number:UInt64}`;
      await analytics.command(
        `${head} select {source:String}, entity_key, substring(field, 11), period, row_key, 0, 1, ${tail} from ${theirs}
         where (entity_key, period, row_key, field) not in (select entity_key, period, row_key, field from ${mine})`,
        { params, timeoutMs: TIMEOUT_MS },
      );
      await analytics.command(
        `${head} select {source:String}, entity_key, substring(field, 11), period, row_key, toFloat64OrZero(text), 0, ${tail}
         from ${mine}
         where (entity_key, period, row_key, field, text) not in (select entity_key, period, row_key, field, text from ${theirs})`,
        { params, timeoutMs: TIMEOUT_MS },
      );
    },

    /**
     * Monthly values as they were before a run that is taken back: what it brought goes, what it changed or ended comes back.
     * `before` is what readers see without it.
     */
    async withdrawIndicators(
      by: WrittenBy,
      { number, before }: { number: number; before: Visible },
    ): Promise<void> {
      const params = { ...visibleParams(by.source, before), number, version: by.number, run: by.run };
      const withdrawn = `(select entity_key, row_key from fuse.record where source = {source:String} and number = {number:UInt64})`;
      const theirs = `(
        select entity_key, period, row_key, field from fuse.record array join value_to as field
        where source = {source:String} and number = {number:UInt64} and startsWith(field, 'indicator:') and period != '')`;
      const old = `(
        select entity_key, period, row_key, field, text from (
          select * from fuse.record where ${VISIBLE} and (entity_key, row_key) in ${withdrawn}
          order by entity_key, row_key, number desc limit 1 by entity_key, row_key
        ) array join value_to as field, value_text as text
        where gone = 0 and startsWith(field, 'indicator:') and period != '')`;
      const head =
        'insert into fuse.indicator_version (source, entity_key, code, period, row_key, value, gone, run, version)';
      const tail = `{run:String}, {version:UInt64}`;
      await analytics.command(
        // sql-identifier: pieces of our own SQL, all values bound
        `${head} select {source:String}, entity_key, substring(field, 11), period, row_key, 0, 1, ${tail} from ${theirs}
         where (row_key, field) not in (select row_key, field from ${old})`,
        { params, timeoutMs: TIMEOUT_MS },
      );
      await analytics.command(
        // sql-identifier: pieces of our own SQL, all values bound
        `${head} select {source:String}, entity_key, substring(field, 11), period, row_key, toFloat64OrZero(text), 0, ${tail}
         from ${old}`,
        { params, timeoutMs: TIMEOUT_MS },
      );
    },

    /** Marks the enterprises whose rows the run changed to be fused again; those that wait already stay. */
    async markPending({ source, number }: Pick<WrittenBy, 'source' | 'number'>): Promise<void> {
      for (let after = ''; ; ) {
        const rows = await analytics.query<{ key: string }>(
          `select distinct entity_key as key from fuse.record
           where source = {source:String} and number = {number:UInt64} and entity_key > {after:String}
           order by key limit {rows:UInt32}`,
          { params: { source, number, after, rows: PENDING_A_STEP }, timeoutMs: TIMEOUT_MS },
        );
        const keys = rows.map(({ key }) => key);
        if (keys.length > 0)
          await sql`insert into fuse.pending (source, entity_key)
            select ${source}::uuid, key from unnest(${keys}::text[]) as key on conflict do nothing`.execute(
            db,
          );
        const last = keys.at(-1);
        if (last === undefined || keys.length < PENDING_A_STEP) return;
        after = last;
      }
    },
  };
}
export type LandingStore = ReturnType<typeof createUnscopedLandingStore>;
