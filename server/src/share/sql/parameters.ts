import { printType } from './data-types.ts';
import { refused } from './refused.ts';
import { rewrite } from './rewrite.ts';
import { checkName } from './tokens.ts';
import type { DataType, Expression, NamePart, Statement, TableName } from './tree.ts';

type Values = Readonly<Record<string, string>>;
const NUMBER = /^(?:U?Int|Float|Decimal)/;
const COMPOUND = /^(?:Array|Map|Tuple)$/;
const NUMBER_TEXT = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$|^[+-]?(?:inf|infinity|nan)$/i;
/** Escapes of the texts that ClickHouse's HTTP interface takes as values. */
const ESCAPES: Readonly<Record<string, string>> = {
  ...{ b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', 0: '\0', a: '\x07', v: '\v', e: '\x1b' },
  ...{ '\\': '\\', "'": "'", '"': '"', '`': '`', '/': '/' },
};

/** A control character that is escaped stands for itself, as ClickHouse reads it; clients write a line break so. */
const unescaped = (whole: string): string => (/\p{Cc}$/u.test(whole) ? whole.slice(1) : whole);

/**
 * The statement with every `{name:Type}` filled: a literal of the type, or a name where the type is Identifier. Values are texts
 * as ClickHouse's HTTP interface has them (`\t`, `\n`, `\\` escaped, `\N` is NULL of a Nullable); they never become SQL.
 * @throws AppError SQL_REFUSED `parameter` without a value or where it does not fit
 */
export function withParameters(statement: Statement, values: Values): Statement {
  const parts = (given: NamePart[]): NamePart[] => given.map((part) => filledPart(part, values));
  const fill = (expression: Expression): Expression | undefined => {
    if (expression.kind === 'parameter') return literalOf(expression, values);
    if (expression.kind === 'name') return { ...expression, parts: parts(expression.parts) };
    return undefined;
  };
  const filled = rewrite(statement, fill);
  return filledNames(filled, parts);
}

/** Names of tables and the qualifiers of `t.*` are no expressions: their parts are filled in place. */
function filledNames<T>(value: T, parts: (given: NamePart[]) => NamePart[]): T {
  if (Array.isArray(value)) return value.map((item) => filledNames(item, parts)) as T;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, child]) => {
      if (isTableName(child)) return [name, { ...child, parts: parts(child.parts) }];
      if (name === 'of' && Array.isArray(child)) return [name, parts(child as NamePart[])];
      if (name === 'database' && child !== null) return [name, parts([child as NamePart])[0]];
      return [name, filledNames(child, parts)];
    }),
  ) as T;
}

const isTableName = (value: unknown): value is TableName =>
  typeof value === 'object' && value !== null && 'parts' in value && 'at' in value;

function filledPart(part: NamePart, values: Values): NamePart {
  if (typeof part === 'string') return part;
  const name = Object.hasOwn(values, part.parameter) ? values[part.parameter] : undefined;
  if (name === undefined) throw refused('parameter', -1, part.parameter);
  return checkName(name, -1);
}

function literalOf({ name, type }: { name: string; type: DataType }, values: Values): Expression {
  const given = Object.hasOwn(values, name) ? values[name] : undefined;
  if (given === undefined) throw refused('parameter', -1, name);
  const cast = (value: Expression): Expression => ({ kind: 'cast', value, type });
  if (given === '\\N') {
    if (type.name !== 'Nullable') throw refused('parameter', -1, name);
    return cast({ kind: 'null' });
  }
  // an array is read as one, with the escapes of its own literals
  const text = COMPOUND.test(type.name)
    ? given
    : given.replace(/\\(.)/gs, (whole, character: string) => ESCAPES[character] ?? unescaped(whole));
  if (NUMBER.test(type.name) && !NUMBER_TEXT.test(text))
    throw refused('parameter', -1, `${name} = ${text} (${printType(type)})`);
  return cast({ kind: 'string', value: text });
}
