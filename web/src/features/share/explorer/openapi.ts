/** A piece of JSON Schema, as far as an example can be made from it. */
export type Schema = {
  $ref?: string;
  type?: string | readonly string[];
  format?: string;
  properties?: Readonly<Record<string, Schema>>;
  required?: readonly string[];
  items?: Schema;
  enum?: readonly unknown[];
  const?: unknown;
  default?: unknown;
  example?: unknown;
  examples?: readonly unknown[];
  anyOf?: readonly Schema[];
  oneOf?: readonly Schema[];
  allOf?: readonly Schema[];
  minimum?: number;
  minItems?: number;
};
export type Parameter = {
  name: string;
  in: 'path' | 'query';
  required?: boolean;
  schema?: Schema;
};
type Described = {
  summary?: string;
  tags?: readonly string[];
  parameters?: readonly (Omit<Parameter, 'in'> & { in: string })[];
  requestBody?: { content?: Readonly<Record<string, { schema?: Schema }>> };
  'x-permission'?: string;
};
/** The part of an OpenAPI document that is read here. */
export type OpenApi = {
  paths?: Readonly<Record<string, Readonly<Record<string, Described>>>>;
  components?: { schemas?: Readonly<Record<string, Schema>> };
};

export const METHODS = ['get', 'post', 'put', 'patch', 'delete'] as const;
export type Method = Uppercase<(typeof METHODS)[number]>;
export type Operation = {
  /** `GET /api/share/datasets` */
  id: string;
  method: Method;
  path: string;
  summary: string;
  tag: string;
  permission: string | null;
  parameters: Parameter[];
  /** schema of the JSON body; null where there is none */
  body: Schema | null;
  /** true when it may change something */
  writes: boolean;
};

/** Operations that somebody may call with a JSON body or none, in the order of the document. */
export function operationsOf({ paths = {} }: OpenApi, may: (permission: string) => boolean): Operation[] {
  return Object.entries(paths).flatMap(([path, methods]) =>
    METHODS.flatMap((method) => {
      const described = methods[method];
      const permission = described?.['x-permission'] ?? null;
      if (!described || (permission !== null && !may(permission))) return [];
      const content = described.requestBody?.content;
      const json = content?.['application/json'];
      if (content && !json) return [];
      const upper = method.toUpperCase() as Method;
      return {
        ...{ id: `${upper} ${path}`, method: upper, path, summary: described.summary ?? '' },
        ...{ tag: described.tags?.[0] ?? '', permission, body: json?.schema ?? null },
        parameters: (described.parameters ?? []).filter(
          (parameter): parameter is Parameter => parameter.in === 'path' || parameter.in === 'query',
        ),
        // A question that is too long for an address is a POST as well; what it needs tells that it only reads.
        writes: method !== 'get' && !(method === 'post' && permission?.endsWith(':read')),
      };
    }),
  );
}

const DEPTH_MAX = 6;

/** A value that fits a schema: its own example where it has one, otherwise the least that is required. */
export function exampleOf(schema: Schema | null | undefined, document: OpenApi, depth = 0): unknown {
  if (!schema || depth > DEPTH_MAX) return null;
  if (schema.$ref !== undefined) {
    const name = schema.$ref.split('/').at(-1) ?? '';
    return exampleOf(document.components?.schemas?.[name], document, depth + 1);
  }
  for (const said of [schema.example, schema.examples?.[0], schema.default, schema.const, schema.enum?.[0]])
    if (said !== undefined) return said;
  const choice = schema.anyOf ?? schema.oneOf;
  if (choice) return exampleOf(choice.find(({ type }) => type !== 'null') ?? choice[0], document, depth + 1);
  if (schema.allOf)
    return Object.assign({}, ...schema.allOf.map((part) => exampleOf(part, document, depth + 1)));
  return plainExample(schema, document, depth);
}

function plainExample(schema: Schema, document: OpenApi, depth: number): unknown {
  const type = typeof schema.type === 'string' ? schema.type : schema.type?.find((each) => each !== 'null');
  switch (type ?? (schema.properties ? 'object' : 'null')) {
    case 'object': {
      const required = new Set(schema.required ?? []);
      const kept = Object.entries(schema.properties ?? {}).filter(
        ([name, part]) => required.has(name) || part.example !== undefined || part.default !== undefined,
      );
      return Object.fromEntries(kept.map(([name, part]) => [name, exampleOf(part, document, depth + 1)]));
    }
    case 'array':
      return (schema.minItems ?? 0) > 0 ? [exampleOf(schema.items, document, depth + 1)] : [];
    case 'integer':
    case 'number':
      return Math.max(0, schema.minimum ?? 0);
    case 'boolean':
      return false;
    case 'string':
      return STRINGS[schema.format ?? ''] ?? '';
    default:
      return null;
  }
}

const STRINGS: Readonly<Record<string, string>> = {
  'date-time': '2026-01-01T00:00:00+08:00',
  date: '2026-01-01',
  uuid: '00000000-0000-4000-8000-000000000000',
};

/** What the fields of an operation begin with: required ones by their example, the others empty. */
export const beginValues = ({ parameters }: Operation, document: OpenApi): Record<string, string> =>
  Object.fromEntries(
    parameters.map(({ name, required, schema }) => {
      const example = required === true ? exampleOf(schema, document) : '';
      return [name, example === null || typeof example === 'object' ? '' : String(example)];
    }),
  );

export type Asked = { url: string } | { missing: string[] } | { dots: true };

/** The address of an operation with its parameters filled in; always below the path of the document. */
export function addressOf({ path, parameters }: Operation, values: Readonly<Record<string, string>>): Asked {
  const missing = parameters
    .filter(({ name, required }) => required === true && (values[name] ?? '') === '')
    .map(({ name }) => name);
  if (missing.length > 0) return { missing };
  const inPath = parameters.filter((parameter) => parameter.in === 'path');
  // A browser reads these as steps in the path, so that another operation would be asked.
  if (inPath.some(({ name }) => /^\.{1,2}$/.test(values[name] ?? ''))) return { dots: true };
  const filled = inPath.reduce(
    (text, { name }) => text.replace(`{${name}}`, () => encodeURIComponent(values[name] ?? '')),
    path,
  );
  const query = new URLSearchParams();
  for (const { name, in: place } of parameters)
    if (place === 'query' && (values[name] ?? '') !== '') query.set(name, values[name] ?? '');
  return { url: query.size === 0 ? filled : `${filled}?${query}` };
}
