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
import type { Gateway, SeenTable } from '../gateway/gateway.ts';
import { limitsFor } from '../gateway/limits.ts';
import { isOwner } from '../policies/deciding.ts';
import { callerOf, type Graded, type Rulebook, type Rules } from '../policies/rulebook.service.ts';
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

type Parts = { gateway: Gateway; rulebook: Rulebook; ownerOf: string; url: string };
type Seen = { table: SeenTable; rules: Rules; graded: Graded };
type Value = string | number | boolean | null;
type Written = {
  meta: { name: string; type: string }[];
  data: Value[][];
  statistics?: { rows_read?: number };
};

/** Use cases of datasets: which there are, what they hold, and questions in the REST grammar. */
export function createDatasets({ gateway, rulebook, ownerOf, url }: Parts) {
  async function seen(scope: Scope, id: string, purpose?: string): Promise<Seen> {
    const table = (await gateway.catalog(scope, purpose)).get(id);
    if (!table) throw new AppError('NOT_FOUND', { thing: `dataset ${id}` });
    const rules = await rulebook.current();
    const graded = rules.datasets.get(id);
    if (!graded) throw new AppError('NOT_FOUND', { thing: `dataset ${id}` });
    return { table, rules, graded };
  }

  type Asking = { question: DatasetQuestion; door: 'rest' | 'see-as'; signal?: AbortSignal };

  async function answerTo(
    scope: Scope,
    { table, rules, graded }: Seen,
    { question, door, signal }: Asking,
  ): Promise<DatasetAnswer> {
    const digest = questionDigest(question, table.id, `${scope.actor.kind}:${scope.actor.id}`);
    const after = question.cursor === undefined ? null : openCursor(question.cursor, digest, rules.secret);
    const compiled = compileQuestion(question, { ...table, key: graded.offer.key }, after);
    const answer = await gateway.ask(scope, {
      sql: compiled.sql,
      format: FORMAT,
      settings: FORMAT_SETTINGS,
      door,
      ...(door === 'see-as' ? { seen: new Map([[table.id, table]]) } : {}),
      rowsMax: question.limit + 1,
      requestId: scope.requestId,
      ...(question.purpose === undefined ? {} : { purpose: question.purpose }),
      ...(signal ? { signal } : {}),
    });
    const written = JSON.parse(await textOf(answer.chunks)) as Written;
    const known = new Map(columnsSeen(table).map((column) => [column.name, column]));
    const page = pageOf(written, { compiled, limit: question.limit });
    const { rowsRead, elapsedNs } = answer.summary();
    return {
      ...answerOf(page.rows, { written, compiled, known }),
      next: page.places === null ? null : sealCursor(page.places, digest, rules.secret),
      ...highest(table.columns.filter(({ name }) => usedBy(question, name, compiled))),
      rowsRead: rowsReadOf(rowsRead, written),
      elapsedMs: Math.round(elapsedNs / 1000) / 1000,
    };
  }

  return {
    /** Datasets of which the caller sees something. */
    async list(scope: Scope): Promise<{ items: DatasetSummary[] }> {
      const [tables, rules] = [await gateway.catalog(scope), await rulebook.current()];
      return { items: [...tables.values()].map((table) => summaryOf(table, rules, ownerOf)) };
    },

    /** @throws NOT_FOUND for one of which nothing is seen, as for one that does not exist */
    async describe(scope: Scope, id: string): Promise<Dataset> {
      const { table, rules, graded } = await seen(scope, id);
      return {
        ...summaryOf(table, rules, ownerOf),
        columns: columnsSeen(table),
        columnsTotal: graded.columns.length,
        key: [...graded.offer.key],
        rowsOf: [...table.decision.organisations],
        why: [...table.decision.why],
        contract: `/api/share/datasets/${id}/contract`,
      };
    },

    /** The contract of the dataset for this caller (ODCS 3.1.0). @throws NOT_FOUND */
    async contract(scope: Scope, id: string): Promise<Record<string, unknown>> {
      const { table, rules, graded } = await seen(scope, id);
      const { title, description, key } = graded.offer;
      return contractOf({
        ...{ id, title, description, key, url, owner: ownerOf, version: rules.version },
        columns: columnsSeen(table),
        why: table.decision.why,
        language: scope.locale === 'en' ? 'en' : 'zh',
      });
    },

    /** Why a question would be answered as it is, without asking it. @throws NOT_FOUND, COLUMN_UNKNOWN, REQUEST_INVALID */
    async explain(scope: Scope, id: string, question: DatasetQuestion): Promise<DatasetExplanation> {
      const { table, graded } = await seen(scope, id, question.purpose);
      compileQuestion(question, { ...table, key: graded.offer.key }, null);
      return explanationOf(scope, table, graded.columns.length);
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
    ): Promise<DatasetAnswer> {
      return answerTo(scope, await seen(scope, id, question.purpose), {
        question,
        door: 'rest',
        ...(signal ? { signal } : {}),
      });
    },

    /** The first rows of what somebody else sees, for whoever may look at it: decided before, noted as theirs. */
    async look(scope: Scope, table: SeenTable, purpose?: string): Promise<TrialSample> {
      const rules = await rulebook.current();
      const graded = rules.datasets.get(table.id);
      if (!graded) throw new AppError('NOT_FOUND', { thing: `dataset ${table.id}` });
      const question = { limit: TRIAL_ROWS_MAX, ...(purpose === undefined ? {} : { purpose }) };
      const { columns, rows } = await answerTo(scope, { table, rules, graded }, { question, door: 'see-as' });
      return { columns, rows };
    },
  };
}
export type Datasets = ReturnType<typeof createDatasets>;

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

function summaryOf(table: SeenTable, rules: Rules, owner: string): DatasetSummary {
  const offer = rules.datasets.get(table.id)?.offer;
  return {
    id: table.id,
    table: table.table,
    title: offer?.title ?? { zh: table.id, en: table.id },
    description: offer?.description ?? { zh: '', en: '' },
    owner,
    ownerName: rules.nameOf(owner),
    columns: table.columns.length,
    ...highest(table.columns),
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
function typeOf(written: string): DatasetColumnType {
  const type = written
    .replace(/^(?:LowCardinality|Nullable)\((.*)\)$/, '$1')
    .replace(/^Nullable\((.*)\)$/, '$1');
  if (/^U?Int/.test(type)) return 'integer';
  if (/^(?:Float|Decimal)/.test(type)) return 'number';
  if (type.startsWith('DateTime')) return 'time';
  if (type.startsWith('Date')) return 'date';
  return type === 'Bool' ? 'boolean' : 'text';
}
