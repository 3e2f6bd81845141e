import { type Kysely, sql } from 'kysely';
import { arrayOf } from '#platform/db/recordset.ts';
import type { FuseTables } from '../fuse.tables.ts';
import type { Counts } from './judge.ts';
import type { Traits } from './levels.ts';
import {
  blockMaxOf,
  type Counted,
  countKeysOf,
  type Keyed,
  keptKeysOf,
  keysOf,
  nameKeysOf,
  RULE_SQL,
  RULES,
} from './traits.ts';

/** Values that more records share than this are counted no further: they say next to nothing. */
const COUNT_MAX = 2_000;
const INSERT_ROWS = 20_000;

/** What shares a key with some records: links by number, how many each key leads to, and keys that lead nowhere. */
export type Neighbours = {
  links: number[];
  /** by key: records, counted up to one beyond the limit of its rule */
  sizes: ReadonlyMap<number, number>;
  common: ReadonlySet<number>;
};

/** What a rule brings: keys, records that have one, pairs within its limit, and keys and pairs beyond it. */
export type Blocks = { keys: number; records: number; pairs: number; common: number; pairsCommon: number };

/** Keys of records in `fuse.link_key`: which records are worth comparing. Works for a run, over the whole province. */
export function createUnscopedCandidateStore(db: Kysely<FuseTables>) {
  return {
    /** Links that share a key with one of these records. A key that more records share than its rule allows leads nowhere. */
    async neighbours(records: readonly Keyed[]): Promise<Neighbours> {
      const most = new Map<number, number>();
      for (const { traits, names } of records)
        for (const { rule, key } of [...keysOf(traits), ...nameKeysOf(names)])
          most.set(key, blockMaxOf(rule));
      const [links, sizes, common] = [new Set<number>(), new Map<number, number>(), new Set<number>()];
      if (most.size === 0) return { links: [], sizes, common };
      // one document: tens of thousands of rows of two numbers take longer to take apart than to find
      const { rows } = await sql<{
        found: readonly (readonly [key: number, links: readonly number[]])[] | null;
      }>`
        select json_agg(json_build_array(key, links)) as found from (
          select asked.key, json_agg(found.link) as links
          from unnest(${arrayOf([...most.keys()], 'bigint')}, ${arrayOf([...most.values()], 'int')}) as asked (key, most)
          cross join lateral (select link from fuse.link_key where key = asked.key limit asked.most + 1) found
          group by asked.key) as near`.execute(db);
      for (const [key, found] of rows[0]?.found ?? []) {
        sizes.set(key, found.length);
        if (found.length > (most.get(key) ?? 0)) common.add(key);
        else for (const link of found) links.add(link);
      }
      return { links: [...links], sizes, common };
    },

    /** How many records share the counted values of each of these, at least 1. */
    async counts(traits: readonly Traits[]): Promise<Counts[]> {
      const keys = traits.map((one) => countKeysOf(one));
      const asked = [...new Set(keys.flatMap((list) => list.map(({ key }) => key)))];
      const counted = new Map<number, number>();
      if (asked.length > 0) {
        const { rows } = await sql<{ found: readonly (readonly [key: number, records: number])[] | null }>`
          select json_agg(json_build_array(asked.key, found.records)) as found
          from unnest(${arrayOf(asked, 'bigint')}) as asked (key)
          cross join lateral (select count(*) as records
            from (select 1 from fuse.link_key where key = asked.key limit ${COUNT_MAX}) few) found`.execute(
          db,
        );
        for (const [key, records] of rows[0]?.found ?? []) counted.set(key, records);
      }
      return keys.map(
        (list) =>
          new Map<Counted, number>(
            list.map(({ counted: name, key }) => [name, Math.max(1, counted.get(key) ?? 1)]),
          ),
      );
    },

    /**
     * Keeps the keys of records as they are now, writing differences only; `before` null where none are kept or not all, `after` null for a record that
     * is gone.
     */
    async write(
      changed: readonly { link: number; before: Keyed | null; after: Keyed | null }[],
    ): Promise<void> {
      const removed: [number, number][] = [];
      const added: [number, number][] = [];
      for (const { link, before, after } of changed) {
        const [old, now] = [
          new Set(before ? keptKeysOf(before) : []),
          new Set(after ? keptKeysOf(after) : []),
        ];
        for (const key of old) if (!now.has(key)) removed.push([key, link]);
        for (const key of now) if (!old.has(key)) added.push([key, link]);
      }
      for (let start = 0; start < removed.length; start += INSERT_ROWS) {
        const part = removed.slice(start, start + INSERT_ROWS);
        await sql`delete from fuse.link_key using ${pairsOf(part)} as old (key, link)
          where link_key.key = old.key and link_key.link = old.link`.execute(db);
      }
      for (let start = 0; start < added.length; start += INSERT_ROWS) {
        const part = added.slice(start, start + INSERT_ROWS);
        await sql`insert into fuse.link_key (key, link) select * from ${pairsOf(part)} on conflict do nothing`.execute(
          db,
        );
      }
    },

    /** What each rule brings together: its keys, records and pairs, and the keys that more records share than it allows. */
    async blocks(): Promise<Map<number, Blocks>> {
      const limits = Array.from({ length: RULES }, (_value, rule) => blockMaxOf(rule));
      // sql-identifier: an expression of ours
      const { rows } = await sql<{ rule: number } & Blocks>`
        select rule::int as rule, count(*)::float8 as keys, sum(n)::float8 as records,
          coalesce(sum(n * (n - 1) / 2) filter (where n <= most), 0)::float8 as pairs,
          (count(*) filter (where n > most))::float8 as common,
          coalesce(sum(n * (n - 1) / 2) filter (where n > most), 0)::float8 as "pairsCommon"
        from (select ${sql.raw(RULE_SQL)} as rule, count(*) as n from fuse.link_key group by key) block
        join unnest(${limits}::int[]) with ordinality as allowed (most, place) on allowed.place = block.rule + 1
        group by rule`.execute(db);
      return new Map(rows.map(({ rule, ...blocks }) => [rule, blocks]));
    },
  };
}
export type CandidateStore = ReturnType<typeof createUnscopedCandidateStore>;

const pairsOf = (rows: readonly (readonly [key: number, link: number])[]) =>
  sql`unnest(${arrayOf(
    rows.map(([key]) => key),
    'bigint',
  )}, ${arrayOf(
    rows.map(([, link]) => link),
    'bigint',
  )})`;
