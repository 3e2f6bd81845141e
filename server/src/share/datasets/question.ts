import type { DatasetColumn, DatasetQuestion, FilterValue, RowFilter } from '@ronghe/contracts';
import { AppError } from '#platform/errors/errors.ts';
import type { Place } from './cursor.ts';
import { engineMoment } from './instants.ts';
import { nearNames } from './near.ts';

export type SeenColumn = Pick<DatasetColumn, 'name' | 'type'>;
export type SeenDataset = {
  /** name in SQL */
  table: string;
  key: readonly string[];
  /** columns the caller sees, in the order of the dataset */
  columns: readonly SeenColumn[];
};
export type Compiled = {
  /** a select in the language of the gateway */
  sql: string;
  /** columns of the answer that a reader asked for, in order; null for what was computed */
  columns: { name: string; of: string | null }[];
  /** columns that say where a page ends; null where an answer has one page only */
  places: string[] | null;
};

const quoted = (text: string): string =>
  `'${text.replace(/[\\']/g, (character) => `\\${character}`).replaceAll('\0', '\\0')}'`;
const named = (name: string): string => `\`${name}\``;
/** Columns that the answer carries for the cursor only begin so. */
const PLACE = 'place_';

const invalid = (path: string, message: string): AppError =>
  new AppError('REQUEST_INVALID', {}, { details: [{ path: `body/${path}`, message }] });

/**
 * A question of the REST grammar in the gateway's own language. Values become literals of the column's type; every name is one of
 * the caller's columns or an alias of the question.
 * @throws AppError COLUMN_UNKNOWN with near names, REQUEST_INVALID for a value that does not fit or an alias told twice
 */
export function compileQuestion(
  question: DatasetQuestion,
  dataset: SeenDataset,
  after: readonly Place[] | null,
): Compiled {
  const columns = new Map(dataset.columns.map((column) => [column.name, column]));
  const grouped =
    (question.group?.length ?? 0) > 0 ||
    (question.aggregates?.length ?? 0) > 0 ||
    question.bucket !== undefined;
  return grouped
    ? compileGroups(question, { dataset, columns })
    : compileRows(question, { dataset, columns }, after);
}

type Known = { dataset: SeenDataset; columns: ReadonlyMap<string, SeenColumn> };

function columnOf(name: string, { columns }: Known): SeenColumn {
  const found = columns.get(name);
  if (found) return found;
  const near = nearNames(name, [...columns.keys()]);
  throw new AppError('COLUMN_UNKNOWN', { column: name, near: near.join(', ') || '-' });
}

function compileRows(question: DatasetQuestion, known: Known, after: readonly Place[] | null): Compiled {
  const { dataset, columns } = known;
  const selected = [...new Set(question.select ?? [...columns.keys()])].map(
    (name) => columnOf(name, known).name,
  );
  const sorts = [...(question.sort ?? [])];
  const paged = dataset.key.length > 0 && dataset.key.every((name) => columns.has(name));
  if (paged)
    for (const key of dataset.key)
      if (!sorts.some(({ by }) => by === key)) sorts.push({ by: key, order: 'asc' });
  for (const { by } of sorts) columnOf(by, known);
  const places = sorts.map(({ by }) => by);
  const carried = paged ? places.map((name, index) => `${named(name)} as ${named(`${PLACE}${index}`)}`) : [];
  const conditions = [
    ...(question.filter ? [condition(question.filter, known)] : []),
    ...(after ? [behind(sorts, after, known)] : []),
  ];
  const order = sorts.map(({ by, order: way }) => `${named(by)} ${way}`);
  return {
    // sql-identifier: the gateway's own language, parsed again before anything runs; names are columns of the dataset, values literals
    sql: `select ${[...selected.map(named), ...carried].join(', ')} from ${dataset.table}${whereOf(conditions)}${orderOf(order)} limit ${question.limit + (paged ? 1 : 0)}`,
    columns: selected.map((name) => ({ name, of: name })),
    places: paged ? places : null,
  };
}

