import type { Narrowing } from '#platform/datasets/offer.ts';
import { type GuestFormat, guestFormatOf } from '#platform/db/guests.ts';
import { AppError } from '#platform/errors/errors.ts';
import { isPlain } from '../policies/deciding.ts';
import {
  type Bound,
  bindSql,
  type CatalogTable,
  type Facts,
  parseSql,
  printSql,
  type Query,
  SETTINGS,
  type Statement,
  settingOf,
  withParameters,
} from '../sql/sql.ts';
import { type Question, type SeenTable, SHARE_DATABASE, tableName } from './gateway.ts';
import type { AskLimits } from './limits.ts';
import { catalogSql, describeSql, systemTables } from './metadata.store.ts';
import { narrowingOf } from './narrowing.ts';
import { isSplittable, manyOf, type Point, pointOf } from './points.ts';
import type { SeenTables } from './seeing.service.ts';

/** A question understood: what it reads, and how it will be written for the engine. */
export type Prepared = {
  /** datasets it reads, with the columns it may read of them */
  reads: { seen: SeenTable; columns: readonly string[]; narrow: readonly Narrowing[] }[];
  format: GuestFormat;
  formatSettings: Record<string, string | number>;
  /** asked of invented rows */
  sandbox: boolean;
  /** limits as the caller lowered them */
  limits(usual: AskLimits): AskLimits;
  print(relationOf: (table: string) => string): string;
  /** where it may be asked together with others that differ in a value only */
  point: Point | null;
  /** the same for many values of a point */
  printMany(values: readonly (string | number)[], relationOf: (table: string) => string): string;
  /** for DESCRIBE of a query: what tells its columns must be asked before */
  describes: boolean;
};

/** The format that tells of the columns of an answer without rows, and what DESCRIBE answers from it. */
export const DESCRIBING_FORMAT: GuestFormat = 'JSONCompact';
export function describedFrom(answer: string): string {
  const { meta } = JSON.parse(answer) as { meta: { name: string; type: string }[] };
  return describeSql(meta);
}

/** Setting that asks invented rows, in every door. */
export const SANDBOX_SETTING = 'ronghe_sandbox';
const DEFAULT_FORMAT = 'TabSeparated';
/** What clients are told of the server; nothing of it is true of the engine behind it but the version, whose features they look for. */
const FACTS: Facts = {
  ...{ version: '25.8.1.1', timezone: 'UTC', host: 'ronghe', name: 'ronghe', uptime: 1 },
  // of the protocol: clients read the Native format by it
  revision: 54_460,
};

type Known = {
  /** what the caller sees, saved queries among it */
  seen: SeenTables;
  /** saved queries by id, with what stands for them */
  views: ReadonlyMap<string, { query: Query }>;
  user: string;
};

/**
 * Reads a question and binds it to what its caller sees.
 * @throws AppError SQL_REFUSED for all that is not in the language or not seen
 */
export function prepare(question: Question, { seen, views, user }: Known): Prepared {
  const parsed = parseSql(question.sql);
  // a text without a brace has no parameter to fill
  const statement = question.sql.includes('{') ? withParameters(parsed, question.parameters ?? {}) : parsed;
  const system = systemOf(seen);
  const database = question.database ?? SHARE_DATABASE;
  const bound = bindSql(statement, {
    database,
    tables: { get: (table) => system.get(table) ?? catalogTable(table, { seen, views }) },
  });
  const read = (table: string) => seen.get(idOf(table) ?? '');
  const settings = { ...checked(question.settings ?? {}), ...statement.settings };
  const plain = new Map(
    bound.tables.flatMap((table): [string, string[]][] => {
      const one = read(table);
      if (!one) return [];
      const names = one.columns.map(({ name }) => name);
      return [[table, names.filter((name) => isPlain(one.decision, name))]];
    }),
  );
  const narrow: ReadonlyMap<string, Narrowing[]> =
    bound.statement.kind === 'select' ? narrowingOf(bound.statement.query, plain) : new Map();
  const format = isSilent(statement)
    ? 'Null'
    : formatNamed(statement.format ?? question.format ?? DEFAULT_FORMAT);
  const formatSettings = { ...withRole(settings, 'format'), ...withRole(settings, 'answer') };
  const sandbox = settings[SANDBOX_SETTING] === 1;
  const mayJoin =
    !sandbox && isSplittable(format) && (question.door === 'rest' || isUsual(format, formatSettings));
  const point = mayJoin && bound.statement.kind === 'select' ? pointOf(bound.statement.query, narrow) : null;
  const printed = (query: Bound, relationOf: (table: string) => string) =>
    printSql(query, (table) => system.get(table)?.sql() ?? relationOf(table), { ...FACTS, user });
  return {
    reads: [...bound.tables, ...bound.views].flatMap((table) => {
      const one = read(table);
      const columns = [...(bound.columns.get(table) ?? [])];
      return one ? [{ seen: one, columns, narrow: narrow.get(table) ?? [] }] : [];
    }),
    ...{ format, formatSettings, sandbox, point },
    describes: bound.statement.kind === 'describe-select',
    limits: (usual) => lowered(usual, withRole(settings, 'limit')),
    print(relationOf) {
      const answer = catalogSql(statement, { seen: () => seen.all(), system, database });
      if (answer !== null) return answer;
      const sql = printed(bound, relationOf);
      // sql-identifier: the text that was printed from the tree
      return bound.statement.kind === 'describe-select'
        ? `select * from (${sql}) as rh__described limit 0`
        : sql;
    },
    printMany(values, relationOf) {
      if (!point || bound.statement.kind !== 'select') throw new Error('this question is asked alone');
      return printed(
        { ...bound, statement: { ...bound.statement, query: manyOf(point, values) } },
        relationOf,
      );
    },
  };
}

