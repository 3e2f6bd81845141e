import type { ErrorCode, Locale, Page, Reject, RejectQuery } from '@ronghe/contracts';
import { type Generated, type Kysely, type Selectable, sql, type Transaction } from 'kysely';
import { belowPattern, type Scope } from '#platform/auth/scope.ts';
import type { Relational } from '#platform/db/relational.ts';
import { decodeCursor, encodeCursor, type RejectDraft, type RejectValues, reasonOf } from './rejects.ts';

type RejectTable = {
  sequence: Generated<number>;
  id: string;
  request: string;
  organisation: string;
  received_at: Date;
  door: Reject['door'];
  source: string | null;
  point: string | null;
  code: ErrorCode;
  part: string;
  details: RejectValues;
  sample: string;
  count: number;
};
export type RejectTables = { 'ingest.reject': RejectTable };

const toReject = (row: Selectable<RejectTable>, locale: Locale): Reject => ({
  id: row.id,
  organisation: row.organisation,
  receivedAt: row.received_at.toISOString(),
  door: row.door,
  source: row.source,
  point: row.point,
  code: row.code,
  reason: reasonOf(row.code, row.details, locale),
  sample: row.sample,
  count: row.count,
});

/** Keeps drafts inside the caller's transaction; the same fault of the same request sent again is kept once. */
export async function insertRejects<Tables extends RejectTables>(
  transaction: Transaction<Tables>,
  drafts: readonly RejectDraft[],
  now: Date,
): Promise<void> {
  if (drafts.length === 0) return;
  const clean = (text: string | null) => text?.replaceAll('\0', '\uFFFD') ?? null;
  const column = (read: (draft: RejectDraft) => string | number | null) => drafts.map(read);
  await sql`
    insert into ingest.reject
      (id, request, organisation, received_at, door, source, point, code, part, details, sample, count)
    select told.id, told.request, told.organisation, ${now}, told.door, told.source, told.point, told.code,
      told.part, told.details::jsonb, told.sample, told.count
    from unnest(${column(({ id }) => id)}::uuid[], ${column(({ request }) => request)}::text[],
      ${column(({ organisation }) => organisation)}::text[], ${column(({ door }) => door)}::text[],
      ${column(({ source }) => clean(source))}::text[], ${column(({ point }) => clean(point))}::text[],
      ${column(({ code }) => code)}::text[], ${column(({ part }) => clean(part))}::text[],
      ${column(({ values }) => JSON.stringify(values).replaceAll('\\u0000', '\\ufffd'))}::text[], ${column(({ sample }) => clean(sample))}::text[],
      ${column(({ count }) => count)}::int[])
      as told (id, request, organisation, door, source, point, code, part, details, sample, count)
    on conflict (request, code, part) do nothing`.execute(transaction);
}

/** What could not be stored, in PostgreSQL. */
export type RejectStore = ReturnType<typeof createRejectStore>;

export function createRejectStore({ relational }: { relational: Relational }) {
  const database: Kysely<RejectTables> = relational.as<RejectTables>();
  const visible = (scope: Scope) =>
    database
      .selectFrom('ingest.reject')
      .where((where) =>
        where.or([
          where('organisation', '=', scope.organisation),
          where('organisation', 'like', belowPattern(scope)),
        ]),
      );
  return {
    /** Newest first. */
    async list(scope: Scope, query: RejectQuery): Promise<Page<Reject>> {
      let matching = visible(scope);
      if (query.code !== undefined) matching = matching.where('code', '=', query.code);
      if (query.search) {
        const pattern = `%${query.search.replace(/[\\%_]/g, '\\$&')}%`;
        matching = matching.where((where) =>
          where.or([
            where('point', 'ilike', pattern),
            where('source', 'ilike', pattern),
            where(sql`details::text`, 'ilike', pattern),
            where('sample', 'ilike', pattern),
          ]),
        );
      }
      const before = decodeCursor(query.cursor);
      const page = before === null ? matching : matching.where('sequence', '<', before);
      const [rows, { count }] = await Promise.all([
        page
          .selectAll()
          .orderBy('sequence', 'desc')
          .limit(query.limit + 1)
          .execute(),
        matching.select(sql<number>`count(*)::int`.as('count')).executeTakeFirstOrThrow(),
      ]);
      const items = rows.slice(0, query.limit);
      const last = items.at(-1);
      return {
        items: items.map((row) => toReject(row, scope.locale)),
        next: rows.length > query.limit && last ? encodeCursor(Number(last.sequence)) : null,
        total: count,
      };
    },

    /** Keeps the newest rows of the whole installation, whoever they belong to, and says how many went. */
    async pruneUnscoped(rowsMax: number): Promise<number> {
      const result = await sql`
        delete from ingest.reject where sequence <= (
          select sequence from ingest.reject order by sequence desc offset ${rowsMax} limit 1)`.execute(
        database,
      );
      return Number(result.numAffectedRows ?? 0);
    },
  };
}
