import type { z } from 'zod';

/** One generated page: its path from the root of the repository, and its content. */
export type Page = { path: string; render: () => string | Promise<string> };

const NOTE = 'This page is made by `npm run docs` from the code; edit the code, not the page.';

/** A page with its title, the note that it is generated, and its parts with empty lines between. */
export const page = (title: string, ...parts: readonly string[]): string =>
  `${[`# ${title}`, NOTE, ...parts].join('\n\n')}\n`;

/** A Markdown table; `|` and line ends in cells are kept from breaking it. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|').replace(/\s*\n\s*/g, ' ')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

export const code = (text: string): string => (text === '' ? '' : `\`${text}\``);

/** The parts of a JSON schema that we show. */
export type JsonSchema = {
  type?: string | readonly string[];
  description?: string;
  default?: unknown;
  enum?: readonly unknown[];
  const?: unknown;
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  pattern?: string;
  format?: string;
  items?: JsonSchema;
  properties?: Readonly<Record<string, JsonSchema>>;
  required?: readonly string[];
  anyOf?: readonly JsonSchema[];
  oneOf?: readonly JsonSchema[];
};

/** The JSON schema of what a person writes for a Zod schema. */
export const inputSchemaOf = (zod: typeof z, schema: z.ZodType): JsonSchema =>
  zod.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as JsonSchema;

/** What a setting may be, in words: `0 … 65535`, `http or mqtt`, `text`. */
export function allowed(schema: JsonSchema): string {
  const { minimum, maximum, minLength, maxLength, pattern, format, items } = schema;
  const alternatives = schema.anyOf ?? schema.oneOf;
  if (schema.enum) return schema.enum.map((value) => code(String(value))).join(', ');
  if (schema.const !== undefined) return code(String(schema.const));
  if (alternatives) return [...new Set(alternatives.map(allowed))].join(' or ');
  const type = Array.isArray(schema.type) ? schema.type : [schema.type ?? 'any'];
  // Text beside true and false is how the environment writes those; beside numbers it is meant.
  if (type.includes('number') && type.includes('string'))
    return type.map((each) => allowed({ ...schema, type: each })).join(' or ');
  if (type.includes('boolean')) return 'true or false';
  if (type.includes('array'))
    return `list of ${items ? allowed(items) : 'values'}, in the environment with commas`;
  if (type.includes('integer') || type.includes('number')) {
    const whole = type.includes('integer') ? 'whole number' : 'number';
    const most = maximum === Number.MAX_SAFE_INTEGER ? undefined : maximum;
    if (minimum === Number.MIN_SAFE_INTEGER && most === undefined) return whole;
    if (minimum !== undefined && most !== undefined) return `${whole}, ${minimum} to ${most}`;
    if (minimum !== undefined) return `${whole}, at least ${minimum}`;
    return most === undefined ? whole : `${whole}, at most ${most}`;
  }
  if (format === 'uri') return 'URL';
  if (pattern !== undefined) return `text like ${code(pattern)}`;
  const from = minLength !== undefined && minLength > 1 ? `, at least ${minLength}` : '';
  const to = maxLength === undefined ? '' : `, at most ${maxLength}`;
  return type.includes('object') ? 'keys and values' : `text${from}${to}${from || to ? ' characters' : ''}`;
}

/** A default as it would be written; empty when there is none. */
export const defaultOf = ({ default: value }: JsonSchema): string =>
  value === undefined ? '' : code(typeof value === 'string' ? value : JSON.stringify(value));
