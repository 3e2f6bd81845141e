import { type Kysely, sql } from 'kysely';
import type { ShareTables } from '../share.tables.ts';

export type Reserved = { rows: number | null; bytes: number | null };
type Wanted = {
  counter: string;
  day: string;
  quota: { requests?: number | undefined; rows?: number | undefined; bytes?: number | undefined };
  rows: number;
  bytes: number;
};

/** What was used of quotas, by day. Work of the gateway, which has found the quotas that hold for its caller. */
export function createUnscopedQuotaStore(db: Kysely<ShareTables>) {
  async function reserved({ counter, day, quota, rows, bytes }: Wanted): Promise<Reserved | null> {
    const [requestsMax, rowsMax, bytesMax] = [
      quota.requests ?? null,
      quota.rows ?? null,
      quota.bytes ?? null,
    ];
    const { rows: found } = await sql<{ rows: string | null; bytes: string | null }>`
      with before as (
        select * from share.quota_use where counter = ${counter} and day = ${day}::date
          and (${requestsMax}::bigint is null or requests < ${requestsMax}::bigint)
          and (${rowsMax}::bigint is null or rows < ${rowsMax}::bigint)
          and (${bytesMax}::bigint is null or bytes < ${bytesMax}::bigint)
        for update
      ), share as (
        select counter, day,
          case when ${rowsMax}::bigint is null then 0 else least(${rowsMax}::bigint - rows, ${rows}::bigint) end as rows,
          case when ${bytesMax}::bigint is null then 0 else least(${bytesMax}::bigint - bytes, ${bytes}::bigint) end as bytes
        from before
      )
      update share.quota_use as used set requests = used.requests + 1, rows = used.rows + share.rows, bytes = used.bytes + share.bytes
      from share where used.counter = share.counter and used.day = share.day
      returning case when ${rowsMax}::bigint is null then null else share.rows end as rows,
        case when ${bytesMax}::bigint is null then null else share.bytes end as bytes`.execute(db);
    const [own] = found;
    if (!own) return null;
    return {
      rows: own.rows === null ? null : Number(own.rows),
      bytes: own.bytes === null ? null : Number(own.bytes),
    };
  }

  return {
    /**
     * Counts one request and sets aside what is left of rows and bytes, at most what is wanted, in one statement: requests at the same
     * moment cannot have the same rows. null when something is used up.
     */
    async reserve(wanted: Wanted): Promise<Reserved | null> {
      const own = await reserved(wanted);
      if (own) return own;
      // the first request of a day finds no row; for all others but those beyond the quota that is one statement less
      const { counter, day } = wanted;
      await sql`insert into share.quota_use (counter, day, requests, rows, bytes) values (${counter}, ${day}::date, 0, 0, 0)
        on conflict do nothing`.execute(db);
      return reserved(wanted);
    },

    /** Puts back what was set aside and counts what was used. */
    async settle(counter: string, day: string, more: { requests: number; rows: number; bytes: number }) {
      await sql`update share.quota_use set requests = greatest(0, requests + ${more.requests}::bigint),
          rows = greatest(0, rows + ${more.rows}::bigint), bytes = greatest(0, bytes + ${more.bytes}::bigint)
        where counter = ${counter} and day = ${day}::date`.execute(db);
    },

    async removeBefore(day: string): Promise<void> {
      await sql`delete from share.quota_use where day < ${day}::date`.execute(db);
    },
  };
}
