import { askedTogether } from '#platform/clock/together.ts';
import type { Log } from '#platform/log/log.ts';

/** How long a reader waits for what was noted just now; much that waits is worked off in the background. */
const FRESH_MS_MAX = 2_000;

/** What a batch did: notes that went, and the token of the last one it looked at. */
export type WorkedOff = { done: number; last: number };

type Options = {
  /** Works off one batch of notes after a token, in a transaction of its own; null when there are none. */
  batch: (after: number) => Promise<WorkedOff | null>;
  /** what is done once nothing waits any more */
  after?: () => Promise<void>;
  /** Whether something waits, and what names the state of what is made when nothing does. */
  state: () => Promise<{ waits: boolean; token: string }>;
  everyMs: number;
  log: Log;
  /** what could not be brought up to date, for the log */
  what: string;
};

/** Keeps something made up with what it is made of: on a clock, and before somebody reads. One look at a time; a failure is tried again with the next. */
export function createKeeper({ batch, after, state, everyMs, log, what }: Options) {
  let timer: NodeJS.Timeout | null = null;
  let looking: Promise<void> | null = null;
  const stopping = new AbortController();
  const stateNow = askedTogether(state);

  async function drain(signal?: AbortSignal): Promise<number> {
    for (let all = 0; ; ) {
      const done = await pass(signal);
      if (done === 0) {
        await after?.();
        return all;
      }
      all += done;
    }
  }

  /** All notes once, the oldest first: those that somebody is just making again stay, and are not worked off again and again until he is done. */
  async function pass(signal?: AbortSignal): Promise<number> {
    for (let [all, last] = [0, 0]; ; ) {
      signal?.throwIfAborted();
      const worked = await batch(last);
      if (worked === null) return all;
      all += worked.done;
      last = worked.last;
    }
  }

  function look(): Promise<void> {
    looking ??= drain(stopping.signal)
      .then(
        () => {},
        (error: unknown) => {
          if (!stopping.signal.aborted)
            log.warn({ err: error }, `${what} could not be brought up to date, trying again`);
        },
      )
      .finally(() => {
        looking = null;
      });
    return looking;
  }

  return {
    /** Works off everything that waits; answers how much. Stops between batches when told to. */
    drain,

    /**
     * Brings what was noted up to date before something is read; gives up waiting, never the work, after two seconds. Answers with the
     * name of the state when nothing had to be done.
     */
    async freshen(): Promise<string | null> {
      const { waits, token } = await stateNow();
      if (!waits) return token;
      let timeout: NodeJS.Timeout | undefined;
      const patience = new Promise<void>((resolve) => {
        timeout = setTimeout(resolve, FRESH_MS_MAX);
      });
      await Promise.race([look(), patience]).finally(() => clearTimeout(timeout));
      return null;
    },

    /** Begins to look for changes; not while `resting`: the run that fuses then does it in the end, once for each enterprise. */
    start(resting: () => boolean): void {
      timer ??= setInterval(() => {
        if (!resting()) void look();
      }, everyMs);
    },

    async stop(): Promise<void> {
      if (timer) clearInterval(timer);
      timer = null;
      stopping.abort();
      await looking;
    },
  };
}
