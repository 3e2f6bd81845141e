import type { CollectorQuery, CollectorReport } from '@ronghe/contracts';
import { type ColumnType, type Selectable, sql } from 'kysely';
import type { Audit } from '#platform/audit/audit.ts';
import { belowPattern, type Scope } from '#platform/auth/scope.ts';
import type { Relational } from '#platform/db/relational.ts';
import { decodeCursor, encodeCursor } from './collectors.ts';

type CollectorTable = {
  id: string;
  name: string;
  title: string;
  organisation: string;
  api_key: string | null;
  last_report: ColumnType<CollectorReport | null, string | null, string | null>;
  last_seen_at: Date | null;
  created_at: Date;
};
type Tables = { 'collect.collector': CollectorTable; 'collect.point': { collector: string | null } };

/** A registered collector as it is kept; the newest report may be younger in memory. */
export type CollectorRow = {
  id: string;
  name: string;
  title: string;
  organisation: string;
  /** null until it has enrolled */
  apiKey: string | null;
  report: CollectorReport | null;
  lastSeenAt: Date | null;
  points: number;
  createdAt: Date;
};
export type NewCollectorRow = Omit<CollectorRow, 'report' | 'lastSeenAt' | 'points'>;

const toRow = (row: Selectable<CollectorTable> & { points: number }): CollectorRow => ({
  id: row.id,
  name: row.name,
  title: row.title,
  organisation: row.organisation,
  apiKey: row.api_key,
  report: row.last_report,
  lastSeenAt: row.last_seen_at,
  points: row.points,
  createdAt: row.created_at,
});

/** Collectors in PostgreSQL; every call but `exists` sees the scope's organisation and what lies below it. */
export type CollectorStore = ReturnType<typeof createCollectorStore>;

export function createCollectorStore({ relational, audit }: { relational: Relational; audit: Audit }) {
  const database = relational.as<Tables>();
  const visible = (scope: Scope) =>
    database
      .selectFrom('collect.collector as collector')
      .where((where) =>
        where.or([
          where('collector.organisation', '=', scope.organisation),
          where('collector.organisation', 'like', belowPattern(scope)),
        ]),
      );
  const pointCount = sql<number>`(
    select count(*)::int from collect.point point where point.collector = collector.name
      and (point.organisation = collector.organisation or point.organisation like collector.organisation || '.%')
  )`.as('points');
  return {
    /** Names are unique over the installation (they are MQTT topics), so this looks beyond the scope. */
    async nameTakenUnscoped(name: string): Promise<boolean> {
      const row = await database
        .selectFrom('collect.collector')
        .where('name', '=', name)
        .select('id')
        .executeTakeFirst();
      return row !== undefined;
    },

    /** False when the name was taken meanwhile; nothing is written then. */
    async add(scope: Scope, row: NewCollectorRow): Promise<boolean> {
      return database.transaction().execute(async (transaction) => {
        const inserted = await transaction
          .insertInto('collect.collector')
          .values({
            id: row.id,
            name: row.name,
            title: row.title,
            organisation: row.organisation,
            api_key: row.apiKey,
            last_report: null,
            last_seen_at: null,
            created_at: row.createdAt,
          })
          .onConflict((conflict) => conflict.column('name').doNothing())
          .returning('id')
          .executeTakeFirst();
        if (!inserted) return false;
        const after = { name: row.name, title: row.title, organisation: row.organisation };
        const change = { target: `collector ${row.name}`, organisation: row.organisation, after };
        await audit.record(scope, { action: 'collect:collector:create', ...change }, transaction);
        return true;
      });
    },

    async get(scope: Scope, name: string): Promise<CollectorRow | null> {
      const row = await visible(scope)
        .where('collector.name', '=', name)
        .selectAll('collector')
        .select(pointCount)
        .executeTakeFirst();
      return row ? toRow(row) : null;
    },

    /** Name of the collector that was given this key when it was registered. */
    async nameOfKey(scope: Scope, apiKey: string): Promise<string | null> {
      const row = await visible(scope)
        .where(sql<boolean>`collector.api_key::text = ${apiKey}`)
        .select('collector.name')
        .executeTakeFirst();
      return row?.name ?? null;
    },

    async list(
      scope: Scope,
      query: CollectorQuery,
    ): Promise<{ items: CollectorRow[]; next: string | null; total: number }> {
      let matching = visible(scope);
      if (query.organisation !== undefined) {
        const { organisation } = query;
        matching = matching.where((where) =>
          where.or([
            where('collector.organisation', '=', organisation),
            where('collector.organisation', 'like', belowPattern({ ...scope, organisation })),
          ]),
        );
      }
      if (query.search) {
        const pattern = `%${query.search.replace(/[\\%_]/g, '\\$&')}%`;
        matching = matching.where((where) =>
          where.or([where('collector.name', 'ilike', pattern), where('collector.title', 'ilike', pattern)]),
        );
      }
      const [rows, { count }] = await Promise.all([
        matching
          .where(sql<boolean>`collector.name collate "C" > ${decodeCursor(query.cursor)}`)
          .selectAll('collector')
          .select(pointCount)
          .orderBy(sql`collector.name collate "C"`)
          .limit(query.limit + 1)
          .execute(),
        matching.select(sql<number>`count(*)::int`.as('count')).executeTakeFirstOrThrow(),
      ]);
      const items = rows.slice(0, query.limit).map(toRow);
      const last = items.at(-1);
      return {
        items,
        next: rows.length > query.limit && last ? encodeCursor(last.name) : null,
        total: count,
      };
    },

    async saveReport(scope: Scope, name: string, report: CollectorReport, at: Date): Promise<void> {
      await database
        .updateTable('collect.collector')
        .set({ last_report: JSON.stringify(report), last_seen_at: at })
        .where('name', '=', name)
        .where((where) =>
          where.or([
            where('organisation', '=', scope.organisation),
            where('organisation', 'like', belowPattern(scope)),
          ]),
        )
        .execute();
    },
  };
}