/** All rows that an export asks for, in no order, at most so many. @throws AppError COLUMN_UNKNOWN, REQUEST_INVALID */
export function exportSql(
  { select, filter }: Pick<DatasetQuestion, 'select' | 'filter'>,
  dataset: SeenDataset,
  rowsMax: number,
): { sql: string; headers: string[] } {
  const columns = new Map(dataset.columns.map((column) => [column.name, column]));
  const known = { dataset, columns };
  const headers = [...new Set(select ?? [...columns.keys()])].map((name) => columnOf(name, known).name);
  const where = whereOf(filter ? [condition(filter, known)] : []);
  return {
    // sql-identifier: the gateway's own language, parsed again before anything runs; names are columns of the dataset, values literals
    sql: `select ${headers.map(named).join(', ')} from ${dataset.table}${where} limit ${rowsMax}`,
    headers,
  };
}

/** Where a column of the cursor stands in the answer. */
export const placeName = (index: number): string => `${PLACE}${index}`;

const whereOf = (conditions: readonly string[]) =>
  conditions.length === 0 ? '' : ` where ${conditions.map((each) => `(${each})`).join(' and ')}`;
const orderOf = (order: readonly string[]) => (order.length === 0 ? '' : ` order by ${order.join(', ')}`);

/** Rows behind a place: a later first column, or the same and a later second one, and so on. What is unknown comes last. */
function behind(sorts: NonNullable<DatasetQuestion['sort']>, places: readonly Place[], known: Known): string {
  const [sort, ...others] = sorts;
  if (!sort) return 'false';
  const column = columnOf(sort.by, known);
  const place = places[0] ?? null;
  const rest = others.length === 0 ? 'false' : behind(others, places.slice(1), known);
  const name = named(column.name);
  if (place === null) return `(${name} is null and ${rest})`;
  const value = literal(place, column, 'cursor');
  return `(${name} ${sort.order === 'asc' ? '>' : '<'} ${value} or ${name} is null or (${name} = ${value} and ${rest}))`;
}

const PERIODS = {
  minute: 'toStartOfMinute',
  hour: 'toStartOfHour',
  day: 'toStartOfDay',
  week: 'toMonday',
  month: 'toStartOfMonth',
  quarter: 'toStartOfQuarter',
  year: 'toStartOfYear',
} as const;
const FUNCTIONS = {
  count: (column: string) => `count(${column})`,
  countDistinct: (column: string) => `uniqExact(${column})`,
  sum: (column: string) => `sum(${column})`,
  avg: (column: string) => `avg(${column})`,
  min: (column: string) => `min(${column})`,
  max: (column: string) => `max(${column})`,
  median: (column: string) => `quantileExact(0.5)(${column})`,
} as const;
const NUMERIC = new Set(['sum', 'avg', 'median']);

