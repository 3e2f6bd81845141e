import { COPIED_PARTS_MAX, TREE_LEVELS_MAX } from './limits.data.ts';
import { refused } from './refused.ts';

/** Characters that count as much as one more part of the tree. */
const CHARACTERS_PER_PART = 32;

/** Refuses a tree that is too deep for what comes after, which recurses. Does not recurse itself. */
export function checkLevels(tree: object): void {
  const open: { value: object; level: number }[] = [{ value: tree, level: 0 }];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { value, level } = next;
    if (level > TREE_LEVELS_MAX) throw refused('too-deep', 0, '');
    for (const child of Object.values(value))
      if (typeof child === 'object' && child !== null) open.push({ value: child, level: level + 1 });
  }
}

/** Counts what a statement has us copy, so that copies of copies cannot grow without bound. */
export function createCopies() {
  let left = COPIED_PARTS_MAX;
  return (part: object): void => {
    const open: object[] = [part];
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      left--;
      for (const child of Object.values(next)) {
        if (typeof child === 'string') left -= child.length / CHARACTERS_PER_PART;
        else if (typeof child === 'object' && child !== null) open.push(child);
      }
      if (left < 0) throw refused('too-many', -1, '');
    }
  };
}
export type Copies = ReturnType<typeof createCopies>;
