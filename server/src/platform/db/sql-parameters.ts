import type { QueryOptions } from '#platform/db/analytics.ts';

type Values = NonNullable<QueryOptions['params']>;
type Value = Values[string];

/** A name after a colon inside braces, as ClickHouse writes parameters: `{from:DateTime64(3)}`. */
const PLACEHOLDER = /\{(\w+)\s*:\s*([^{}]+)\}/g;
const IDENTIFIER = /^[A-Za-z_][A-Za-z0-9_]{0,127}$/;
const ESCAPES: Readonly<Record<string, string>> = {
  '\\': '\\\\',
  "'": "\\'",
  '\0': '\\0',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
};

/**
 * Fills `{name:Type}` parameters as typed, escaped literals: `CAST('…' AS Type)`, which is what ClickHouse itself makes of a
 * bound parameter. We do it here because chDB keeps bound parameters for the whole process, so binding would let only one
 * query run at a time. A value can never end its literal: a property test says so for every string.
 * @throws TypeError for a parameter without a value, a number that is not exact, or a bad identifier: faults of ours
 */
export function fillParameters(sql: string, values: Values = {}): string {
  return sql.replace(PLACEHOLDER, (_whole, name: string, type: string) => {
    const value = values[name];
    if (value === undefined) throw new TypeError(`The parameter ${name} has no value`);
    return literal(value, type.trim());
  });
}

/** Text as a ClickHouse string literal. */
export function quote(text: string): string {
  return `'${escapeText(text)}'`;
}

/** A checked name in backticks. */
export function quoteName(name: string): string {
  if (!IDENTIFIER.test(name)) throw new TypeError(`${JSON.stringify(name)} is not a name`);
  return `\`${name}\``;
}

/** A name from outside, whatever is in it, in backticks. */
export const quoteAnyName = (name: string): string => `\`${escapeText(name).replaceAll('`', '\\`')}\``;

/** `database.table` with each part checked and in backticks. */
export const quoteTable = (table: string): string => table.split('.').map(quoteName).join('.');

function literal(value: Value | undefined, type: string): string {
  if (type === 'Identifier') return quoteName(String(value));
  if (value === null || value === undefined) return `CAST(NULL AS ${type})`;
  return `CAST(${quote(textOf(value))} AS ${type})`;
}

function textOf(value: Exclude<Value, null>): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'object') return `[${value.map(elementOf).join(',')}]`;
  return scalarText(value);
}

const elementOf = (element: string | number | bigint): string =>
  typeof element === 'string' ? quote(element) : scalarText(element);

function scalarText(value: number | bigint | boolean): string {
  if (typeof value !== 'number' || Number.isSafeInteger(value)) return String(value);
  if (Number.isInteger(value) && Math.abs(value) < 1e21)
    throw new TypeError(`${value} is beyond exact integers; pass a bigint`);
  return String(value).replace('Infinity', 'inf').replace('NaN', 'nan');
}

const escapeText = (text: string): string =>
  text.replace(/[\\'\0\b\f\n\r\t]/g, (character) => ESCAPES[character] ?? character);
