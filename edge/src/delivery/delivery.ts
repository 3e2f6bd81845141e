import { type Backoff, createBackoff, pause } from '../backoff.ts';
import type { BufferedBatch, DiskBuffer } from '../buffer/buffer.ts';
import { batchIn } from '../buffer/record.ts';
import type { Clock } from '../clock.ts';
import type { Log } from '../log.ts';
import type { Refused } from './refused.ts';
import type { Outcome, Transport } from './transport.ts';

const RETRY_MS_FIRST = 500;
const RETRY_MS_MAX = 30_000;
/**
 * A batch is set aside when it was refused so often in a row: bytes that a broken device on the way changed are whole at the
 * next try, what is wrong in itself stays so.
 */
export const REFUSALS_MAX = 3;
/** Pause while a person has to act on key or registration. */
const BLOCKED_MS = 10_000;

export type Delivery = {
  start(): void;
  /** Ends within moments; what is not acknowledged stays in the buffer. */
  stop(): Promise<void>;
  counts(): { samplesSent: number; batchesRefused: number };
};

/** An outage that lasted so long makes what waits give way to what comes now. */
const OUTAGE_MS_MIN = 10_000;
const REPLAY_SAMPLES_PER_SECOND = 20_000;
/** After so many batches of what comes now one that waited goes in between, or a busy link would never let it through. */
const LIVE_IN_A_ROW_MAX = 20;

/**
 * Sends the oldest batch until it is acknowledged, then the next: one in flight, so the order holds. A batch leaves the
 * buffer only after its acknowledgement, or when it was set aside because the server will never take it. After an outage,
 * and after a start with something left in the buffer, what comes now goes first and what waited follows at a limited rate,
 * each in its own order; a link that is never free lets one in between now and then.
 */
export function createDelivery(options: {
  buffer: DiskBuffer;
  transport: Transport;
  refused: Refused;
  clock: Clock;
  log: Log;
  retryMsFirst?: number;
  blockedMs?: number;
  replaySamplesPerSecond?: number;
  outageMsMin?: number;
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
  /** how often a batch in hand was refused, by its sequence: at most one of each lane */
  const refusals = new Map<number, number>();

  const { replaySamplesPerSecond = REPLAY_SAMPLES_PER_SECOND, outageMsMin = OUTAGE_MS_MIN } = options;
  const nowMs = () => performance.now();
  /** since when nothing is acknowledged although something waits */
  let failingSinceMs: number | null = null;
  let nextReplayMs = 0;
  let liveInARow = 0;

  const replay = async (): Promise<BufferedBatch | null> => {
    const old = await buffer.peek('replay');
    if (old !== null)
      nextReplayMs = Math.max(nextReplayMs, nowMs() - 1_000) + (old.samples / replaySamplesPerSecond) * 1_000;
    return old;
  };

  /** The next batch: of what comes now, else one that waited, when its time has come. Null after waiting for either. */
  const next = async (signal: AbortSignal): Promise<BufferedBatch | null> => {
    const live = await buffer.peek('live');
    if (live !== null && (liveInARow < LIVE_IN_A_ROW_MAX || nowMs() < nextReplayMs)) {
      liveInARow += 1;
      return live;
    }
    liveInARow = 0;
    if (live !== null) return (await replay()) ?? live;
    const waitMs = nextReplayMs - nowMs();
    if (waitMs <= 0) return replay();
    await eitherOf(buffer, waitMs, signal);
    return null;
  };

  /** The end of a long outage. */
  const recovered = async (): Promise<void> => {
    const outageMs = failingSinceMs === null ? 0 : nowMs() - failingSinceMs;
    failingSinceMs = null;
    if (outageMs < outageMsMin) return;
    await buffer.divide();
    const { bytesReplayed } = buffer.status();
    if (bytesReplayed > 0) log.info({ bytes: bytesReplayed }, 'what waited follows behind what comes now');
  };

  const settle = async (batch: BufferedBatch, outcome: Outcome): Promise<number> => {
    if (outcome.kind === 'later' || outcome.kind === 'blocked') failingSinceMs ??= nowMs();
    if (outcome.kind === 'later') return outcome.retryAfterMs ?? backoff.nextMs();
    if (outcome.kind === 'blocked') return options.blockedMs ?? BLOCKED_MS;
    if (outcome.kind === 'refused') {
      const times = (refusals.get(batch.sequence) ?? 0) + 1;
      refusals.set(batch.sequence, times);
      if (times < REFUSALS_MAX) return backoff.nextMs();
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
    refusals.delete(batch.sequence);
    await buffer.acknowledge(batch);
    await recovered();
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
    await buffer
      .divide()
      .catch((error: unknown) => log.error({ err: error }, 'the buffer could not be divided'));
    while (!signal.aborted) {
      try {
        await buffer.pending(signal);
        const batch = signal.aborted ? null : await next(signal);
        if (batch === null) continue;
        if (!buffer.sending(batch)) continue;
        const outcome = await transport.send(batch, signal);
        if (signal.aborted && outcome.kind !== 'acknowledged') return;
        tell(outcome);
        const waitMs = await settle(batch, outcome);
        if (waitMs > 0) await pause(waitMs, signal);
      } catch (error) {
        log.error({ err: error }, 'delivery failed inside the collector, trying again');
        await pause(backoff.nextMs(), signal);
      } finally {
        buffer.sending(null);
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

/** Waits until something comes that goes first, or the time is over. */
async function eitherOf(buffer: DiskBuffer, timeMs: number, signal: AbortSignal): Promise<void> {
  const over = new AbortController();
  const end = () => over.abort();
  const timer = setTimeout(end, timeMs);
  signal.addEventListener('abort', end, { once: true });
  await buffer.pending(over.signal, 'live');
  clearTimeout(timer);
  signal.removeEventListener('abort', end);
}
