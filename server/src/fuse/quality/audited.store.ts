import type { FieldMapping, RunOrigin } from '@ronghe/contracts';
import type { Kysely } from 'kysely';
import { withinScope } from '#platform/auth/scope.store.ts';
import type { Scope } from '#platform/auth/scope.ts';
import type { FuseTables } from '../fuse.tables.ts';
import { unitlessOf } from '../mapping/unitless.ts';
import type { SourceShape } from './rules.ts';
import type { RunFacts } from './scores.ts';

const READS_MAX = 100;

/** A source as its newest mapping shapes it. `names`: field of the source by target. */
export type AuditedSource = SourceShape & {
  id: string;
  key: string;
  organisation: string;
  names: ReadonlyMap<string, string>;
};
export type AuditedRun = Pick<RunFacts, 'mode' | 'startedAt' | 'rowsBefore' | 'reads'> & {
  run: string;
  from: RunOrigin;
  number: number;
  source: string;
};

/** Sources and runs inside the scope, as an audit needs them. */
export function createAuditedStore(db: Kysely<FuseTables>) {
  const sources = (scope: Scope) =>
    db
      .selectFrom('fuse.source as source')
      .where(withinScope(scope, 'source.organisation'))
      .where('source.deleted_at', 'is', null)
      .leftJoin('fuse.mapping as mapping', (join) =>
        join.onRef('mapping.source', '=', 'source.id').onRef('mapping.version', '=', 'source.mapping'),
      )
      .select(['source.id', 'source.key', 'source.organisation', 'mapping.period_field', 'mapping.mappings']);
  const toSource = (row: {
    id: string;
    key: string;
    organisation: string;
    period_field: string | null;
    mappings: FieldMapping[] | null;
  }) => ({
    id: row.id,
    key: row.key,
    organisation: row.organisation,
    monthly: row.period_field !== null,
    targets: [...new Set((row.mappings ?? []).map(({ to }) => to))],
    unitless: unitlessOf(row.mappings ?? []),
    /** field of the source by target */
    names: new Map((row.mappings ?? []).map(({ to, from }) => [to, from])),
  });
  return {
    async source(scope: Scope, id: string) {
      const row = await sources(scope).where('source.id', '=', id).executeTakeFirst();
      return row ? toSource(row) : null;
    },

    async sourceByKey(scope: Scope, key: string) {
      const row = await sources(scope).where('source.key', '=', key).executeTakeFirst();
      return row ? toSource(row) : null;
    },

    /** Numbers of the runs that readers see, below a number where one is given. */
    async published(scope: Scope, source: string, below?: number): Promise<number[]> {
      const rows = await db
        .selectFrom('fuse.run as run')
        .innerJoin('fuse.source as source', 'source.id', 'run.source')
        .where(withinScope(scope, 'source.organisation'))
        .where('run.source', '=', source)
        .where('run.published_at', 'is not', null)
        .$if(below !== undefined, (query) => query.where('run.number', '<', below ?? 0))
        .select('run.number')
        .orderBy('run.number')
        .execute();
      return rows.map(({ number }) => number);
    },

    /** The run with what there was before it; null outside the scope. */
    async run(scope: Scope, id: string): Promise<(AuditedRun & { source: string }) | null> {
      const run = await db
        .selectFrom('fuse.run as run')
        .innerJoin('fuse.source as source', 'source.id', 'run.source')
        .where(withinScope(scope, 'source.organisation'))
        .where('run.id', '=', id)
        .select(['run.id', 'run.number', 'run.source', 'run.mode', 'run.origin', 'run.started_at'])
        .executeTakeFirst();
      if (!run) return null;
      const earlier = db
        .selectFrom('fuse.run')
        .where('source', '=', run.source)
        .where('number', '<', run.number);
      const [last, reads] = await Promise.all([
        earlier
          .where('published_at', 'is not', null)
          .where('mode', '=', 'full')
          .orderBy('number', 'desc')
          .select('rows_landed')
          .executeTakeFirst(),
        earlier
          .where('state', 'in', ['succeeded', 'held', 'discarded', 'failed'])
          .orderBy('number', 'desc')
          .limit(READS_MAX)
          .select(['state', 'stage'])
          .execute(),
      ]);
      return {
        run: run.id,
        from: run.origin,
        number: run.number,
        source: run.source,
        mode: run.mode === 'incremental' ? 'incremental' : 'full',
        startedAt: run.started_at,
        rowsBefore: last?.rows_landed ?? null,
        // the run at hand has read its source, or it would not be audited
        reads: [true, ...reads.map(({ state, stage }) => !(state === 'failed' && stage === 'deliver'))],
      };
    },
  };
}

/** True when everybody who sees a source of one organisation also sees one of the other: the other is it or lies below. */
export const mayTell = (organisation: string, other: string): boolean =>
  other === organisation || other.startsWith(`${organisation}.`);
