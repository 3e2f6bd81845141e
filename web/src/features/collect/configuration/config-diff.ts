import type { ConnectionDocument, ProtocolSchema } from '@ronghe/contracts';
import { type Dict, isDict, isSealed, type JsonSchema } from '../form/json-schema.ts';
import { isSecretAt } from '../form/secrets.ts';
import { joined, stepsOf } from '../form/value-path.ts';

/** One value that differs. A secret is told without its text: only that it is there, gone or another. */
export type FieldChange = { path: string; before: unknown; after: unknown; secret: boolean };
export type PointChange = {
  kind: 'added' | 'removed' | 'changed';
  /** list in the connection, such as `points` */
  list: string;
  key: string;
  name: string;
  fields: readonly FieldChange[];
};
export type ConnectionChange = {
  kind: 'added' | 'removed' | 'changed';
  name: string;
  protocol: string;
  /** points in it afterwards, or before when it is removed */
  points: number;
  fields: readonly FieldChange[];
  pointChanges: readonly PointChange[];
};
export type Counts = { added: number; removed: number; changed: number };
export type ConfigurationDiff = {
  connections: readonly ConnectionChange[];
  counts: { connections: Counts; points: Counts };
};
type Protocols = Readonly<Record<string, ProtocolSchema>>;
type Connections = readonly ConnectionDocument[];

/** Lists whose entries are points, wherever they stand. */
const POINT_LISTS = new Set(['points', 'tags', 'lists']);

/**
 * What is different between two configurations. Connections are the same when their names are, points when their keys
 * are; a connection of which only the name differs is told as renamed. Order does not count.
 */
export function diffConfigurations(
  before: Connections,
  after: Connections,
  protocols: Protocols = {},
): ConfigurationDiff {
  const pairs = pairsOf(before, after);
  const connections = pairs.flatMap(([old, next]) => connectionChange(old, next, protocols));
  const points = connections.flatMap(({ pointChanges }) => pointChanges);
  return { connections, counts: { connections: countsOf(connections), points: countsOf(points) } };
}

export const isSame = (diff: ConfigurationDiff): boolean => diff.connections.length === 0;

const countsOf = (changes: readonly { kind: keyof Counts }[]): Counts => {
  const counts = { added: 0, removed: 0, changed: 0 };
  for (const { kind } of changes) counts[kind] += 1;
  return counts;
};

type Pair = readonly [ConnectionDocument | undefined, ConnectionDocument | undefined];
function pairsOf(before: Connections, after: Connections): Pair[] {
  const old = new Map(before.map((connection) => [connection.name, connection]));
  const names = new Set(after.map(({ name }) => name));
  const gone = before.filter(({ name }) => !names.has(name));
  const withoutName = ({ name: _name, ...rest }: ConnectionDocument) => JSON.stringify(rest);
  const pairs: Pair[] = after.map((next) => {
    const same = old.get(next.name);
    if (same) return [same, next];
    const at = gone.findIndex((each) => withoutName(each) === withoutName(next));
    return [at < 0 ? undefined : gone.splice(at, 1)[0], next];
  });
  return [...pairs, ...gone.map((each): Pair => [each, undefined])];
}

function connectionChange(
  old: ConnectionDocument | undefined,
  next: ConnectionDocument | undefined,
  protocols: Protocols,
): ConnectionChange[] {
  const shown = next ?? old;
  if (!shown) return [];
  const schema = protocols[shown.protocol] as JsonSchema | undefined;
  const found = compare(old ?? {}, next ?? {}, schema);
  const both = old !== undefined && next !== undefined;
  if (both && found.fields.length + found.points.length === 0) return [];
  return [
    {
      kind: both ? 'changed' : next ? 'added' : 'removed',
      name: shown.name,
      protocol: shown.protocol,
      points: countPoints(shown),
      fields: found.fields,
      pointChanges: found.points,
    },
  ];
}

