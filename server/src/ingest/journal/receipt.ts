import type { Frame } from './frame.ts';

/** Frames that came within this time count as received together: a request is no more precise than that. */
const TOGETHER_MS = 1_000;

/**
 * Of two rows of one point and time the table keeps the one received later. So no frame of a block may count as received before
 * one of the blocks before it; where that is all that matters, all of them share one time, which costs nothing to store.
 */
export function receiptOf(frames: readonly Frame[], beforeMs: number): number[] {
  const all = frames.map(({ receivedMs }) => Math.max(receivedMs, beforeMs + 1));
  const newestMs = all.reduce((newest, ms) => Math.max(newest, ms), 0);
  const oldestMs = all.reduce((oldest, ms) => Math.min(oldest, ms), newestMs);
  // Rows with a reason go into the table after all others of the block; then only their time tells which came later.
  const apart = newestMs - oldestMs > TOGETHER_MS || frames.some(({ reasoned }) => reasoned.length > 0);
  return apart ? all : all.map(() => newestMs);
}
