/** A part of an OpenAPI document, as far as a body is made of it. */
export type Schema = {
  $ref?: string;
  type?: string | string[];
  enum?: unknown[];
  const?: unknown;
  default?: unknown;
  example?: unknown;
  examples?: unknown[];
  format?: string;
  minLength?: number;
  minimum?: number;
  minItems?: number;
  items?: Schema;
  properties?: Record<string, Schema>;
  required?: string[];
  anyOf?: Schema[];
  oneOf?: Schema[];
  allOf?: Schema[];
};
type Schemas = Readonly<Record<string, Schema>>;

const DEPTH_MAX = 12;
const TEXTS: Readonly<Record<string, string>> = {
  uuid: '00000000-0000-4000-8000-00000000dead',
  'date-time': '2026-01-01T00:00:00Z',
  date: '2026-01-01',
  uri: 'http://127.0.0.1:1/',
  email: 'nobody@example.org',
};

/** The smallest body that a schema asks for; `known` are values for properties by their name, as the attacker has seen them. */
export function bodyOf(schema: Schema, schemas: Schemas, known: Readonly<Record<string, unknown>>): unknown {
  return make(schema, { schemas, known, depth: 0 });
}

type Making = { schemas: Schemas; known: Readonly<Record<string, unknown>>; depth: number };
function make(schema: Schema, making: Making): unknown {
  const deeper = { ...making, depth: making.depth + 1 };
  if (making.depth > DEPTH_MAX) return null;
  if (schema.$ref) return make(making.schemas[schema.$ref.split('/').at(-1) ?? ''] ?? {}, deeper);
  if ('const' in schema) return schema.const;
  if (schema.enum) return schema.enum[0];
  if (schema.example !== undefined) return schema.example;
  if (schema.examples?.length) return schema.examples[0];
  if (schema.default !== undefined && !schema.properties) return schema.default;
  const [choice] = schema.anyOf ?? schema.oneOf ?? [];
  if (choice) return make(choice, deeper);
  if (schema.allOf) return Object.assign({}, ...schema.allOf.map((part) => make(part, deeper) as object));
  const [type] = [schema.type ?? 'object'].flat();
  if (type === 'string') return TEXTS[schema.format ?? ''] ?? 'x'.repeat(Math.max(1, schema.minLength ?? 1));
  if (type === 'number' || type === 'integer') return schema.minimum ?? 1;
  if (type === 'boolean') return true;
  if (type === 'null') return null;
  if (type === 'array')
    return Array.from({ length: schema.minItems ?? 0 }, () => make(schema.items ?? {}, deeper));
  const required = schema.required ?? [];
  return Object.fromEntries(
    required.map((name) => [
      name,
      name in making.known ? making.known[name] : make(schema.properties?.[name] ?? {}, deeper),
    ]),
  );
}
