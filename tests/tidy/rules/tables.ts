import { WORDS } from '@ronghe/contracts';
import { type House, isTest, lineAt } from '../house.ts';
import { templatesOf } from '../templates.ts';

const WORD = `(${WORDS.join('|')})`;
/** `'fuse.source'`, `'fuse.source as s'`, `'fuse.source.id'`: how Kysely names tables and columns. */
const KYSELY_NAME = new RegExp(
  `['"\`]${WORD}\\.([a-z][a-z0-9_]*)(?:\\.[a-z0-9_*]+)?(?: as \\w+)?['"\`]`,
  'g',
);
/** `from fuse.landing`, `references collect.point`: how SQL text names tables. */
const SQL_NAME = new RegExp(
  `\\b(?:from|join|into|update|table|references|truncate|optimize|exists|view|only|on)\\s+["\`]?${WORD}["\`]?\\.["\`]?([a-z][a-z0-9_]*)`,
  'gi',
);
const holdsTables = (path: string) => /\.store\.ts$|\/migrations(?:\/.*)?\.ts$/.test(path);

/**
 * Each word owns the PostgreSQL schema and the ClickHouse database of its name; nobody else names a table of it.
 * Imports do not show this, because SQL is text. Backup copies whole schemas and names no table.
 */
export function tablesHaveOneOwner(house: House): string[] {
  return house.files
    .filter((path) => /^server\/src\/.*\.ts$/.test(path) && !isTest(path))
    .flatMap((path) => {
      const owner = path.split('/')[2] ?? '';
      const text = house.text(path);
      const names = [...text.matchAll(SQL_NAME), ...(holdsTables(path) ? text.matchAll(KYSELY_NAME) : [])];
      return names
        .filter(([, word]) => word?.toLowerCase() !== owner)
        .map(
          (match) =>
            `${path}:${lineAt(text, match.index)} names the table ${match[1]}.${match[2]}, which belongs to ${match[1]}; ask its front door`,
        );
    });
}

const SQL_TEXT =
  /^\s*(?:select|insert|alter|create|delete|update|drop|truncate|optimize|system|with|explain|kill|set|backup|restore)\s/i;
/** Written above the line, with the reason: `// sql-identifier: the table name comes from the migration list`. */
const REVIEWED = /\/\/ sql-identifier: \S.{9,}/;

/** The room that opens the engines quotes names and tokens itself, with properties that prove it. */
const ENGINES = 'server/src/platform/db/';
/** What can only be text of ours: a constant, or one of two texts. */
const isOwnText = (value: string) =>
  /^[A-Z][A-Z0-9_]*$/.test(value) ||
  /^[^?'"`]+\?\s*'[^'$]*'\s*:\s*'[^'$]*'$/.test(value.replace(/=== '[^']*'/, ''));

/**
 * ClickHouse SQL is text with bound values (`{name:Type}`). A template with `${…}` in it is refused unless what is put in is a
 * constant or one of two texts, or a comment says why it can only be a name of ours. Kysely's `sql` tag binds its values.
 */
export function sqlTextBindsItsValues(house: House): string[] {
  return house.files
    .filter((path) => /^server\/src\/.*\.ts$/.test(path) && !isTest(path) && !path.startsWith(ENGINES))
    .flatMap((path) => {
      const source = house.text(path);
      const lines = source.split('\n');
      const reviewed = (line: number) =>
        lines.slice(Math.max(0, line - 4), line).some((text) => REVIEWED.test(text));
      const templates = templatesOf(source)
        .filter(({ tag, values, text }) => !isSqlTag(tag) && SQL_TEXT.test(text) && !values.every(isOwnText))
        .filter(({ line }) => !reviewed(line))
        .map(
          ({ line }) =>
            `${path}:${line} builds SQL with \${…}; bind the value as {name:Type}, or explain the name in a comment above: // sql-identifier: why it is ours`,
        );
      const joined = [
        ...source.matchAll(/(['"])\s*(?:select|insert into|alter table|delete from) [^'"\n]*\1\s*\+/gi),
      ].map(({ index }) => `${path}:${lineAt(source, index)} joins SQL with +; bind the value`);
      return [...templates, ...joined];
    });
}

const isSqlTag = (tag: string | null) => tag !== null && /(?:^|\.)sql$/.test(tag);
