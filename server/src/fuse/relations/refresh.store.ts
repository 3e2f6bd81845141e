import { type Kysely, sql } from 'kysely';
import type { Analytics } from '#platform/db/analytics.ts';
import { arrayOf, columnsOf, recordset } from '#platform/db/recordset.ts';
import { isWithin } from '../enterprises/belonging.ts';
import { createUnscopedFusingStore } from '../enterprises/fusing.store.ts';
import type { FuseTables } from '../fuse.tables.ts';
import { createUnscopedPendingStore } from '../pending.store.ts';
import { createUnscopedRecordStore } from '../sources/records.store.ts';
import { type Fact, factOf } from '../things/facts.ts';
import type { NewThing } from '../things/things.ts';
import { CLAIMED, type Claim, type ClaimedAttribute, type SaidValue } from './claims.ts';
import { claimsAskedOf, type Draft } from './relations.ts';

export type Known = {
  number: number;
  id: string;
  city: string | null;
  codeValid: boolean;
  organisation: string;
};
export type StoredRelation = Draft & { number: number };
export type NewProfile = { enterprise: number; filled: string[]; score: number; version: number };
/** Attributes of a golden record, and what those say that claims are made of. */
export type GoldenSaid = { attributes: ReadonlySet<string>; said: ReadonlyMap<ClaimedAttribute, SaidValue> };
type SaidColumns = readonly [
  value: string,
  source: string | null,
  run: string | null,
  rowKey: string,
  field: string,
  raw: string,
];
export type Weights = { version: number; weights: ReadonlyMap<string, number> };

const INSERT_ROWS = 1_000;
const CLAIM_TYPES = { enterprise: 'bigint', role: 'text', key: 'text', detail: 'jsonb' } as const;
const anyNumber = (numbers: readonly number[]) => sql<number>`any(${arrayOf(numbers, 'bigint')})`;
const anyKey = (keys: readonly string[]) => sql<string>`any(${[...keys]}::text[])`;

/** What the enterprises that wait say, and what follows from it. Work of the platform, over the whole province. */
export function createUnscopedRelationRefreshStore(db: Kysely<FuseTables>, analytics: Analytics) {
  return {
    ...pendingStore(db),
    ...factStore(db, analytics),
    ...claimStore(db),
    ...thingStore(db),
  };
}
export type RelationRefreshStore = ReturnType<typeof createUnscopedRelationRefreshStore>;

function pendingStore(db: Kysely<FuseTables>) {
  return {
    ...createUnscopedPendingStore(db, 'fuse.relation_pending'),

    /** Of these numbers the enterprises that there are and that a source knows. */
    async known(numbers: readonly number[]): Promise<Known[]> {
      const rows = await db
        .selectFrom('fuse.enterprise')
        .select(['number', 'id', 'city', 'code_valid', 'organisation'])
        .where('number', '=', anyNumber(numbers))
        .where('state', '=', 'active')
        .execute();
      return rows.map(({ code_valid, ...row }) => ({ ...row, codeValid: code_valid }));
    },
  };
}

function factStore(db: Kysely<FuseTables>, analytics: Analytics) {
  const [records, fusing] = [
    createUnscopedRecordStore(db, analytics),
    createUnscopedFusingStore(db, analytics),
  ];
  return {
    /** Which attributes each enterprise has, and of those that claims are made of what they say. */
    async golden(ids: readonly string[]): Promise<Map<string, GoldenSaid>> {
      const { rows } = await sql<{
        enterprise: string;
        values: readonly (readonly [attribute: string, said: SaidColumns | null])[];
      }>`select enterprise, json_agg(json_build_array(attribute, case when attribute = any(${[...CLAIMED]})
          then json_build_array(value, source, run, row_key, field, raw) end)) as values
        from fuse.enterprise_value where enterprise = any(${arrayOf(ids, 'uuid')}) group by enterprise`.execute(
        db,
      );
      return new Map(
        rows.map(({ enterprise, values }) => [
          enterprise,
          {
            attributes: new Set(values.map(([attribute]) => attribute)),
            said: new Map(
              values.flatMap(([attribute, said]) => {
                if (said === null) return [];
                const [value, source, run, rowKey, field, raw] = said;
                return [[attribute as ClaimedAttribute, { value, source, run, rowKey, field, raw }] as const];
              }),
            ),
          },
        ]),
      );
    },

    /**
     * The newest row of each present record of them that may say more than golden values do, of sources that may speak for the enterprise: those of its own
     * organisation and above.
     */
    async facts(enterprises: readonly Known[]): Promise<Map<number, Fact[]>> {
      const byId = new Map(enterprises.map((one) => [one.id, one]));
      const facts = new Map<number, Fact[]>(enterprises.map(({ number }) => [number, []]));
      const kept = await fusing.kept([...byId.keys()], await telling());
      const runs = await records.runs(kept.flatMap(({ row }) => row?.number ?? []));
      const runOf = (number: number) => runs.get(number)?.id ?? '';
      for (const { source, priority, organisation, enterprise: id, row } of kept) {
        const enterprise = byId.get(id);
        if (!row || !enterprise || !isWithin(enterprise.organisation, organisation)) continue;
        facts.get(enterprise.number)?.push(factOf(row, { source, priority, runOf }));
      }
      return facts;
    },
  };

  /** Sources one of whose mappings ever brought what no golden value holds: relations, things, indicators, former names. */
  async function telling(): Promise<string[]> {
    const { rows } = await sql<{ source: string }>`
      select distinct source from fuse.mapping cross join jsonb_array_elements(mappings) as one (mapped)
      where strpos(mapped ->> 'to', ':') > 0 or mapped ->> 'to' = 'formerName'`.execute(db);
    return rows.map(({ source }) => source);
  }
}

