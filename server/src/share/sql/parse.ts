import { type Cursor, createCursor } from './cursor.ts';
import { readBinary, readExpression, readItem } from './expressions.ts';
import { SETTINGS_MAX } from './limits.data.ts';
import { checkLevels } from './measure.ts';
import type { Reader } from './reader.ts';
import { beginsQuery } from './reader.ts';
import { readQuery, readQueryAfter } from './selects.ts';
import { settingOf } from './settings.ts';
import { readTableName } from './sources.ts';
import type { Like, Query, Settings, Statement } from './tree.ts';

type Asked = Statement extends infer S
  ? S extends Statement
    ? Omit<S, 'format' | 'settings'>
    : never
  : never;

/**
 * Reads one statement of ClickHouse's dialect: a select, or a question about the catalog. Everything outside the grammar is
 * refused, so is every function that is not on the allow-list. Time and memory are linear in the text.
 * @throws AppError SQL_REFUSED
 */
export function parseSql(text: string): Statement {
  const cursor = createCursor(text);
  const asked = readStatement(readerOf(cursor));
  const { format, settings } = readTail(cursor);
  while (cursor.takeSign(';'));
  if (cursor.peek().kind !== 'end')
    throw cursor.refuse(wasEnded(text, cursor) ? 'several-statements' : 'syntax');
  checkLevels(asked);
  return { ...asked, format, settings } as Statement;
}

function readerOf(cursor: Cursor): Reader {
  const reader: Reader = {
    cursor,
    expression: () => readExpression(reader),
    binary: (priority) => readBinary(reader, priority),
    item: () => readItem(reader),
    query: () => cursor.deeper(() => readQuery(reader)),
    queryAfter: (first) => readQueryAfter(reader, first),
  };
  return reader;
}

const wasEnded = (text: string, cursor: Cursor): boolean => /;\s*$/.test(text.slice(0, cursor.peek().at));

function readStatement(reader: Reader): Asked {
  const { cursor } = reader;
  if (beginsQuery(cursor) || cursor.isSign('(')) return { kind: 'select', query: reader.query() };
  if (cursor.takeWords('SHOW')) return readShow(cursor);
  if (cursor.takeWords('DESCRIBE') || cursor.takeWords('DESC')) return readDescribe(reader);
  if (cursor.takeWords('EXISTS')) return readExists(cursor);
  throw cursor.refuse('statement');
}

function readDescribe(reader: Reader): Asked {
  const { cursor } = reader;
  cursor.takeWords('TABLE');
  if (!cursor.isSign('(')) return { kind: 'describe', table: readTableName(cursor) };
  cursor.needSign('(');
  const query: Query = reader.query();
  cursor.needSign(')');
  return { kind: 'describe-select', query };
}

function readExists(cursor: Cursor): Asked {
  if (cursor.takeWords('DATABASE')) return { kind: 'exists-database', database: cursor.namePart() };
  cursor.takeWords('TABLE');
  return { kind: 'exists-table', table: readTableName(cursor) };
}

function readShow(cursor: Cursor): Asked {
  if (cursor.takeWords('DATABASES') || cursor.takeWords('SCHEMAS'))
    return { kind: 'show-databases', like: readLike(cursor) };
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
  if (!takeFrom(cursor)) throw cursor.refuse('syntax');
  const table = readTableName(cursor);
  const database = takeFrom(cursor) ? [cursor.namePart()] : [];
  if (database.length > 0 && table.parts.length > 1) throw cursor.refuse('syntax');
  const like = cursor.takeWords('LIKE') ? cursor.needString() : null;
  return { kind: 'show-columns', table: { ...table, parts: [...database, ...table.parts] }, full, like };
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

/** FORMAT and SETTINGS, in either order, only at the very end. */
function readTail(cursor: Cursor): { format: string | null; settings: Settings } {
  let format: string | null = null;
  const settings: Settings = {};
  for (;;) {
    if (cursor.isWords('INTO')) throw cursor.refuse('clause');
    if (cursor.isWords('FORMAT') && format === null) format = readFormat(cursor);
    else if (cursor.takeWords('SETTINGS'))
      for (const [name, value] of cursor.list(() => readSetting(cursor))) settings[name] = value;
    else return { format, settings };
    if (Object.keys(settings).length > SETTINGS_MAX) throw cursor.refuse('too-many');
  }
}

function readFormat(cursor: Cursor): string {
  cursor.take();
  const { kind, text } = cursor.peek();
  if (kind !== 'word' || !/^[A-Za-z][A-Za-z0-9]{0,63}$/.test(text)) throw cursor.refuse('format');
  return cursor.take().text;
}

function readSetting(cursor: Cursor): [string, number | string] {
  const token = cursor.take();
  if (token.kind !== 'word') throw cursor.refuse('syntax', token);
  cursor.needSign('=');
  const negative = cursor.takeSign('-');
  const value = cursor.take();
  if (value.kind === 'sign' || value.kind === 'end' || value.kind === 'name')
    throw cursor.refuse('syntax', value);
  return [token.text, settingOf(token.text, negative ? `-${value.text}` : value.text, token.at)];
}