const idOf = (table: string): string | null =>
  table.startsWith(tableName('')) ? table.slice(tableName('').length) : null;

/** Tables that tell of what a caller sees; the same for the same caller. */
const systems = new WeakMap<SeenTables, ReturnType<typeof systemTables>>();
function systemOf(seen: SeenTables): ReturnType<typeof systemTables> {
  const known = systems.get(seen) ?? systemTables(() => seen.all());
  systems.set(seen, known);
  return known;
}

/** A table of the catalog as the binder knows it. */
function catalogTable(
  table: string,
  { seen, views }: Pick<Known, 'seen' | 'views'>,
): CatalogTable | undefined {
  const id = idOf(table);
  if (id === null) return undefined;
  const found = seen.get(id);
  if (!found) {
    if (!seen.isUnusable(id)) return undefined;
    return { columns: [], unusable: () => new AppError('SAVED_QUERY_UNUSABLE', { dataset: id }) };
  }
  const view = views.get(id)?.query;
  return { columns: found.columns.map(({ name }) => name), ...(view ? { view } : {}) };
}

/** SET and USE answer nothing. */
const isSilent = ({ kind }: Statement): boolean => kind === 'set' || kind === 'use';

/** Settings of formats would change how an answer is taken apart; JSONCompact is taken apart for our own door only. */
const isUsual = (format: string, settings: object): boolean =>
  format !== 'JSONCompact' && Object.keys(settings).length === 0;

function formatNamed(name: string): GuestFormat {
  const format = guestFormatOf(name);
  if (format === null)
    throw new AppError('SQL_FAILED', {
      number: 73,
      name: 'UNKNOWN_FORMAT',
      reason: `Unknown format ${name.slice(0, 100)}`,
    });
  return format;
}

const checked = (settings: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.entries(settings).map(([name, value]) => [name, settingOf(name, value)]));

const withRole = (settings: Readonly<Record<string, string | number>>, role: 'format' | 'answer' | 'limit') =>
  Object.fromEntries(Object.entries(settings).filter(([name]) => SETTINGS[name]?.role === role));

const MS = 1_000;
/** A caller may lower its limits and never raise them; 0, which is "none" in ClickHouse, changes nothing. */
function lowered(usual: AskLimits, told: Readonly<Record<string, string | number>>): AskLimits {
  const least = (name: string, own: number, factor = 1): number => {
    const asked = Number(told[name] ?? 0) * factor;
    return asked > 0 ? Math.max(1, Math.min(own, Math.round(asked))) : own;
  };
  // `break` cuts an answer at the rows that were asked for; an answer beyond what is allowed stays an error
  const cut =
    told.result_overflow_mode === 'break' && least('max_result_rows', usual.resultRows) < usual.resultRows;
  return {
    firstRows: cut ? least('max_result_rows', usual.resultRows) : 0,
    timeMs: least('max_execution_time', usual.timeMs, MS),
    memoryBytes: least('max_memory_usage', usual.memoryBytes),
    resultRows: cut ? usual.resultRows : least('max_result_rows', usual.resultRows),
    resultBytes: least('max_result_bytes', usual.resultBytes),
    readRows: least('max_rows_to_read', usual.readRows),
    threads: least('max_threads', usual.threads),
  };
}
