import { setTimeout as delay } from 'node:timers/promises';
import { AppError } from '#platform/errors/errors.ts';
import { messageAnswer, outcomeOfError } from '../doors/client-answers.ts';

const WAIT_MS = 250;
const WAIT_MS_MAX = 5_000;

/**
 * Runs the work until it succeeds. While the queue is full, the disk is full or an engine is away it waits and tries
 * again, so that the acknowledgement waits too.
 * @returns false when the signal was aborted or the server stops; the sender has to send it again
 * @throws every other error of the work
 */
export async function deliverUntil(signal: AbortSignal, work: () => Promise<unknown>): Promise<boolean> {
  let waitMs = WAIT_MS;
  while (!signal.aborted) {
    try {
      await work();
      return true;
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      if (error.code === 'SHUTTING_DOWN') return false;
      // Kafka holds at the same outcomes.
      if (!messageAnswer('mqtt', outcomeOfError(error).kind).hold) throw error;
      // Not all at the same moment: a full queue empties for one after the other.
      const pauseMs = waitMs * (0.5 + Math.random());
      await delay(pauseMs, undefined, { signal }).catch(() => undefined);
      waitMs = Math.min(WAIT_MS_MAX, waitMs * 2);
    }
  }
  return false;
}
