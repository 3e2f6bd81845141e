import {
  DATA_LEVELS,
  type DataGrade,
  type DataLevel,
  type Dataset,
  type DatasetAnswer,
  type DatasetColumn,
  type DatasetColumnType,
  type DatasetExplanation,
  type DatasetQuestion,
  type DatasetSummary,
  TRIAL_ROWS_MAX,
  type TrialSample,
} from '@ronghe/contracts';
import type { Scope } from '#platform/auth/scope.ts';
import type { ColumnOffer } from '#platform/datasets/offer.ts';
import { AppError } from '#platform/errors/errors.ts';
import { contractOf } from '../contracts/contract.ts';
import { type Gateway, onlyOf, type SeenTable } from '../gateway/gateway.ts';
import { limitsFor } from '../gateway/limits.ts';
import { createMemory } from '../gateway/memory.ts';
import { isOwner } from '../policies/deciding.ts';
import { callerOf, type Rulebook, type Rules } from '../policies/rulebook.service.ts';
import { columnsSeen } from '../policies/sight.ts';
import { openCursor, type Place, questionDigest, sealCursor } from './cursor.ts';
import { momentOf } from './instants.ts';
import { type Compiled, compileQuestion, placeName } from './question.ts';

const FORMAT = 'JSONCompact';
const FORMAT_SETTINGS = {
  output_format_json_quote_64bit_integers: '0',
  output_format_json_quote_denormals: '0',
  date_time_output_format: 'simple',
};

const INVENTED = {
  zh: '沙箱：答案是按列的结构生成的样例行，不含任何真实数据；可见的列、脱敏与策略和真实数据相同',
  en: 'Sandbox: rows are invented from the columns and hold no real data; columns, masks and policies are those of real data',
};

/** Written answers that are kept. */
const READY_BYTES_MAX = 32 * 2 ** 20;
/** A longer question is read again each time. */
const QUESTION_LENGTH_MAX = 2 ** 14;

/** An answer as it is sent. */
export type ReadyAnswer = { grade: DataGrade; level: DataLevel; sandbox: boolean; body: Uint8Array };
/** What was sent before, for the answer that `same` names. */
type Before = { same: object; ready: ReadyAnswer };

type Parts = { gateway: Gateway; rulebook: Rulebook; ownerOf: string; url: string };
type Seen = { table: SeenTable; rules: Rules };
type Value = string | number | boolean | null;
type Written = {
  meta: { name: string; type: string }[];
  data: Value[][];
  statistics?: { rows_read?: number };
};

