import type { QualityRule } from '@ronghe/contracts';
import { type Kysely, type Selectable, sql } from 'kysely';
import { withinScope } from '#platform/auth/scope.store.ts';
import type { Scope } from '#platform/auth/scope.ts';
import type { FuseTables } from '../fuse.tables.ts';

/** Most rules that are listed or asked of one source. */
export const RULES_MAX = 1_000;

export type NewRuleVersion = Omit<QualityRule, 'madeAt'> & { at: Date; deleted?: boolean };

/**
 * Quality rules in versions that are only ever added. Rules of every source belong to the installation and are seen by
 * all; rules of one source by those who see that source.
 */
export function createRuleStore(db: Kysely<FuseTables>) {
  const newest = (scope: Scope) =>
    db
      .selectFrom('fuse.quality_rule as rule')
      .leftJoin('fuse.source as source', 'source.id', 'rule.source')
      .where('rule.newest', '=', true)
      .where('rule.deleted', '=', false)
      .where((where) =>
        where.or([where('rule.source', 'is', null), withinScope(scope, 'source.organisation')]),
      )
      .selectAll('rule');
  return {
    /** In the order of their keys; those that hold for one source when one is named. */
    async list(scope: Scope, source?: string): Promise<QualityRule[]> {
      let query = newest(scope);
      if (source !== undefined)
        query = query.where((where) =>
          where.or([where('rule.source', 'is', null), where('rule.source', '=', source)]),
        );
      const rows = await query.orderBy('rule.key').orderBy('rule.id').limit(RULES_MAX).execute();
      return rows.map(toRule);
    },

    async find(scope: Scope, id: string): Promise<QualityRule | null> {
      const row = await newest(scope).where('rule.id', '=', id).executeTakeFirst();
      return row ? toRule(row) : null;
    },

    /** Versions by `id version`, for results that name them. */
    async versions(
      _scope: Scope,
      wanted: readonly { rule: string; version: number }[],
    ): Promise<Map<string, QualityRule>> {
      if (wanted.length === 0) return new Map();
      const rows = await db
        .selectFrom('fuse.quality_rule')
        .selectAll()
        .where('id', '=', sql<string>`any(${[...new Set(wanted.map(({ rule }) => rule))]}::uuid[])`)
        .execute();
      return new Map(rows.map((row) => [`${row.id} ${row.version}`, toRule(row)]));
    },

    /** Adds a version and ends the one before it. False when its key or that version was taken; nothing is written then. */
    async add(_scope: Scope, { at, ...rule }: NewRuleVersion): Promise<boolean> {
      const before = await db
        .updateTable('fuse.quality_rule')
        .set({ newest: false })
        .where('id', '=', rule.id)
        .where('version', '=', rule.version - 1)
        .where('newest', '=', true)
        .executeTakeFirst();
      if (rule.version > 1 && before.numUpdatedRows !== 1n) return false;
      const row = await db
        .insertInto('fuse.quality_rule')
        .values({
          id: rule.id,
          version: rule.version,
          newest: true,
          key: rule.key,
          source: rule.source,
          name: JSON.stringify(rule.name),
          remedy: JSON.stringify(rule.remedy),
          dimension: rule.dimension,
          severity: rule.severity,
          tolerance: rule.tolerance,
          weight: rule.weight,
          check_of: JSON.stringify(rule.check),
          active: rule.active,
          shipped: rule.shipped,
          deleted: rule.deleted ?? false,
          made_by: rule.madeBy,
          made_at: at,
        })
        .onConflict((conflict) => conflict.doNothing())
        .returning('id')
        .executeTakeFirst();
      return row !== undefined;
    },
  };
}
export type RuleStore = ReturnType<typeof createRuleStore>;

const toRule = (row: Selectable<FuseTables['fuse.quality_rule']>): QualityRule => ({
  id: row.id,
  version: row.version,
  key: row.key,
  source: row.source,
  name: row.name,
  remedy: row.remedy,
  dimension: row.dimension,
  severity: row.severity,
  tolerance: row.tolerance,
  weight: row.weight,
  check: row.check_of,
  active: row.active,
  shipped: row.shipped,
  madeBy: row.made_by,
  madeAt: row.made_at.toISOString(),
});
