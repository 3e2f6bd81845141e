import type { AccessRequestQuery, AccessRequestState, NewPolicy, Page } from '@ronghe/contracts';
import { type Kysely, type RawBuilder, type Selectable, sql } from 'kysely';
import { withinScope } from '#platform/auth/scope.store.ts';
import { demandCovers, type Scope } from '#platform/auth/scope.ts';
import { decodeCursor, encodeCursor, invalidCursor } from '#platform/paging/cursor.ts';
import type { ShareTables } from '../share.tables.ts';
import type { KeptRequest } from './requests.ts';

type Decision = {
  state: Exclude<AccessRequestState, 'open'>;
  at: Date;
  by: string | null;
  answer: string;
  policy: string | null;
};

/** Requests for access. Those who asked find their own, owners those for data of their scope. Pass a transaction to take part in it. */
export function createRequestStore(db: Kysely<ShareTables>) {
  const matching = (where: RawBuilder<boolean>) =>
    db
      .selectFrom('share.access_request as request')
      .leftJoin('share.policy as policy', (join) =>
        join.onRef('policy.id', '=', 'request.policy').on('policy.newest', '=', true),
      )
      .where(where)
      .selectAll('request')
      .select(['policy.state as policy_state', 'policy.content as policy_content']);
  const ofActor = ({ actor }: Scope) =>
    sql<boolean>`(request.actor_kind = ${actor.kind} and request.actor = ${actor.id})`;
  const overData = (scope: Scope) => withinScope(scope, 'request.organisation');

  async function page(
    where: RawBuilder<boolean>,
    { cursor, limit, dataset, state }: AccessRequestQuery,
  ): Promise<Page<KeptRequest>> {
    const after = cursor === undefined ? null : placeOf(cursor);
    const asked = sql<boolean>`(${where}
      and (${dataset ?? null}::text is null or request.dataset = ${dataset ?? null})
      and (${state ?? null}::text is null or request.state = ${state ?? null}))`;
    const { total } = await db
      .selectFrom('share.access_request as request')
      .where(asked)
      .select(({ fn }) => fn.countAll<number>().as('total'))
      .executeTakeFirstOrThrow();
    let query = matching(asked);
    if (after !== null)
      query = query.where(
        sql<boolean>`(request.made_at, request.id) < (${after.madeAt}::timestamptz, ${after.id}::uuid)`,
      );
    const rows = await query
      .orderBy('request.made_at', 'desc')
      .orderBy('request.id', 'desc')
      .limit(limit + 1)
      .execute();
    const items = rows.slice(0, limit).map(toRequest);
    const last = items.at(-1);
    return {
      items,
      next: rows.length > limit && last ? encodeCursor([last.madeAt.toISOString(), last.id]) : null,
      total: Number(total),
    };
  }

  return {
    /** One's own, the newest first. */
    mine: (scope: Scope, query: AccessRequestQuery) => page(ofActor(scope), query),
    /** For data of the scope's organisation and below, the newest first. */
    ofData: (scope: Scope, query: AccessRequestQuery) => page(overData(scope), query),

    /** null when there is none or somebody else made it */
    async findMine(scope: Scope, id: string): Promise<KeptRequest | null> {
      const row = await matching(ofActor(scope)).where('request.id', '=', id).executeTakeFirst();
      return row ? toRequest(row) : null;
    },

    /** null when there is none or it asks for data outside the scope */
    async findOfData(scope: Scope, id: string): Promise<KeptRequest | null> {
      const row = await matching(overData(scope)).where('request.id', '=', id).executeTakeFirst();
      return row ? toRequest(row) : null;
    },

    /** How many of the asker are open, and were made since a moment; others of the same asker wait until the transaction ends. */
    async count(scope: Scope, since: Date): Promise<{ open: number; recent: number }> {
      const asker = `share.access_request ${scope.actor.kind}:${scope.actor.id}`;
      await sql`select pg_advisory_xact_lock(hashtextextended(${asker}, 0))`.execute(db);
      const row = await db
        .selectFrom('share.access_request')
        .where('actor_kind', '=', kindOf(scope))
        .where('actor', '=', scope.actor.id)
        .select(({ fn }) => [
          fn.countAll<number>().filterWhere('state', '=', 'open').as('open'),
          fn.countAll<number>().filterWhere('made_at', '>', since).as('recent'),
        ])
        .executeTakeFirstOrThrow();
      return { open: Number(row.open), recent: Number(row.recent) };
    },

    async add(scope: Scope, { by, content, sees, subject, ...request }: KeptRequest): Promise<void> {
      await db
        .insertInto('share.access_request')
        .values({
          ...{ id: request.id, state: request.state, dataset: request.dataset },
          organisation: request.organisation,
          ...{ actor_kind: kindOf(scope), actor: scope.actor.id, actor_name: by.name },
          ...{ actor_organisation: by.organisation, actor_organisation_name: by.organisationName },
          ...{ sees_kind: sees.kind, sees: sees.id },
          subject: JSON.stringify(subject),
          content: JSON.stringify(content),
          made_at: request.madeAt,
          ...{ answer: '', decided_at: null, decided_by: null, policy: null },
        })
        .execute();
    },

    /** Ends an open request; false when it is not open any more. */
    async decide(scope: Scope, request: KeptRequest, { state, at, by, answer, policy }: Decision) {
      if (state !== 'withdrawn') demandCovers(scope, request.organisation, `request ${request.id}`);
      const changed = await db
        .updateTable('share.access_request')
        .set({ state, decided_at: at, decided_by: by, answer, policy })
        .where('id', '=', request.id)
        .where('state', '=', 'open')
        .executeTakeFirst();
      return Number(changed.numUpdatedRows) === 1;
    },
  };
}

/** Only people and keys ask; a service has seen to it. */
const kindOf = ({ actor }: Scope): 'user' | 'key' => (actor.kind === 'key' ? 'key' : 'user');

type Row = Selectable<ShareTables['share.access_request']> & {
  policy_state: 'active' | 'revoked' | null;
  policy_content: NewPolicy | null;
};

const toRequest = (row: Row): KeptRequest => ({
  ...{ id: row.id, state: row.state, dataset: row.dataset, organisation: row.organisation },
  by: {
    ...{ kind: row.actor_kind, id: row.actor, name: row.actor_name },
    ...{ organisation: row.actor_organisation, organisationName: row.actor_organisation_name },
  },
  subject: row.subject,
  sees: { kind: row.sees_kind, id: row.sees },
  content: row.content,
  madeAt: row.made_at,
  ...{ answer: row.answer, decidedAt: row.decided_at, decidedBy: row.decided_by },
  policy:
    row.policy !== null && row.policy_state !== null
      ? { id: row.policy, state: row.policy_state, until: row.policy_content?.until ?? null }
      : null,
});

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
function placeOf(cursor: string): { madeAt: string; id: string } {
  const [madeAt = '', id = ''] = decodeCursor(cursor, 2);
  if (!UUID.test(id) || Number.isNaN(Date.parse(madeAt))) throw invalidCursor();
  return { madeAt, id };
}
