import { SEALED_PREFIX } from '@ronghe/contracts';

/** The parts of JSON Schema (2020-12) that connectors use to tell what they take. */
export type JsonSchema = {
  type?: string | readonly string[];
  description?: string;
  default?: unknown;
  enum?: readonly unknown[];
  const?: unknown;
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
  exclusiveMaximum?: number;
  minLength?: number;
  maxLength?: number;
  pattern?: string;
  items?: JsonSchema;
  prefixItems?: readonly JsonSchema[];
  minItems?: number;
  maxItems?: number;
  properties?: Readonly<Record<string, JsonSchema>>;
  required?: readonly string[];
  additionalProperties?: boolean | JsonSchema;
  anyOf?: readonly JsonSchema[];
  oneOf?: readonly JsonSchema[];
  /** what the platform seals */
  secret?: boolean;
  /** a path on the machine of the collector */
  localPath?: boolean;
};

/** A part of a configuration as it is written. */
export type Dict = Readonly<Record<string, unknown>>;
export const isDict = (value: unknown): value is Dict =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** How a part is edited. `scalar` is a text or a number or yes/no; `json` is what no form is made for. */
export type SchemaKind =
  | 'const'
  | 'enum'
  | 'boolean'
  | 'number'
  | 'text'
  | 'scalar'
  | 'object'
  | 'record'
  | 'variants'
  | 'tuple'
  | 'list'
  | 'rows'
  | 'json';

const alternativesOf = (schema: JsonSchema) => schema.oneOf ?? schema.anyOf;
const SCALARS = new Set<SchemaKind>(['const', 'enum', 'boolean', 'number', 'text']);

export function kindOf(schema: JsonSchema): SchemaKind {
  if (schema.const !== undefined) return 'const';
  if (schema.enum) return 'enum';
  const alternatives = alternativesOf(schema);
  if (alternatives) {
    if (discriminatorOf(schema) !== null) return 'variants';
    return alternatives.every((each) => SCALARS.has(kindOf(each))) ? 'scalar' : 'json';
  }
  switch (schema.type) {
    case 'boolean':
      return 'boolean';
    case 'integer':
    case 'number':
      return 'number';
    case 'string':
      return 'text';
    case 'object':
      if (schema.properties) return 'object';
      return typeof schema.additionalProperties === 'object' ? 'record' : 'json';
    case 'array':
      return arrayKindOf(schema);
    default:
      return 'json';
  }
}

function arrayKindOf(schema: JsonSchema): SchemaKind {
  if (schema.prefixItems) return 'tuple';
  if (!schema.items) return 'json';
  const items = kindOf(schema.items);
  if (items === 'object' || items === 'variants') return 'rows';
  return SCALARS.has(items) || items === 'scalar' ? 'list' : 'json';
}

/** The key whose constant tells the alternatives apart, or null when none does. */
export function discriminatorOf(schema: JsonSchema): string | null {
  const alternatives = alternativesOf(schema);
  const [first] = alternatives ?? [];
  if (!alternatives || !first?.properties) return null;
  const constants = (key: string) => alternatives.map((each) => each.properties?.[key]?.const);
  const telling = Object.keys(first.properties).find((key) => {
    const values = constants(key);
    return values.every((value) => value !== undefined) && new Set(values).size === values.length;
  });
  return telling ?? null;
}

/** The alternative that a value follows; the first when its discriminator says nothing known. */
export function variantOf(schema: JsonSchema, value: unknown): JsonSchema {
  const key = discriminatorOf(schema);
  const alternatives = alternativesOf(schema) ?? [];
  const told = key !== null && isDict(value) ? value[key] : undefined;
  return alternatives.find((each) => each.properties?.[key ?? '']?.const === told) ?? alternatives[0] ?? {};
}

/** The object that a value follows, whichever alternative it is. */
export const objectOf = (schema: JsonSchema, value: unknown): JsonSchema =>
  kindOf(schema) === 'variants' ? variantOf(schema, value) : schema;

export const variantsOf = (schema: JsonSchema): readonly JsonSchema[] => alternativesOf(schema) ?? [];

/** Moves a value to another alternative: what that one knows as well is kept. */
export function toVariant(schema: JsonSchema, value: Dict, chosen: unknown): Dict {
  const key = discriminatorOf(schema) ?? '';
  const variant = variantOf(schema, { [key]: chosen });
  const kept = Object.entries(value).filter(([name]) => variant.properties?.[name] !== undefined);
  return { ...(emptyOf(variant) as Dict), ...Object.fromEntries(kept), [key]: chosen };
}

/** What a new value begins with: constants and required parts, nothing else. */
export function emptyOf(schema: JsonSchema): unknown {
  switch (kindOf(schema)) {
    case 'const':
      return schema.const;
    case 'object':
      return Object.fromEntries(
        (schema.required ?? []).flatMap((key) => {
          const value = emptyOf(schema.properties?.[key] ?? {});
          return value === undefined ? [] : [[key, value]];
        }),
      );
    case 'variants':
      return emptyOf(variantsOf(schema)[0] ?? {});
    case 'record':
      return {};
    case 'list':
    case 'rows':
      return [];
    default:
      return undefined;
  }
}

/** Sets a key, or leaves it out when there is nothing to set. */
export function withKey(value: Dict, key: string, next: unknown): Dict {
  if (next !== undefined) return { ...value, [key]: next };
  const { [key]: _left, ...rest } = value;
  return rest;
}

export const isSealed = (value: unknown): value is string =>
  typeof value === 'string' && value.startsWith(SEALED_PREFIX);

/** Types that a scalar may have: `string`, `number`, `integer`, `boolean`. */
export function scalarTypesOf(schema: JsonSchema): ReadonlySet<string> {
  const alternatives = alternativesOf(schema);
  if (alternatives) return new Set(alternatives.flatMap((each) => [...scalarTypesOf(each)]));
  if (schema.const !== undefined) return new Set([typeof schema.const]);
  return new Set(typeof schema.type === 'string' ? [schema.type] : (schema.type ?? []));
}

/** Reads what a person typed: a number where numbers may stand, true or false likewise, text otherwise. */
export function readScalar(schema: JsonSchema, text: string): unknown {
  const types = scalarTypesOf(schema);
  const trimmed = text.trim();
  if (trimmed === '') return undefined;
  if ((types.has('number') || types.has('integer')) && NUMBER.test(trimmed)) return Number(trimmed);
  if (types.has('boolean')) {
    const told = YES_NO[trimmed.toLowerCase()];
    if (told !== undefined) return told;
  }
  return types.has('string') ? text : trimmed;
}
const NUMBER = /^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i;
const YES_NO: Readonly<Record<string, boolean>> = { true: true, false: false, 是: true, 否: false };
