import { type Backoff, createBackoff, pause } from '../backoff.ts';
import type { BufferedBatch, DiskBuffer } from '../buffer/buffer.ts';
import { batchIn } from '../buffer/record.ts';
import type { Clock } from '../clock.ts';
import type { Log } from '../log.ts';
import type { Refused } from './refused.ts';
import type { Outcome, Transport } from './transport.ts';

const RETRY_MS_FIRST = 500;
const RETRY_MS_MAX = 30_000;
/** Pause while a person has to act on key or registration. */
const BLOCKED_MS = 10_000;

export type Delivery = {
  start(): void;
  /** Ends within moments; what is not acknowledged stays in the buffer. */
  stop(): Promise<void>;
  counts(): { samplesSent: number; batchesRefused: number };
};

/**
 * Sends the oldest batch until it is acknowledged, then the next: one in flight, so the order holds. A batch leaves the
 * buffer only after its acknowledgement, or when it was set aside because the server will never take it.
 */
export function createDelivery(options: {
  buffer: DiskBuffer;
  transport: Transport;
  refused: Refused;
  clock: Clock;
  log: Log;
  retryMsFirst?: number;
  blockedMs?: number;
}): Delivery {
  const { buffer, transport, log } = options;
  const backoff: Backoff = createBackoff({
    firstMs: options.retryMsFirst ?? RETRY_MS_FIRST,
    mostMs: RETRY_MS_MAX,
  });
  const stopping = new AbortController();
  let running: Promise<void> = Promise.resolve();
  let samplesSent = 0;
  let batchesRefused = 0;
  let lastReason: string | null = null;

  const settle = async (batch: BufferedBatch, outcome: Outcome): Promise<number> => {
    if (outcome.kind === 'later') return outcome.retryAfterMs ?? backoff.nextMs();
    if (outcome.kind === 'blocked') return options.blockedMs ?? BLOCKED_MS;
    if (outcome.kind === 'refused') {
      await options.refused.keep(batch, outcome.answer, options.clock.now());
      batchesRefused += 1;
      log.error(
        { sequence: batch.sequence, samples: batch.samples, reason: outcome.reason },
        'a batch was refused',
      );
    }
    if (outcome.kind === 'conflict') {
      log.error(
        { sequence: batch.sequence, reason: outcome.reason },
        'the batch is sent again under a new epoch',
      );
      await buffer.renewEpoch();
      await buffer.append([batchIn(batch).points]);
    }
    await buffer.acknowledge(batch);
    if (outcome.kind === 'acknowledged') samplesSent += batch.samples;
    backoff.reset();
    return 0;
  };

  /** A line when the situation changes, not one a try. */
  const tell = (outcome: Outcome): void => {
    const reason = outcome.kind === 'later' || outcome.kind === 'blocked' ? outcome.reason : null;
    if (reason === lastReason) return;
    if (reason === null) log.info('delivery goes on');
    else if (outcome.kind === 'blocked')
      log.error({ reason }, 'the server refuses this collector, keeping the data');
    else log.warn({ reason }, 'the server cannot be reached or is busy, keeping the data');
    lastReason = reason;
  };

  const run = async (): Promise<void> => {
    const { signal } = stopping;
    while (!signal.aborted) {
      try {
        await buffer.pending(signal);
        const batch = signal.aborted ? null : await buffer.peek();
        if (batch === null) continue;
        const outcome = await transport.send(batch, signal);
        if (signal.aborted && outcome.kind !== 'acknowledged') return;
        tell(outcome);
        const waitMs = await settle(batch, outcome);
        if (waitMs > 0) await pause(waitMs, signal);
      } catch (error) {
        log.error({ err: error }, 'delivery failed inside the collector, trying again');
        await pause(backoff.nextMs(), signal);
      }
    }
  };

  return {
    start() {
      running = run();
    },
    async stop() {
      stopping.abort();
      await running;
      await transport.stop();
    },
    counts: () => ({ samplesSent, batchesRefused }),
  };
}
