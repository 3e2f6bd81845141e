import { demand, type Scope } from '#platform/auth/scope.ts';
import type { GuestAnswer, GuestQuestion, Guests } from '#platform/db/guests.ts';
import { AppError } from '#platform/errors/errors.ts';
import type { Platform } from '#platform/platform.ts';
import type { Access } from '../metering/access.store.ts';
import type { Metering } from '../metering/metering.service.ts';
import type { Allowance, Quotas } from '../metering/quotas.service.ts';
import { type Decision, decide, isOwner, type QuotaOf } from '../policies/deciding.ts';
import { decidedRelation } from '../policies/relation.store.ts';
import { callerOf, type Rulebook, type Rules } from '../policies/rulebook.service.ts';
import { askedText, createAnswerMemory, type Remembered } from './answer-memory.ts';
import { type Prepared, prepare } from './asking.store.ts';
import { createBatches, type Member } from './batching.service.ts';
import { counting } from './counting.ts';
import { type Answer, type Gateway, type Question, type SeenTable, tableName } from './gateway.ts';
import { type AskLimits, limitsFor } from './limits.ts';
import { createMemory } from './memory.ts';
import { createSightings, type Sighting } from './sightings.service.ts';

/** Questions that were read, bound, decided and printed, with all that is kept of them. */
const PLANS_BYTES_MAX = 32 * 2 ** 20;
/** A longer question is read again each time. */
const PLANNED_LENGTH_MAX = 2 ** 16;
/** What a plan takes besides its texts, about. */
const PLAN_BYTES = 4_096;

type Parts = Pick<Platform, 'clock'> & {
  rulebook: Rulebook;
  guests: Guests;
  quotas: Quotas;
  metering: Metering;
};

/** The one way to shared data, whatever the door: parse, bind to what the caller sees, decide, print, ask, note. */
export function createGateway({ rulebook, guests, quotas, metering, clock }: Parts): Gateway {
  const memory = createAnswerMemory();
  const sightings = createSightings(seenBy);
  const plans = createMemory<Plan>({ bytesMax: PLANS_BYTES_MAX });
  const asking = new Map<string, Promise<void>>();
  const batches = createBatches(guests);

  /** The plan of a question: by what the caller sees now, whose number stands in the key. */
  function planOf(scope: Scope, question: Question, { rules, sighting }: Sight): Plan {
    const { sql, parameters, format, settings, door } = question;
    if (sql.length > PLANNED_LENGTH_MAX) return planned(scope, question, { rules, sighting });
    const key = JSON.stringify([
      sighting.id,
      door,
      sql,
      parameters ?? null,
      format ?? null,
      settings ?? null,
    ]);
    const before = plans.get(key);
    if (before) return before;
    const plan = planned(scope, question, { rules, sighting });
    plans.put(key, plan, PLAN_BYTES + 4 * (sql.length + (plan.asked?.length ?? 0)));
    return plan;
  }

  async function ask(scope: Scope, question: Question): Promise<Answer> {
    const startedMs = performance.now();
    const told: Told = { reads: [] };
    const note = (how: How) => {
      const elapsedMs = performance.now() - startedMs;
      metering.note(accessesOf(scope, { question, told, atMs: clock.now().getTime(), elapsedMs, ...how }));
    };
    let allowance: Allowance | null = null;
    try {
      demandDoor(scope, question.door);
      const rules = await rulebook.current();
      const nowMs = clock.now().getTime();
      const sighting = sightings.of(scope, rules, { purpose: question.purpose, nowMs });
      const plan = planOf(scope, question, { rules, sighting });
      told.reads = plan.reads;
      for (const { seen: one } of plan.reads)
        if (one.decision.refused === 'purpose')
          throw new AppError('SHARE_PURPOSE_NEEDED', { dataset: one.id });
      const { limits } = plan;
      allowance = await quotas.begin(plan.quotas, {
        rows: Math.min(limits.resultRows, question.rowsMax ?? limits.resultRows),
        bytes: limits.resultBytes,
      });
      const states = await Promise.all(
        plan.reads.map(({ seen: { id } }) => rules.datasets.get(id)?.offer.refresh?.() ?? null),
      );
      const terms: Terms = {
        limits: { ...limits, resultRows: allowance.rows, resultBytes: allowance.bytes },
        ...(question.signal ? { signal: question.signal } : {}),
      };
      const key = memory.keyOf(plan.asked, { limits: terms.limits, states });
      const { point } = plan;
      const answer = await remembered(key, question.signal, () =>
        point ? batches.ask(memberOf(point, plan, terms)) : guests.ask({ ...plan.guest(), ...terms }),
      );
      return answered({ answer, allowance, plan, note });
    } catch (error) {
      await allowance?.settle({ rows: 0, bytes: 0 });
      const known = error instanceof AppError && error.status < 500;
      note({
        outcome: known ? 'refused' : 'failed',
        reason: reasonOf(error),
        ...{ rows: 0, bytes: 0, rowsRead: 0 },
      });
      throw error;
    }
  }

  /** From memory, or of the engine; the same question asked by several at once is asked once where its answer is small. */
  async function remembered(
    key: string | null,
    signal: AbortSignal | undefined,
    ask: () => Promise<GuestAnswer>,
  ): Promise<GuestAnswer | Remembered> {
    if (key === null) return ask();
    const known = memory.find(key);
    if (known) return known;
    const other = asking.get(key);
    await other;
    signal?.throwIfAborted();
    const found = other ? memory.find(key) : null;
    if (found) return found;
    const asked = ask().then((answer) => memory.keeping(key, answer));
    const over: Promise<void> = asked
      .then(
        () => {},
        () => {},
      )
      .finally(() => {
        if (asking.get(key) === over) asking.delete(key);
      });
    asking.set(key, over);
    return asked;
  }

  return {
    ask,
    async catalog(scope, purpose) {
      demand(scope, 'share:dataset:read');
      const rules = await rulebook.current();
      return sightings.of(scope, rules, { purpose, nowMs: clock.now().getTime() }).seen;
    },
  };
}

