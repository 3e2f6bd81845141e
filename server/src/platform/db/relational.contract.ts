// biome-ignore-all lint/correctness/noUndeclaredDependencies: only tests import this file
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Relational } from '#platform/db/relational.ts';

type Tables = { 'contract.thing': { id: number; name: string; size: number | string } };

/** What every PostgreSQL behind `Relational` must do, embedded or server; `open` answers with an empty database. */
export function relationalContract(
  title: string,
  open: () => Promise<{ relational: Relational; stop(): Promise<void> }>,
): void {
  describe(title, () => {
    let opened: Awaited<ReturnType<typeof open>>;
    let relational: Relational;
    const database = () => relational.as<Tables>();
    beforeAll(async () => {
      opened = await open();
      relational = opened.relational;
      await sql`create schema contract`.execute(database());
      await sql`create table contract.thing (id bigint primary key, name text not null, size numeric not null)`.execute(
        database(),
      );
    });
    afterAll(() => opened.stop());

    it('keeps a row with Chinese text and gives integers and decimals as numbers', async () => {
      const row = { id: 1, name: '江西铜业 𠮷', size: 12.5 };
      await database().insertInto('contract.thing').values(row).execute();
      expect(await database().selectFrom('contract.thing').selectAll().execute()).toEqual([row]);
    });

    it('loses no digit of numbers beyond a double, and rounds only the tail of an average', async () => {
      const { rows } =
        await sql`select 9007199254740993::bigint as big, 123456789012345.67::numeric(18, 2) as money,
          avg(x) as average, array_agg(x) as list from (values (1::bigint), (2), (2)) as v (x)`.execute(
          database(),
        );
      expect(rows).toEqual([
        { big: '9007199254740993', money: '123456789012345.67', average: 5 / 3, list: [1, 2, 2] },
      ]);
    });

    it('gives a moment as Date and a calendar day as text, whatever the zone of this process', async () => {
      const { rows } =
        await sql`select '2024-03-01 08:00:00.123+08'::timestamptz as at, '2024-03-01'::date as day,
          current_setting('TimeZone') as zone`.execute(database());
      expect(rows[0]).toMatchObject({ at: new Date('2024-03-01T00:00:00.123Z'), day: '2024-03-01' });
    });

    it('undoes everything of a transaction that fails', async () => {
      const work = database()
        .transaction()
        .execute(async (transaction) => {
          await transaction.insertInto('contract.thing').values({ id: 2, name: 'half', size: 0 }).execute();
          throw new Error('changed my mind');
        });
      await expect(work).rejects.toThrow('changed my mind');
      expect(await database().selectFrom('contract.thing').where('id', '=', 2).execute()).toEqual([]);
    });

    it('serves many callers at once', async () => {
      const answers = await Promise.all(
        Array.from({ length: 50 }, async (_value, number) => {
          const { rows } = await sql<{
            number: number;
          }>`select ${number}::int as number, pg_sleep(0.01)`.execute(database());
          return rows[0]?.number;
        }),
      );
      expect(answers).toEqual(Array.from({ length: 50 }, (_value, number) => number));
    });

    it('stops a statement after the time it is given', async () => {
      const work = database()
        .connection()
        .execute(async (connection) => {
          const { rows } = await sql<{
            limit: string;
          }>`select current_setting('statement_timeout') as limit`.execute(connection);
          expect(rows[0]?.limit).toBe('30s');
          await sql`set statement_timeout = '50ms'`.execute(connection);
          try {
            await sql`select pg_sleep(10)`.execute(connection);
          } finally {
            await sql`reset statement_timeout`.execute(connection);
          }
        });
      await expect(work).rejects.toThrow('statement timeout');
    });

    it('survives the loss of its connections', async () => {
      await sql`select pg_terminate_backend(pid) from pg_stat_activity
        where datname = current_database() and pid <> pg_backend_pid()`.execute(database());
      await expect
        .poll(() => sql`select 1 as one`.execute(database()).then(({ rows }) => rows))
        .toEqual([{ one: 1 }]);
    });

    it('finds Chinese names by trigrams', async () => {
      await sql`create extension if not exists pg_trgm`.execute(database());
      const { rows } = await sql<{
        similarity: number;
      }>`select similarity('江西铜业', '江西铜业集团')`.execute(database());
      expect(rows[0]?.similarity).toBeGreaterThan(0.3);
    });

    it('tells its health, and after stopping that it is not ready', async () => {
      expect(await relational.health()).toEqual({
        ready: true,
        version: expect.stringMatching(/^1[5-9]\./),
        bytes: expect.any(Number),
      });
      await relational.stop();
      expect(await relational.health()).toMatchObject({ ready: false });
    });
  });
}
