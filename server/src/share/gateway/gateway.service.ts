import { demand, type Scope } from '#platform/auth/scope.ts';
import { AppError } from '#platform/errors/errors.ts';
import type { Platform } from '#platform/platform.ts';
import type { Access } from '../metering/access.store.ts';
import type { Metering } from '../metering/metering.service.ts';
import type { Allowance, Quotas } from '../metering/quotas.service.ts';
import { type Decision, decide, isOwner, type QuotaOf } from '../policies/deciding.ts';
import { decidedRelation } from '../policies/relation.store.ts';
import { callerOf, type Rulebook, type Rules } from '../policies/rulebook.service.ts';
import { counting } from './counting.ts';
import {
  type Answer,
  type Gateway,
  type Question,
  type SeenTable,
  SHARE_DATABASE,
  tableName,
} from './gateway.ts';
import type { Bound, GuestAnswer, Guests, Language } from './language.ts';
import { limitsFor } from './limits.ts';

const DEFAULT_FORMAT = 'TabSeparated';

type Parts = Pick<Platform, 'clock' | 'log'> & {
  rulebook: Rulebook;
  language: Language;
  guests: Guests;
  quotas: Quotas;
  metering: Metering;
};

/** The one way to shared data, whatever the door: parse, bind to what the caller sees, decide, print, ask, note. */
export function createGateway(parts: Parts): Gateway {
  const { rulebook, language, guests, quotas, metering, clock } = parts;

  async function ask(scope: Scope, question: Question): Promise<Answer> {
    const startedMs = performance.now();
    const told: Told = { seen: [], columns: new Map() };
    const note = (how: How) =>
      metering.note(
        accessesOf(scope, {
          question,
          told,
          atMs: clock.now().getTime(),
          elapsedMs: performance.now() - startedMs,
          ...how,
        }),
      );
    let allowance: Allowance | null = null;
    try {
      demand(scope, 'share:dataset:read');
      if (question.door === 'sql') demand(scope, 'share:sql:use');
      if (question.door === 'export') demand(scope, 'share:dataset:export');
      const rules = await rulebook.current();
      const prepared = prepare(scope, { rules, question, language });
      told.seen = prepared.seen;
      told.columns = prepared.bound.columns;
      for (const { id, decision } of prepared.seen)
        if (decision.refused === 'purpose') throw new AppError('SHARE_PURPOSE_NEEDED', { dataset: id });
      const usual = limitsFor(question.door, isOwner(callerOf(scope)));
      allowance = await quotas.begin(quotasOf(prepared.seen), {
        rows: Math.min(usual.resultRows, question.rowsMax ?? usual.resultRows),
        bytes: usual.resultBytes,
      });
      await Promise.all(prepared.seen.map(({ id }) => rules.datasets.get(id)?.offer.refresh?.()));
      const sight = sightOf(scope, { rules, seen: prepared.seen });
      const answer = await guests.ask({
        sql: prepared.print((table) => sight.relationOf(table)),
        format: prepared.format,
        formatSettings: prepared.formatSettings,
        tables: sight.tables,
        filters: sight.filters,
        limits: { ...usual, resultRows: allowance.rows, resultBytes: allowance.bytes },
        actor: `${scope.actor.kind}:${scope.actor.id}`,
        ...(question.signal ? { signal: question.signal } : {}),
      });
      return answered({ answer, allowance, prepared, note });
    } catch (error) {
      await allowance?.settle({ rows: 0, bytes: 0 });
      const known = error instanceof AppError && error.status < 500;
      note({
        outcome: known ? 'refused' : 'failed',
        reason: reasonOf(error),
        rows: 0,
        bytes: 0,
        rowsRead: 0,
      });
      throw error;
    }
  }

  return {
    ask,
    async catalog(scope, purpose) {
      demand(scope, 'share:dataset:read');
      return seenBy(scope, await rulebook.current(), { purpose, nowMs: clock.now().getTime() });
    },
  };

  function prepare(
    scope: Scope,
    { rules, question }: { rules: Rules; question: Question; language: Language },
  ) {
    const nowMs = clock.now().getTime();
    const seen = seenBy(scope, rules, { purpose: question.purpose, nowMs });
    const tables = new Map(
      [...seen.values()].map(({ table, columns }) => [table, { columns: columns.map(({ name }) => name) }]),
    );
    const { bound, format, settings, print } = language.bind(question.sql, {
      catalog: { database: SHARE_DATABASE, tables },
      parameters: question.parameters ?? {},
    });
    const byTable = new Map([...seen.values()].map((each) => [each.table, each]));
    return {
      bound,
      print,
      format: format ?? question.format ?? DEFAULT_FORMAT,
      formatSettings: { ...settings, ...question.settings },
      seen: bound.tables.flatMap((table) => byTable.get(table) ?? []),
    };
  }
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

/** What a question's datasets are for the engine: relations for the printer, tables and conditions for the second layer. */
function sightOf(scope: Scope, { rules, seen }: { rules: Rules; seen: readonly SeenTable[] }) {
  const relations = new Map<string, string>();
  const [tables, filters] = [new Set<string>(), new Map<string, string[]>()];
  for (const { id, table, decision } of seen) {
    const offer = rules.datasets.get(id)?.offer;
    if (!offer) continue;
    const relation = decidedRelation(scope, { offer, decision, secret: rules.secret });
    relations.set(table, relation.sql);
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
      [...filters].map(([name, conditions]) => [
        name,
        conditions.length === 1 ? (conditions[0] ?? '0') : conditions.map((each) => `(${each})`).join(' or '),
      ]),
    ),
  };
}

const quotasOf = (seen: readonly SeenTable[]): QuotaOf[] => {
  const all = seen.flatMap(({ decision }) => decision.quotas);
  return [...new Map(all.map((quota) => [quota.counter, quota])).values()];
};

type Told = { seen: readonly SeenTable[]; columns: Bound['columns'] };
type How = Pick<Access, 'outcome' | 'reason' | 'rows' | 'bytes' | 'rowsRead'>;
type Answering = {
  answer: GuestAnswer;
  allowance: Allowance;
  prepared: { format: string; seen: readonly SeenTable[] };
  note: (how: How) => void;
};

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
    summary() {
      const { readRows, readBytes, resultRows, resultBytes, elapsedNs } = answer.summary();
      return { rowsRead: readRows, bytesRead: readBytes, rows: resultRows, bytes: resultBytes, elapsedNs };
    },
    decisions: new Map(prepared.seen.map(({ id, decision }): [string, Decision] => [id, decision])),
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
  if (told.seen.length === 0)
    return [{ ...shared, part: 0, dataset: '', columns: [], rowsOf: [], policies: [] }];
  return told.seen.map(({ id, table, decision, columns }, part) => {
    const read = told.columns.get(table) ?? new Set<string>();
    return {
      ...shared,
      part,
      dataset: id,
      columns: read.has('*') ? columns.map(({ name }) => name) : [...read],
      rowsOf: decision.organisations,
      policies: [...decision.parts, ...decision.limits].flatMap(({ policy }) =>
        policy ? [`${policy.id}:${policy.version}`] : [],
      ),
    };
  });
}