function demandDoor(scope: Scope, door: Question['door']): void {
  demand(scope, 'share:dataset:read');
  if (door === 'sql') demand(scope, 'share:sql:use');
  if (door === 'export') demand(scope, 'share:dataset:export');
}

/** Every dataset of which the caller may see something, or could with a purpose. */
export function seenBy(
  scope: Scope,
  rules: Rules,
  { purpose, nowMs }: { purpose: string | undefined; nowMs: number },
): Map<string, SeenTable> {
  const caller = callerOf(scope);
  const seen = new Map<string, SeenTable>();
  for (const [id, { offer, columns }] of rules.datasets) {
    const decision = decide({
      caller,
      dataset: { id, title: offer.title, columns, needs: offer.needs },
      policies: rules.index.of(caller, id),
      nowMs,
      purpose,
    });
    if (decision.refused === 'no-rows') continue;
    const visible = new Set(decision.columns);
    seen.set(id, {
      id,
      table: tableName(id),
      columns: columns.filter(({ name }) => visible.has(name)),
      decision,
    });
  }
  return seen;
}

type Sight = { rules: Rules; sighting: Sighting };
type Terms = Pick<GuestQuestion, 'limits' | 'signal'>;
type Written = Omit<GuestQuestion, keyof Terms>;
/** All of a question that stays as long as its caller sees the same. */
type Plan = Pick<Prepared, 'reads' | 'format'> & {
  limits: AskLimits;
  quotas: readonly QuotaOf[];
  guest(): Written;
  point: Joined | null;
  /** what its answer is remembered by */
  asked: string | null;
  decisions: ReadonlyMap<string, Decision>;
};
/** A question that may be asked together with others of the same shape. */
type Joined = Pick<Member, 'shape' | 'value'> & { many(values: readonly (string | number)[]): Written };

/** @throws AppError SQL_REFUSED */
function planned(scope: Scope, question: Question, { rules, sighting }: Sight): Plan {
  const prepared = prepare(question, sighting.seen, scope.actor.name);
  const { reads, format, formatSettings, point } = prepared;
  const written = (of: Prepared['reads'], print: (relationOf: RelationOf) => string): Written => {
    const { relationOf, tables, filters } = sightOf(scope, rules, of);
    const actor = `${scope.actor.kind}:${scope.actor.id}`;
    return { sql: print(relationOf), format, formatSettings, tables, filters, actor };
  };
  let alone: Written | null = null;
  const guest = () => (alone ??= written(reads, prepared.print));
  const joined = point && {
    value: point.value,
    shape: JSON.stringify([sighting.id, question.door, format, point.shape]),
    many: (values: readonly (string | number)[]) => {
      const narrow = [{ column: point.column, op: 'in' as const, values }];
      return written(
        reads.map((read) => ({ ...read, narrow })),
        (relationOf) => prepared.printMany(values, relationOf),
      );
    },
  };
  // nothing is asked that needs a purpose and has none: there is nothing to write
  const isRefused = reads.some(({ seen }) => seen.decision.refused !== null);
  return {
    ...{ reads, format, guest, point: joined },
    limits: prepared.limits(limitsFor(question.door, isOwner(callerOf(scope)))),
    quotas: quotasOf(reads),
    asked: joined
      ? JSON.stringify([joined.shape, formatSettings, joined.value])
      : isRefused
        ? null
        : askedText(guest()),
    decisions: new Map(reads.map(({ seen }): [string, Decision] => [seen.id, seen.decision])),
  };
}

