import type { Memory, TakeMemory } from './columns.ts';

/** Memory that is used again, so that what comes and goes with every request is no work for the garbage collector. */
export type Slabs = {
  /** Memory until it is released; large pieces are made for themselves. */
  take: TakeMemory;
  /** Slabs that nobody uses at the moment. */
  free(): number;
};

const SLAB_BYTES = 8 * 1024 * 1024;
/** Unused slabs beyond this are left to the garbage collector. */
const FREE_MAX = 8;

type Slab = { buffer: ArrayBuffer; used: number; pieces: number };

/**
 * Pieces of a few slabs of 8 MB, one behind the other; a slab is free again when all its pieces were released. A piece that is
 * never released costs its slab, nothing else.
 */
export function createSlabs({ slabBytes = SLAB_BYTES, freeMax = FREE_MAX } = {}): Slabs {
  const free: Slab[] = [];
  let current: Slab | undefined;

  const giveBack = (slab: Slab) => {
    slab.pieces -= 1;
    if (slab.pieces > 0) return;
    slab.used = 0;
    if (slab !== current && free.length < freeMax) free.push(slab);
  };
  const open = (): Slab => free.pop() ?? { buffer: new ArrayBuffer(slabBytes), used: 0, pieces: 0 };

  return {
    take(bytes): Memory {
      if (bytes > slabBytes / 2) return { bytes: new Uint8Array(bytes), release: () => undefined };
      const room = Math.ceil(bytes / 8) * 8;
      if (!current || current.used + room > slabBytes) current = open();
      const slab = current;
      const piece = new Uint8Array(slab.buffer, slab.used, bytes);
      slab.used += room;
      slab.pieces += 1;
      let released = false;
      return {
        bytes: piece,
        release() {
          if (released) return;
          released = true;
          giveBack(slab);
        },
      };
    },
    free: () => free.length,
  };
}
