import { type Cursor, createCursor } from './cursor.ts';
import { readBinary, readExpression, readItem } from './expressions.ts';
import { SETTINGS_MAX } from './limits.data.ts';
import { checkLevels } from './measure.ts';
import type { Reader } from './reader.ts';
import { beginsQuery } from './reader.ts';
import { readQuery, readQueryAfter } from './selects.ts';
import { settingOf } from './settings.ts';
import { type Asked, readExists, readShow } from './shows.ts';
import { readTableName } from './sources.ts';
import type { Settings, Statement } from './tree.ts';

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
  if (cursor.takeWords('SHOW')) return readShow(cursor, (text) => readerOf(createCursor(text)).query());
  if (cursor.takeWords('SET')) return readSet(cursor);
  if (cursor.takeWords('USE')) return { kind: 'use', database: cursor.namePart() };
  if (cursor.takeWords('DESCRIBE') || cursor.takeWords('DESC')) return readDescribe(reader);
  if (cursor.takeWords('EXISTS')) return readExists(cursor);
  throw cursor.refuse('statement');
}

function readDescribe(reader: Reader): Asked {
  const { cursor } = reader;
  cursor.takeWords('TABLE');
  // `DESCRIBE (SELECT …)`, `DESCRIBE TABLE (SELECT …)` and `DESCRIBE SELECT …` ask the same
  if (beginsQuery(cursor) || cursor.isSign('(')) return { kind: 'describe-select', query: reader.query() };
  return { kind: 'describe', table: readTableName(cursor) };
}

/** `SET name = value, …`: those of the language, checked here. */
function readSet(cursor: Cursor): Asked {
  const changes: Settings = {};
  for (const [name, value] of cursor.list(() => readSetting(cursor))) changes[name] = value;
  if (Object.keys(changes).length > SETTINGS_MAX) throw cursor.refuse('too-many');
  return { kind: 'set', changes };
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
