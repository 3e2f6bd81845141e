import type { ConnectionDocument } from '@ronghe/contracts';
import { type Dict, isDict } from '../form/json-schema.ts';

type Connections = readonly ConnectionDocument[];
/** My configuration on top of theirs, and the places where both had changed something: mine stands there now. */
export type Rebased = { connections: ConnectionDocument[]; both: string[] };
type Named = { id: string; value: Dict };

/**
 * Puts what I changed since `base` onto what somebody else saved meanwhile. Connections go by name, points by key, all
 * else by field; what only one of us changed is taken from that one. Something that I changed and they deleted comes back.
 */
export function rebase(base: Connections, mine: Connections, theirs: Connections): Rebased {
  const both: string[] = [];
  const merged = mergeLists(named(base, 'name'), named(mine, 'name'), named(theirs, 'name'), '', both);
  return { connections: merged as ConnectionDocument[], both };
}

const same = (one: unknown, other: unknown): boolean =>
  one === other || JSON.stringify(one) === JSON.stringify(other);
const named = (items: readonly unknown[], key: string): Named[] =>
  items.map((item) => ({ id: String((item as Dict)[key]), value: item as Dict }));

function mergeLists(base: Named[], mine: Named[], theirs: Named[], path: string, both: string[]): unknown[] {
  const old = new Map(base.map(({ id, value }) => [id, value]));
  const own = new Map(mine.map(({ id, value }) => [id, value]));
  const others = new Set(theirs.map(({ id }) => id));
  const kept = theirs.flatMap(({ id, value }) => {
    const here = own.get(id);
    const before = old.get(id);
    if (here !== undefined)
      return [mergeValue(before, here, value, path === '' ? id : `${path}.${id}`, both)];
    if (before === undefined) return [value];
    // I deleted it; if they changed it meanwhile, that is told.
    if (!same(before, value)) both.push(path === '' ? id : `${path}.${id}`);
    return [];
  });
  const added = mine.flatMap(({ id, value }) => {
    if (others.has(id)) return [];
    const before = old.get(id);
    if (before === undefined) return [value];
    if (same(before, value)) return [];
    both.push(path === '' ? id : `${path}.${id}`);
    return [value];
  });
  return [...kept, ...added];
}

function mergeValue(base: unknown, mine: unknown, theirs: unknown, path: string, both: string[]): unknown {
  if (same(mine, theirs) || same(base, mine)) return theirs;
  if (same(base, theirs)) return mine;
  if (isDict(mine) && isDict(theirs)) {
    const old = isDict(base) ? base : {};
    const keys = new Set([...Object.keys(theirs), ...Object.keys(mine)]);
    return Object.fromEntries(
      [...keys].flatMap((key) => {
        const value = mergeValue(old[key], mine[key], theirs[key], `${path}.${key}`, both);
        return value === undefined ? [] : [[key, value]];
      }),
    );
  }
  if (keyed(mine) && keyed(theirs) && (base === undefined || keyed(base)))
    return mergeLists(named(base ?? [], 'key'), named(mine, 'key'), named(theirs, 'key'), path, both);
  both.push(path);
  return mine;
}

/** A list of points: every entry has a key, and none twice. */
const keyed = (value: unknown): value is readonly Dict[] =>
  Array.isArray(value) &&
  value.every((item) => isDict(item) && typeof item.key === 'string') &&
  new Set(value.map((item: Dict) => item.key)).size === value.length;
