import { createHash } from 'node:crypto';
import { type ConnectionDocument, type ProtocolSchema, SEALED_PREFIX } from '@ronghe/contracts';

/** Names that are secrets whatever a schema says: an older collector may have forgotten the mark. */
const ALWAYS_SECRET = new Set([
  'password',
  'passphrase',
  'privateKeyPassphrase',
  'token',
  'secret',
  'apiKey',
  'clientSecret',
]);
/** Where a peer is: a secret is given to the place it was entered for and to no other. */
const ADDRESS_NAMES = new Set(['endpoint', 'url', 'host', 'address', 'server', 'broker', 'port']);
/** Lists that are long and hold no address of a peer. */
const NO_ADDRESSES = new Set(['points', 'lists']);
const DEPTH_MAX = 20;

type Json = Record<string, unknown>;
const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A text that was found, with its place and whether it is a secret. */
export type Text = { path: string; value: string; secret: boolean };
/** What a text becomes; the same text to leave it. */
export type Change = (text: Text) => Promise<string>;

/**
 * A copy of a connection with every text given to `change`, which is told whether it is a secret: marked `secret: true`
 * in the JSON Schema of its protocol (at it or above it), or named like one. Nothing is dropped; beyond a depth of 20 all is secret.
 */
export async function changeTexts(
  connection: ConnectionDocument,
  schema: ProtocolSchema | undefined,
  change: Change,
): Promise<ConnectionDocument> {
  const root = isObject(schema) ? schema : {};
  const walk = async (value: unknown, at: Place): Promise<unknown> => {
    if (typeof value === 'string') return change({ path: at.path, value, secret: at.secret });
    if (typeof value === 'number' && at.secret)
      return change({ path: at.path, value: String(value), secret: true });
    if (Array.isArray(value)) {
      const items: unknown[] = [];
      for (const [index, item] of value.entries())
        items.push(await walk(item, inside(root, at, index, `${at.path}[${index}]`)));
      return items;
    }
    if (!isObject(value)) return value;
    const entries: [string, unknown][] = [];
    for (const [name, item] of Object.entries(value)) {
      const path = at.path === '' ? name : `${at.path}.${name}`;
      entries.push([name, await walk(item, inside(root, at, name, path))]);
    }
    return Object.fromEntries(entries);
  };
  const whole = { path: '', schemas: branches(root, root), secret: false, depth: 0 };
  return (await walk(connection, whole)) as ConnectionDocument;
}

/** Where in a document, and which parts of the schema may speak of it. */
type Place = { path: string; schemas: readonly Json[]; secret: boolean; depth: number };

function inside(root: Json, at: Place, step: string | number, path: string): Place {
  const schemas = at.schemas.flatMap((schema) => branches(root, childOf(schema, step)));
  const named = typeof step === 'string' && ALWAYS_SECRET.has(step);
  const secret = at.secret || named || at.depth >= DEPTH_MAX || schemas.some((each) => each.secret === true);
  return { path, schemas, secret, depth: at.depth + 1 };
}

function childOf(schema: Json, step: string | number): unknown {
  if (typeof step === 'number') {
    const { prefixItems, items } = schema;
    return (Array.isArray(prefixItems) ? prefixItems[step] : undefined) ?? items;
  }
  const { properties, additionalProperties } = schema;
  const own = isObject(properties) && Object.hasOwn(properties, step) ? properties[step] : undefined;
  return own ?? additionalProperties;
}

/** A schema with its alternatives and what it refers to, each as far as it is an object. */
function branches(root: Json, schema: unknown, depth = 0): Json[] {
  if (!isObject(schema) || depth > DEPTH_MAX) return [];
  const { anyOf, oneOf, allOf, $ref } = schema;
  const more = [anyOf, oneOf, allOf].flatMap((list) => (Array.isArray(list) ? list : []));
  const referred = typeof $ref === 'string' ? [resolve(root, $ref)] : [];
  return [schema, ...[...more, ...referred].flatMap((each) => branches(root, each, depth + 1))];
}

/** A reference inside the document, RFC 6901 behind `#`. */
function resolve(root: Json, reference: string): unknown {
  if (!reference.startsWith('#/')) return undefined;
  let value: unknown = root;
  for (const part of reference.slice(2).split('/')) {
    const name = part.replaceAll('~1', '/').replaceAll('~0', '~');
    value = isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined;
  }
  return value;
}

export const isSealed = (text: string): boolean => text.startsWith(SEALED_PREFIX);

/**
 * What a secret is bound to when it is sealed: collector, connection, and every address in it. Somebody who may change a
 * configuration but does not know its passwords cannot have them sent to a machine of their own.
 */
export function purposeOf(collector: string, connection: ConnectionDocument): string {
  const places: string[] = [];
  const look = (value: unknown, path: string, depth: number): void => {
    if (depth > DEPTH_MAX) return;
    if (Array.isArray(value))
      for (const [index, item] of value.entries()) look(item, `${path}[${index}]`, depth + 1);
    if (!isObject(value)) return;
    for (const [name, item] of Object.entries(value)) {
      const isText = typeof item === 'string' || typeof item === 'number';
      // Texts are compared as they are written; a lower depth cannot hide another address behind the same name.
      if (isText && ADDRESS_NAMES.has(name)) places.push(`${path}.${name}=${JSON.stringify(item)}`);
      else if (!isText && !NO_ADDRESSES.has(name)) look(item, `${path}.${name}`, depth + 1);
    }
  };
  look(connection, '', 0);
  const hash = createHash('sha256').update(places.sort().join('\n')).digest('hex');
  return `collector ${collector} connection ${connection.name} ${connection.protocol} ${hash}`;
}

/** Number of points in a connection: entries of lists named `points`, at any depth. */
export function pointsOf(value: unknown, depth = 0): number {
  if (depth > DEPTH_MAX || typeof value !== 'object' || value === null) return 0;
  if (Array.isArray(value)) return value.reduce<number>((sum, item) => sum + pointsOf(item, depth + 1), 0);
  return Object.entries(value).reduce(
    (sum, [name, item]) =>
      sum + (name === 'points' && Array.isArray(item) ? item.length : pointsOf(item, depth + 1)),
    0,
  );
}
