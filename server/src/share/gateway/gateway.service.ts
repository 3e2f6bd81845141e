import { demand, type Scope } from '#platform/auth/scope.ts';
import type { DatasetOffer } from '#platform/datasets/offer.ts';
import type { GuestAnswer, GuestQuestion, Guests } from '#platform/db/guests.ts';
import { AppError } from '#platform/errors/errors.ts';
import type { Platform } from '#platform/platform.ts';
import type { Access } from '../metering/access.store.ts';
import type { Metering } from '../metering/metering.service.ts';
import type { Allowance, Quotas } from '../metering/quotas.service.ts';
import { shapeOf } from '../metering/shape.ts';
import { type Decision, isOwner, type QuotaOf } from '../policies/deciding.ts';
import { decidedRelation } from '../policies/relation.store.ts';
import { callerOf, type Rulebook, type Rules } from '../policies/rulebook.service.ts';
import { type SavedView, sightsOf, viewId } from '../queries/views.ts';
import { createAnswerMemory } from './answer-memory.ts';
import { type Prepared, prepare, SANDBOX_SETTING } from './asking.store.ts';
import { counting } from './counting.ts';
import type { Answer, Gateway, Question } from './gateway.ts';
import { limitsFor } from './limits.ts';
import { unscopedSandboxOffer } from './sandbox.store.ts';
import { seenBy } from './seeing.service.ts';

type Parts = Pick<Platform, 'clock'> & {
  rulebook: Rulebook;
  guests: Guests;
  quotas: Quotas;
  metering: Metering;
};

/** The one way to shared data, whatever the door: parse, bind to what the caller sees, decide, print, ask, note. */
export function createGateway({ rulebook, guests, quotas, metering, clock }: Parts): Gateway {
  const memory = createAnswerMemory();
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
      const nowMs = clock.now().getTime();
      const tried = question.draft && viewId(question.draft.name);
      const asked = { purpose: question.purpose, nowMs, ...(tried === undefined ? {} : { tried }) };
      const seen = question.seen ?? seenBy(scope, rules, asked);
      const { sandbox, settings } = question;
      const flagged = sandbox ? { ...question, settings: { ...settings, [SANDBOX_SETTING]: '1' } } : question;
      const prepared = prepare(flagged, { seen, views: rules.views, user: scope.actor.name });
      told.reads = prepared.reads;
      told.sandbox = prepared.sandbox;
      const offerOf = offersOf(rules, prepared.sandbox);
      for (const { seen: one } of prepared.reads)
        if (one.decision.refused === 'purpose')
          throw new AppError('SHARE_PURPOSE_NEEDED', { dataset: one.id });
      const limits = prepared.limits(limitsFor(question.door, isOwner(callerOf(scope))));
      // rows that are invented cost nobody anything
      allowance = await quotas.begin(prepared.sandbox ? [] : quotasOf(prepared.reads), {
        rows: Math.min(limits.resultRows, question.rowsMax ?? limits.resultRows),
        bytes: limits.resultBytes,
      });
      const states = await Promise.all(
        prepared.reads.flatMap(({ seen: { id } }) => {
          const offer = offerOf(id);
          return offer ? [offer.refresh?.() ?? null] : [];
        }),
      );
      const sight = sightOf(scope, { reads: prepared.reads, secret: rules.secret, offerOf });
      const guest: GuestQuestion = {
        sql: prepared.print(sight.relationOf),
        format: prepared.format,
        formatSettings: prepared.formatSettings,
        tables: sight.tables,
        filters: sight.filters,
        limits: { ...limits, resultRows: allowance.rows, resultBytes: allowance.bytes },
        actor: `${scope.actor.kind}:${scope.actor.id}`,
        ...(question.signal ? { signal: question.signal } : {}),
      };
      const answer = await remembered(guest, states);
      return answered({ answer, allowance, prepared, note });
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

  async function remembered(guest: GuestQuestion, states: readonly (string | null)[]): Promise<GuestAnswer> {
    const { sql, format, formatSettings = {}, limits } = guest;
    const key = memory.keyOf({ sql, format, formatSettings, limits, states });
    if (key === null) return guests.ask(guest);
    return memory.find(key) ?? memory.keeping(key, await guests.ask(guest));
  }

  return {
    ask,
    async demandUsable(scope, dataset) {
      const rules = await rulebook.current();
      const seen = seenBy(scope, rules, { purpose: undefined, nowMs: clock.now().getTime() });
      if (seen.isUnusable(dataset)) throw new AppError('SAVED_QUERY_UNUSABLE', { dataset });
    },
    async catalog(scope, purpose) {
      demand(scope, 'share:dataset:read');
      return seenBy(scope, await rulebook.current(), { purpose, nowMs: clock.now().getTime() });
    },
  };
}

function demandDoor(scope: Scope, door: Question['door']): void {
  demand(scope, door === 'see-as' ? 'share:policy:write' : 'share:dataset:read');
  if (door === 'sql') demand(scope, 'share:sql:use');
  if (door === 'export') demand(scope, 'share:dataset:export');
}

/** How datasets of the sandbox are called in the record of accesses. */
const SANDBOX_PREFIX = 'sandbox.';

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

/** What a question's datasets are for the engine: relations for the printer, tables and conditions for the second layer. */
type Sighting = {
  reads: Prepared['reads'];
  secret: string;
  offerOf: (id: string) => DatasetOffer | undefined;
};
function sightOf(scope: Scope, { reads, secret, offerOf }: Sighting) {
  const relations = new Map<string, string>();
  const [tables, filters] = [new Set<string>(), new Map<string, string[]>()];
  for (const { seen, narrow } of reads) {
    const offer = offerOf(seen.id);
    if (!offer) continue;
    const relation = decidedRelation(scope, { offer, decision: seen.decision, secret, narrow });
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

type Told = { reads: Prepared['reads']; sandbox: boolean };
type How = Pick<Access, 'outcome' | 'reason' | 'rows' | 'bytes' | 'rowsRead'>;
type Answering = { answer: GuestAnswer; allowance: Allowance; prepared: Prepared; note: (how: How) => void };

/** The engine's stream, with quotas settled and the access noted at its end, however it ends. */
function answered({ answer, allowance, prepared, note }: Answering): Answer {
  const chunks = counting(answer.chunks, async ({ outcome, bytes, error }) => {
    const { resultRows: rows, readRows: rowsRead } = answer.summary();
    note({ outcome, reason: error === undefined ? '' : reasonOf(error), rows, bytes, rowsRead });
    await allowance.settle({ rows, bytes });
  });
  return {
    format: prepared.format,
    sandbox: prepared.sandbox,
    chunks,
    summary() {
      const { readRows, readBytes, resultRows, resultBytes, elapsedNs } = answer.summary();
      return { rowsRead: readRows, bytesRead: readBytes, rows: resultRows, bytes: resultBytes, elapsedNs };
    },
    decisions: new Map(prepared.reads.map(({ seen }): [string, Decision] => [seen.id, seen.decision])),
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
    address: scope.from ?? '',
    shape: shapeOf(question.sql),
  };
  if (told.reads.length === 0)
    return [{ ...shared, part: 0, dataset: '', columns: [], rowsOf: [], policies: [] }];
  return told.reads.map(({ seen: { id, decision }, columns }, part) => ({
    ...shared,
    part,
    dataset: told.sandbox ? `${SANDBOX_PREFIX}${id}` : id,
    columns,
    rowsOf: told.sandbox ? [] : decision.organisations,
    policies: [...decision.parts, ...decision.limits].flatMap(({ policy }) =>
      policy ? [`${policy.id}:${policy.version}`] : [],
    ),
  }));
}
