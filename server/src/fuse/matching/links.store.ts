import { type Kysely, type Selectable, sql } from 'kysely';
import { arrayOf, columnsOf, recordset, replaced } from '#platform/db/recordset.ts';
import { AppError } from '#platform/errors/errors.ts';
import type { FuseTables } from '../fuse.tables.ts';
import type { KeptRow } from '../sources/records.ts';
import { idOfRecord, type RecordId } from './constraints.ts';
import type { KnownRecord, RecordIdentity } from './identity.ts';
import type { MatchingRule } from './matching.ts';
import { candidateKeysOf } from './traits.ts';

/** Where one record of a source belongs; kept when the record goes, so that it comes back to the same enterprise. */
export type Link = KnownRecord & {
  matchedBy: MatchingRule;
  /** log2 odds with which the model put it there */
  weight: number | null;
  /** false for a record of before its newest row was kept beside it: its keys are not complete either */
  isKept: boolean;
};
/** A link as it is written, with what is kept of its record; `row` null when the record is gone. */
export type NewLink = Link & { row: KeptRow | null; findings: number; reported: string | null };

const LINK_TYPES = {
  source: 'uuid',
  entity_key: 'text',
  enterprise: 'uuid',
  gone: 'boolean',
  row_key: 'text',
  code: 'text',
  join_key: 'text',
  names: 'jsonb',
  city: 'text',
  traits: 'jsonb',
  matched_by: 'text',
  weight: 'real',
  head: 'json',
  row_findings: 'integer',
  reported: 'text',
} as const satisfies Record<Exclude<keyof FuseTables['fuse.link'], 'number'>, string>;

/** The newest rows stay where they are: they are half of the table, and matching does not look at them. */
const COLUMNS = [
  ...([
    'source',
    'entity_key',
    'enterprise',
    'gone',
    'row_key',
    'code',
    'join_key',
    'names',
    'city',
    'number',
  ] as const),
  ...(['traits', 'matched_by', 'weight'] as const),
] as const;
const isKept = sql<boolean>`head is not null`.as('is_kept');
// sql-identifier: names of columns are constants of this store
const documentOf = sql.raw(
  [...COLUMNS.map((name) => `'${name}', ${name}`), `'is_kept', head is not null`].join(', '),
);

