import type { AlertRule, Point } from '@ronghe/contracts';
import { type Kysely, sql } from 'kysely';
import { runAlone } from '#platform/db/alone.ts';
import type { Relational } from '#platform/db/relational.ts';
import type { ApplyTables } from '../apply.tables.ts';
import { createUnscopedOutboxStore, isMuted } from '../notices/outbox.store.ts';
import type { Standing } from './evaluating.ts';

/** How far the evaluation is: everything stored before this second was looked at, by rules of this number. */
export type Progress = { cursorS: number | null; rules: number };
/** One rule at one point, as it is kept: times in milliseconds. */
export type KeptWatch = {
  rule: string;
  point: number;
  standing: Pick<Standing, 'isOpen' | 'sinceMs' | 'endedMs' | 'value'>;
  alert: string | null;
};
export type Opened = {
  id: string;
  rule: AlertRule;
  point: Point;
  sinceMs: number;
  atMs: number;
  value: number | null;
};
export type Moved = { id: string; kind: 'returned' | 'ended'; atMs: number; value: number | null };
/** What one step found; the moves of an alert in the order of time. */
export type Step = { watches: KeptWatch[]; opened: Opened[]; moved: Moved[] };

/** Held by the one process that evaluates; the number means "alerts" in ASCII. */
const LOCK = 0x616c_6572_7473;
const ROWS_AT_ONCE = 1_000;

/** How far the evaluation is and how every point stands: work of the platform for all organisations. */
export type EvaluationStore = ReturnType<typeof createUnscopedEvaluationStore>;

export function createUnscopedEvaluationStore(relational: Relational, newId: () => string) {
  const database = relational.as<ApplyTables>();
  return {
    /** Runs the work while no other process evaluates. @returns false when another one is at it */
    alone: (work: () => Promise<void>) => runAlone(database, LOCK, work),

    async progress(): Promise<Progress> {
      const row = await database.selectFrom('apply.evaluation').selectAll().executeTakeFirstOrThrow();
      return { cursorS: row.cursor_s === null ? null : Number(row.cursor_s), rules: Number(row.rules) };
    },

    async watches(): Promise<KeptWatch[]> {
      const rows = await database.selectFrom('apply.watch').selectAll().execute();
      return rows.map((row) => ({
        rule: row.rule,
        point: row.point,
        standing: {
          isOpen: row.is_open,
          sinceMs: row.since?.getTime() ?? null,
          endedMs: row.ended_at?.getTime() ?? null,
          value: row.value,
        },
        alert: row.alert,
      }));
    },

    /**
     * Writes what a step found and how far it came, whole or not at all.
     * @returns false when rules or progress are not what the step went by: then it counts for nothing
     */
    async commit(before: Progress, toS: number, step: Step, toldAt: Date): Promise<boolean> {
      return database.transaction().execute(async (transaction) => {
        const now = await transaction
          .selectFrom('apply.evaluation')
          .selectAll()
          .forUpdate()
          .executeTakeFirstOrThrow();
        const cursorS = now.cursor_s === null ? null : Number(now.cursor_s);
        if (Number(now.rules) !== before.rules || cursorS !== before.cursorS) return false;
        const outcomes = outcomesOf(step.moved);
        // What began and ended in one step was never open: a point may have been in trouble several times meanwhile.
        const outbox = createUnscopedOutboxStore(transaction, newId);
        const windows = step.opened.length > 0 ? await outbox.windows(toldAt) : [];
        const alerts = step.opened.map((opened) => ({
          ...opened,
          outcome: outcomes.get(opened.id) ?? null,
          muted: isMuted(windows, opened.point),
        }));
        for (const { id } of alerts) outcomes.delete(id);
        for (const part of partsOf(alerts)) await insertOpened(transaction, part, toldAt);
        for (const part of partsOf([...outcomes.values()])) await moveAlerts(transaction, part);
        for (const part of partsOf(step.moved)) await insertMoves(transaction, part);
        for (const part of partsOf(step.watches)) await putWatches(transaction, part);
        await outbox.fired(
          alerts.filter(({ muted }) => !muted),
          toldAt,
        );
        const over = [...outcomes.values()].filter(({ kind }) => kind === 'ended');
        for (const part of partsOf(over))
          await outbox.ended(
            part.map(({ id }) => id),
            toldAt,
          );
        await transaction.updateTable('apply.evaluation').set({ cursor_s: toS }).execute();
        return true;
      });
    },
  };
}

