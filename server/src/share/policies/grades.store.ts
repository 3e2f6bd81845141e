import type { GradePatch } from '@ronghe/contracts';
import type { Kysely } from 'kysely';
import type { Scope } from '#platform/auth/scope.ts';
import type { ShareTables } from '../share.tables.ts';

/** Grades that people have set. Pass a transaction to take part in it. */
export function createGradeStore(db: Kysely<ShareTables>) {
  return {
    /** Replaces what was set for these columns. */
    async put(
      scope: Scope,
      dataset: string,
      { patches, at }: { patches: readonly GradePatch[]; at: Date },
    ): Promise<void> {
      for (const { column, ...set } of patches) {
        const row = { ...set, made_by: scope.actor.name, made_at: at };
        await db
          .insertInto('share.grade')
          .values({ dataset, column_name: column, ...row })
          .onConflict((conflict) => conflict.columns(['dataset', 'column_name']).doUpdateSet(row))
          .execute();
      }
    },
  };
}
