import {
  type Dict,
  isDict,
  isSealed,
  type JsonSchema,
  kindOf,
  objectOf,
  scalarTypesOf,
} from './json-schema.ts';
import { joined } from './value-path.ts';

export type ValueFault =
  | 'missing'
  | 'unknownKey'
  | 'pattern'
  | 'tooShort'
  | 'tooLong'
  | 'notText'
  | 'notNumber'
  | 'notWhole'
  | 'notYesNo'
  | 'tooSmall'
  | 'tooLarge'
  | 'above'
  | 'notAllowed'
  | 'notList'
  | 'tooFew'
  | 'tooMany'
  | 'notGroup'
  | 'twice';
/** One fault that the schema alone can tell, and the limit that it names. */
export type ValueIssue = { path: string; fault: ValueFault; limit: string };

/** Answers by schema and value: values are never changed in place, so a list of 5,000 points is checked once. */
const known = new WeakMap<object, WeakMap<object, readonly ValueIssue[]>>();

/**
 * Checks a value against the schema of the collector, before the collector itself is asked. A key left out is checked
 * by what is required only; sealed secrets are taken as they are.
 */
export function checkValue(schema: JsonSchema, value: unknown): readonly ValueIssue[] {
  if (typeof value !== 'object' || value === null) return checked(schema, value);
  const bySchema = known.get(schema) ?? new WeakMap<object, readonly ValueIssue[]>();
  known.set(schema, bySchema);
  const before = bySchema.get(value);
  if (before) return before;
  const issues = checked(schema, value);
  bySchema.set(value, issues);
  return issues;
}

const fault = (name: ValueFault, limit: unknown = ''): ValueIssue[] => [
  { path: '', fault: name, limit: String(limit) },
];
const below = (path: string, issues: readonly ValueIssue[]): ValueIssue[] =>
  issues.map((issue) => ({ ...issue, path: joined(path, issue.path) }));

function checked(schema: JsonSchema, value: unknown): readonly ValueIssue[] {
  switch (kindOf(schema)) {
    case 'const':
      return value === schema.const ? [] : fault('notAllowed', schema.const);
    case 'enum':
      return schema.enum?.includes(value) ? [] : fault('notAllowed', schema.enum?.join(', '));
    case 'boolean':
      return typeof value === 'boolean' ? [] : fault('notYesNo');
    case 'number':
      return checkNumber(schema, value);
    case 'text':
      return isSealed(value) ? [] : checkText(schema, value);
    case 'scalar':
      return checkScalar(schema, value);
    case 'object':
    case 'variants':
      return isDict(value) ? checkObject(objectOf(schema, value), value) : fault('notGroup');
    case 'record':
      return checkRecord(schema, value);
    case 'tuple':
    case 'list':
    case 'rows':
      return checkList(schema, value);
    case 'json':
      return [];
  }
}

function checkNumber(schema: JsonSchema, value: unknown): ValueIssue[] {
  if (typeof value !== 'number' || !Number.isFinite(value)) return fault('notNumber');
  if (schema.type === 'integer' && !Number.isInteger(value)) return fault('notWhole');
  if (schema.minimum !== undefined && value < schema.minimum) return fault('tooSmall', schema.minimum);
  if (schema.maximum !== undefined && value > schema.maximum) return fault('tooLarge', schema.maximum);
  if (schema.exclusiveMinimum !== undefined && value <= schema.exclusiveMinimum)
    return fault('above', schema.exclusiveMinimum);
  return [];
}

function checkText(schema: JsonSchema, value: unknown): ValueIssue[] {
  if (typeof value !== 'string') return fault('notText');
  if (schema.minLength !== undefined && value.length < schema.minLength)
    return fault('tooShort', schema.minLength);
  if (schema.maxLength !== undefined && value.length > schema.maxLength)
    return fault('tooLong', schema.maxLength);
  if (schema.pattern !== undefined && !expressionOf(schema.pattern).test(value))
    return fault('pattern', schema.pattern);
  return [];
}

const expressions = new Map<string, RegExp>();
function expressionOf(pattern: string): RegExp {
  const before = expressions.get(pattern);
  if (before) return before;
  const made = unicodeOf(pattern);
  expressions.set(pattern, made);
  return made;
}
function unicodeOf(pattern: string): RegExp {
  try {
    return new RegExp(pattern, 'u');
  } catch {
    // Without `u` an expression may escape what needs no escape.
    return new RegExp(pattern);
  }
}

function checkScalar(schema: JsonSchema, value: unknown): readonly ValueIssue[] {
  const alternatives = schema.oneOf ?? schema.anyOf ?? [];
  const answers = alternatives.map((each) => checked(each, value));
  if (answers.some((issues) => issues.length === 0)) return [];
  const fitting = alternatives.findIndex((each) => {
    const types = scalarTypesOf(each);
    return typeof value === 'number' ? types.has('number') || types.has('integer') : types.has(typeof value);
  });
  return answers[Math.max(0, fitting)] ?? [];
}

function checkObject(schema: JsonSchema, value: Dict): ValueIssue[] {
  const properties = schema.properties ?? {};
  const missing = (schema.required ?? []).filter((key) => value[key] === undefined || value[key] === '');
  return [
    ...missing.map((key): ValueIssue => ({ path: key, fault: 'missing', limit: '' })),
    ...Object.entries(value).flatMap(([key, part]) => {
      const known = properties[key];
      if (part === undefined || missing.includes(key)) return [];
      if (known) return below(key, checkValue(known, part));
      return schema.additionalProperties === false ? below(key, fault('unknownKey', key)) : [];
    }),
  ];
}

function checkRecord(schema: JsonSchema, value: unknown): ValueIssue[] {
  if (!isDict(value)) return fault('notGroup');
  const { additionalProperties: part } = schema;
  if (typeof part !== 'object') return [];
  return Object.entries(value).flatMap(([key, item]) => below(key, checkValue(part, item)));
}

function checkList(schema: JsonSchema, value: unknown): ValueIssue[] {
  if (!Array.isArray(value)) return fault('notList');
  if (schema.minItems !== undefined && value.length < schema.minItems)
    return fault('tooFew', schema.minItems);
  if (schema.maxItems !== undefined && value.length > schema.maxItems)
    return fault('tooMany', schema.maxItems);
  const items = value.flatMap((item, at) => {
    const part = schema.prefixItems?.[at] ?? schema.items;
    return part ? below(`[${at}]`, checkValue(part, item)) : [];
  });
  return schema.items?.properties?.key ? [...items, ...twice(value)] : items;
}

/** Keys that were used before in the same list; the later one is told. */
function twice(items: readonly unknown[]): ValueIssue[] {
  const first = new Map<unknown, number>();
  return items.flatMap((item, at) => {
    const key = isDict(item) ? item.key : undefined;
    if (typeof key !== 'string' || key === '') return [];
    const before = first.get(key);
    if (before === undefined) first.set(key, at);
    return before === undefined ? [] : [{ path: `[${at}].key`, fault: 'twice', limit: String(before + 1) }];
  });
}
