import type { ConfigurationIssue } from '@ronghe/contracts';
import { z } from 'zod';

/** The configuration cannot be used; the message lists every fault with key, value and what is allowed. */
export class ConfigError extends Error {
  /** One sentence each, the key in front. */
  readonly faults: readonly string[];
  /** The same with the key apart; a fault that was given as one sentence has an empty path. */
  readonly issues: readonly ConfigurationIssue[];
  constructor(faults: readonly (string | ConfigurationIssue)[]) {
    const issues = faults.map((fault) => (typeof fault === 'string' ? { path: '', message: fault } : fault));
    const sentences = issues.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`));
    super(`the configuration is not valid:\n${sentences.map((fault) => `  - ${fault}`).join('\n')}`);
    this.name = 'ConfigError';
    this.faults = sentences;
    this.issues = issues;
  }
  /** The same faults with the file they are in, for a process that reads several. */
  inFile(file: string): ConfigError {
    return new ConfigError(this.faults.map((fault) => `${file}: ${fault}`));
  }
}

/** Parses with the schema. Throws ConfigError, its keys prefixed with `at`. */
export function parseConfig<Schema extends z.ZodType>(
  schema: Schema,
  input: unknown,
  at: readonly (string | number)[] = [],
): z.infer<Schema> {
  const result = schema.safeParse(input);
  if (result.success) return result.data;
  throw new ConfigError(result.error.issues.flatMap((issue) => describeIssue(issue, { schema, input, at })));
}

type Place = { schema: z.ZodType; input: unknown; at: readonly (string | number)[] };
/** Names of keys whose values are never shown; a test sees to it that every field marked as secret is here. */
export const SECRET_NAMES: ReadonlySet<string> = new Set([
  'key',
  'password',
  'privateKeyPassphrase',
  'token',
  'headers',
  'body',
]);

function describeIssue(issue: z.core.$ZodIssue, place: Place): ConfigurationIssue[] {
  const path = nameOf([...place.at, ...issue.path]);
  if (issue.code === 'unrecognized_keys') {
    const allowed = keysAt(place, issue.path).join(', ');
    return issue.keys.map((unknown) => ({
      path: nameOf([...place.at, ...issue.path, unknown]),
      message: `there is no such key; allowed: ${allowed}`,
    }));
  }
  const value = valueAt(place.input, issue.path);
  if (value === undefined && issue.code !== 'custom')
    return [{ path, message: `is missing; ${allowedBy(issue)}` }];
  const secret = issue.path.some((part) => SECRET_NAMES.has(String(part)));
  return [{ path, message: `${secret ? 'the value' : shown(value)} is not allowed; ${allowedBy(issue)}` }];
}

function allowedBy(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_value':
      return `allowed: ${issue.values.map(String).join(', ')}`;
    case 'invalid_type':
      return `expected: ${issue.expected}`;
    case 'too_big':
      return `at most ${issue.maximum}`;
    case 'too_small':
      return `at least ${issue.minimum}`;
    case 'invalid_key':
      return issue.issues.map(({ message }) => message).join('; ');
    default:
      return issue.message;
  }
}

/** `connections[0].points[3].address`. */
export const nameOf = (path: readonly PropertyKey[]): string =>
  path.length === 0
    ? '(whole file)'
    : path
        .map((part, index) =>
          typeof part === 'number' ? `[${part}]` : `${index > 0 ? '.' : ''}${String(part)}`,
        )
        .join('');

/** Credentials inside an address are secrets too, also where an address may have none. */
function shown(value: unknown): string {
  const hidden = (name: string, inner: unknown) => (SECRET_NAMES.has(name) ? '…' : inner);
  const text = (JSON.stringify(value, hidden) ?? String(value)).replace(/\/\/[^/@\s"]*@/g, '//…@');
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}

function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  let value = input;
  for (const part of path) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = Reflect.get(value, part);
  }
  return value;
}

/** The keys an object of the schema may have, at a path inside it. */
function keysAt({ schema, input }: Place, path: readonly PropertyKey[]): string[] {
  let inner: unknown = chosen(unwrapped(schema), input);
  for (const part of path) {
    if (inner instanceof z.ZodArray) inner = unwrapped(inner.element);
    else if (inner instanceof z.ZodObject) inner = unwrapped(inner.shape[String(part)]);
  }
  return inner instanceof z.ZodObject ? Object.keys(inner.shape) : [];
}

/** Where the keys follow from the value of one of them: the alternative that the input chose. */
function chosen(schema: unknown, input: unknown): unknown {
  if (!(schema instanceof z.ZodDiscriminatedUnion)) return schema;
  const { discriminator } = schema.def;
  const choice = valueAt(input, [discriminator]);
  return schema.options.find(
    (option) => option instanceof z.ZodObject && option.shape[discriminator]?.safeParse(choice).success,
  );
}

function unwrapped(schema: unknown): unknown {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault)
    return unwrapped(schema.unwrap());
  return schema;
}