function claimStore(db: Kysely<FuseTables>) {
  return {
    async claimsBy(numbers: readonly number[]): Promise<Claim[]> {
      const { rows } = await sql<{
        enterprise: number;
        claims: readonly (readonly [role: Claim['role'], key: string, detail: Claim['detail']])[];
      }>`select enterprise, json_agg(json_build_array(role, key, detail)) as claims
        from fuse.relation_claim where enterprise = ${anyNumber(numbers)} group by enterprise`.execute(db);
      return rows.flatMap(({ enterprise, claims }) =>
        claims.map(([role, key, detail]) => ({ enterprise, role, key, detail })),
      );
    },

    async changeClaims(removed: readonly Claim[], added: readonly Claim[]): Promise<void> {
      if (removed.length > 0)
        await sql`delete from fuse.relation_claim as claim
          using ${recordset(removed, { enterprise: 'bigint', role: 'text', key: 'text' })}
          where claim.enterprise = given.enterprise and claim.role = given.role and claim.key = given.key`.execute(
          db,
        );
      if (added.length > 0)
        await sql`insert into fuse.relation_claim (${columnsOf(CLAIM_TYPES)})
          select ${columnsOf(CLAIM_TYPES)} from ${recordset(added, CLAIM_TYPES)}`.execute(db);
    },

    /** Claims under these keys, of each key as many as are asked of it. `by` leaves claims about others to these enterprises. */
    async claimsUnder(keys: readonly string[], by: readonly number[] | null): Promise<Claim[]> {
      if (keys.length === 0) return [];
      const limits = keys.map(claimsAskedOf);
      const numbers = by === null ? null : [...by];
      const { rows } = await sql<Claim>`
        select claim.* from unnest(${[...keys]}::text[], ${limits}::int[]) as asked (key, most)
        cross join lateral (
          select enterprise, role, key, detail from fuse.relation_claim
          where key = asked.key and (${numbers}::bigint[] is null or role in ('name', 'code') or enterprise = any(${numbers}::bigint[]))
          order by role in ('name', 'code') desc, enterprise limit asked.most) as claim`.execute(db);
      return rows.map((row) => ({ ...row, enterprise: Number(row.enterprise) }));
    },

    /** Relations under these keys; `by` leaves them to those that these enterprises say. */
    async relationsUnder(keys: readonly string[], by: readonly number[] | null): Promise<StoredRelation[]> {
      if (keys.length === 0) return [];
      const rows = await db
        .selectFrom('fuse.relation')
        .selectAll()
        .where('key', '=', anyKey(keys))
        .$if(by !== null, (query) => query.where('claimant', '=', anyNumber(by ?? [])))
        .execute();
      return rows.map(({ subject_name, object_name, since: _since, ...row }) => ({
        ...row,
        subjectName: subject_name,
        objectName: object_name,
      }));
    },

    async addRelations(drafts: readonly Draft[], at: Date): Promise<void> {
      for (let start = 0; start < drafts.length; start += INSERT_ROWS)
        await db
          .insertInto('fuse.relation')
          .values(
            drafts
              .slice(start, start + INSERT_ROWS)
              .map(({ subjectName, objectName, evidence, ...draft }) => ({
                ...draft,
                ...{ subject_name: subjectName, object_name: objectName },
                ...{ evidence: JSON.stringify(evidence), since: at },
              })),
          )
          .execute();
    },

    /** The same relation with other evidence: it is known since it was. */
    async changeRelation(number: number, { share, claimant, evidence }: Draft): Promise<void> {
      await db
        .updateTable('fuse.relation')
        .set({ share, claimant, evidence: JSON.stringify(evidence) })
        .where('number', '=', number)
        .execute();
    },

    async removeRelations(numbers: readonly number[]): Promise<void> {
      if (numbers.length === 0) return;
      await db.deleteFrom('fuse.relation').where('number', '=', anyNumber(numbers)).execute();
    },
  };
}

