import type { Bound } from './bind.ts';
import { FACTS } from './functions.ts';
import type { Printing } from './print.ts';
import { printQuery } from './print-selects.ts';
import { quoteText } from './quoting.ts';
import { refused } from './refused.ts';
import type { Fact } from './tree.ts';

export { type Bound, bindSql, type Catalog, type CatalogTable } from './bind.ts';
export { FACTS } from './functions.ts';
export { hasMatcher, type Output, outputsOf } from './lineage.ts';
export { withParameters } from './parameters.ts';
export { parseSql } from './parse.ts';
export { SETTINGS } from './settings.data.ts';
export { settingOf } from './settings.ts';
export type { Fact, Like, Query, Settings, Statement } from './tree.ts';

/** What the gateway says about the server; a fact it does not tell is refused. */
export type Facts = Partial<Readonly<Record<Fact, string | number>>>;

/**
 * The text to run for a select: canonical, every name in backticks, every literal escaped by us, every table as
 * `(<relation>) AS alias`. FORMAT and SETTINGS are never in it. `relationOf` gives trusted SQL of ours: a select whose names are all
 * qualified and whose aliases begin with `rh__`.
 * @throws AppError SQL_REFUSED `fact` for a question about the server that `facts` does not answer; TypeError for other statements
 */
export function printSql(bound: Bound, relationOf: (table: string) => string, facts: Facts = {}): string {
  const { statement, tables, database } = bound;
  if (statement.kind !== 'select' && statement.kind !== 'describe-select')
    throw new TypeError(`${statement.kind} is not answered by SQL`);
  const known: Facts = { database, ...facts };
  const allowed = new Set(tables);
  const printing: Printing & { relation(table: string): string } = {
    query: (query) => printQuery(printing, query),
    relation(table) {
      if (!allowed.has(table)) throw new TypeError('a table was not bound');
      return relationOf(table);
    },
    table: () => {
      throw new TypeError('a table was not bound');
    },
    parameter: () => {
      throw new TypeError('a parameter was not filled');
    },
    fact: ({ fact, written }) => printFact(fact, { written, value: known[fact] }),
  };
  return printQuery(printing, statement.query);
}

function printFact(
  fact: Fact,
  { written, value }: { written: string; value: string | number | undefined },
): string {
  if (value === undefined || (FACTS[fact] === 'number') !== (typeof value === 'number'))
    throw refused('fact', -1, written);
  // of the type that ClickHouse gives these numbers: clients read no other
  return typeof value === 'number' ? `toUInt32(${Math.trunc(value)})` : quoteText(value);
}
