import { DATASET_FILTERS_MAX, DatasetFilter, type DatasetQuery, RAW_COLUMN } from '@ronghe/contracts';
import { z } from 'zod';
import { AppError } from '#platform/errors/errors.ts';
import { decodeCursor, encodeCursor } from '#platform/paging/cursor.ts';

/** Longest beginning of a value by which rows are put in order, characters. */
const SORT_TEXT_MAX = 200;
const NUMBER = /^[+-]?\d+(\.\d+)?$/;
const Filters = z.array(DatasetFilter).max(DATASET_FILTERS_MAX);

type Params = Record<string, string | number>;
export type DatasetOrder = {
  /** further columns of the select, from which the next cursor is made */
  select: string;
  orderBy: string;
  /** condition for what comes behind a cursor, and its values. @throws AppError REQUEST_INVALID */
  after(cursor: string | undefined): { where: string; params: Params };
  cursorOf(line: Record<string, unknown>): string;
};

/** The filters of a query, as its text says them. @throws AppError REQUEST_INVALID with the place in details */
export function readFilters({ filters }: Pick<DatasetQuery, 'filters'>): DatasetFilter[] {
  if (filters === undefined) return [];
  const parsed = Filters.safeParse(jsonOf(filters));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const details = [{ path: ['filters', ...(issue?.path ?? [])].join('.'), message: issue?.message ?? '' }];
  throw new AppError('REQUEST_INVALID', {}, { details });
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** Columns as the source delivers them that a query asks for, each once; `raw_values` has them in this order. */
export const rawColumnsOf = (filters: readonly DatasetFilter[], sort: string | undefined): string[] => [
  ...new Set(
    [...filters.map(({ to }) => to), sort ?? '']
      .filter((to) => to.startsWith(RAW_COLUMN))
      .map((to) => to.slice(RAW_COLUMN.length)),
  ),
];

/** The value of a field of a raw row, text or JSON; empty when there is none. `name` is a parameter of ours. */
export const rawValue = (name: string): string => {
  const field = `{${name}:String}`;
  return `multiIf(JSONType(row, ${field}) = 'String', JSONExtractString(row, ${field}),
    JSONType(row, ${field}) = 'Null', '', JSONExtractRaw(row, ${field}))`;
};

/** The value that a target has in a row of `fuse.record`; empty when it has none. `name` is a parameter of ours. */
const targetValue = (to: string, name: string, raw: readonly string[]): string => {
  if (to.startsWith(RAW_COLUMN)) return `raw_values[${raw.indexOf(to.slice(RAW_COLUMN.length)) + 1}]`;
  if (to === 'rowKey') return 'row_key';
  if (to === 'period') return 'toString(period)';
  return `arrayElement(value_text, indexOf(value_to, {${name}:String}))`;
};

/** Conditions over `fuse.record` for filters, all of which must hold; targets and values are bound. `raw` is that of `rawColumnsOf`. */
export function conditionsOf(
  filters: readonly DatasetFilter[],
  raw: readonly string[],
): { where: string[]; params: Params } {
  const params: Params = {};
  const where = filters.map((filter, at) => {
    const [field, wanted] = [`filter_to_${at}`, `filter_value_${at}`];
    params[field] = filter.to;
    params[wanted] = filter.value;
    return conditionOf(filter, { found: targetValue(filter.to, field, raw), wanted: `{${wanted}:String}` });
  });
  return { where, params };
}

type Pieces = { found: string; wanted: string };
function conditionOf({ is, value }: DatasetFilter, { found, wanted }: Pieces): string {
  switch (is) {
    case 'contains':
      return `positionCaseInsensitiveUTF8(${found}, ${wanted}) > 0`;
    case 'equals':
      return `${found} = ${wanted}`;
    case 'empty':
      return `${found} = ''`;
    case 'filled':
      return `${found} != ''`;
    case 'least':
    case 'most': {
      const sign = is === 'least' ? '>=' : '<=';
      // dates, months and codes are compared as the texts they are
      if (!NUMBER.test(value)) return `(${found} != '' and ${found} ${sign} ${wanted})`;
      return `ifNull(toFloat64OrNull(${found}) ${sign} toFloat64(${wanted}), 0)`;
    }
  }
}

/**
 * The order of rows: by their key, or by the value of a target, numbers as numbers before texts, what is empty last either way.
 */
export function orderOf(
  { sort = 'rowKey', order = 'asc' }: Pick<DatasetQuery, 'sort' | 'order'>,
  raw: readonly string[],
): DatasetOrder {
  if (sort === 'rowKey') return byKey(order);
  const value = `substringUTF8(${targetValue(sort, 'sort_to', raw)}, 1, ${SORT_TEXT_MAX})`;
  const number = `toFloat64OrNull(${value})`;
  const isNumber = `ifNull(isFinite(${number}), 0)`;
  // 0 numbers, 1 other texts, 2 nothing
  const rank = `multiIf(${value} = '', 2, ${isNumber}, 0, 1)`;
  const amount = `if(${isNumber}, assumeNotNull(${number}), 0)`;
  const [to, sign] = order === 'asc' ? ['', '>'] : [' desc', '<'];
  return {
    select: `, ${rank} as sort_rank, toString(${amount}) as sort_amount, ${value} as sort_text`,
    orderBy: `${rank}, ${amount}${to}, ${value}${to}, row_key`,
    after(cursor) {
      if (cursor === undefined) return { where: '1', params: { sort_to: sort } };
      const [atRank = '', atAmount = '', atText = '', atKey = ''] = decodeCursor(cursor, 4);
      const here = `${rank} = {at_rank:Int64}`;
      const amountOf = 'toFloat64({at_amount:String})';
      return {
        where: `(${rank} > {at_rank:Int64} or (${here} and (${amount} ${sign} ${amountOf} or (${amount} = ${amountOf}
          and (${value} ${sign} {at_text:String} or (${value} = {at_text:String} and row_key > {at_key:String}))))))`,
        params: {
          ...{ sort_to: sort, at_text: atText, at_key: atKey },
          at_rank: checkedNumber(atRank),
          at_amount: String(checkedNumber(atAmount)),
        },
      };
    },
    cursorOf: ({ sort_rank, sort_amount, sort_text, rowKey }) =>
      encodeCursor([Number(sort_rank), String(sort_amount), String(sort_text), String(rowKey)]),
  };
}

function byKey(order: 'asc' | 'desc'): DatasetOrder {
  return {
    select: '',
    orderBy: order === 'asc' ? 'row_key' : 'row_key desc',
    after(cursor) {
      if (cursor === undefined) return { where: '1', params: {} };
      const [key = ''] = decodeCursor(cursor, 1);
      return { where: `row_key ${order === 'asc' ? '>' : '<'} {at_key:String}`, params: { at_key: key } };
    },
    cursorOf: ({ rowKey }) => encodeCursor([String(rowKey)]),
  };
}

function checkedNumber(text: string): number {
  const number = Number(text);
  if (text !== '' && Number.isFinite(number)) return number;
  throw new AppError(
    'REQUEST_INVALID',
    {},
    { details: [{ path: 'cursor', message: 'not a cursor of this list' }] },
  );
}
