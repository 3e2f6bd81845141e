import { setTimeout as wait } from 'node:timers/promises';
import type { ChdbSession } from '#platform/db/chdb.ts';
import type { GuestSummary } from '#platform/db/guests.ts';
import { quote } from '#platform/db/sql-parameters.ts';
import type { Log } from '#platform/log/log.ts';

/** A name before the statement of a guest, by which it is found. */
export const GUEST_NAME = '/* ronghe guest';
const LOOK_MS = 250;

type Seen = Pick<GuestSummary, 'readRows' | 'readBytes'>;

/** Looks at the running questions of guests as long as there are any, and stops those that shall end. */
export type GuestWatch = {
  start(id: string): { now(): Seen; stop(): Seen };
  /** Again and again until `run` has ended: a statement that is only beginning is not found yet. */
  kill(id: string, run: Promise<unknown>): Promise<void>;
  stop(): void;
};

export function createGuestWatch(keeper: ChdbSession, log: Log): GuestWatch {
  const seen = new Map<string, Seen>();
  let timer: NodeJS.Timeout | undefined;
  let looking = false;
  const look = async () => {
    if (looking) return;
    looking = true;
    try {
      const text = await keeper.run(
        `select extract(query, ${quote(`^\\s*/\\* ronghe guest (\\S+)`)}), read_rows, read_bytes from system.processes
         where startsWith(trimLeft(query), ${quote(GUEST_NAME)})`,
        'TSVRaw',
      );
      for (const line of text.split('\n')) {
        const [id = '', rows, bytes] = line.split('\t');
        if (seen.has(id)) seen.set(id, { readRows: Number(rows), readBytes: Number(bytes) });
      }
    } catch (error) {
      log.debug({ err: error }, 'Running questions could not be looked at');
    } finally {
      looking = false;
    }
  };
  const rest = () => {
    clearInterval(timer);
    timer = undefined;
  };
  return {
    start(id) {
      seen.set(id, { readRows: 0, readBytes: 0 });
      timer ??= setInterval(() => void look(), LOOK_MS);
      let last: Seen | undefined;
      const now = () => last ?? seen.get(id) ?? { readRows: 0, readBytes: 0 };
      return {
        now,
        stop() {
          last = now();
          seen.delete(id);
          if (seen.size === 0) rest();
          return last;
        },
      };
    },
    async kill(id, run) {
      const name = quote(`${GUEST_NAME} ${id} `);
      const ended = run.then(
        () => true,
        () => true,
      );
      try {
        do await keeper.run(`kill query where startsWith(trimLeft(query), ${name}) async`, 'Null');
        while (!(await Promise.race([ended, wait(LOOK_MS, false, { ref: false })])));
      } catch (error) {
        log.warn({ err: error }, 'A question of a guest could not be stopped');
      }
    },
    stop: rest,
  };
}
