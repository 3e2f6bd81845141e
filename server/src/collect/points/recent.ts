/** What was used lately, by organisation and key. */
export type Recent<Value> = {
  get(organisation: string, key: string): Value | undefined;
  set(organisation: string, key: string, value: Value): void;
};

type Entries<Value> = { byOrganisation: Map<string, Map<string, Value>>; size: number };

/**
 * Keeps at least the `entriesKept` that were used last, and never more than twice as many. Two generations: when the young
 * one is full it becomes the old one, so that a hit costs no bookkeeping.
 */
export function createRecent<Value>(entriesKept: number): Recent<Value> {
  let young: Entries<Value> = { byOrganisation: new Map(), size: 0 };
  let old: Entries<Value> = young;
  const set: Recent<Value>['set'] = (organisation, key, value) => {
    if (young.size >= entriesKept) {
      old = young;
      young = { byOrganisation: new Map(), size: 0 };
    }
    let entries = young.byOrganisation.get(organisation);
    if (!entries) {
      entries = new Map();
      young.byOrganisation.set(organisation, entries);
    }
    if (!entries.has(key)) young.size += 1;
    entries.set(key, value);
  };
  return {
    get(organisation, key) {
      const found = young.byOrganisation.get(organisation)?.get(key);
      if (found !== undefined) return found;
      const before = old.byOrganisation.get(organisation)?.get(key);
      if (before !== undefined) set(organisation, key, before);
      return before;
    },
    set,
  };
}
