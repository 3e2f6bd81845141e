/** Packets up to this size are bounded by the number of connections alone. */
const LARGE_BYTES = 64_000;

/** The memory that large packets of all connections may take together, while they are read and until they are durable. */
export type LargePackets = {
  /** Counts a packet; false when there is no room, and then nothing is counted. */
  take(bytes: number): boolean;
  release(bytes: number): void;
};

export function createLargePackets({ bytesMax }: { bytesMax: number }): LargePackets {
  let used = 0;
  return {
    take(bytes) {
      if (bytes <= LARGE_BYTES) return true;
      // One alone always fits, however it compares with the limit.
      if (used > 0 && used + bytes > bytesMax) return false;
      used += bytes;
      return true;
    },
    release(bytes) {
      if (bytes > LARGE_BYTES) used -= bytes;
    },
  };
}
