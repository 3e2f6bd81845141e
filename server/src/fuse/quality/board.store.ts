import type { QualityBoard } from '@ronghe/contracts';
import { type Kysely, sql } from 'kysely';
import { withinScope } from '#platform/auth/scope.store.ts';
import type { Scope } from '#platform/auth/scope.ts';
import type { FuseTables } from '../fuse.tables.ts';
import { toScores } from './results.store.ts';

const SOURCES_MAX = 1_000;
/** Records of one enterprise that are looked at. */
const LINKS_MAX = 500;

export type LinkedRecords = { source: string; sourceName: string; keys: string[] };

/** How sources and enterprises inside the scope stand. */
export function createBoardStore(db: Kysely<FuseTables>) {
  return {
    /** One line a source, the newest published audit and the one before it. */
    async board(scope: Scope): Promise<QualityBoard['items']> {
      const sources = await db
        .selectFrom('fuse.source')
        .where(withinScope(scope, 'organisation'))
        .where('deleted_at', 'is', null)
        .select(['id', 'name', 'owner', 'organisation'])
        .orderBy('name')
        .orderBy('id')
        .limit(SOURCES_MAX)
        .execute();
      const ids = sources.map(({ id }) => id);
      if (ids.length === 0) return [];
      const ofThese = sql<string>`any(${ids}::uuid[])`;
      const [scores, issues, runs] = await Promise.all([
        db
          .selectFrom('fuse.source as source')
          .innerJoinLateral(
            (lateral) =>
              lateral
                .selectFrom('fuse.quality_score as score')
                .innerJoin('fuse.run as run', 'run.id', 'score.run')
                .whereRef('score.source', '=', 'source.id')
                .where('run.published_at', 'is not', null)
                .select(['score.at', 'score.total', 'score.dimensions', 'score.number'])
                .orderBy('score.number', 'desc')
                .limit(2)
                .as('newest'),
            (join) => join.onTrue(),
          )
          .where('source.id', '=', ofThese)
          .select(['source.id', 'newest.at', 'newest.total', 'newest.dimensions', 'newest.number'])
          .orderBy('newest.number', 'desc')
          .execute(),
        db
          .selectFrom('fuse.issue')
          .where('source', '=', ofThese)
          .where('state', 'in', ['open', 'sent', 'answered'])
          .groupBy('source')
          .select(({ fn }) => ['source', fn.countAll<number>().as('open')])
          .execute(),
        db
          .selectFrom('fuse.run')
          .where('source', '=', ofThese)
          .distinctOn('source')
          .orderBy('source')
          .orderBy('number', 'desc')
          .select(['source', 'state', sql<number>`jsonb_array_length(drift)`.as('drift')])
          .execute(),
      ]);
      const open = new Map(issues.map((row) => [row.source, Number(row.open)]));
      const last = new Map(runs.map((row) => [row.source, row]));
      return sources.map((source) => {
        const [newest, before] = scores.filter(({ id }) => id === source.id);
        return {
          source: source.id,
          sourceName: source.name,
          owner: source.owner,
          organisation: source.organisation,
          at: newest?.at.toISOString() ?? null,
          scores: newest ? toScores(newest) : { total: null, dimensions: {} },
          before: before ? toScores(before) : null,
          openIssues: open.get(source.id) ?? 0,
          held: last.get(source.id)?.state === 'held',
          drift: Number(last.get(source.id)?.drift ?? 0),
        };
      });
    },

    /**
     * Records of an enterprise (also by an id it had before) in sources inside the scope; null when the enterprise itself
     * lies outside.
     */
    async recordsOf(scope: Scope, enterprise: string): Promise<LinkedRecords[] | null> {
      const alias = await db
        .selectFrom('fuse.enterprise_alias')
        .select('enterprise')
        .where('id', '=', enterprise)
        .executeTakeFirst();
      const id = alias?.enterprise ?? enterprise;
      const found = await db
        .selectFrom('fuse.enterprise')
        .select('id')
        .where('id', '=', id)
        .where(withinScope(scope, 'organisation'))
        .executeTakeFirst();
      if (!found) return null;
      const links = await db
        .selectFrom('fuse.link as link')
        .innerJoin('fuse.source as source', 'source.id', 'link.source')
        .where(withinScope(scope, 'source.organisation'))
        .where('source.deleted_at', 'is', null)
        .where('link.enterprise', '=', id)
        .where('link.gone', '=', false)
        .select(['link.source', 'link.entity_key', 'source.name'])
        .orderBy('source.name')
        .orderBy('link.entity_key')
        .limit(LINKS_MAX)
        .execute();
      const bySource = new Map<string, LinkedRecords>();
      for (const { source, entity_key, name } of links) {
        const records = bySource.get(source) ?? { source, sourceName: name, keys: [] };
        records.keys.push(entity_key);
        bySource.set(source, records);
      }
      return [...bySource.values()];
    },
  };
}
