/** FNV-1a over UTF-16 units, 32 bits: turns a name into a seed. */
export function seedOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) {
    hash ^= text.charCodeAt(index);
    hash = Math.imul(hash, 0x01000193);
  }
  return hash >>> 0;
}

/** Finaliser of MurmurHash3: neighbouring inputs give unrelated outputs. */
function mix(value: number): number {
  let mixed = value >>> 0;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}

/** A number in [0, 1) that depends on nothing but its three arguments; the same on every machine and run. */
export function uniform(seed: number, channel: number, tick: number): number {
  return (
    mix(mix(seed ^ Math.imul(channel + 1, 0x9e3779b1)) ^ Math.imul(tick | 0, 0x27d4eb2f)) / 4_294_967_296
  );
}

/** About normal noise (mean 0, standard deviation 1, never beyond ±3.5): the sum of four uniforms, scaled. */
export function gaussian(seed: number, channel: number, tick: number): number {
  let sum = 0;
  for (let part = 0; part < 4; part += 1) sum += uniform(seed, channel * 8 + part, tick);
  return (sum - 2) * Math.sqrt(3);
}

/** A seeded sequence for generating records. */
export type Random = {
  /** in [0, 1) */
  next(): number;
  /** an integer from `low` to `high`, both included */
  integer(low: number, high: number): number;
  /** one element of a list that is not empty */
  pick<Item>(items: readonly Item[]): Item;
};

/** Starts the sequence that belongs to a name: the same name gives the same sequence. */
export function createRandom(name: string): Random {
  const seed = seedOf(name);
  let tick = 0;
  const next = () => {
    tick += 1;
    return uniform(seed, 0, tick);
  };
  const integer = (low: number, high: number) => low + Math.floor(next() * (high - low + 1));
  return {
    next,
    integer,
    pick(items) {
      const item = items[integer(0, items.length - 1)];
      if (item === undefined) throw new RangeError('cannot pick from an empty list');
      return item;
    },
  };
}