function compileGroups(question: DatasetQuestion, known: Known): Compiled {
  const { group = [], aggregates = [], bucket } = question;
  if (question.select)
    throw invalid('select', 'a question with groups tells its columns by group and aggregates');
  if (question.cursor) throw invalid('cursor', 'an answer with groups has one page');
  const parts: { name: string; sql: string; of: string | null }[] = [];
  for (const name of group) parts.push({ name, sql: named(columnOf(name, known).name), of: name });
  if (bucket) {
    const column = columnOf(bucket.column, known);
    if (column.type !== 'time' && column.type !== 'date')
      throw invalid('bucket/column', 'must be a time or a date');
    const zone = column.type === 'time' ? `, 'Asia/Shanghai'` : '';
    parts.push({
      name: bucket.as ?? bucket.column,
      sql: `toString(${PERIODS[bucket.every]}(${named(column.name)}${zone}))`,
      of: null,
    });
  }
  const keys = parts.map(({ sql }) => sql);
  for (const { fn, column: of, as } of aggregates) {
    if (of === undefined && fn !== 'count') throw invalid('aggregates', `${fn} needs a column`);
    const column = of === undefined ? null : columnOf(of, known);
    if (column && NUMERIC.has(fn) && column.type !== 'number' && column.type !== 'integer')
      throw invalid('aggregates', `${fn} needs a column of numbers; ${column.name} is ${column.type}`);
    parts.push({ name: as, sql: FUNCTIONS[fn](column ? named(column.name) : ''), of: null });
  }
  const names = new Set(parts.map(({ name }) => name));
  if (names.size < parts.length)
    throw invalid('aggregates', 'each column of the answer needs a name of its own');
  const positions = new Map(parts.map(({ name }, index) => [name, index + 1]));
  const order = (question.sort ?? []).map(({ by, order: way }) => {
    const position = positions.get(by);
    if (position === undefined)
      throw new AppError('COLUMN_UNKNOWN', { column: by, near: nearNames(by, [...names]).join(', ') || '-' });
    return `${named(answerName(position))} ${way}`;
  });
  const list = parts.map(({ sql }, index) => `${sql} as ${named(answerName(index + 1))}`);
  const by = keys.length === 0 ? '' : ` group by ${keys.join(', ')}`;
  const where = whereOf(question.filter ? [condition(question.filter, known)] : []);
  return {
    // sql-identifier: the gateway's own language, parsed again before anything runs; names are columns of the dataset, values literals
    sql: `select ${list.join(', ')} from ${known.dataset.table}${where}${by}${orderOf(order)} limit ${question.limit}`,
    columns: parts.map(({ name, of }) => ({ name, of })),
    places: null,
  };
}

/** Columns of groups have names of ours, so that an alias called like a column means that column nowhere. */
export const answerName = (position: number): string => `answer_${position}`;

const COMPARED = { eq: '=', ne: '!=', lt: '<', lte: '<=', gt: '>', gte: '>=' } as const;

function condition(filter: RowFilter, known: Known): string {
  if ('and' in filter) return filter.and.map((part) => `(${condition(part, known)})`).join(' and ');
  if ('or' in filter) return filter.or.map((part) => `(${condition(part, known)})`).join(' or ');
  if ('not' in filter) return `not (${condition(filter.not, known)})`;
  const column = columnOf(filter.column, known);
  const name = named(column.name);
  switch (filter.op) {
    case 'isNull':
      return `${name} is null`;
    case 'notNull':
      return `${name} is not null`;
    case 'in':
    case 'notIn':
      return `${name} ${filter.op === 'in' ? 'in' : 'not in'} (${filter.values.map((value) => literal(value, column)).join(', ')})`;
    case 'contains':
    case 'startsWith': {
      if (column.type !== 'text')
        throw invalid('filter', `${filter.op} needs a text; ${column.name} is ${column.type}`);
      const text = quoted(String(filter.value));
      return filter.op === 'contains' ? `position(${name}, ${text}) > 0` : `startsWith(${name}, ${text})`;
    }
    default:
      return `${name} ${COMPARED[filter.op]} ${literal(filter.value, column)}`;
  }
}

const DAY = /^\d{4}-\d{2}-\d{2}$/;

function literal(value: FilterValue, { name, type }: SeenColumn, path = 'filter'): string {
  const unfit = () => invalid(path, `${JSON.stringify(value)} does not fit ${name}, which is ${type}`);
  switch (type) {
    case 'text':
      if (typeof value !== 'string') throw unfit();
      return quoted(value);
    case 'boolean':
      if (typeof value !== 'boolean') throw unfit();
      return String(value);
    case 'time': {
      const moment = typeof value === 'string' ? engineMoment(value) : null;
      if (moment === null) throw unfit();
      return `toDateTime64(${quoted(moment)}, 6, 'UTC')`;
    }
    case 'date':
      if (typeof value !== 'string' || !DAY.test(value)) throw unfit();
      return `toDate(${quoted(value)})`;
    default:
      if (typeof value !== 'number' || !Number.isFinite(value)) throw unfit();
      if (type === 'integer' && !Number.isSafeInteger(value)) throw unfit();
      return Object.is(value, -0) ? '0' : value < 0 ? `(${value})` : String(value);
  }
}
