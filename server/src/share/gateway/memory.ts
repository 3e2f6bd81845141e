/** What an entry costs besides its key and its value. */
const ENTRY_BYTES = 512;
/** Two bytes for each character of a key. */
const CHARACTER_BYTES = 2;

/** Values by a text, the longest unused go first. */
export type Memory<Value> = {
  get(key: string): Value | undefined;
  /** Puts the value in place of what was there. `bytes` are those of the value; the key is counted besides. */
  put(key: string, value: Value, bytes: number): void;
};

/** At most `bytesMax` of keys and values together. */
export function createMemory<Value>({ bytesMax }: { bytesMax: number }): Memory<Value> {
  const entries = new Map<string, { value: Value; size: number }>();
  let size = 0;
  return {
    get(key) {
      const entry = entries.get(key);
      if (!entry) return undefined;
      entries.delete(key);
      entries.set(key, entry);
      return entry.value;
    },
    put(key, value, bytes) {
      size -= entries.get(key)?.size ?? 0;
      entries.delete(key);
      const own = bytes + CHARACTER_BYTES * key.length + ENTRY_BYTES;
      entries.set(key, { value, size: own });
      size += own;
      for (const [oldest, entry] of entries) {
        if (size <= bytesMax) break;
        entries.delete(oldest);
        size -= entry.size;
      }
    },
  };
}
