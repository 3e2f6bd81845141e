/**
 * Memory for request bodies that is used again. A large body otherwise costs its bytes twice as garbage, and garbage outside
 * of its heap is what makes the collector of V8 go through everything.
 */
export type BodyPool = {
  /** Memory of this length, its content undefined. */
  take(bytes: number): Buffer;
  /** Nobody may read the memory afterwards. Memory that is not from `take` does no harm. */
  giveBack(body: Buffer): void;
};

/** Smaller bodies come in one piece or two, and are not worth it. */
export const POOLED_BODY_BYTES_MIN = 128 * 1024;
/** Unused memory that is kept; what is above it is left to the garbage collector. */
const KEPT_BYTES_MAX = 64 * 1024 * 1024;

export function createBodyPool({ keptBytesMax = KEPT_BYTES_MAX } = {}): BodyPool {
  /** unused memory by size, which is a power of two */
  const unused = new Map<number, ArrayBufferLike[]>();
  const lent = new WeakSet<ArrayBufferLike>();
  let keptBytes = 0;
  return {
    take(bytes) {
      const size = 2 ** Math.ceil(Math.log2(Math.max(bytes, POOLED_BODY_BYTES_MIN)));
      const known = unused.get(size)?.pop();
      if (known) keptBytes -= size;
      const memory = known ?? new ArrayBuffer(size);
      lent.add(memory);
      return Buffer.from(memory, 0, bytes);
    },
    giveBack({ buffer }) {
      if (!lent.delete(buffer) || keptBytes + buffer.byteLength > keptBytesMax) return;
      keptBytes += buffer.byteLength;
      const same = unused.get(buffer.byteLength);
      if (same) same.push(buffer);
      else unused.set(buffer.byteLength, [buffer]);
    },
  };
}
