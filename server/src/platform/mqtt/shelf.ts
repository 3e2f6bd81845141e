/** Retained messages are state, not history: a few small ones for each organisation. */
export const RETAINED_MAX = 1_000;
export const RETAINED_BYTES_MAX = 1_000_000;

/** Counts the retained messages of one organisation, so that they stay within bounds. */
export type Shelf = {
  /** Whether a message of this many bytes may be kept for its topic; an empty one takes the topic off the shelf. */
  put(topic: string, bytes: number): boolean;
};

export function createShelf(): Shelf {
  const sizes = new Map<string, number>();
  let used = 0;
  return {
    put(topic, bytes) {
      const before = sizes.get(topic);
      const size = bytes === 0 ? 0 : topic.length + bytes;
      if (size > 0 && before === undefined && sizes.size >= RETAINED_MAX) return false;
      if (size > 0 && used - (before ?? 0) + size > RETAINED_BYTES_MAX) return false;
      used += size - (before ?? 0);
      if (size === 0) sizes.delete(topic);
      else sizes.set(topic, size);
      return true;
    },
  };
}