type Found = { fields: FieldChange[]; points: PointChange[] };
function compare(old: Dict, next: Dict, schema: JsonSchema | undefined): Found {
  const points: PointChange[] = [];
  const fieldChange = (path: string, before: unknown, after: unknown): FieldChange => {
    const secret = isSealed(before) || isSealed(after) || isSecretAt(schema, stepsOf(path));
    const hide = (value: unknown) => (value === undefined ? undefined : true);
    return secret
      ? { path, before: hide(before), after: hide(after), secret }
      : { path, before, after, secret };
  };
  /** `top` is the list and the place of a point's fields begin at the point. */
  const walk = (before: unknown, after: unknown, path: string, from: string): FieldChange[] => {
    if (before === after) return [];
    if (isDict(before ?? after) && isDict(after ?? before)) {
      const keys = new Set([...Object.keys((before ?? {}) as Dict), ...Object.keys((after ?? {}) as Dict)]);
      return [...keys].flatMap((key) =>
        walk((before as Dict)?.[key], (after as Dict)?.[key], joined(path, key), from),
      );
    }
    if (Array.isArray(before ?? after) && Array.isArray(after ?? before)) {
      const lists = { before: (before ?? []) as unknown[], after: (after ?? []) as unknown[] };
      if (!/\[/.test(path) || POINT_LISTS.has(path.split('.').at(-1) ?? '')) {
        const matched = matchItems(lists.before, lists.after);
        if (matched) return matched.flatMap((item) => itemChange(item, path, from));
      }
    }
    if (JSON.stringify(before) === JSON.stringify(after)) return [];
    return [{ ...fieldChange(path, before, after), path: path.slice(from.length).replace(/^\./, '') }];
  };
  const itemChange = (item: Matched, path: string, from: string): FieldChange[] => {
    const place = `${path}[${item.at}]`;
    if (!POINT_LISTS.has(path.split('.').at(-1) ?? '')) return walk(item.before, item.after, place, from);
    const fields = walk(item.before, item.after, place, place);
    if (fields.length === 0) return [];
    const kind = item.before === undefined ? 'added' : item.after === undefined ? 'removed' : 'changed';
    const shown = (item.after ?? item.before) as Dict;
    points.push({ kind, list: path, key: item.id, name: String(shown.name ?? ''), fields });
    return [];
  };
  return { fields: walk(old, next, '', ''), points };
}

type Matched = { id: string; at: number; before: unknown; after: unknown };
/** Entries that belong together by what names them; null when something has no name or a name is used twice. */
function matchItems(before: readonly unknown[], after: readonly unknown[]): Matched[] | null {
  const old = byIdentity(before);
  const next = byIdentity(after);
  if (!old || !next) return null;
  const kept = [...next].map(([id, { item, at }]) => ({ id, at, before: old.get(id)?.item, after: item }));
  const gone = [...old].flatMap(([id, { item, at }]) =>
    next.has(id) ? [] : [{ id, at, before: item, after: undefined }],
  );
  return [...kept, ...gone];
}

function byIdentity(items: readonly unknown[]): Map<string, { item: unknown; at: number }> | null {
  const found = new Map<string, { item: unknown; at: number }>();
  for (const [at, item] of items.entries()) {
    const id = isDict(item) ? (item.key ?? item.name ?? item.mn ?? item.topic) : undefined;
    if (typeof id !== 'string' || found.has(id)) return null;
    found.set(id, { item, at });
  }
  return found;
}

/** Points of a connection, in all lists of it. */
export function countPoints(value: unknown): number {
  if (Array.isArray(value)) return value.reduce<number>((sum, item) => sum + countPoints(item), 0);
  if (!isDict(value)) return 0;
  return Object.entries(value).reduce(
    (sum, [key, part]) =>
      sum + (POINT_LISTS.has(key) && Array.isArray(part) ? part.length : countPoints(part)),
    0,
  );
}
