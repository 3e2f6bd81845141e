import { printType } from './data-types.ts';
import { printWindow } from './print-windows.ts';
import { quoteChecked, quoteText } from './quoting.ts';
import type { Call, Change, Expression, Matcher, NamePart, Query, TableName, WindowSpec } from './tree.ts';

type Of<Kind extends Expression['kind']> = Extract<Expression, { kind: Kind }>;
/** What the printer of expressions needs from above. */
export type Printing = {
  query(query: Query): string;
  table(table: TableName): string;
  parameter(parameter: Of<'parameter'>): string;
  fact(fact: Of<'fact'>): string;
};

/** Canonical text: every operator a call, every name in backticks, every literal escaped by us. */
export function printExpression(printing: Printing, expression: Expression): string {
  const print = (value: Expression) => printExpression(printing, value);
  const list = (items: readonly Expression[]) => items.map(print).join(', ');
  switch (expression.kind) {
    case 'number':
      return expression.text;
    case 'string':
      return quoteText(expression.value);
    case 'bool':
      return expression.value ? 'true' : 'false';
    case 'null':
      return 'NULL';
    case 'name':
      return printPath(expression.parts);
    case 'call':
      return printCall(printing, expression);
    case 'tuple':
      return `(${list(expression.items)})`;
    case 'array':
      return `[${list(expression.items)}]`;
    case 'cast':
      return `CAST(${print(expression.value)}, ${quoteText(printType(expression.type))})`;
    case 'lambda':
      return `(${expression.parameters.map(quoteChecked).join(', ')}) -> ${print(expression.body)}`;
    case 'subquery':
      return `(${printing.query(expression.query)})`;
    case 'exists':
      return `EXISTS(${printing.query(expression.query)})`;
    case 'alias':
      return `(${print(expression.value)} AS ${quoteChecked(expression.name)})`;
    case 'matcher':
      return printMatcher(printing, expression);
    case 'in-table':
      return `${expression.call}(${print(expression.value)}, ${printing.table(expression.table)})`;
    case 'parameter':
      return printing.parameter(expression);
    case 'fact':
      return printing.fact(expression);
  }
}

/** An expression where a list of columns names it without brackets: `x AS y`. */
export function printItem(printing: Printing, expression: Expression): string {
  return expression.kind === 'alias'
    ? `${printExpression(printing, expression.value)} AS ${quoteChecked(expression.name)}`
    : printExpression(printing, expression);
}

/** Names in backticks with dots between. */
export function printPath(parts: readonly NamePart[]): string {
  return parts.map((part) => quoteChecked(textOf(part))).join('.');
}

function textOf(part: NamePart): string {
  if (typeof part === 'string') return part;
  throw new TypeError('a parameter was not resolved before printing');
}

function printCall(printing: Printing, { name, parameters, items, nulls, over }: Call): string {
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) throw new TypeError('the name of a function was not checked');
  const list = (values: readonly Expression[]) =>
    values.map((value) => printExpression(printing, value)).join(', ');
  const first = parameters === null ? '' : `(${list(parameters)})`;
  const handled = nulls === null ? '' : ` ${nulls} NULLS`;
  return `${name}${first}(${list(items)})${handled}${over === null ? '' : ` OVER ${printOver(printing, over)}`}`;
}

const printOver = (printing: Printing, over: string | WindowSpec): string =>
  typeof over === 'string'
    ? quoteChecked(over)
    : printWindow(over, (value) => printExpression(printing, value));

function printMatcher(printing: Printing, { of, columns, changes }: Matcher): string {
  const qualifier = of === null ? '' : `${printPath(of)}.`;
  return [
    `${qualifier}${printColumns(columns)}`,
    ...changes.map((change) => printChange(printing, change)),
  ].join(' ');
}

function printColumns(columns: Matcher['columns']): string {
  if (columns === null) return '*';
  return 'pattern' in columns
    ? `COLUMNS(${quoteText(columns.pattern)})`
    : `COLUMNS(${columns.names.map(quoteChecked).join(', ')})`;
}

function printChange(printing: Printing, change: Change): string {
  const print = (value: Expression) => printExpression(printing, value);
  switch (change.kind) {
    case 'except':
      return `EXCEPT (${change.names.map(quoteChecked).join(', ')})`;
    case 'except-pattern':
      return `EXCEPT(${quoteText(change.pattern)})`;
    case 'replace':
      return `REPLACE (${change.items.map(({ value, name }) => `${print(value)} AS ${quoteChecked(name)}`).join(', ')})`;
    case 'apply':
      return `APPLY(${change.name}${change.parameters === null ? '' : `(${change.parameters.map(print).join(', ')})`})`;
    case 'apply-lambda':
      return `APPLY(${print(change.lambda)})`;
  }
}
