import type { LinkState } from '@ronghe/contracts';
import type { BufferedBatch } from '../buffer/buffer.ts';

/**
 * What became of one try to deliver:
 * `acknowledged`: durable at the server, remove it. `later`: try again after the backoff (or `retryAfterMs`).
 * `blocked`: a person must act (key, registration); keep and try again slowly. `refused`: this batch will never be
 * taken, set it aside. `conflict`: the server knows this sequence with other content, number it anew.
 */
export type Outcome =
  | { kind: 'acknowledged' }
  | { kind: 'later'; reason: string; retryAfterMs?: number }
  | { kind: 'blocked'; reason: string }
  | { kind: 'refused'; reason: string; answer: string }
  | { kind: 'conflict'; reason: string };

/** One way to the server. `send` never throws and always ends, by its own timeout or when the signal is aborted. */
export type Transport = {
  send(batch: BufferedBatch, signal: AbortSignal): Promise<Outcome>;
  /** How the server is reached; null while nothing is known. The latency is from a batch to its acknowledgement. */
  link(): LinkState | null;
  stop(): Promise<void>;
};

/** Longest wait for one acknowledgement. */
export const SEND_TIMEOUT_MS = 30_000;
