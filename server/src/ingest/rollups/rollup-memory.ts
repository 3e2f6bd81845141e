import { setTimeout as pause } from 'node:timers/promises';
import type { RollupState, RollupStore } from './rollups.store.ts';

/**
 * How long it is believed how far the rollups are. A watermark of before only makes more come from the rows; what is deleted
 * is told first and dropped when nobody can believe any longer that it is there.
 */
export const ROLLUP_MEMORY_MS = 1_000;

/** How far the rollups are, asked of the database at most once a second. */
export type RollupMemory = {
  state(): Promise<RollupState>;
  /** To be called when this process changed it. */
  forget(): void;
};

/**
 * A store that says how far the rollups are from memory to those who read (`state`), and forgets when it is moved.
 * `closed` resolves when no process believes any longer in what retention has closed.
 */
export function remembering(store: RollupStore, engine: 'embedded' | 'server') {
  const { state, forget } = createRollupMemory(store.state);
  return {
    state,
    store: {
      ...store,
      async move(watermarkS: number) {
        await store.move(watermarkS);
        forget();
      },
    },
    async closed() {
      forget();
      // an embedded engine has one process only
      if (engine === 'server') await pause(2 * ROLLUP_MEMORY_MS);
    },
  };
}

export function createRollupMemory(read: () => Promise<RollupState>, nowMs = () => performance.now()) {
  let kept: { state: Promise<RollupState>; untilMs: number } | null = null;
  const memory: RollupMemory = {
    state() {
      if (kept && kept.untilMs > nowMs()) return kept.state;
      const entry = { state: read(), untilMs: nowMs() + ROLLUP_MEMORY_MS };
      kept = entry;
      entry.state.catch(() => {
        if (kept === entry) kept = null;
      });
      return entry.state;
    },
    forget() {
      kept = null;
    },
  };
  return memory;
}
