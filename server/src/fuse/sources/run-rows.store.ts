import type { Page, ReadProblem, RunRowQuery, RunRow as RunRowShown } from '@ronghe/contracts';
import type { Kysely } from 'kysely';
import type { Scope } from '#platform/auth/scope.ts';
import type { Analytics } from '#platform/db/analytics.ts';
import { decodeCursor, encodeCursor } from '#platform/paging/cursor.ts';
import type { FuseTables } from '../fuse.tables.ts';
import type { FindingRule } from '../standards/findings.ts';
import { findingsOf, toMappedFinding } from './findings.store.ts';
import { createUnscopedRecordStore, VISIBLE, visibleParams } from './records.store.ts';
import type { RunRow } from './runs.store.ts';

const TIMEOUT_MS = 60_000;

type Line = {
  rowKey: string;
  change: RunRowShown['change'];
  file: string;
  place: number;
  row: string;
  rules: string[];
  fields: string[];
  faults: string[];
};

/** Rows of one run, each once: what it wrote into the landing table, and what it refused. */
const LINES = `
  select row_key as rowKey, change, file, place, row, [] as rules, [] as fields, [] as faults from (
    select * from fuse.landing where source = {source:String} and number = {number:UInt64} limit 1 by row_key)
  union all
  select row_key, 'rejected', file, place, row, finding_rule, finding_field, finding_value from (
    select * from fuse.reject where source = {source:String} and number = {number:UInt64} limit 1 by row_key, place)`;

/** What a run delivered, as people drill down to it. The service has found the run inside the scope. */
export function createRunRowStore(db: Kysely<FuseTables>, analytics: Analytics) {
  const records = createUnscopedRecordStore(db, analytics);

  /** The row as readers saw it before the run, by row key: rows of runs that were not published never were. */
  async function before(run: RunRow, rowKeys: readonly string[]): Promise<Map<string, string>> {
    if (rowKeys.length === 0) return new Map();
    const { except } = (await records.visible([run.source])).get(run.source) ?? { except: [] };
    const visible = { upTo: run.number - 1, except };
    const rows = await analytics.query<{ rowKey: string; newest: string }>(
      // a name of its own: `row` in the condition would be taken for the aggregate
      `select row_key as rowKey, argMax(row, number) as newest from fuse.landing
       where ${VISIBLE} and row_key in {keys:Array(String)} and row != ''
       group by row_key`,
      { params: { ...visibleParams(run.source, visible), keys: rowKeys }, timeoutMs: TIMEOUT_MS },
    );
    return new Map(rows.map(({ rowKey, newest }) => [rowKey, newest]));
  }

  /** What the standards found in rows that landed. */
  async function findings(run: RunRow, rowKeys: readonly string[]): Promise<Map<string, Line>> {
    if (rowKeys.length === 0) return new Map();
    const rows = await analytics.query<Line>(
      `select row_key as rowKey, finding_rule as rules, finding_field as fields, finding_value as faults
       from fuse.record where source = {source:String} and number = {number:UInt64}
         and row_key in {keys:Array(String)} limit 1 by row_key`,
      { params: { source: run.source, number: run.number, keys: rowKeys }, timeoutMs: TIMEOUT_MS },
    );
    return new Map(rows.map((row) => [row.rowKey, row]));
  }

  return {
    async page(
      _scope: Scope,
      run: RunRow,
      { change, cursor, limit }: RunRowQuery,
    ): Promise<Page<RunRowShown>> {
      const [rowKey = '', place = '0', isFirst = '1'] = cursor
        ? [...decodeCursor(cursor, 2).map(String), '0']
        : [];
      const params = {
        source: run.source,
        number: run.number,
        change: change ?? '',
        rowKey,
        place: Number(place),
      };
      const where = `where ({change:String} = '' or change = {change:String})`;
      const [count] = await analytics.query<{ total: string }>(
        // sql-identifier: pieces of our own SQL, all values bound
        `select count() as total from (${LINES}) ${where}`,
        { params, timeoutMs: TIMEOUT_MS },
      );
      const found = await analytics.query<Line>(
        // sql-identifier: pieces of our own SQL, all values bound
        `select * from (${LINES}) ${where} and ({first:UInt8} or (rowKey, place) > ({rowKey:String}, {place:UInt32}))
         order by rowKey, place limit {rows:UInt32}`,
        { params: { ...params, first: Number(isFirst), rows: limit + 1 }, timeoutMs: TIMEOUT_MS },
      );
      const lines = found.slice(0, limit);
      const keysOf = (...changes: Line['change'][]) =>
        lines.filter((line) => changes.includes(line.change)).map((line) => line.rowKey);
      const old = await before(run, keysOf('changed', 'gone'));
      const told = await findings(run, keysOf('new', 'changed'));
      const last = lines.at(-1);
      return {
        items: lines.map((line) =>
          toShown(line, old.get(line.rowKey) ?? null, told.get(line.rowKey) ?? line),
        ),
        next: found.length > limit && last ? encodeCursor([last.rowKey, last.place]) : null,
        total: Number(count?.total ?? 0),
      };
    },

    async problems(
      _scope: Scope,
      run: RunRow,
      { cursor, limit }: { cursor?: string | undefined; limit: number },
    ): Promise<Page<ReadProblem>> {
      const [offset = '0'] = cursor ? decodeCursor(cursor, 1).map(String) : [];
      const params = { source: run.source, number: run.number, offset: Number(offset), rows: limit + 1 };
      const all = `(select * from fuse.problem final where source = {source:String} and number = {number:UInt64})`;
      // sql-identifier: pieces of our own SQL, all values bound
      const [count] = await analytics.query<{ total: string }>(`select count() as total from ${all}`, {
        params,
        timeoutMs: TIMEOUT_MS,
      });
      const found = await analytics.query<Problem>(
        // sql-identifier: pieces of our own SQL, all values bound
        `select file, place, rule, column, text from ${all} order by file, place, rule, column
         limit {rows:UInt32} offset {offset:UInt32}`,
        { params, timeoutMs: TIMEOUT_MS },
      );
      return {
        items: found.slice(0, limit).map((problem) => ({
          rule: problem.rule,
          file: problem.file === '' ? null : problem.file,
          place: problem.place === 0 ? null : problem.place,
          column: problem.column === '' ? null : problem.column,
          text: problem.text === '' ? null : problem.text,
        })),
        next: found.length > limit ? encodeCursor([Number(offset) + limit]) : null,
        total: Number(count?.total ?? 0),
      };
    },
  };
}
export type RunRowStore = ReturnType<typeof createRunRowStore>;

type Problem = { file: string; place: number; rule: ReadProblem['rule']; column: string; text: string };

function toShown(
  line: Line,
  before: string | null,
  told: Pick<Line, 'rules' | 'fields' | 'faults'>,
): RunRowShown {
  const gone = line.change === 'gone';
  return {
    rowKey: line.rowKey,
    change: line.change,
    file: line.file === '' ? null : line.file,
    place: line.place === 0 ? null : line.place,
    row: parse(gone ? (before ?? '{}') : line.row),
    before: gone || before === null ? null : parse(before),
    findings: findingsOf({ ...told, rules: told.rules as FindingRule[] }).map(toMappedFinding),
  };
}

const parse = (text: string): Record<string, unknown> => JSON.parse(text === '' ? '{}' : text);
