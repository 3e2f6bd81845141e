import type { DatasetQuery, DatasetRow, Page } from '@ronghe/contracts';
import type { Kysely } from 'kysely';
import type { Scope } from '#platform/auth/scope.ts';
import type { Analytics } from '#platform/db/analytics.ts';
import type { FuseTables } from '../fuse.tables.ts';
import { conditionsOf, orderOf, rawColumnsOf, rawValue, readFilters } from './dataset-query.ts';
import { findingsOf, toMappedFinding } from './findings.store.ts';
import { CURRENT, createUnscopedRecordStore, currentParams, VISIBLE } from './records.store.ts';

const TIMEOUT_MS = 60_000;

type Line = {
  rowKey: string;
  period: string;
  number: string;
  to: string[];
  text: string[];
  rules: string[];
  fields: string[];
  faults: string[];
};
type Search = Omit<DatasetQuery, 'cursor' | 'limit'>;

/** The rows a source has now, with `raw_values` where columns are asked for as the source delivers them. */
function rowsWith(raw: readonly string[]): string {
  if (raw.length === 0) return CURRENT;
  const values = raw.map((_name, at) => rawValue(`raw_${at}`)).join(', ');
  // sql-identifier: expressions of ours, names of columns are bound
  return `(select * from ${CURRENT} as kept left join (
    select row_key, argMax([${values}], number) as raw_values from fuse.landing
    where ${VISIBLE} and change != 'gone' group by row_key) as delivered using (row_key))`;
}

/** The rows of one source as readers see them now. The service has found the source inside the scope. */
export function createDatasetStore(db: Kysely<FuseTables>, analytics: Analytics) {
  const records = createUnscopedRecordStore(db, analytics);

  async function asked(source: string, { search = '', findings, filters: text, sort }: Search) {
    const visible = (await records.visible([source])).get(source) ?? { upTo: 0, except: [] };
    const filters = readFilters({ filters: text });
    const raw = rawColumnsOf(filters, sort);
    const conditions = conditionsOf(filters, raw);
    const where = [
      findings === 'with' ? 'notEmpty(finding_rule)' : findings === 'without' ? 'empty(finding_rule)' : '1',
      // the raw row holds what the mapping leaves out
      search === ''
        ? '1'
        : `(arrayExists(text -> positionCaseInsensitiveUTF8(text, {search:String}) > 0, value_text)
            or row_key in (select row_key from (
              select row_key, argMax(row, number) as newest from fuse.landing where ${VISIBLE} group by row_key
            ) where positionCaseInsensitiveUTF8(newest, {search:String}) > 0))`,
      ...conditions.where,
    ].join(' and ');
    const current = await currentParams(analytics, source, visible);
    const fields = Object.fromEntries(raw.map((name, at) => [`raw_${at}`, name]));
    const params = { ...current, ...conditions.params, ...fields, search };
    return { visible, where, params, raw, rows: rowsWith(raw) };
  }

  async function count({
    where,
    params,
    rows,
  }: Pick<Awaited<ReturnType<typeof asked>>, 'where' | 'params' | 'rows'>) {
    const [row] = await analytics.query<{ total: string }>(
      // sql-identifier: pieces of our own SQL, all values bound
      `select count() as total from ${rows} where ${where}`,
      { params, timeoutMs: TIMEOUT_MS },
    );
    return Number(row?.total ?? 0);
  }

  return {
    /** A page of rows; `total` is 0 when they are not to be counted. */
    async page(
      _scope: Scope,
      source: string,
      query: DatasetQuery,
      { counted = true }: { counted?: boolean } = {},
    ): Promise<Page<DatasetRow>> {
      const { visible, where, params, raw: asRaw, rows } = await asked(source, query);
      const order = orderOf(query, asRaw);
      const behind = order.after(query.cursor);
      const total = counted ? await count({ where, params, rows }) : 0;
      const found = await analytics.query<Line>(
        // sql-identifier: pieces of our own SQL, all values bound
        `select row_key as rowKey, period, number, value_to as to, value_text as text, finding_rule as rules,
           finding_field as fields, finding_value as faults${order.select}
         from ${rows} where ${where} and ${behind.where} order by ${order.orderBy} limit {rows:UInt32}`,
        { params: { ...params, ...behind.params, rows: query.limit + 1 }, timeoutMs: TIMEOUT_MS },
      );
      const lines = found.slice(0, query.limit);
      const raw = await records.raw(
        source,
        visible,
        lines.map(({ rowKey }) => rowKey),
      );
      const runs = await records.runs(lines.map(({ number }) => Number(number)));
      const last = lines.at(-1);
      return {
        items: lines.map((line) => ({
          rowKey: line.rowKey,
          period: line.period === '' ? null : line.period,
          run: runs.get(Number(line.number))?.id ?? '',
          values: Object.fromEntries(line.to.map((to, at) => [to, line.text[at] ?? ''])),
          row: raw.get(line.rowKey)?.row ?? {},
          findings: findingsOf(line).map(toMappedFinding),
        })),
        next: found.length > query.limit && last ? order.cursorOf(last) : null,
        total,
      };
    },

    /** Names of all fields and targets that any of the rows has, and how many rows there are. */
    async columns(_scope: Scope, source: string, search: Search): Promise<DatasetColumns> {
      const { where, params, rows } = await asked(source, search);
      const [found] = await analytics.query<{ targets: string[]; total: string }>(
        // sql-identifier: pieces of our own SQL, all values bound
        `select groupUniqArrayArray(value_to) as targets, count() as total from ${rows} where ${where}`,
        { params, timeoutMs: TIMEOUT_MS },
      );
      const [raw] = await analytics.query<{ fields: string[] }>(
        // sql-identifier: pieces of our own SQL, all values bound
        `select groupUniqArrayArray(JSONExtractKeys(newest)) as fields from (
           select row_key, argMax(row, number) as newest from fuse.landing
           where ${VISIBLE} and change != 'gone' group by row_key
         ) where row_key in (select row_key from ${rows} where ${where})`,
        { params, timeoutMs: TIMEOUT_MS },
      );
      return { fields: raw?.fields ?? [], targets: found?.targets ?? [], total: Number(found?.total ?? 0) };
    },
  };
}
export type DatasetStore = ReturnType<typeof createDatasetStore>;
export type DatasetColumns = { fields: string[]; targets: string[]; total: number };
