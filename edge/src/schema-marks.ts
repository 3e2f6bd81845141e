/** The parts of a JSON Schema (2020-12) that lead to the fields inside it. */
export type MarkedSchema = {
  [mark: string]: unknown;
  $ref?: string;
  $defs?: Record<string, MarkedSchema>;
  properties?: Record<string, MarkedSchema>;
  additionalProperties?: MarkedSchema | boolean;
  items?: MarkedSchema | boolean;
  prefixItems?: MarkedSchema[];
  anyOf?: MarkedSchema[];
  oneOf?: MarkedSchema[];
  allOf?: MarkedSchema[];
};

export type Path = readonly (string | number)[];
export type MarkedText = { path: Path; text: string };

/** Deeper than any schema of a protocol; a schema that names itself ends here. */
const DEPTH_MAX = 20;

/**
 * Texts in a value that stand where the schema has the mark (`secret`, `localPath`). Where the schema allows several
 * shapes all are followed, so that none is missed. A mark holds for everything below it.
 */
export function markedTexts(schema: MarkedSchema, value: unknown, mark: string): MarkedText[] {
  const found = new Map<string, MarkedText>();
  const visit = (at: MarkedSchema, inner: unknown, path: Path, marked: boolean, depth: number): void => {
    if (depth > DEPTH_MAX || inner === null || inner === undefined) return;
    const isMarked = marked || at[mark] === true;
    if (typeof inner === 'string') {
      if (isMarked) found.set(JSON.stringify(path), { path, text: inner });
    } else if (Array.isArray(inner)) {
      inner.forEach((item, index) => {
        const next = at.prefixItems?.[index] ?? at.items;
        if (isSchema(next)) visit(next, item, [...path, index], isMarked, depth + 1);
      });
    } else if (typeof inner === 'object') {
      for (const [key, item] of Object.entries(inner)) {
        const own = at.properties !== undefined && Object.hasOwn(at.properties, key);
        const next = own ? at.properties?.[key] : at.additionalProperties;
        if (isSchema(next)) visit(next, item, [...path, key], isMarked, depth + 1);
      }
    }
    for (const shape of shapesOf(schema, at)) visit(shape, inner, path, isMarked, depth + 1);
  };
  visit(schema, value, [], false, 0);
  return [...found.values()];
}

/** Every field of a schema with the schemas that describe it: `points[].address`, `headers.*`; for tests and lists. */
export function fieldsOf(schema: MarkedSchema): { field: string; schema: MarkedSchema }[] {
  const fields: { field: string; schema: MarkedSchema }[] = [];
  const visit = (at: MarkedSchema, field: string, depth: number): void => {
    if (depth > DEPTH_MAX) return;
    if (field !== '') fields.push({ field, schema: at });
    for (const [key, inner] of Object.entries(at.properties ?? {}))
      visit(inner, field === '' ? key : `${field}.${key}`, depth + 1);
    if (isSchema(at.additionalProperties)) visit(at.additionalProperties, `${field}.*`, depth + 1);
    for (const inner of [at.items, ...(at.prefixItems ?? [])])
      if (isSchema(inner)) visit(inner, `${field}[]`, depth + 1);
    for (const shape of shapesOf(schema, at)) visit(shape, field, depth + 1);
  };
  visit(schema, '', 0);
  return fields;
}

const isSchema = (value: unknown): value is MarkedSchema => typeof value === 'object' && value !== null;

function shapesOf(root: MarkedSchema, at: MarkedSchema): MarkedSchema[] {
  const name = /^#\/\$defs\/(.+)$/.exec(at.$ref ?? '')?.[1];
  const named = name === undefined ? undefined : root.$defs?.[name];
  return [...(named ? [named] : []), ...(at.anyOf ?? []), ...(at.oneOf ?? []), ...(at.allOf ?? [])];
}
