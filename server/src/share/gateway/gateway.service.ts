import { text } from 'node:stream/consumers';
import { demand, type Scope } from '#platform/auth/scope.ts';
import type { DatasetOffer } from '#platform/datasets/offer.ts';
import type { GuestAnswer, GuestQuestion, GuestSummary, Guests } from '#platform/db/guests.ts';
import { AppError } from '#platform/errors/errors.ts';
import type { Platform } from '#platform/platform.ts';
import type { Metering } from '../metering/metering.service.ts';
import type { Allowance, Quotas } from '../metering/quotas.service.ts';
import { type Decision, isOwner, type QuotaOf } from '../policies/deciding.ts';
import { decidedRelation } from '../policies/relation.store.ts';
import { callerOf, type Rulebook, type Rules } from '../policies/rulebook.service.ts';
import { type SavedView, sightsOf, viewId } from '../queries/views.ts';
import { askedText, createAnswerMemory, type Remembered } from './answer-memory.ts';
import { DESCRIBING_FORMAT, describedFrom, type Prepared, prepare, SANDBOX_SETTING } from './asking.store.ts';
import { createBatches, type Member } from './batching.service.ts';
import { counting } from './counting.ts';
import type { Answer, AnswerSummary, Gateway, Question } from './gateway.ts';
import { type AskLimits, limitsFor } from './limits.ts';
import { createMemory } from './memory.ts';
import { accessesOf, type How, type Told } from './noting.ts';
import { unscopedSandboxOffer } from './sandbox.store.ts';
import { seenBy } from './seeing.service.ts';
import { createSightings, type Sighting } from './sightings.service.ts';