type RelationOf = (table: string) => string;
const memberOf = ({ shape, value, many }: Joined, plan: Plan, terms: Terms): Member => ({
  // only questions under the same limits are asked together
  shape: `${shape}${JSON.stringify(terms.limits)}`,
  value,
  one: () => ({ ...plan.guest(), ...terms }),
  // together they are nobody's alone: one that goes away takes no answer from the others
  many: (values) => ({ ...many(values), limits: terms.limits }),
});

/** What a question's datasets are for the engine: relations for the printer, tables and conditions for the second layer. */
function sightOf(scope: Scope, rules: Rules, reads: Prepared['reads']) {
  const relations = new Map<string, string>();
  const [tables, filters] = [new Set<string>(), new Map<string, string[]>()];
  for (const { seen, narrow, columns } of reads) {
    const offer = rules.datasets.get(seen.id)?.offer;
    if (!offer) continue;
    const relation = decidedRelation(scope, {
      offer,
      decision: seen.decision,
      secret: rules.secret,
      narrow,
      read: columns,
    });
    relations.set(seen.table, relation.sql);
    for (const name of offer.tables) tables.add(name);
    for (const [name, condition] of Object.entries(relation.filters))
      filters.set(name, [...(filters.get(name) ?? []), condition]);
  }
  return {
    relationOf(table: string): string {
      const sql = relations.get(table);
      if (sql === undefined) throw new Error(`${table} is no dataset of this question`);
      return sql;
    },
    tables: [...tables],
    // one physical table behind two datasets: what either may read
    filters: Object.fromEntries(
      [...filters].map(([name, conditions]) => [name, conditions.map((each) => `(${each})`).join(' or ')]),
    ),
  };
}

const quotasOf = (reads: Prepared['reads']): QuotaOf[] => {
  const all = reads.flatMap(({ seen }) => seen.decision.quotas);
  return [...new Map(all.map((quota) => [quota.counter, quota])).values()];
};

type Told = { reads: Prepared['reads'] };
type How = Pick<Access, 'outcome' | 'reason' | 'rows' | 'bytes' | 'rowsRead'>;
type Answering = {
  answer: GuestAnswer | Remembered;
  allowance: Allowance;
  plan: Plan;
  note: (how: How) => void;
};

/** The engine's stream, with quotas settled and the access noted at its end, however it ends. */
function answered({ answer, allowance, plan, note }: Answering): Answer {
  const chunks = counting(answer.chunks, async ({ outcome, bytes, error }) => {
    const { resultRows: rows, readRows: rowsRead } = answer.summary();
    note({ outcome, reason: error === undefined ? '' : reasonOf(error), rows, bytes, rowsRead });
    await allowance.settle({ rows, bytes });
  });
  return {
    format: plan.format,
    same: 'same' in answer ? answer.same : null,
    chunks,
    summary() {
      const { readRows, readBytes, resultRows, resultBytes, elapsedNs } = answer.summary();
      return { rowsRead: readRows, bytesRead: readBytes, rows: resultRows, bytes: resultBytes, elapsedNs };
    },
    decisions: plan.decisions,
  };
}

const reasonOf = (error: unknown): string =>
  error instanceof AppError ? error.code : error instanceof Error ? error.name : 'unknown';

type Noted = How & { question: Question; told: Told; atMs: number; elapsedMs: number };

function accessesOf(scope: Scope, { question, told, ...how }: Noted): Access[] {
  const shared = {
    ...how,
    request: question.requestId,
    door: question.door,
    organisation: scope.organisation,
    actorKind: scope.actor.kind,
    actor: scope.actor.id,
    actorName: scope.actor.name,
    purpose: question.purpose ?? '',
  };
  if (told.reads.length === 0)
    return [{ ...shared, part: 0, dataset: '', columns: [], rowsOf: [], policies: [] }];
  return told.reads.map(({ seen: { id, decision }, columns }, part) => ({
    ...shared,
    part,
    dataset: id,
    columns,
    rowsOf: decision.organisations,
    policies: [...decision.parts, ...decision.limits].flatMap(({ policy }) =>
      policy ? [`${policy.id}:${policy.version}`] : [],
    ),
  }));
}
