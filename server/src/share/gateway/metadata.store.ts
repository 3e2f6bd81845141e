import { GUEST_AGGREGATES, GUEST_FUNCTIONS } from '#platform/db/guest-functions.data.ts';
import { GUEST_FORMATS } from '#platform/db/guests.ts';
import { quote, quoteName } from '#platform/db/sql-parameters.ts';
import { AppError } from '#platform/errors/errors.ts';
import type { Like, Statement } from '../sql/sql.ts';
import { type SeenTable, SHARE_DATABASE } from './gateway.ts';
import { informationFacts } from './information-schema.ts';
import {
  type Cell,
  createText,
  describedColumns,
  EPOCH,
  type Facts,
  INFORMATION_SCHEMAS,
  type Known,
  type NamedTable,
  namedTable,
  SYSTEM_DATABASE,
  shownColumns,
  systemFacts,
} from './system-facts.ts';

/** A relation of the catalog: its columns and trusted SQL of ours, made when it is read. */
export type SystemTable = {
  columns: readonly string[];
  types: Readonly<Record<string, string>>;
  sql(): string;
};

const KNOWN: Known = { functions: GUEST_FUNCTIONS, aggregates: GUEST_AGGREGATES, formats: GUEST_FORMATS };

/**
 * The relations of `system` and `information_schema`, by their full names: the answers are rows of ours in the text of a question. The names of
 * `information_schema` are known in small and in capital letters, as in ClickHouse.
 */
export function systemTables(seen: () => readonly SeenTable[]): ReadonlyMap<string, SystemTable> {
  const relation = (facts: Facts): SystemTable => ({
    columns: Object.keys(facts.columns),
    types: facts.columns,
    sql: () => sqlOf(facts),
  });
  const information = Object.entries(informationFacts(seen));
  return new Map([
    ...Object.entries(systemFacts(seen, KNOWN)).map(
      ([name, facts]) => [`${SYSTEM_DATABASE}.${name}`, relation(facts)] as const,
    ),
    ...INFORMATION_SCHEMAS.flatMap((database) =>
      information.flatMap(([name, facts]) =>
        [name, name.toUpperCase()].map((each) => [`${database}.${each}`, relation(facts)] as const),
      ),
    ),
  ]);
}

/** What a question about the catalog is answered from. */
export type Catalogued = {
  seen: () => readonly SeenTable[];
  system: ReadonlyMap<string, SystemTable>;
  /** where names without a database are looked up */
  database: string;
};

const DATABASES: readonly string[] = [SHARE_DATABASE, SYSTEM_DATABASE, ...INFORMATION_SCHEMAS];
/** Listed are those with something of the caller's; the two of `information_schema` are found by who knows them. */
const LISTED = [SHARE_DATABASE, SYSTEM_DATABASE];

/**
 * What answers a question about the catalog: a select of ours. null for a statement that is none.
 * @throws AppError SQL_FAILED UNKNOWN_DATABASE
 */
export function catalogSql(statement: Statement, catalog: Catalogued): string | null {
  switch (statement.kind) {
    case 'show-databases':
      return listOf('name', LISTED, statement.like);
    case 'show-tables':
      return tablesSql(statement, catalog);
    case 'exists-database':
      return resultOf(DATABASES.includes(textOf(statement.database)));
    case 'show-create-database': {
      const name = knownDatabase(statement.database);
      return sqlOf({
        columns: { statement: 'String' },
        // sql-identifier: a text for people that nothing runs, of a name that is one of four
        rows: () => [[`CREATE DATABASE ${name}\nENGINE = Atomic`]],
      });
    }
    case 'exists-table':
      return resultOf(tableOf(catalog, statement.table.parts) !== undefined);
    case 'describe':
      return sqlOf(describedColumns(tableOf(catalog, statement.table.parts)?.columns ?? []));
    case 'show-columns':
      return sqlOf(shownColumns(tableOf(catalog, statement.table.parts)?.columns ?? []));
    case 'show-create': {
      const table = tableOf(catalog, statement.table.parts);
      return sqlOf({ columns: { statement: 'String' }, rows: () => (table ? [[createText(table)]] : []) });
    }
    case 'use':
      return constantSql(knownDatabase(statement.database));
    case 'set':
      return constantSql('');
    case 'describe-select':
    case 'select':
      return null;
  }
}