function thingStore(db: Kysely<FuseTables>) {
  return {
    /** Writes only enterprises whose things differ. */
    async replaceThings(
      numbers: readonly number[],
      things: ReadonlyMap<number, readonly NewThing[]>,
    ): Promise<void> {
      const stored = await db
        .selectFrom('fuse.thing')
        .selectAll()
        .where('enterprise', '=', anyNumber(numbers))
        .execute();
      const different = numbers.filter((number) => {
        const before = stored.filter(({ enterprise }) => enterprise === number);
        return contentOf(before) !== contentOf(things.get(number) ?? []);
      });
      if (different.length === 0) return;
      await db.deleteFrom('fuse.thing').where('enterprise', '=', anyNumber(different)).execute();
      const rows = different.flatMap((enterprise) =>
        (things.get(enterprise) ?? []).map(({ parts, ...thing }) => ({
          ...{ enterprise, ...thing },
          parts: JSON.stringify(parts),
        })),
      );
      for (let start = 0; start < rows.length; start += INSERT_ROWS)
        await db
          .insertInto('fuse.thing')
          .values(rows.slice(start, start + INSERT_ROWS))
          .execute();
    },

    async replaceProfiles(numbers: readonly number[], profiles: readonly NewProfile[]): Promise<void> {
      const kept = new Set(profiles.map(({ enterprise }) => enterprise));
      await db
        .deleteFrom('fuse.profile_filled')
        .where('enterprise', '=', anyNumber(numbers.filter((number) => !kept.has(number))))
        .execute();
      if (profiles.length === 0) return;
      await db
        .insertInto('fuse.profile_filled')
        .values([...profiles])
        .onConflict((conflict) =>
          conflict
            .column('enterprise')
            .doUpdateSet(({ ref }) => ({
              ...{ filled: ref('excluded.filled'), score: ref('excluded.score') },
              version: ref('excluded.version'),
            }))
            .where(
              sql<boolean>`(profile_filled.filled, profile_filled.version) is distinct from (excluded.filled, excluded.version)`,
            ),
        )
        .execute();
    },

    /** The newest weights; none before reference data were shipped. */
    async weights(): Promise<Weights> {
      const row = await db
        .selectFrom('fuse.reference')
        .select(['version', 'content'])
        .where('set', '=', 'completeness')
        .where('valid_to', 'is', null)
        .executeTakeFirst();
      const entries = (row?.content ?? []) as readonly { part: string; weight: number }[];
      return {
        version: row?.version ?? 0,
        weights: new Map(entries.map(({ part, weight }) => [part, weight])),
      };
    },

    /** Counts profiles anew that were counted by other weights; answers how many. */
    async reweigh({ version, weights }: Weights): Promise<number> {
      const [parts, values] = [[...weights.keys()], [...weights.values()]];
      const done = await sql`
        update fuse.profile_filled as profile
        set version = ${version}, score = coalesce((
          select 100 * sum(weight) filter (where part = any(profile.filled)) / nullif(sum(weight), 0)
          from unnest(${parts}::text[], ${values}::double precision[]) as expected (part, weight)), 0)
        where version < ${version} or version > ${version}`.execute(db);
      return Number(done.numAffectedRows ?? 0);
    },
  };
}

type Comparable = { kind: string; key: string; sources: number; parts: NewThing['parts'] };
const contentOf = (things: readonly Comparable[]): string =>
  JSON.stringify(
    [...things]
      .sort((a, b) => (a.kind + a.key < b.kind + b.key ? -1 : 1))
      .map(({ kind, key, sources, parts }) => [
        ...[kind, key, sources],
        parts.map((one) => [
          ...[one.attribute, one.value, one.raw, one.field],
          ...[one.source, one.run, one.rowKey],
        ]),
      ]),
  );
