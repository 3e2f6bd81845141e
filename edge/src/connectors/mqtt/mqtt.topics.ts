/** Deepest topic filter; the length of topics is limited by the protocol (4.7.3). */
const LEVELS_MAX = 64;

/** What is wrong with a topic filter (MQTT 3.1.1 and 5, section 4.7.1), in words for people; null when nothing. */
export function faultOfFilter(filter: string): string | null {
  const levels = filter.split('/');
  if (filter === '' || levels.length > LEVELS_MAX) return `from 1 to ${LEVELS_MAX} levels, separated by /`;
  if (filter.includes('\0')) return 'no NUL character';
  if (filter.startsWith('$share/')) return 'shared subscriptions would leave values to other collectors';
  if (levels.some((level) => level !== '+' && level.includes('+'))) return '+ must stand alone in its level';
  if (levels.some((level, index) => level.includes('#') && (level !== '#' || index < levels.length - 1)))
    return '# must stand alone in the last level';
  return null;
}

type Node<T> = { below: Map<string, Node<T>>; values: T[] };

/** Finds what was added under the filters that a topic matches (section 4.7). */
export type TopicTree<T> = { add(filter: string, value: T): void; match(topic: string): T[] };

/** The work of a match grows with the filters that begin as the topic does, not with their number. */
export function createTopicTree<T>(): TopicTree<T> {
  const root: Node<T> = { below: new Map(), values: [] };

  const collect = (node: Node<T>, levels: readonly string[], depth: number, found: T[]): void => {
    const level = levels[depth];
    // Topics that begin with $ are the broker's own; no wildcard in the first level finds them (4.7.2).
    const isHidden = depth === 0 && level?.startsWith('$') === true;
    // `a/#` finds `a` too.
    const rest = isHidden ? undefined : node.below.get('#');
    if (rest !== undefined) found.push(...rest.values);
    if (level === undefined) {
      found.push(...node.values);
      return;
    }
    const one = isHidden || level === '#' ? undefined : node.below.get('+');
    if (one !== undefined) collect(one, levels, depth + 1, found);
    const same = level === '+' || level === '#' ? undefined : node.below.get(level);
    if (same !== undefined) collect(same, levels, depth + 1, found);
  };

  return {
    add(filter, value) {
      let node = root;
      for (const level of filter.split('/')) {
        const next = node.below.get(level) ?? { below: new Map(), values: [] };
        node.below.set(level, next);
        node = next;
      }
      node.values.push(value);
    },
    match(topic) {
      const found: T[] = [];
      collect(root, topic.split('/'), 0, found);
      return found;
    },
  };
}

/**
 * The fewest of these filters that find everything, for a broker may send a message once for each that matches (3.3.5),
 * and for each given filter the one that was taken for it.
 */
export function coverFilters(filters: Iterable<string>): { chosen: string[]; coverOf: Map<string, string> } {
  const all = [...new Set(filters)];
  const tree = createTopicTree<string>();
  for (const filter of all) tree.add(filter, filter);
  // Matching a filter as if it were a topic finds those that cover it, itself included.
  const wider = new Map(all.map((filter) => [filter, tree.match(filter).filter((each) => each !== filter)]));
  const chosen = all.filter((filter) => (wider.get(filter) ?? []).length === 0);
  const isChosen = new Set(chosen);
  const coverOf = new Map(
    all.map((filter) => [filter, (wider.get(filter) ?? []).find((each) => isChosen.has(each)) ?? filter]),
  );
  return { chosen, coverOf };
}