/** Questions that were read, bound, decided and printed, with all that is kept of them. */
const PLANS_BYTES_MAX = 32 * 2 ** 20;
/** A longer question is read again each time. */
const PLANNED_LENGTH_MAX = 2 ** 16;
/** What a plan takes besides its texts, about, with the statement it is written as. */
const PLAN_BYTES = 16_384;

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
    const { sql, parameters, format, settings, door, database } = question;
    if (sql.length > PLANNED_LENGTH_MAX || isAlone(question))
      return planned(scope, question, { rules, sighting });
    const key = JSON.stringify([
      sighting.id,
      door,
      sql,
      parameters ?? null,
      format ?? null,
      settings ?? null,
      database ?? null,
    ]);
    const before = plans.get(key);
    if (before) return before;
    const plan = planned(scope, question, { rules, sighting });
    plans.put(key, plan, PLAN_BYTES + 8 * sql.length);
    return plan;
  }

  async function ask(scope: Scope, question: Question): Promise<Answer> {
    const startedMs = performance.now();
    const told: Told = { reads: [], sandbox: false };
    const note = (how: How) => {
      const elapsedMs = performance.now() - startedMs;
      metering.note(accessesOf(scope, { question, told, atMs: clock.now().getTime(), elapsedMs, ...how }));
    };
    let allowance: Allowance | null = null;
    try {
      demandDoor(scope, question.door);
      const rules = withDraft(await rulebook.current(), question.draft);
      const sighting = sightingOf(scope, rules, question);
      const plan = planOf(scope, flagged(question), { rules, sighting });
      told.reads = plan.reads;
      told.sandbox = plan.sandbox;
      for (const { seen: one } of plan.reads)
        if (one.decision.refused === 'purpose')
          throw new AppError('SHARE_PURPOSE_NEEDED', { dataset: one.id });
      const { limits } = plan;
      allowance = await quotas.begin(plan.quotas, {
        rows: Math.min(limits.resultRows, question.rowsMax ?? limits.resultRows),
        bytes: limits.resultBytes,
      });
      const states = await statesOf(plan, rules);
      const terms: Terms = {
        limits: { ...limits, resultRows: allowance.rows, resultBytes: allowance.bytes },
        ...(question.signal ? { signal: question.signal } : {}),
        ...(question.watch ? { watch: (now) => question.watch?.(() => summaryOf(now())) } : {}),
      };
      const answer = await (plan.describes
        ? described({ ...plan.guest(JSON.stringify(states)), ...terms })
        : remembered(plan, terms, states));
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

  /** What the caller sees now; what is seen of somebody else, or of a query that is not saved, is decided for this question only. */
  function sightingOf(scope: Scope, rules: Rules, { seen, draft, purpose }: Question): Sighting {
    const asked = { purpose, nowMs: clock.now().getTime() };
    if (seen) return sightings.alone(seen);
    if (draft) return sightings.alone(seenBy(scope, rules, { ...asked, tried: viewId(draft.name) }));
    return sightings.of(scope, rules, asked);
  }

  /** The columns of a query, told by the engine that would answer it, as rows of ours. */
  async function described(guest: GuestQuestion): Promise<GuestAnswer> {
    const { chunks } = await guests.ask({ ...guest, format: DESCRIBING_FORMAT, formatSettings: {} });
    const sql = describedFrom(await text(chunks));
    return guests.ask({ ...guest, sql, tables: [], filters: {} });
  }

  /** From memory, or of the engine; the same question asked by several at once is asked once where its answer is small. */
  async function remembered(
    plan: Plan,
    terms: Terms,
    states: readonly (string | null)[],
  ): Promise<GuestAnswer | Remembered> {
    const { point } = plan;
    const state = JSON.stringify(states);
    const key = memory.keyOf(plan.asked(state), { limits: terms.limits, states });
    const ask = () =>
      point
        ? batches.ask(memberOf(point, plan, { ...terms, state }))
        : guests.ask({ ...plan.guest(state), ...terms });
    if (key === null) return ask();
    const known = memory.find(key);
    if (known) return known;
    const other = asking.get(key);
    await other;
    terms.signal?.throwIfAborted();
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
    async demandUsable(scope, dataset) {
      const rules = await rulebook.current();
      const asked = { purpose: undefined, nowMs: clock.now().getTime() };
      if (sightings.of(scope, rules, asked).seen.isUnusable(dataset))
        throw new AppError('SAVED_QUERY_UNUSABLE', { dataset });
    },
    async catalog(scope, purpose) {
      demand(scope, 'share:dataset:read');
      const rules = await rulebook.current();
      return sightings.of(scope, rules, { purpose, nowMs: clock.now().getTime() }).seen;
    },
  };
}

function demandDoor(scope: Scope, door: Question['door']): void {
  demand(scope, door === 'see-as' ? 'share:policy:write' : 'share:dataset:read');
  if (door === 'sql') demand(scope, 'share:sql:use');
  if (door === 'export') demand(scope, 'share:dataset:export');
}

/** The offers that a question reads: all of them real, or all of them invented. */
function offersOf({ datasets }: Rules, sandbox: boolean): (id: string) => DatasetOffer | undefined {
  return (id) => {
    const offer = datasets.get(id)?.offer;
    return offer && sandbox ? unscopedSandboxOffer(offer) : offer;
  };
}

/** Rules in which a query that is not saved is among the saved ones. */
function withDraft(rules: Rules, draft: SavedView | undefined): Rules {
  if (!draft) return rules;
  const views = new Map([...rules.views, [viewId(draft.name), draft] as const]);
  return { ...rules, views, sights: sightsOf({ datasets: rules.datasets, views }) };
}

/** How the rows that are read are called in the state they are in; null for those that have no name. */
const statesOf = ({ reads, sandbox }: Plan, rules: Rules): Promise<(string | null)[]> => {
  const offerOf = offersOf(rules, sandbox);
  return Promise.all(
    reads.flatMap(({ seen: { id } }) => {
      const offer = offerOf(id);
      return offer ? [offer.refresh?.() ?? null] : [];
    }),
  );
};

/** Asked of invented rows by its door, as its text may do with a setting. */
const flagged = (question: Question): Question =>
  question.sandbox ? { ...question, settings: { ...question.settings, [SANDBOX_SETTING]: '1' } } : question;

/** What is decided for one question only is planned for it only. */
const isAlone = ({ seen, draft }: Question): boolean => seen !== undefined || draft !== undefined;

type Sight = { rules: Rules; sighting: Sighting };
type Terms = Pick<GuestQuestion, 'limits' | 'signal' | 'watch'>;
type Written = Omit<GuestQuestion, keyof Terms>;
/** All of a question that stays as long as its caller sees the same. */
type Plan = Pick<Prepared, 'reads' | 'format' | 'sandbox' | 'describes'> & {
  limits: AskLimits;
  quotas: readonly QuotaOf[];
  /** as it is written while the rows are in this state: what runs are visible stands in the statement */
  guest(state: string): Written;
  point: Joined | null;
  /** what its answer is remembered by */
  asked(state: string): string | null;
  decisions: ReadonlyMap<string, Decision>;
};
/** A question that may be asked together with others of the same shape. */
type Joined = Pick<Member, 'shape' | 'value'> & { many(values: readonly (string | number)[]): Written };

/** @throws AppError SQL_REFUSED */
function planned(scope: Scope, question: Question, { rules, sighting }: Sight): Plan {
  const { seen } = sighting;
  const prepared = prepare(question, { seen, views: rules.views, user: scope.actor.name });
  const { reads, format, formatSettings, sandbox, describes } = prepared;
  const limits = prepared.limits(limitsFor(question.door, isOwner(callerOf(scope))));
  // an answer that ends after its first rows has rows of its own to end after
  const point = limits.firstRows ? null : prepared.point;
  const offerOf = offersOf(rules, sandbox);
  const written = (of: Prepared['reads'], print: (relationOf: RelationOf) => string): Written => {
    const { relationOf, tables, filters } = sightOf(scope, { reads: of, secret: rules.secret, offerOf });
    const actor = `${scope.actor.kind}:${scope.actor.id}`;
    return { sql: print(relationOf), format, formatSettings, tables, filters, actor };
  };
  // nothing is asked that needs a purpose and has none: there is nothing to write
  const isRefused = reads.some(({ seen: { decision } }) => decision.refused !== null);
  let known: { state: string; guest: Written; asked: string | null } | null = null;
  const at = (state: string) => {
    if (known?.state === state) return known;
    const guest = written(reads, prepared.print);
    known = { state, guest, asked: askedText(guest) };
    return known;
  };
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
  return {
    ...{ reads, format, sandbox, describes, point: joined },
    guest: (state) => at(state).guest,
    limits,
    // rows that are invented cost nobody anything
    quotas: sandbox ? [] : quotasOf(reads),
    asked(state) {
      if (joined) return JSON.stringify([joined.shape, formatSettings, joined.value]);
      return isRefused ? null : at(state).asked;
    },
    decisions: new Map(reads.map(({ seen: one }): [string, Decision] => [one.id, one.decision])),
  };
}

type RelationOf = (table: string) => string;
type Standing = Terms & { state: string };
const memberOf = ({ shape, value, many }: Joined, plan: Plan, { state, ...terms }: Standing): Member => ({
  // only questions under the same limits, of rows in the same state, are asked together
  shape: `${shape}${JSON.stringify(terms.limits)}${state}`,
  value,
  one: () => ({ ...plan.guest(state), ...terms }),
  // together they are nobody's alone: one that goes away takes no answer from the others
  many: (values) => ({ ...many(values), limits: terms.limits }),
});

/** What a question's datasets are for the engine: relations for the printer, tables and conditions for the second layer. */
type Reading = {
  reads: Prepared['reads'];
  secret: string;
  offerOf: (id: string) => DatasetOffer | undefined;
};
function sightOf(scope: Scope, { reads, secret, offerOf }: Reading) {
  const relations = new Map<string, string>();
  const [tables, filters] = [new Set<string>(), new Map<string, string[]>()];
  for (const { seen, narrow, columns } of reads) {
    const offer = offerOf(seen.id);
    if (!offer) continue;
    const relation = decidedRelation(scope, {
      offer,
      decision: seen.decision,
      secret,
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
    sandbox: plan.sandbox,
    same: 'same' in answer ? answer.same : null,
    chunks,
    summary: () => summaryOf(answer.summary()),
    decisions: plan.decisions,
  };
}

const summaryOf = ({
  readRows,
  readBytes,
  resultRows,
  resultBytes,
  elapsedNs,
}: GuestSummary): AnswerSummary => ({
  ...{ rowsRead: readRows, bytesRead: readBytes, rows: resultRows, bytes: resultBytes, elapsedNs },
});

const reasonOf = (error: unknown): string =>
  error instanceof AppError ? error.code : error instanceof Error ? error.name : 'unknown';
