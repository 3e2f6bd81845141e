import { idOfRecord as idOf } from './constraints.ts';
import type { KnownRecord, KnownRecords } from './identity.ts';
import type { Link } from './links.store.ts';
import { blockMaxOf, keyOfName, ruleOfKey } from './traits.ts';

/** Links by one thing they can be found with; the order is that in which they came. */
function createIndex<Key>(keysOf: (link: Link) => readonly Key[]) {
  const found = new Map<Key, Map<string, Link>>();
  return {
    add(id: string, link: Link): void {
      for (const key of keysOf(link)) {
        const list = found.get(key);
        if (list) list.set(id, link);
        else found.set(key, new Map([[id, link]]));
      }
    },
    remove(id: string, link: Link): void {
      for (const key of keysOf(link)) found.get(key)?.delete(id);
    },
    of: (key: Key): readonly Link[] => [...(found.get(key)?.values() ?? [])],
  };
}

type Options = {
  ages: ReadonlyMap<string, number>;
  reachable: (enterprise: string) => boolean;
  /** keys that so many records share that they lead nowhere */
  common?: ReadonlySet<number>;
};

/**
 * Links in memory while one batch is matched; later records of the batch see what earlier ones decided. Enterprises that
 * are not reachable for the source are never candidates.
 */
export function createKnownLinks(links: readonly Link[], { ages, reachable, common = new Set() }: Options) {
  const all = new Map<string, Link>();
  const [codes, joinKeys, names, keys, enterprises] = [
    createIndex<string>(({ code }) => (code === null ? [] : [code])),
    createIndex<string>(({ joinKey }) => (joinKey === null ? [] : [joinKey])),
    createIndex<string>((link) => [...new Set(link.names.map(({ key }) => key))]),
    createIndex<number>((link) => link.keys),
    createIndex<string>(({ enterprise }) => [enterprise]),
  ];
  const indexes = [codes, joinKeys, names, keys, enterprises];
  const newest = new Map<string, number>();
  let nextAge = Number.MAX_SAFE_INTEGER - 1_000_000;
  const ageOf = (enterprise: string) => ages.get(enterprise) ?? newest.get(enterprise) ?? nextAge;

  function put(link: Link): void {
    const id = idOf(link);
    const before = all.get(id);
    for (const index of indexes) {
      if (before) index.remove(id, before);
      index.add(id, link);
    }
    all.set(id, link);
  }
  for (const link of links) put(link);

  return {
    get: (source: string, entityKey: string): Link | null => all.get(idOf({ source, entityKey })) ?? null,
    byId: (id: string): Link | null => all.get(id) ?? null,
    of: (enterprise: string): readonly Link[] => enterprises.of(enterprise),
    put,
    /** A made enterprise is younger than all known ones and than those made before it. */
    made(enterprise: string): void {
      newest.set(enterprise, nextAge);
      nextAge += 1;
    },
    all: (): Link[] => [...all.values()],
    reachable,
    /** What others know; the record itself is left out. */
    without(source: string, entityKey: string): KnownRecords {
      const self = all.get(idOf({ source, entityKey }));
      const others = (found: readonly Link[]): readonly KnownRecord[] =>
        found.filter((link) => link !== self && reachable(link.enterprise));
      return {
        byCode: (code) => others(codes.of(code)),
        byJoinKey: (joinKey) => others(joinKeys.of(joinKey)),
        byName: (key) => (common.has(keyOfName(key)) ? [] : others(names.of(key))),
        byKey(key) {
          const found = common.has(key) ? [] : keys.of(key);
          return found.length > blockMaxOf(ruleOfKey(key)) ? [] : others(found);
        },
        of: (enterprise) => others(enterprises.of(enterprise)),
        ageOf,
      };
    },
  };
}
export type KnownLinks = ReturnType<typeof createKnownLinks>;
