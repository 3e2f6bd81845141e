/** One statement's result as InfluxDB 1 tells it. */
export type QueryResult = {
  statement_id: number;
  series?: { name: string; columns: string[]; values?: (string | number | boolean)[][] }[];
  messages?: { level: 'warning'; text: string }[];
};
export type QueryAnswer = { results: QueryResult[] } | { error: string };

const STATEMENTS_MAX = 100;
const QUERY_CHARACTERS_MAX = 100_000;
const SHOWN_CHARACTERS_MAX = 200;

/**
 * Answers what writers of InfluxDB 1 ask before they write. Databases are neither made nor dropped: everything goes into
 * the organisation of the key, whose path is shown as the one database. Reading is done over `/api/ingest`.
 * @param text statements with `;` between them
 * @param context `database` the name shown; `reading` true when it came by GET
 */
export function answerQuery(
  text: string | undefined,
  { database, reading }: { database: string; reading: boolean },
): QueryAnswer {
  if (text === undefined || text.trim() === '') return { error: 'missing required parameter "q"' };
  if (text.length > QUERY_CHARACTERS_MAX) return { error: 'error parsing query: the query is too long' };
  const statements = text
    .split(';')
    .map((statement) => statement.trim())
    .filter((statement) => statement !== '');
  if (statements.length === 0) return { error: 'missing required parameter "q"' };
  if (statements.length > STATEMENTS_MAX) return { error: 'error parsing query: too many statements' };
  const results: QueryResult[] = [];
  for (const [index, statement] of statements.entries()) {
    const known = STATEMENTS.find(({ pattern }) => pattern.test(statement));
    if (!known) return { error: refusalOf(statement) };
    const messages: QueryResult['messages'] = [
      { level: 'warning', text: 'a statement that changes something should be sent by POST' },
    ];
    results.push({
      statement_id: index,
      ...(known.series ? { series: [known.series(database)] } : {}),
      ...(known.changes && reading ? { messages } : {}),
    });
  }
  return { results };
}

const NAME = '(?:"(?:[^"\\\\]|\\\\.){1,200}"|[^\\s";]{1,200})';
const statement = (words: string, rest = ''): RegExp =>
  new RegExp(`^${words.replace(/ /g, '\\s+')}${rest}$`, 'is');

const STATEMENTS: readonly {
  pattern: RegExp;
  changes?: boolean;
  series?: (database: string) => NonNullable<QueryResult['series']>[number];
}[] = [
  { pattern: statement('create database', `\\s+${NAME}(?:\\s+with\\s.{1,300})?`), changes: true },
  { pattern: statement('drop database', `\\s+${NAME}`), changes: true },
  { pattern: statement('(?:create|alter) retention policy', `\\s+${NAME}\\s+on\\s.{1,500}`), changes: true },
  {
    pattern: statement('show databases'),
    series: (database) => ({ name: 'databases', columns: ['name'], values: [[database]] }),
  },
  // Clients that list before they write read an answer without series as "there are none".
  { pattern: statement('show measurements', '(?:\\s.{1,1000})?') },
  {
    pattern: statement('show retention policies', `(?:\\s+on\\s+${NAME})?`),
    series: () => ({
      name: '',
      columns: ['name', 'duration', 'shardGroupDuration', 'replicaN', 'default'],
      values: [['autogen', '0s', '168h0m0s', 1, true]],
    }),
  },
];

const refusalOf = (text: string): string =>
  `error parsing query: ${JSON.stringify(text.slice(0, SHOWN_CHARACTERS_MAX))} is not answered here, ` +
  'expected CREATE DATABASE, DROP DATABASE, SHOW DATABASES, SHOW MEASUREMENTS or SHOW RETENTION POLICIES; ' +
  'read by GET /api/ingest/observations';