/** Rows of `fuse.link`, the crosswalk from records to enterprises. Works for a run, over the whole province. */
export function createUnscopedLinkStore(db: Kysely<FuseTables>) {
  return {
    /** One writer of golden records at a time: two would both find a code unknown and make two enterprises. */
    async lockUntilCommit(): Promise<void> {
      await sql`select pg_advisory_xact_lock(hashtext('fuse.enterprise'))`.execute(db);
    },

    /** The same for a person, who does not wait for longer than this. @throws ENTERPRISES_BUSY */
    async lockWithin(waitMsMax: number): Promise<void> {
      await sql`select set_config('lock_timeout', ${String(waitMsMax)}, true)`.execute(db);
      try {
        await this.lockUntilCommit();
      } catch (cause) {
        throw isTimeout(cause) ? new AppError('ENTERPRISES_BUSY', {}, { cause }) : cause;
      }
    },

    /** The enterprises that these records of a source belong to, records that nobody knows left out. */
    async homesOf(source: string, entityKeys: readonly string[]): Promise<string[]> {
      const rows = await db
        .selectFrom('fuse.link')
        .select('enterprise')
        .distinct()
        .where('source', '=', source)
        .where('entity_key', '=', sql<string>`any(${[...entityKeys]})`)
        .execute();
      return rows.map(({ enterprise }) => enterprise);
    },

    /** All links of these enterprises, in the order of source and record within each. */
    async ofEnterprises(enterprises: readonly string[]): Promise<Link[]> {
      if (enterprises.length === 0) return [];
      // one document an enterprise: a batch of matching reads more links than the driver takes apart column by column in good time
      const { rows } = await sql<{ links: StoredLink[] }>`
        select json_agg(json_build_object(${documentOf}) order by source, entity_key) as links
        from fuse.link where enterprise = any(${arrayOf(enterprises, 'uuid')}) group by enterprise`.execute(
        db,
      );
      return rows.flatMap(({ links }) => links.map(toLink));
    },

    /** The enterprises that these records belong to, records that nobody knows left out. */
    async enterprisesOf(records: readonly RecordId[]): Promise<string[]> {
      return [...new Set((await this.ofRecords(records)).map(({ enterprise }) => enterprise))];
    },

    async ofRecords(records: readonly RecordId[]): Promise<Link[]> {
      if (records.length === 0) return [];
      const rows = await db
        .selectFrom('fuse.link')
        .select([...COLUMNS, isKept])
        .where(
          sql<boolean>`(source, entity_key) in (select * from unnest(${records.map(({ source }) => source)}::uuid[],
            ${records.map(({ entityKey }) => entityKey)}::text[]))`,
        )
        .orderBy('source')
        .orderBy('entity_key')
        .execute();
      return rows.map(toLink);
    },

    /** Enterprises of links whose numbers one of these identities shares, and of those that keys led to. */
    async enterprisesAround(
      identities: readonly RecordIdentity[],
      links: readonly number[],
    ): Promise<string[]> {
      const codes = identities.flatMap(({ code }) => code ?? []);
      const joinKeys = identities.flatMap(({ joinKey }) => joinKey ?? []);
      // one after the other: with `or` the planner reads the whole table
      const { rows: found } = await sql<{ enterprise: string }>`
        select enterprise from fuse.link where code = any(${codes})
        union select enterprise from fuse.link where join_key = any(${joinKeys})
        union select enterprise from fuse.link where number = any(${arrayOf(links, 'bigint')})`.execute(db);
      return found.map(({ enterprise }) => enterprise);
    },

    /** Present records in the order of their numbers, for work over all of them. */
    async after(number: number, limit: number): Promise<(RecordId & { number: number })[]> {
      const rows = await db
        .selectFrom('fuse.link')
        .select(['number', 'source', 'entity_key'])
        .where('number', '>', number)
        .where('gone', '=', false)
        .orderBy('number')
        .limit(limit)
        .execute();
      return rows.map((row) => ({ number: row.number, source: row.source, entityKey: row.entity_key }));
    },

    /** The highest number given. */
    async last(): Promise<number> {
      const row = await db
        .selectFrom('fuse.link')
        .select(({ fn }) => fn.max('number').as('number'))
        .executeTakeFirst();
      return Number(row?.number ?? 0);
    },

    /** Records that belong to another enterprise now, by what rule. */
    async move(
      records: readonly (RecordId & { matchedBy: MatchingRule })[],
      enterprise: string,
    ): Promise<void> {
      if (records.length === 0) return;
      const rows = records.map(({ source, entityKey, matchedBy }) => ({
        ...{ source, entity_key: entityKey, matched_by: matchedBy },
      }));
      await sql`update fuse.link as link set enterprise = ${enterprise}::uuid, matched_by = given.matched_by
        from ${recordset(rows, { source: 'uuid', entity_key: 'text', matched_by: 'text' })}
        where link.source = given.source and link.entity_key = given.entity_key`.execute(db);
    },

    /** Writes them; answers with the number of each, by `idOfRecord`. */
    async put(links: readonly NewLink[]): Promise<Map<string, number>> {
      if (links.length === 0) return new Map();
      const { rows } = await sql<{ source: string; entity_key: string; number: number }>`
        insert into fuse.link (${columnsOf(LINK_TYPES)})
        select ${columnsOf(LINK_TYPES)} from ${recordset(links.map(toRow), LINK_TYPES)}
        on conflict (source, entity_key) do update set ${replaced(LINK_TYPES, ['source', 'entity_key'])}
        returning source, entity_key, number`.execute(db);
      return new Map(
        rows.map((row) => [idOfRecord({ source: row.source, entityKey: row.entity_key }), row.number]),
      );
    },
  };
}
export type LinkStore = ReturnType<typeof createUnscopedLinkStore>;

/** PostgreSQL's `lock_not_available`. */
const isTimeout = (error: unknown): boolean => (error as { code?: unknown } | null)?.code === '55P03';

type StoredLink = Pick<Selectable<FuseTables['fuse.link']>, (typeof COLUMNS)[number]> & { is_kept: boolean };
const toLink = (row: StoredLink): Link => ({
  source: row.source,
  entityKey: row.entity_key,
  enterprise: row.enterprise,
  gone: row.gone,
  rowKey: row.row_key,
  code: row.code,
  joinKey: row.join_key,
  names: row.names,
  city: row.city,
  traits: row.traits,
  keys: candidateKeysOf(row.traits),
  matchedBy: row.matched_by,
  weight: row.weight,
  isKept: row.is_kept,
});

const toRow = (link: NewLink) => ({
  source: link.source,
  entity_key: link.entityKey,
  enterprise: link.enterprise,
  gone: link.gone,
  row_key: link.rowKey,
  code: link.code,
  join_key: link.joinKey,
  names: link.names,
  city: link.city,
  traits: link.traits,
  matched_by: link.matchedBy,
  weight: link.weight,
  head: link.row,
  row_findings: link.findings,
  reported: link.reported,
});