/** Use cases of datasets: which there are, what they hold, and questions in the REST grammar. */
export function createDatasets({ gateway, rulebook, ownerOf, url }: Parts) {
  const ready = createMemory<Before>({ bytesMax: READY_BYTES_MAX });
  const numbers = createNumbers();

  async function seen(scope: Scope, id: string, purpose?: string): Promise<Seen> {
    const table = (await gateway.catalog(scope, purpose)).get(id);
    if (!table) await gateway.demandUsable(scope, id);
    if (!table) throw new AppError('NOT_FOUND', { thing: `dataset ${id}` });
    return { table, rules: await rulebook.current() };
  }

  type Asking = { question: DatasetQuestion; door: 'rest' | 'see-as'; signal?: AbortSignal };

  /** Asks it of the gateway; nothing is written of an answer yet. */
  async function asked(scope: Scope, { table, rules }: Seen, { question, door, signal }: Asking) {
    const digest = questionDigest(question, table.id, `${scope.actor.kind}:${scope.actor.id}`);
    const after = question.cursor === undefined ? null : openCursor(question.cursor, digest, rules.secret);
    const compiled = compileQuestion(question, { ...table, key: table.about.key }, after);
    const answer = await gateway.ask(scope, {
      sql: compiled.sql,
      format: FORMAT,
      settings: FORMAT_SETTINGS,
      door,
      ...(door === 'see-as' ? { seen: onlyOf(table) } : {}),
      rowsMax: question.limit + 1,
      requestId: scope.requestId,
      ...(question.sandbox ? { sandbox: true } : {}),
      ...(question.purpose === undefined ? {} : { purpose: question.purpose }),
      ...(signal ? { signal } : {}),
    });
    return { answer, compiled, digest, text: await textOf(answer.chunks) };
  }

  function told(
    { table, rules }: Seen,
    question: DatasetQuestion,
    { answer, compiled, digest, text }: Awaited<ReturnType<typeof asked>>,
  ): DatasetAnswer {
    const written = JSON.parse(text) as Written;
    const known = new Map(columnsSeen(table).map((column) => [column.name, column]));
    const page = pageOf(written, { compiled, limit: question.limit });
    const { rowsRead, elapsedNs } = answer.summary();
    return {
      ...answerOf(page.rows, { written, compiled, known }),
      next: page.places === null ? null : sealCursor(page.places, digest, rules.secret),
      ...highest(table.columns.filter(({ name }) => usedBy(question, name, compiled))),
      ...(answer.sandbox ? { sandbox: true } : {}),
      rowsRead: rowsReadOf(rowsRead, written),
      elapsedMs: Math.round(elapsedNs / 1000) / 1000,
    };
  }

  return {
    /** Datasets of which the caller sees something. */
    async list(scope: Scope): Promise<{ items: DatasetSummary[] }> {
      const [tables, rules] = [await gateway.catalog(scope), await rulebook.current()];
      return { items: tables.all().map((table) => summaryOf(table, rules, ownerOf)) };
    },

    /** @throws NOT_FOUND for one of which nothing is seen, as for one that does not exist */
    async describe(scope: Scope, id: string): Promise<Dataset> {
      const { table, rules } = await seen(scope, id);
      return {
        ...summaryOf(table, rules, ownerOf),
        columns: columnsSeen(table),
        columnsTotal: table.about.columnsTotal,
        key: [...table.about.key],
        rowsOf: [...table.decision.organisations],
        why: [...table.decision.why],
        contract: `/api/share/datasets/${id}/contract`,
      };
    },

    /** The contract of the dataset for this caller (ODCS 3.1.0). @throws NOT_FOUND */
    async contract(scope: Scope, id: string): Promise<Record<string, unknown>> {
      const { table, rules } = await seen(scope, id);
      const { title, description, key, home = ownerOf, version, source } = table.about;
      return contractOf({
        ...{ id, title, description, key, url, owner: home, version: `${version}.${rules.version}` },
        ...(source === undefined ? {} : { source }),
        columns: columnsSeen(table),
        why: table.decision.why,
        language: scope.locale === 'en' ? 'en' : 'zh',
      });
    },

    /** Why a question would be answered as it is, without asking it. @throws NOT_FOUND, COLUMN_UNKNOWN, REQUEST_INVALID */
    async explain(scope: Scope, id: string, question: DatasetQuestion): Promise<DatasetExplanation> {
      const { table } = await seen(scope, id, question.purpose);
      compileQuestion(question, { ...table, key: table.about.key }, null);
      const told = explanationOf(scope, table, table.about.columnsTotal);
      return question.sandbox ? { ...told, why: [INVENTED, ...told.why] } : told;
    },

    /**
     * Answers a question.
     * @throws NOT_FOUND, COLUMN_UNKNOWN, REQUEST_INVALID (values, cursor), SHARE_PURPOSE_NEEDED, SHARE_QUOTA_USED, SHARE_BUSY, and the
     * limits of the engine (QUERY_TIMEOUT, QUERY_TOO_HEAVY, RESULT_TOO_LARGE)
     */
    async query(
      scope: Scope,
      id: string,
      { question, signal }: { question: DatasetQuestion; signal?: AbortSignal },
    ): Promise<ReadyAnswer> {
      const sight = await seen(scope, id, question.purpose);
      // what a caller sees of a dataset is one object as long as it is the same
      const key = `${numbers(sight.table)} ${JSON.stringify(question)}`;
      const before = ready.get(key);
      const got = await asked(scope, sight, { question, door: 'rest', ...(signal ? { signal } : {}) });
      const { same } = got.answer;
      if (before && before.same === same) return before.ready;
      const { grade, level, sandbox = false, ...rest } = told(sight, question, got);
      const whole = { ...rest, grade, level, ...(sandbox ? { sandbox } : {}) };
      const made = { grade, level, sandbox, body: Buffer.from(JSON.stringify(whole)) };
      if (same !== null && key.length <= QUESTION_LENGTH_MAX)
        ready.put(key, { same, ready: made }, made.body.length);
      return made;
    },

    /** The first rows of what somebody else sees, for whoever may look at it: decided before, noted as theirs. */
    async look(scope: Scope, table: SeenTable, purpose?: string): Promise<TrialSample> {
      const rules = await rulebook.current();
      const question = { limit: TRIAL_ROWS_MAX, ...(purpose === undefined ? {} : { purpose }) };
      const sight = { table, rules };
      const { columns, rows } = told(
        sight,
        question,
        await asked(scope, sight, { question, door: 'see-as' }),
      );
      return { columns, rows };
    },
  };
}
export type Datasets = ReturnType<typeof createDatasets>;

/** A number for each object, the same for the same. */
function createNumbers(): (thing: object) => number {
  const numbers = new WeakMap<object, number>();
  let count = 0;
  return (thing) => {
    const known = numbers.get(thing);
    if (known !== undefined) return known;
    count += 1;
    numbers.set(thing, count);
    return count;
  };
}

