import { type Printing, printExpression, printItem } from './print.ts';
import { printOrder, printWindow } from './print-windows.ts';
import { quoteChecked } from './quoting.ts';
import type { Expression, GroupBy, Join, Query, Select, Source, With } from './tree.ts';

/** How tables and relations are printed, on top of what expressions need. */
export type QueryPrinting = Printing & { relation(table: string): string };

/** A query without brackets around it. */
export function printQuery(printing: QueryPrinting, query: Query): string {
  if (query.kind === 'select') return printSelect(printing, query);
  return query.branches
    .map((branch) =>
      branch.kind === 'set' ? `(${printQuery(printing, branch)})` : printQuery(printing, branch),
    )
    .join(` ${query.operator} `);
}

function printSelect(printing: QueryPrinting, select: Select): string {
  const print = (value: Expression) => printExpression(printing, value);
  const list = (values: readonly Expression[]) =>
    values.map((value) => printItem(printing, value)).join(', ');
  const when = (word: string, value: Expression | null) => (value === null ? '' : `${word} ${print(value)}`);
  const pieces = [
    // sql-identifier: each piece is printed by us from the checked tree
    select.with.length === 0 ? '' : `WITH ${select.with.map((item) => printWith(printing, item)).join(', ')}`,
    `SELECT${printDistinct(select, list)} ${select.columns.map((column) => printColumn(printing, column)).join(', ')}`,
    select.from === null ? '' : `FROM ${printSource(printing, select.from)}`,
    ...select.joins.map((join) => printJoin(printing, join)),
    when('WHERE', select.where),
    select.group === null ? '' : printGroup(select.group, list),
    when('HAVING', select.having),
    select.windows.length === 0
      ? ''
      : `WINDOW ${select.windows.map(({ name, spec }) => `${quoteChecked(name)} AS ${printWindow(spec, print)}`).join(', ')}`,
    when('QUALIFY', select.qualify),
    printOrders(select, print),
    printLimits(select, print),
  ];
  return pieces.filter((piece) => piece !== '').join(' ');
}

type Print = (value: Expression) => string;
type List = (values: readonly Expression[]) => string;

/** A fact keeps the name that ClickHouse gives the column: clients look for `version()`. */
function printColumn(printing: QueryPrinting, column: Expression): string {
  const printed = printItem(printing, column);
  return column.kind === 'fact' ? `${printed} AS ${quoteChecked(column.written)}` : printed;
}

function printDistinct({ distinct, distinctOn }: Select, list: List): string {
  if (distinct) return ' DISTINCT';
  return distinctOn.length === 0 ? '' : ` DISTINCT ON (${list(distinctOn)})`;
}

function printWith(printing: QueryPrinting, item: With): string {
  return item.kind === 'query'
    ? `${quoteChecked(item.name)} AS (${printQuery(printing, item.query)})`
    : `${printExpression(printing, item.value)} AS ${quoteChecked(item.name)}`;
}

function printSource(printing: QueryPrinting, source: Source): string {
  const alias = source.alias === null ? '' : ` AS ${quoteChecked(source.alias)}`;
  switch (source.kind) {
    case 'table':
      return `${printing.table(source.table)}${alias}`;
    case 'query':
      return `(${printQuery(printing, source.query)})${alias}`;
    case 'function':
      return `${source.name}(${source.items.map((item) => printExpression(printing, item)).join(', ')})${alias}`;
    case 'relation':
      return `(${printing.relation(source.table)})${alias}`;
    case 'cte':
      return `${quoteChecked(source.name)}${alias}`;
  }
}

function printJoin(printing: QueryPrinting, join: Join): string {
  if (join.kind === 'comma') return `, ${printSource(printing, join.source)}`;
  if (join.kind === 'array') {
    const items = join.items.map((item) => printItem(printing, item)).join(', ');
    return `${join.left ? 'LEFT ' : ''}ARRAY JOIN ${items}`;
  }
  const words = [
    join.global ? 'GLOBAL' : '',
    join.strictness ?? '',
    join.side,
    'JOIN',
    printSource(printing, join.source),
  ];
  if (join.on !== null) words.push('ON', printExpression(printing, join.on));
  if (join.using !== null) words.push(`USING (${join.using.map(quoteChecked).join(', ')})`);
  return words.filter((word) => word !== '').join(' ');
}

function printGroup({ all, items, sets, modifier, totals }: GroupBy, list: List): string {
  const words: string[] = [];
  if (all) words.push('GROUP BY ALL');
  else if (sets !== null)
    words.push(`GROUP BY GROUPING SETS (${sets.map((set) => `(${list(set)})`).join(', ')})`);
  else if (items.length > 0) words.push(`GROUP BY ${list(items)}`);
  // sql-identifier: each piece is printed by us from the checked tree
  if (modifier !== null) words.push(`WITH ${modifier}`);
  if (totals) words.push('WITH TOTALS');
  return words.join(' ');
}

function printOrders({ order, orderAll, interpolate }: Select, print: Print): string {
  if (orderAll) return 'ORDER BY ALL';
  if (order.length === 0) return '';
  const items = order.map((item) => printOrder(item, print)).join(', ');
  if (interpolate === null) return `ORDER BY ${items}`;
  const values = interpolate.map(
    ({ name, value }) => `${quoteChecked(name)}${value === null ? '' : ` AS ${print(value)}`}`,
  );
  return `ORDER BY ${items} INTERPOLATE${values.length === 0 ? '' : ` (${values.join(', ')})`}`;
}

function printLimits({ limitBy, limit, offset, ties }: Select, print: Print): string {
  const counted = (count: Expression, from: Expression | null) =>
    `LIMIT ${from === null ? '' : `${print(from)}, `}${print(count)}`;
  const words: string[] = [];
  if (limitBy !== null)
    words.push(`${counted(limitBy.count, limitBy.offset)} BY ${limitBy.items.map(print).join(', ')}`);
  if (limit !== null) words.push(counted(limit.count, limit.offset));
  if (ties) words.push('WITH TIES');
  if (offset !== null) words.push(`OFFSET ${print(offset)}`);
  return words.join(' ');
}
