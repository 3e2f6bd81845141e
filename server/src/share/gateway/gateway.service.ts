import { text } from 'node:stream/consumers';
import { demand, type Scope } from '#platform/auth/scope.ts';
import type { GuestAnswer, GuestQuestion, GuestSummary, Guests } from '#platform/db/guests.ts';
import { AppError } from '#platform/errors/errors.ts';
import type { Platform } from '#platform/platform.ts';
import type { Access } from '../metering/access.store.ts';
import type { Metering } from '../metering/metering.service.ts';
import type { Allowance, Quotas } from '../metering/quotas.service.ts';
import { type Decision, decide, isOwner, type QuotaOf } from '../policies/deciding.ts';
import { decidedRelation } from '../policies/relation.store.ts';
import { callerOf, type Rulebook, type Rules } from '../policies/rulebook.service.ts';
import { createAnswerMemory } from './answer-memory.ts';
import { DESCRIBING_FORMAT, describedFrom, type Prepared, prepare } from './asking.store.ts';
import { counting } from './counting.ts';
import {
  type Answer,
  type AnswerSummary,
  type Gateway,
  type Question,
  type SeenTable,
  tableName,
} from './gateway.ts';
import { limitsFor } from './limits.ts';

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
      const seen = question.seen ?? seenBy(scope, rules, { purpose: question.purpose, nowMs });
      const prepared = prepare(question, seen, scope.actor.name);
      told.reads = prepared.reads;
      for (const { seen: one } of prepared.reads)
        if (one.decision.refused === 'purpose')
          throw new AppError('SHARE_PURPOSE_NEEDED', { dataset: one.id });
      const limits = prepared.limits(limitsFor(question.door, isOwner(callerOf(scope))));
      allowance = await quotas.begin(quotasOf(prepared.reads), {
        rows: Math.min(limits.resultRows, question.rowsMax ?? limits.resultRows),
        bytes: limits.resultBytes,
      });
      const states = await Promise.all(
        prepared.reads.map(({ seen: { id } }) => rules.datasets.get(id)?.offer.refresh?.() ?? null),
      );
      const sight = sightOf(scope, rules, prepared.reads);
      const guest: GuestQuestion = {
        sql: prepared.print(sight.relationOf),
        format: prepared.format,
        formatSettings: prepared.formatSettings,
        tables: sight.tables,
        filters: sight.filters,
        limits: { ...limits, resultRows: allowance.rows, resultBytes: allowance.bytes },
        actor: `${scope.actor.kind}:${scope.actor.id}`,
        ...(question.signal ? { signal: question.signal } : {}),
        ...(question.watch ? { watch: (now) => question.watch?.(() => summaryOf(now())) } : {}),
      };
      const answer = await (prepared.describes ? described(guest) : remembered(guest, states));
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

  /** The columns of a query, told by the engine that would answer it, as rows of ours. */
  async function described(guest: GuestQuestion): Promise<GuestAnswer> {
    const { chunks } = await guests.ask({ ...guest, format: DESCRIBING_FORMAT, formatSettings: {} });
    const sql = describedFrom(await text(chunks));
    return guests.ask({ ...guest, sql, tables: [], filters: {} });
  }

  async function remembered(guest: GuestQuestion, states: readonly (string | null)[]): Promise<GuestAnswer> {
    const { sql, format, formatSettings = {}, limits } = guest;
    const key = memory.keyOf({ sql, format, formatSettings, limits, states });
    if (key === null) return guests.ask(guest);
    return memory.find(key) ?? memory.keeping(key, await guests.ask(guest));
  }

  return {
    ask,
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
      nameOf: rules.nameOf,
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

/** What a question's datasets are for the engine: relations for the printer, tables and conditions for the second layer. */
function sightOf(scope: Scope, rules: Rules, reads: Prepared['reads']) {
  const relations = new Map<string, string>();
  const [tables, filters] = [new Set<string>(), new Map<string, string[]>()];
  for (const { seen, narrow } of reads) {
    const offer = rules.datasets.get(seen.id)?.offer;
    if (!offer) continue;
    const relation = decidedRelation(scope, { offer, decision: seen.decision, secret: rules.secret, narrow });
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
    chunks,
    summary: () => summaryOf(answer.summary()),
    decisions: new Map(prepared.reads.map(({ seen }): [string, Decision] => [seen.id, seen.decision])),
  };
}

const summaryOf = ({
  readRows,
  readBytes,
  resultRows,
  resultBytes,
  elapsedNs,
}: GuestSummary): AnswerSummary => ({
  rowsRead: readRows,
  bytesRead: readBytes,
  rows: resultRows,
  bytes: resultBytes,
  elapsedNs,
});

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
