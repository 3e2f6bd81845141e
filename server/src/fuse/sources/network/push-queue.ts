import { AppError } from '#platform/errors/errors.ts';

/** Named limits of deliveries that wait: all of them, those of one organisation, those of one source. */
export const PUSH_QUEUE_LIMITS = {
  waitingMax: 64,
  waitingPerOrganisationMax: 32,
  waitingPerSourceMax: 16,
  charactersMax: 128 * 1024 * 1024,
  charactersPerOrganisationMax: 64 * 1024 * 1024,
  /** at work at once: each holds a connection to PostgreSQL while it is written */
  writingMax: 4,
} as const;

type Limits = { readonly [Name in keyof typeof PUSH_QUEUE_LIMITS]: number };
type Waiting = { source: string; name: string; organisation: string; characters: number };

/**
 * One delivery of a source at a time, in the order they came, and a bounded number waiting; what one organisation has
 * waiting leaves room for the others.
 */
export function createPushQueue(limits: Limits = PUSH_QUEUE_LIMITS) {
  const last = new Map<string, Promise<unknown>>();
  const counts = createTally();
  const characters = createTally();
  const slots = createSlots(limits.writingMax);

  function demandRoom({ source, name, organisation, characters: size }: Waiting): void {
    if (counts.of(source) >= limits.waitingPerSourceMax) throw new AppError('RUN_ACTIVE', { source: name });
    const full =
      counts.of('all') >= limits.waitingMax ||
      counts.of(organisation) >= limits.waitingPerOrganisationMax ||
      // one that is alone may be of any size a body may have
      (counts.of('all') > 0 && characters.of('all') + size > limits.charactersMax) ||
      (counts.of(organisation) > 0 &&
        characters.of(organisation) + size > limits.charactersPerOrganisationMax);
    if (full) throw new AppError('RATE_LIMITED', { seconds: 1 });
  }

  return {
    /** @throws AppError RUN_ACTIVE when the source has too many waiting, RATE_LIMITED when all or the organisation have */
    async take<Result>(waiting: Waiting, work: () => Promise<Result>): Promise<Result> {
      demandRoom(waiting);
      const names = ['all', waiting.organisation, waiting.source];
      for (const name of names) {
        counts.add(name, 1);
        characters.add(name, waiting.characters);
      }
      // the one before may fail; that is its caller's matter
      const mine = (last.get(waiting.source) ?? Promise.resolve()).catch(() => undefined).then(work);
      last.set(waiting.source, mine);
      try {
        return await mine;
      } finally {
        if (last.get(waiting.source) === mine) last.delete(waiting.source);
        for (const name of names) {
          counts.add(name, -1);
          characters.add(name, -waiting.characters);
        }
      }
    },
    write: slots,
  };
}

function createTally() {
  const sums = new Map<string, number>();
  return {
    of: (name: string): number => sums.get(name) ?? 0,
    add(name: string, change: number): void {
      const sum = (sums.get(name) ?? 0) + change;
      if (sum === 0) sums.delete(name);
      else sums.set(name, sum);
    },
  };
}

/** At most `max` pieces of work at once; the others wait in the order they came. */
function createSlots(max: number) {
  const queue: (() => void)[] = [];
  let taken = 0;
  return async <Result>(work: () => Promise<Result>): Promise<Result> => {
    if (taken >= max) await new Promise<void>((resolve) => queue.push(resolve));
    else taken += 1;
    try {
      return await work();
    } finally {
      const next = queue.shift();
      if (next) next();
      else taken -= 1;
    }
  };
}