/** The embedded engine tells it in the answer, for it is done before anybody could look; null where nobody tells. */
function rowsReadOf(watched: number, { statistics }: Written): number | null {
  const told = Math.max(watched, statistics?.rows_read ?? 0);
  return told > 0 ? told : null;
}

async function textOf(chunks: AsyncIterable<Uint8Array>): Promise<string> {
  const parts: Uint8Array[] = [];
  for await (const chunk of chunks) parts.push(chunk);
  return Buffer.concat(parts).toString('utf8');
}

const LEVELS = Object.keys(DATA_LEVELS) as DataLevel[];
/** The highest grade and level of columns; what nobody has classified is grade 一级, level 一般. */
export function highest(columns: readonly Pick<ColumnOffer, 'grade' | 'level'>[]) {
  return {
    grade: columns.reduce<DataGrade>((most, { grade }) => (grade > most ? grade : most), 1),
    level: columns.reduce<DataLevel>(
      (most, { level }) => (LEVELS.indexOf(level) > LEVELS.indexOf(most) ? level : most),
      'general',
    ),
  };
}

function summaryOf(
  { id, table, columns, about }: SeenTable,
  rules: Pick<Rules, 'nameOf'>,
  owner: string,
): DatasetSummary {
  const { title, description, home = owner, kind, version } = about;
  return {
    ...{ id, table, title, description, owner: home, kind, version },
    ownerName: rules.nameOf(home),
    columns: columns.length,
    ...highest(columns),
  };
}

/** A decision as people read it. */
export function explanationOf(scope: Scope, table: SeenTable, columnsTotal: number): DatasetExplanation {
  const { decision } = table;
  const { resultRows, timeMs, resultBytes } = limitsFor('rest', isOwner(callerOf(scope)));
  return {
    allowed: decision.refused === null,
    why: [...decision.why],
    columns: columnsSeen(table),
    columnsTotal,
    hidden: columnsTotal - table.columns.length,
    rowsOf: [...decision.organisations],
    policies: [...decision.parts, ...decision.limits].flatMap(({ policy }) =>
      policy ? [{ id: policy.id, version: policy.version, name: policy.name, effect: policy.effect }] : [],
    ),
    limits: { rowsMax: resultRows, timeMs, bytesMax: resultBytes },
  };
}

/** Whether an answer rests on a column: shown, grouped, computed from or filtered by. */
function usedBy(question: DatasetQuestion, name: string, { columns }: Compiled): boolean {
  return (
    columns.some(({ of }) => of === name) ||
    question.bucket?.column === name ||
    (question.aggregates ?? []).some(({ column }) => column === name) ||
    (question.sort ?? []).some(({ by }) => by === name) ||
    JSON.stringify(question.filter ?? null).includes(`"column":${JSON.stringify(name)}`)
  );
}

/** The rows of the page, and the place behind the last one when there are more. */
function pageOf({ meta, data }: Written, { compiled, limit }: { compiled: Compiled; limit: number }) {
  const rows = data.slice(0, limit);
  const last = rows.at(-1);
  if (compiled.places === null || data.length <= limit || !last) return { rows, places: null };
  const at = new Map(meta.map(({ name }, index) => [name, index]));
  const places = compiled.places.map((_name, index): Place => last[at.get(placeName(index)) ?? -1] ?? null);
  return { rows, places };
}

type Answering = { written: Written; compiled: Compiled; known: ReadonlyMap<string, DatasetColumn> };

function answerOf(rows: readonly Value[][], { written, compiled, known }: Answering) {
  const columns = compiled.columns.map(({ name, of }, index) => {
    const column = of === null ? undefined : known.get(of);
    return {
      name,
      type: column?.type ?? typeOf(written.meta[index]?.type ?? 'String'),
      unit: column?.unit ?? null,
      title: column?.title ?? null,
      grade: column?.grade ?? null,
      level: column?.level ?? null,
      personal: column?.personal ?? false,
      masks: column?.masks ?? [],
    };
  });
  const said = rows.map((row) => {
    const cells = columns.map(({ name, type }, index) => [name, shown(row[index] ?? null, type)]);
    return Object.fromEntries(cells) as Record<string, Value>;
  });
  return { columns, rows: said };
}

const shown = (value: Value, type: DatasetColumnType): Value =>
  type === 'time' && typeof value === 'string' ? momentOf(value) : value;

/** A type of the engine as one of ours. */
export function typeOf(written: string): DatasetColumnType {
  const type = written
    .replace(/^(?:LowCardinality|Nullable)\((.*)\)$/, '$1')
    .replace(/^Nullable\((.*)\)$/, '$1');
  if (/^U?Int/.test(type)) return 'integer';
  if (/^(?:Float|Decimal)/.test(type)) return 'number';
  if (type.startsWith('DateTime')) return 'time';
  if (type.startsWith('Date')) return 'date';
  return type === 'Bool' ? 'boolean' : 'text';
}
