import { isDict, isSealed, type JsonSchema } from './json-schema.ts';
import { joined, type Steps } from './value-path.ts';

/** Names that are secrets whatever a schema says, as the server takes them. */
const ALWAYS_SECRET = new Set([
  'password',
  'passphrase',
  'privateKeyPassphrase',
  'token',
  'secret',
  'apiKey',
  'clientSecret',
]);

type Place = { schemas: readonly JsonSchema[]; secret: boolean };

const branchesOf = (schema: JsonSchema | undefined): JsonSchema[] =>
  schema ? [schema, ...(schema.oneOf ?? schema.anyOf ?? []).flatMap(branchesOf)] : [];

function partOf(schema: JsonSchema, step: string | number): JsonSchema | undefined {
  if (typeof step === 'number') return schema.prefixItems?.[step] ?? schema.items;
  const own = schema.properties?.[step];
  if (own) return own;
  return typeof schema.additionalProperties === 'object' ? schema.additionalProperties : undefined;
}

function inside(at: Place, step: string | number): Place {
  const schemas = at.schemas.flatMap((schema) => branchesOf(partOf(schema, step)));
  const named = typeof step === 'string' && ALWAYS_SECRET.has(step);
  return { schemas, secret: at.secret || named || schemas.some(({ secret }) => secret === true) };
}
const rootOf = (schema: JsonSchema | undefined): Place => ({ schemas: branchesOf(schema), secret: false });

/** Whether a place holds a secret: marked in the schema at it or above it, or named like one. */
export const isSecretAt = (schema: JsonSchema | undefined, steps: Steps): boolean =>
  steps.reduce(inside, rootOf(schema)).secret;

/**
 * A copy without the secrets that somebody typed, and the places they were at. Sealed ones stay: they say nothing. This
 * is what a browser may keep.
 */
export function withoutSecrets(
  schema: JsonSchema | undefined,
  value: unknown,
): { value: unknown; removed: string[] } {
  const removed: string[] = [];
  const walk = (part: unknown, place: Place, path: string): unknown => {
    const plain = typeof part === 'string' || typeof part === 'number';
    if (plain && place.secret && !isSealed(part)) {
      removed.push(path);
      return undefined;
    }
    // Points are thousands and hold no secrets where their schema marks none; they are gone through all the same.
    if (Array.isArray(part))
      return part.flatMap((item, at) => {
        const kept = walk(item, inside(place, at), `${path}[${at}]`);
        return kept === undefined ? [] : [kept];
      });
    if (!isDict(part)) return part;
    return Object.fromEntries(
      Object.entries(part).flatMap(([key, item]) => {
        const kept = walk(item, inside(place, key), joined(path, key));
        return kept === undefined ? [] : [[key, kept]];
      }),
    );
  };
  return { value: walk(value, rootOf(schema), ''), removed };
}
