/** Two independent 32-bit hashes of a text: FNV-1a and a multiplicative one, both finished as MurmurHash3 does. */
export function hashOf(text: string, seed = 0): readonly [number, number] {
  let first = 0x811c9dc5 ^ seed;
  let second = 0x9e3779b9 ^ seed;
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    first = Math.imul(first ^ unit, 0x01000193);
    second = Math.imul(second ^ unit, 0x85ebca6b) + 0x27d4eb2f;
  }
  return [finish(first), finish(second ^ text.length)];
}

function finish(hash: number): number {
  let mixed = hash ^ (hash >>> 16);
  mixed = Math.imul(mixed, 0x85ebca6b);
  mixed ^= mixed >>> 13;
  mixed = Math.imul(mixed, 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}

const PRECISION = 12;
const REGISTERS = 1 << PRECISION;

/** HyperLogLog (Flajolet and others 2007) over 64 bits of hash: 4 KB, standard error 1.04 / sqrt(4096) = 1.6 %. */
export function createSketch() {
  const registers = new Uint8Array(REGISTERS);
  return {
    add(text: string): void {
      const [first, second] = hashOf(text);
      const rank = second === 0 ? 33 : Math.clz32(second) + 1;
      const at = first >>> (32 - PRECISION);
      if (rank > (registers[at] ?? 0)) registers[at] = rank;
    },
    estimate(): number {
      let [sum, empty] = [0, 0];
      for (const rank of registers) {
        sum += 2 ** -rank;
        if (rank === 0) empty += 1;
      }
      const raw = ((0.7213 / (1 + 1.079 / REGISTERS)) * REGISTERS ** 2) / sum;
      const small = raw <= 2.5 * REGISTERS && empty > 0;
      return Math.round(small ? REGISTERS * Math.log(REGISTERS / empty) : raw);
    },
  };
}

/** Hashes that all watches of one profile may keep together: 4 million are 64 MB. */
export type Budget = { left: number };
export const WATCHED_MAX = 4_000_000;
const SLOTS_FIRST = 4_096;

/**
 * Tells whether texts ever repeat, by 64-bit hashes in an open table: among four million texts it says so wrongly once in
 * two million tables. Gives up (`lost`) when the budget is spent.
 */
export function createWatch(budget: Budget) {
  let slots = new Uint32Array(SLOTS_FIRST * 2);
  let [size, state] = [0, 'unique' as 'unique' | 'repeated' | 'lost'];

  function put(first: number, second: number): boolean {
    const mask = slots.length / 2 - 1;
    let at = first & mask;
    while (slots[at * 2] !== 0 || slots[at * 2 + 1] !== 0) {
      if (slots[at * 2] === first && slots[at * 2 + 1] === second) return false;
      at = (at + 1) & mask;
    }
    slots[at * 2] = first;
    slots[at * 2 + 1] = second;
    return true;
  }
  function grow(): void {
    const old = slots;
    slots = new Uint32Array(old.length * 2);
    for (let at = 0; at < old.length; at += 2)
      if (old[at] !== 0 || old[at + 1] !== 0) put(old[at] ?? 0, old[at + 1] ?? 0);
  }
  function end(why: 'repeated' | 'lost'): void {
    state = why;
    budget.left += size;
    slots = new Uint32Array(0);
  }
  return {
    state: () => state,
    add(text: string, seed = 0): void {
      if (state !== 'unique') return;
      const [first, second] = hashOf(text, seed);
      if (!put(first, second || 1)) {
        end('repeated');
        return;
      }
      size += 1;
      budget.left -= 1;
      if (budget.left <= 0) end('lost');
      else if (size * 4 > slots.length) grow();
    },
  };
}
export type Watch = ReturnType<typeof createWatch>;

const KEY_LENGTH_MAX = 100;
/** Counters that stay when a column has more values than are kept: the frequent ones. */
const FREQUENT_MAX = 1_000;
/** Below this V8 copies a part of a text by itself; above, a kept part would hold the whole page it was cut from. */
const CUT_LENGTH_MIN = 13;

/** A text on its own: what is kept for long must not hold the page it was cut from. */
export const detached = (text: string): string =>
  text.length < CUT_LENGTH_MIN ? text : Buffer.from(text, 'utf16le').toString('utf16le');

/**
 * Counts values: each of them exactly while they are at most `limit`, then their number by estimate and those that were
 * frequent until then, still exactly.
 */
export function createDistinct({ limit, budget }: { limit: number; budget: Budget }) {
  const counts = new Map<string, number>();
  let sketch: ReturnType<typeof createSketch> | null = null;
  let watch: Watch | null = null;
  let repeated = false;

  function overflow(): void {
    sketch = createSketch();
    for (const text of counts.keys()) sketch.add(text);
    if (!repeated) {
      watch = createWatch(budget);
      for (const text of counts.keys()) watch.add(text);
    }
    const frequent = [...counts].filter(([, count]) => count > 1).sort((a, b) => b[1] - a[1]);
    counts.clear();
    for (const [text, count] of frequent.slice(0, FREQUENT_MAX)) counts.set(text, count);
  }
  return {
    add(text: string): void {
      const key = text.length > KEY_LENGTH_MAX ? shortKey(text) : text;
      const count = counts.get(key);
      if (sketch !== null) {
        if (count !== undefined) counts.set(key, count + 1);
        sketch.add(key);
        watch?.add(key);
        return;
      }
      if (count !== undefined) {
        repeated = true;
        counts.set(key, count + 1);
        return;
      }
      counts.set(detached(key), 1);
      if (counts.size > limit) overflow();
    },
    /** `filled` values came in; what is unique is known exactly beyond the limit as well, while the budget lasts */
    result(filled: number) {
      const unique = sketch === null ? !repeated : watch?.state() === 'unique';
      const exact = sketch === null || unique;
      const distinct = sketch === null ? counts.size : unique ? filled : Math.min(filled, sketch.estimate());
      return { distinct, exact, unique: unique && filled > 0, complete: sketch === null };
    },
    counts: counts as ReadonlyMap<string, number>,
  };
}

const shortKey = (text: string): string => `${text.slice(0, 80)}…${hashOf(text).join('.')}`;
