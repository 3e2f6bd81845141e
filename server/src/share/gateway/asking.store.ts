import type { Narrowing } from '#platform/datasets/offer.ts';
import { type GuestFormat, guestFormatOf } from '#platform/db/guests.ts';
import { AppError } from '#platform/errors/errors.ts';
import { isPlain } from '../policies/deciding.ts';
import {
  bindSql,
  type Facts,
  parseSql,
  printSql,
  SETTINGS,
  type Statement,
  settingOf,
  withParameters,
} from '../sql/sql.ts';
import { type Question, type SeenTable, SHARE_DATABASE } from './gateway.ts';
import type { AskLimits } from './limits.ts';
import { catalogSql, describeSql, systemTables } from './metadata.store.ts';
import { narrowingOf } from './narrowing.ts';

/** A question understood: what it reads, and how it will be written for the engine. */
export type Prepared = {
  /** datasets it reads, with the columns it may read of them */
  reads: { seen: SeenTable; columns: readonly string[]; narrow: readonly Narrowing[] }[];
  format: GuestFormat;
  formatSettings: Record<string, string | number>;
  /** limits as the caller lowered them */
  limits(usual: AskLimits): AskLimits;
  print(relationOf: (table: string) => string): string;
  /** for DESCRIBE of a query: what tells its columns must be asked before */
  describes: boolean;
};

/** The format that tells of the columns of an answer without rows, and what DESCRIBE answers from it. */
export const DESCRIBING_FORMAT: GuestFormat = 'JSONCompact';
export function describedFrom(answer: string): string {
  const { meta } = JSON.parse(answer) as { meta: { name: string; type: string }[] };
  return describeSql(meta);
}

const DEFAULT_FORMAT = 'TabSeparated';
/** What clients are told of the server; nothing of it is true of the engine behind it but the version, whose features they look for. */
const FACTS: Facts = {
  ...{ version: '25.8.1.1', timezone: 'UTC', host: 'ronghe', name: 'ronghe', uptime: 1 },
  // of the protocol: clients read the Native format by it
  revision: 54_460,
};

/**
 * Reads a question and binds it to what its caller sees.
 * @throws AppError SQL_REFUSED for all that is not in the language or not seen
 */
export function prepare(question: Question, seen: ReadonlyMap<string, SeenTable>, user: string): Prepared {
  const parsed = parseSql(question.sql);
  const statement = withParameters(parsed, question.parameters ?? {});
  const byTable = new Map([...seen.values()].map((each) => [each.table, each]));
  const names = new Map([...byTable].map(([table, { columns }]) => [table, columns.map(({ name }) => name)]));
  const tables = [...seen.values()];
  const system = systemTables(tables);
  const database = question.database ?? SHARE_DATABASE;
  const bound = bindSql(statement, {
    database,
    tables: new Map<string, { columns: readonly string[] }>([
      ...system,
      ...[...names].map(([table, columns]) => [table, { columns }] as const),
    ]),
  });
  const settings = { ...checked(question.settings ?? {}), ...statement.settings };
  const plain = new Map(
    [...byTable].map(([table, { columns, decision }]) => [
      table,
      columns.map(({ name }) => name).filter((name) => isPlain(decision, name)),
    ]),
  );
  const narrow = bound.statement.kind === 'select' ? narrowingOf(bound.statement.query, plain) : new Map();
  return {
    reads: bound.tables.flatMap((table) => {
      const one = byTable.get(table);
      const columns = [...(bound.columns.get(table) ?? [])];
      return one ? [{ seen: one, columns, narrow: narrow.get(table) ?? [] }] : [];
    }),
    format: isSilent(statement) ? 'Null' : formatNamed(statement.format ?? question.format ?? DEFAULT_FORMAT),
    describes: bound.statement.kind === 'describe-select',
    formatSettings: { ...withRole(settings, 'format'), ...withRole(settings, 'answer') },
    limits: (usual) => lowered(usual, withRole(settings, 'limit')),
    print(relationOf) {
      const answer = catalogSql(statement, { seen: tables, system, database });
      if (answer !== null) return answer;
      const sql = printSql(bound, (table) => system.get(table)?.sql() ?? relationOf(table), {
        ...FACTS,
        user,
      });
      // sql-identifier: the text that was printed from the tree
      return bound.statement.kind === 'describe-select'
        ? `select * from (${sql}) as rh__described limit 0`
        : sql;
    },
  };
}

/** SET and USE answer nothing. */
const isSilent = ({ kind }: Statement): boolean => kind === 'set' || kind === 'use';

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
