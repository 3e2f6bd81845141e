import { AppError } from '#platform/errors/errors.ts';

/** Room for so many rows; who finds none waits a while, first come first served. */
export type Room = {
  /** @throws INGEST_OVERLOADED when too many wait already, or the wait was in vain */
  enter(rows: number): Promise<void>;
  /** Comes in even when there is no room. */
  force(rows: number): void;
  leave(rows: number): void;
  /** Lets nobody in until the answer is called, even where there is room; who comes waits as if there were none. */
  hold(): () => void;
  /** rows inside */
  rows(): number;
};

/**
 * Most overloads are over in a moment, and to wait here costs a sender less than to come again. As many rows may wait as
 * fit inside.
 */
export function createRoom({ rowsMax, waitMs }: { rowsMax: number; waitMs: number }): Room {
  const waiting: { rows: number; let: () => void }[] = [];
  let inside = 0;
  let outside = 0;
  let held = false;
  const letIn = () => {
    for (let next = waiting[0]; !held && next && inside + next.rows <= rowsMax; next = waiting[0]) {
      waiting.shift();
      next.let();
    }
  };
  return {
    async enter(rows) {
      if (!held && waiting.length === 0 && inside + rows <= rowsMax) {
        inside += rows;
        return;
      }
      if (outside + rows > rowsMax) throw new AppError('INGEST_OVERLOADED');
      outside += rows;
      const entered = await new Promise<boolean>((resolve) => {
        const place = {
          rows,
          let() {
            clearTimeout(timer);
            inside += rows;
            resolve(true);
          },
        };
        const timer = setTimeout(() => {
          waiting.splice(waiting.indexOf(place), 1);
          resolve(false);
        }, waitMs);
        waiting.push(place);
      });
      outside -= rows;
      if (!entered) throw new AppError('INGEST_OVERLOADED');
    },
    force(rows) {
      inside += rows;
    },
    leave(rows) {
      inside -= rows;
      letIn();
    },
    hold() {
      held = true;
      return () => {
        held = false;
        letIn();
      };
    },
    rows: () => inside,
  };
}
