import type { AgentAnswer } from '@ronghe/contracts';
import { type ColumnType, sql } from 'kysely';
import type { Audit } from '#platform/audit/audit.ts';
import { withinScope } from '#platform/auth/scope.store.ts';
import type { Scope } from '#platform/auth/scope.ts';
import type { Relational } from '#platform/db/relational.ts';

type Outcome = AgentAnswer['outcome'];
type QuestionTable = {
  id: string;
  collector: string;
  organisation: string;
  kind: string;
  body_sealed: string;
  asked_at: Date;
  taken_at: Date | null;
  outcome: ColumnType<Outcome | null, null, string>;
};
type Tables = {
  'collect.question': QuestionTable;
};

export type Question = { id: string; kind: string; bodySealed: string };

/** Questions on their way to collectors; they live in PostgreSQL so that collector and person may be at different servers. */
export type QuestionStore = ReturnType<typeof createQuestionStore>;

export function createQuestionStore({ relational, audit }: { relational: Relational; audit: Audit }) {
  const database = relational.as<Tables>();
  return {
    /** Keeps a question to a collector that was found through the scope. */
    async add(
      _scope: Scope,
      question: Question & { collector: string; organisation: string; askedAt: Date },
    ): Promise<void> {
      const { id, collector, organisation, kind, bodySealed, askedAt } = question;
      await database
        .insertInto('collect.question')
        .values({
          id,
          collector,
          organisation,
          kind,
          body_sealed: bodySealed,
          asked_at: askedAt,
          taken_at: null,
          outcome: null,
        })
        .execute();
    },

    /** The questions that nobody has taken, each to one taker only. */
    async take(scope: Scope, collector: string, limits: { now: Date; most: number }): Promise<Question[]> {
      const rows = await database
        .updateTable('collect.question')
        .set({ taken_at: limits.now })
        .where('id', 'in', (select) =>
          select
            .selectFrom('collect.question')
            .select('id')
            .where('collector', '=', collector)
            .where('taken_at', 'is', null)
            .where(withinScope(scope, 'organisation'))
            .orderBy('asked_at')
            .limit(limits.most)
            .forUpdate()
            .skipLocked(),
        )
        .returning(['id', 'kind', 'body_sealed'])
        .execute();
      return rows.map((row) => ({ id: row.id, kind: row.kind, bodySealed: row.body_sealed }));
    },

    /** Keeps the answer. Null when nobody waits for it any more, or it is another's. */
    async answer(
      scope: Scope,
      { collector, id, outcome }: { collector: string; id: string; outcome: Outcome },
    ): Promise<{ kind: string } | null> {
      const row = await database
        .updateTable('collect.question')
        .set({ outcome: JSON.stringify(outcome) })
        .where(sql<boolean>`id::text = ${id}`)
        .where('collector', '=', collector)
        .where('taken_at', 'is not', null)
        .where('outcome', 'is', null)
        .where(withinScope(scope, 'organisation'))
        .returning('kind')
        .executeTakeFirst();
      return row ?? null;
    },

    /** Answers that have come, with their ids; the ids are those of this process's own questions. */
    async answeredUnscoped(ids: readonly string[]): Promise<{ id: string; outcome: Outcome }[]> {
      if (ids.length === 0) return [];
      const rows = await database
        .selectFrom('collect.question')
        .where('id', 'in', [...ids])
        .where('outcome', 'is not', null)
        .select(['id', 'outcome'])
        .execute();
      return rows.flatMap(({ id, outcome }) => (outcome === null ? [] : [{ id, outcome }]));
    },

    async remove(scope: Scope, id: string): Promise<void> {
      await database
        .deleteFrom('collect.question')
        .where('id', '=', id)
        .where(withinScope(scope, 'organisation'))
        .execute();
    },

    /** Questions whose asker has gone without a word. */
    async forgetUnscoped(askedBefore: Date): Promise<void> {
      await database.deleteFrom('collect.question').where('asked_at', '<', askedBefore).execute();
    },

    /**
     * Of collectors that wait at this process, told with the version they have seen: those for whom there is something.
     * One query for all of them, whoever they belong to; what there is they get through their own scope.
     */
    async withWorkUnscoped(waiting: readonly { collector: string; version: number }[]): Promise<string[]> {
      if (waiting.length === 0) return [];
      const names = waiting.map(({ collector }) => collector);
      const versions = waiting.map(({ version }) => version);
      const { rows } = await sql<{ collector: string }>`
        select waiting.collector from unnest(${names}::text[], ${versions}::int[]) as waiting (collector, version)
        where exists (select from collect.question question
            where question.collector = waiting.collector and question.taken_at is null)
          or (select max(configuration.version) from collect.configuration configuration
              where configuration.collector = waiting.collector) <> waiting.version
            and not exists (select from collect.ability ability
              where ability.collector = waiting.collector and not ability.managed)`.execute(database);
      return rows.map(({ collector }) => collector);
    },

    /** The trace of a certificate that a person trusted. */
    async recordTrust(
      scope: Scope,
      trust: {
        collector: string;
        organisation: string;
        connection: string;
        fingerprint: string;
        subject: string;
      },
    ): Promise<void> {
      const { collector, organisation, ...after } = trust;
      await audit.record(scope, {
        action: 'collect:certificate:trust',
        target: `collector ${collector}`,
        organisation,
        after,
      });
    },
  };
}