/** What a query's columns are called and of which types, as DESCRIBE tells it. */
export const describeSql = (columns: readonly { name: string; type: string }[]): string =>
  sqlOf(describedColumns(columns.map((column) => ({ ...column, comment: '' }))));

// sql-identifier: a quoted literal
const constantSql = (text: string): string => `select ${quote(text)} as result`;

type ShowTables = Extract<Statement, { kind: 'show-tables' }>;

function tablesSql({ database, like, limit }: ShowTables, catalog: Catalogued): string {
  const wanted = knownDatabase(database ?? catalog.database);
  const names =
    wanted === SHARE_DATABASE
      ? catalog.seen().map(({ id }) => id)
      : [...catalog.system.keys()].flatMap((full) => {
          const [first, name = ''] = full.split('.');
          return first === wanted ? [name] : [];
        });
  return `${listOf('name', names, like)}${limit === null ? '' : ` limit ${Math.trunc(limit)}`}`;
}

type Part = string | { parameter: string };
const textOf = (part: Part): string => (typeof part === 'string' ? part : '');

function knownDatabase(part: Part): string {
  const name = textOf(part);
  if (name === 'default') return SHARE_DATABASE;
  if (DATABASES.includes(name)) return name;
  throw new AppError('SQL_FAILED', {
    number: 81,
    name: 'UNKNOWN_DATABASE',
    reason: `Database ${name.slice(0, 60)} does not exist`,
  });
}

function tableOf({ seen, system, database }: Catalogued, parts: readonly Part[]): NamedTable | undefined {
  const names = parts.map(textOf);
  const full = (names.length === 1 ? [database, ...names] : names).join('.');
  const dataset = seen().find(({ table }) => table === full);
  if (dataset) return namedTable(dataset);
  const types = system.get(full)?.types;
  return (
    types && {
      table: full,
      columns: Object.entries(types).map(([name, type]) => ({ name, type, comment: '' })),
    }
  );
}

function listOf(column: string, names: readonly string[], like: Like | null): string {
  const facts = sqlOf({ columns: { [column]: 'String' }, rows: () => names.map((name) => [name]) });
  if (like === null) return facts;
  const operator = `${like.not ? 'not ' : ''}${like.caseless ? 'ilike' : 'like'}`;
  // sql-identifier: a column of this file, the operator one of four, the pattern a quoted literal
  return `select rh__l.${column} as ${column} from (${facts}) as rh__l where rh__l.${column} ${operator} ${quote(like.pattern)}`;
}

// sql-identifier: zero or one
const resultOf = (there: boolean): string => `select toUInt8(${there ? 1 : 0}) as result`;

/** Rows of ours as a select; a table function of constants needs a row, so an empty relation is one that is filtered away. */
function sqlOf({ columns, rows: rowsOf }: Facts): string {
  const rows = rowsOf();
  const names = Object.keys(columns);
  const structure = Object.entries(columns)
    .map(([name, type]) => `${quoteName(name)} ${type}`)
    .join(', ');
  const blank = names.map((name) =>
    columns[name]?.startsWith('Nullable') ? null : defaultOf(columns[name] ?? ''),
  );
  const tuples = (rows.length > 0 ? rows : [blank]).map((row) => `(${row.map(literal).join(', ')})`);
  const list = names.map((name) => `rh__v.${quoteName(name)} as ${quoteName(name)}`).join(', ');
  // sql-identifier: columns of this file, values quoted literals
  return `select ${list} from values(${quote(structure)}, ${tuples.join(', ')}) as rh__v${rows.length > 0 ? '' : ' where 0'}`;
}

function defaultOf(type: string): Cell {
  if (type === 'String') return '';
  if (type.startsWith('Array')) return [];
  if (type === 'DateTime') return EPOCH;
  return type === 'Date' ? EPOCH.slice(0, 10) : 0;
}

function literal(cell: Cell): string {
  if (cell === null) return 'NULL';
  if (typeof cell === 'number') return String(cell);
  return typeof cell === 'string' ? quote(cell) : `[${cell.map(quote).join(', ')}]`;
}