function* partsOf<Row>(rows: readonly Row[]): Generator<Row[]> {
  for (let at = 0; at < rows.length; at += ROWS_AT_ONCE) yield rows.slice(at, at + ROWS_AT_ONCE);
}

async function insertOpened(
  db: Kysely<ApplyTables>,
  opened: readonly (Opened & { outcome: Outcome | null; muted: boolean })[],
  toldAt: Date,
): Promise<void> {
  await db
    .insertInto('apply.alert')
    .values(
      opened.map(({ id, rule, point, sinceMs, atMs, value, outcome, muted }) => ({
        muted,
        id,
        rule: rule.id,
        rule_version: rule.version,
        rule_name: rule.name,
        organisation: point.organisation,
        colour: rule.colour,
        point: point.id,
        point_key: point.key,
        point_name: point.name,
        equipment: point.equipment,
        unit: point.unit,
        state: outcome?.kind === 'ended' ? ('ended' as const) : ('open' as const),
        since: new Date(sinceMs),
        fired_at: new Date(atMs),
        told_at: toldAt,
        ended_at: outcome?.kind === 'ended' ? new Date(outcome.atMs) : null,
        value,
        end_value: outcome?.kind === 'ended' ? outcome.value : null,
        times: 1 + (outcome?.returns ?? 0),
        acknowledged_by: null,
        acknowledged_at: null,
        note: null,
      })),
    )
    .execute();
  await db
    .insertInto('apply.alert_event')
    .values(
      opened.map(({ id, atMs }) => ({
        ...{ alert: id, at: new Date(atMs), made_by: null, note: null },
        kind: 'fired' as const,
      })),
    )
    .execute();
}

type Outcome = Moved & { returns: number };

/** Where each alert stands after its moves: the last one holds. */
function outcomesOf(moved: readonly Moved[]): Map<string, Outcome> {
  const outcomes = new Map<string, Outcome>();
  for (const move of moved) {
    const returns = (outcomes.get(move.id)?.returns ?? 0) + Number(move.kind === 'returned');
    outcomes.set(move.id, { ...move, returns });
  }
  return outcomes;
}

async function insertMoves(db: Kysely<ApplyTables>, moved: readonly Moved[]): Promise<void> {
  await db
    .insertInto('apply.alert_event')
    .values(
      moved.map(({ id, kind, atMs }) => ({
        ...{ alert: id, kind, made_by: null, note: null },
        at: new Date(atMs),
      })),
    )
    .execute();
}

async function moveAlerts(db: Kysely<ApplyTables>, outcomes: readonly Outcome[]): Promise<void> {
  const over = outcomes.map(({ kind }) => kind === 'ended');
  const times = outcomes.map(({ atMs, kind }) => (kind === 'ended' ? new Date(atMs).toISOString() : null));
  const values = outcomes.map(({ value, kind }) => (kind === 'ended' ? value : null));
  await sql`update apply.alert
    set state = case when moved.over then 'ended' else 'open' end, ended_at = moved.at, end_value = moved.value,
      times = times + moved.returns
    from unnest(${outcomes.map(({ id }) => id)}::uuid[], ${over}::boolean[], ${times}::timestamptz[], ${values}::float8[],
      ${outcomes.map(({ returns }) => returns)}::integer[]) as moved (id, over, at, value, returns)
    where alert.id = moved.id`.execute(db);
}

async function putWatches(db: Kysely<ApplyTables>, watches: readonly KeptWatch[]): Promise<void> {
  const moment = (ms: number | null) => (ms === null ? null : new Date(ms));
  await db
    .insertInto('apply.watch')
    .values(
      watches.map(({ rule, point, standing, alert }) => ({
        ...{ rule, point, alert },
        is_open: standing.isOpen,
        since: moment(standing.sinceMs),
        ended_at: moment(standing.endedMs),
        value: standing.value,
      })),
    )
    .onConflict((conflict) =>
      conflict.columns(['rule', 'point']).doUpdateSet(({ ref }) => ({
        is_open: ref('excluded.is_open'),
        since: ref('excluded.since'),
        ended_at: ref('excluded.ended_at'),
        alert: ref('excluded.alert'),
        value: ref('excluded.value'),
      })),
    )
    .execute();
}
