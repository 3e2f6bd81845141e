import type { Cursor } from './cursor.ts';
import { quoteText } from './quoting.ts';
import { refused } from './refused.ts';
import { readTableName } from './sources.ts';
import type { Like, NamePart, Query, Statement, TableName } from './tree.ts';

/** A statement without what may stand at its end. */
export type Asked = Statement extends infer S
  ? S extends Statement
    ? Omit<S, 'format' | 'settings'>
    : never
  : never;

/** Lists that are selects of the tables of `system`, as ClickHouse itself reads them. */
const LISTS: readonly { words: readonly (readonly string[])[]; sql: string }[] = [
  { words: [['FUNCTIONS']], sql: 'select * from system.functions' },
  { words: [['CHANGED', 'SETTINGS'], ['SETTINGS']], sql: 'select name, type, value from system.settings' },
  { words: [['ENGINES']], sql: 'select * from system.table_engines' },
  { words: [['DICTIONARIES']], sql: 'select name from system.dictionaries' },
  { words: [['CLUSTERS']], sql: 'select cluster as name from system.clusters' },
  { words: [['CURRENT', 'ROLES'], ['ENABLED', 'ROLES'], ['ROLES']], sql: 'select name from system.roles' },
];
const INDEX_WORDS = ['INDEX', 'INDEXES', 'INDICES', 'KEYS'];

function likeText(like: Like | null): string {
  if (like === null) return '';
  // sql-identifier: one of two operators; the pattern is a literal of ours, and the text is read by our own parser
  return ` where name ${like.not ? 'not ' : ''}${like.caseless ? 'ilike' : 'like'} ${quoteText(like.pattern)}`;
}

export function readExists(cursor: Cursor): Asked {
  if (cursor.takeWords('DATABASE')) return { kind: 'exists-database', database: cursor.namePart() };
  cursor.takeWords('TABLE');
  return { kind: 'exists-table', table: readTableName(cursor) };
}

/** `queryOf` reads a select of ours. @throws AppError SQL_REFUSED `statement` for what is not shown */
export function readShow(cursor: Cursor, queryOf: (text: string) => Query): Asked {
  const list = LISTS.find(({ words }) => words.some((word) => cursor.takeWords(...word)));
  if (list) return { kind: 'select', query: queryOf(`${list.sql}${likeText(readLike(cursor))}`) };
  if (INDEX_WORDS.some((word) => cursor.takeWords(word))) return readShowIndexes(cursor, queryOf);
  if (cursor.takeWords('DATABASES') || cursor.takeWords('SCHEMAS'))
    return { kind: 'show-databases', like: readLike(cursor) };
  if (cursor.takeWords('CREATE', 'DATABASE'))
    return { kind: 'show-create-database', database: cursor.namePart() };
  if (cursor.takeWords('CREATE', 'TABLE') || cursor.takeWords('CREATE', 'VIEW') || cursor.takeWords('CREATE'))
    return { kind: 'show-create', table: readTableName(cursor) };
  const full = cursor.takeWords('FULL');
  if (cursor.takeWords('COLUMNS') || cursor.takeWords('FIELDS')) return readShowColumns(cursor, full);
  if (!cursor.takeWords('TABLES')) throw cursor.refuse('statement');
  const database = takeFrom(cursor) ? cursor.namePart() : null;
  const like = readLike(cursor);
  const limit = cursor.takeWords('LIMIT') ? readNumber(cursor) : null;
  return { kind: 'show-tables', database, full, like, limit };
}

function readShowColumns(cursor: Cursor, full: boolean): Asked {
  const table = readTableAndDatabase(cursor);
  const like = cursor.takeWords('LIKE') ? cursor.needString() : null;
  return { kind: 'show-columns', table, full, like };
}

/** `FROM table`, `FROM database.table`, `FROM table FROM database` */
function readTableAndDatabase(cursor: Cursor): TableName {
  if (!takeFrom(cursor)) throw cursor.refuse('syntax');
  const table = readTableName(cursor);
  const database = takeFrom(cursor) ? [cursor.namePart()] : [];
  if (database.length > 0 && table.parts.length > 1) throw cursor.refuse('syntax');
  return { ...table, parts: [...database, ...table.parts] };
}

/** What indexes a table has: none that anybody outside could see, told in the columns that clients expect. */
function readShowIndexes(cursor: Cursor, queryOf: (text: string) => Query): Asked {
  const [table = '', ...rest] = readTableAndDatabase(cursor).parts.toReversed().map(textOf);
  const database = rest.length === 0 ? '' : ` and table_schema = ${quoteText(rest[0] ?? '')}`;
  return {
    kind: 'select',
    query: queryOf(
      // sql-identifier: literals of ours in a text that our own parser reads
      `select table_name as \`table\`, non_unique, index_name as key_name, seq_in_index, column_name, collation, cardinality, sub_part, packed,
         nullable as \`null\`, index_type, comment, index_comment, is_visible as visible, expression
       from information_schema.statistics where table_name = ${quoteText(table)}${database}`,
    ),
  };
}

function textOf(part: NamePart): string {
  if (typeof part !== 'string') throw refused('parameter', -1, part.parameter);
  return part;
}

const takeFrom = (cursor: Cursor): boolean => cursor.takeWords('FROM') || cursor.takeWords('IN');

function readLike(cursor: Cursor): Like | null {
  const not = cursor.takeWords('NOT');
  const caseless = cursor.takeWords('ILIKE');
  if (!caseless && !cursor.takeWords('LIKE')) {
    if (not) throw cursor.refuse('syntax');
    return null;
  }
  return { pattern: cursor.needString(), not, caseless };
}

function readNumber(cursor: Cursor): number {
  const { kind, text } = cursor.peek();
  if (kind !== 'number' || !/^[0-9]{1,9}$/.test(text)) throw cursor.refuse('syntax');
  cursor.take();
  return Number(text);
}
