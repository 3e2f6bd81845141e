import { type Kysely, type Selectable, sql } from 'kysely';
import { AppError } from '#platform/errors/errors.ts';
import type { FuseTables } from '../fuse.tables.ts';
import { idOfRecord as idOf, type RecordId } from './constraints.ts';
import type { KnownRecord, KnownRecords, MatchingRule, RecordIdentity } from './matching.ts';

/** Where one record of a source belongs; kept when the record goes, so that it comes back to the same enterprise. */
export type Link = KnownRecord & {
  source: string;
  entityKey: string;
  gone: boolean;
  rowKey: string;
  matchedBy: MatchingRule;
};

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

    async ofEntities(source: string, entityKeys: readonly string[]): Promise<Link[]> {
      const rows = await db
        .selectFrom('fuse.link')
        .selectAll()
        .where('source', '=', source)
        .where('entity_key', '=', sql<string>`any(${[...entityKeys]})`)
        .execute();
      return rows.map(toLink);
    },

    async ofEnterprises(enterprises: readonly string[]): Promise<Link[]> {
      const rows = await db
        .selectFrom('fuse.link')
        .selectAll()
        .where('enterprise', '=', sql<string>`any(${[...enterprises]}::uuid[])`)
        .orderBy('source')
        .orderBy('entity_key')
        .execute();
      return rows.map(toLink);
    },

    /** The enterprises that these records belong to, records that nobody knows left out. */
    async enterprisesOf(records: readonly RecordId[]): Promise<string[]> {
      return [...new Set((await this.ofRecords(records)).map(({ enterprise }) => enterprise))];
    },

    async ofRecords(records: readonly RecordId[]): Promise<Link[]> {
      if (records.length === 0) return [];
      const rows = await db
        .selectFrom('fuse.link')
        .selectAll()
        .where(
          sql<boolean>`(source, entity_key) in (select * from unnest(${records.map(({ source }) => source)}::uuid[],
            ${records.map(({ entityKey }) => entityKey)}::text[]))`,
        )
        .orderBy('source')
        .orderBy('entity_key')
        .execute();
      return rows.map(toLink);
    },

    /** Links that one of these identities could match, with all others of the enterprises they lead to. */
    async around(identities: readonly RecordIdentity[], enterprises: readonly string[]): Promise<Link[]> {
      const codes = identities.flatMap(({ code }) => code ?? []);
      const joinKeys = identities.flatMap(({ joinKey }) => joinKey ?? []);
      const nameKeys = identities.flatMap(({ names }) => names.map(({ key }) => key));
      const found = await db
        .selectFrom('fuse.link')
        .select('enterprise')
        .distinct()
        .where((where) =>
          where.or([
            where('code', '=', sql<string>`any(${codes})`),
            where('join_key', '=', sql<string>`any(${joinKeys})`),
            sql<boolean>`name_keys && ${nameKeys}::text[]`,
          ]),
        )
        .execute();
      return this.ofEnterprises([...new Set([...found.map((row) => row.enterprise), ...enterprises])]);
    },

    async put(links: readonly Link[]): Promise<void> {
      if (links.length === 0) return;
      await db
        .insertInto('fuse.link')
        .values(links.map(toRow))
        .onConflict((conflict) =>
          conflict.columns(['source', 'entity_key']).doUpdateSet(({ ref }) => ({
            enterprise: ref('excluded.enterprise'),
            gone: ref('excluded.gone'),
            row_key: ref('excluded.row_key'),
            code: ref('excluded.code'),
            join_key: ref('excluded.join_key'),
            name_keys: ref('excluded.name_keys'),
            names: ref('excluded.names'),
            city: ref('excluded.city'),
            matched_by: ref('excluded.matched_by'),
          })),
        )
        .execute();
    },
  };
}
export type LinkStore = ReturnType<typeof createUnscopedLinkStore>;

/**
 * Links in memory while one batch is matched; later records of the batch see what earlier ones decided. Enterprises that
 * are not reachable for the source are never candidates.
 */
export function createKnownLinks(
  links: readonly Link[],
  { ages, reachable }: { ages: ReadonlyMap<string, number>; reachable: (enterprise: string) => boolean },
) {
  const all = new Map(links.map((link) => [idOf(link), link]));
  const newest = new Map<string, number>();
  let nextAge = Number.MAX_SAFE_INTEGER - 1_000_000;
  const ageOf = (enterprise: string) => ages.get(enterprise) ?? newest.get(enterprise) ?? nextAge;
  return {
    get: (source: string, entityKey: string): Link | null => all.get(idOf({ source, entityKey })) ?? null,
    byId: (id: string): Link | null => all.get(id) ?? null,
    of: (enterprise: string): Link[] => [...all.values()].filter((link) => link.enterprise === enterprise),
    put: (link: Link): void => void all.set(idOf(link), link),
    /** A made enterprise is younger than all known ones and than those made before it. */
    made(enterprise: string): void {
      newest.set(enterprise, nextAge);
      nextAge += 1;
    },
    all: (): Link[] => [...all.values()],
    reachable,
    /** What others know; the record itself is left out. */
    without(source: string, entityKey: string): KnownRecords {
      const id = idOf({ source, entityKey });
      const list = [...all]
        .filter(([key, link]) => key !== id && reachable(link.enterprise))
        .map(([, link]) => link);
      return {
        byCode: (code) => list.filter((link) => link.code === code),
        byJoinKey: (joinKey) => list.filter((link) => link.joinKey === joinKey),
        byName: (key) => list.filter((link) => link.names.some((name) => name.key === key)),
        of: (enterprise) => list.filter((link) => link.enterprise === enterprise),
        ageOf,
      };
    },
  };
}

/** PostgreSQL's `lock_not_available`. */
const isTimeout = (error: unknown): boolean => (error as { code?: unknown } | null)?.code === '55P03';

export type KnownLinks = ReturnType<typeof createKnownLinks>;

const toLink = (row: Selectable<FuseTables['fuse.link']>): Link => ({
  source: row.source,
  entityKey: row.entity_key,
  enterprise: row.enterprise,
  gone: row.gone,
  rowKey: row.row_key,
  code: row.code,
  joinKey: row.join_key,
  names: row.names,
  city: row.city,
  matchedBy: row.matched_by,
});

const toRow = (link: Link) => ({
  source: link.source,
  entity_key: link.entityKey,
  enterprise: link.enterprise,
  gone: link.gone,
  row_key: link.rowKey,
  code: link.code,
  join_key: link.joinKey,
  name_keys: [...new Set(link.names.map(({ key }) => key))],
  names: JSON.stringify(link.names),
  city: link.city,
  matched_by: link.matchedBy,
});
