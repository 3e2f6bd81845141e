import type { RelationKind, RelationRule } from '@ronghe/contracts';
import { type Kysely, sql } from 'kysely';
import { withinScope } from '#platform/auth/scope.store.ts';
import type { Scope } from '#platform/auth/scope.ts';
import { AppError } from '#platform/errors/errors.ts';
import type { FuseTables } from '../fuse.tables.ts';
import type { StoredEvidence } from './claims.ts';

export type SeenEnterprise = {
  id: string;
  number: number;
  name: string;
  city: string | null;
  division: string | null;
  key_industry: string | null;
  size: string | null;
};
export type SeenRelation = {
  kind: RelationKind;
  subject: number | null;
  object: number | null;
  /** as the record of the other end writes it */
  subjectName: string;
  objectName: string;
  share: number | null;
  rule: RelationRule;
  evidence: StoredEvidence[];
  since: Date;
};
type Asked = { numbers: readonly number[]; limit: number };

const anyNumber = (numbers: readonly number[]) => sql<number>`any(${[...numbers]}::bigint[])`;

/**
 * Relations as a caller may see them. Who is outside the scope looks as if it were not in the database: by the name that a record
 * inside writes, without an id; what rests on a record outside is not seen at all.
 */
export function createRelationStore(db: Kysely<FuseTables>) {
  return {
    /** Those that touch one of these enterprises of the scope, dependencies before hints. */
    async around(scope: Scope, { numbers, limit }: Asked): Promise<SeenRelation[]> {
      if (numbers.length === 0) return [];
      const inside = (column: string) =>
        sql<boolean>`coalesce(${withinScope(scope, `${column}.organisation`)} and ${sql.ref(`${column}.state`)} = 'active', false)`;
      const rows = await db
        .selectFrom('fuse.relation as relation')
        .leftJoin('fuse.enterprise as subject', 'subject.number', 'relation.subject')
        .leftJoin('fuse.enterprise as object', 'object.number', 'relation.object')
        .where((where) =>
          where.or([
            where('relation.subject', '=', anyNumber(numbers)),
            where('relation.object', '=', anyNumber(numbers)),
          ]),
        )
        .where(
          sql<boolean>`case when relation.claimant is null then ${inside('subject')} and ${inside('object')}
            when relation.claimant = relation.subject then ${inside('subject')} else ${inside('object')} end`,
        )
        .selectAll('relation')
        .select([inside('subject').as('subject_inside'), inside('object').as('object_inside')])
        .orderBy(sql`relation.kind in ('same_address', 'same_phone', 'same_legal_person')`)
        .orderBy('relation.number')
        .limit(limit)
        .execute();
      return rows.map((row) => ({
        ...{ kind: row.kind, share: row.share, rule: row.rule, evidence: row.evidence, since: row.since },
        ...{ subject: row.subject_inside ? row.subject : null, subjectName: row.subject_name },
        ...{ object: row.object_inside ? row.object : null, objectName: row.object_name },
      }));
    },

    /** Active enterprises of the scope by their numbers. */
    async enterprises(scope: Scope, numbers: readonly number[]): Promise<Map<number, SeenEnterprise>> {
      if (numbers.length === 0) return new Map();
      const rows = await db
        .selectFrom('fuse.enterprise')
        .select(['id', 'number', 'name', 'city', 'division', 'key_industry', 'size'])
        .where('number', '=', anyNumber(numbers))
        .where(withinScope(scope, 'organisation'))
        .execute();
      return new Map(rows.map((row) => [row.number, row]));
    },

    /** One enterprise of the scope by any id it has or had. */
    async find(scope: Scope, id: string): Promise<(SeenEnterprise & { organisation: string }) | null> {
      const row = await db
        .selectFrom('fuse.enterprise')
        .select(['id', 'number', 'name', 'city', 'division', 'key_industry', 'size', 'organisation'])
        .where(withinScope(scope, 'organisation'))
        .where(
          sql<boolean>`id = coalesce((select enterprise from fuse.enterprise_alias alias where alias.id = ${id}), ${id}::uuid)`,
        )
        .executeTakeFirst();
      return row ?? null;
    },
  };
}
export type RelationStore = ReturnType<typeof createRelationStore>;

export type FoundEnterprise = NonNullable<Awaited<ReturnType<RelationStore['find']>>>;
/** The enterprise of the scope that has or had this id. @throws NOT_FOUND */
export async function findEnterprise(
  store: RelationStore,
  scope: Scope,
  id: string,
): Promise<FoundEnterprise> {
  const row = await store.find(scope, id);
  if (!row) throw new AppError('NOT_FOUND', { thing: `enterprise ${id}` });
  return row;
}
