import { setTimeout as pause } from 'node:timers/promises';
import type { Platform } from '#platform/platform.ts';
import type { ApplyTables } from '../apply.tables.ts';
import type { Channels } from './channels.service.ts';
import { createUnscopedOutboxStore } from './outbox.store.ts';
import type { Senders } from './senders.ts';
import { createUnscopedSendingStore, type Taken } from './sending.store.ts';

/** Between two looks for what is due. */
const EVERY_MS = 2_000;
/** Messages sent side by side. */
const AT_ONCE = 8;
/** Pauses between attempts grow from the first to the second of these; a message is given up after the third. */
const PAUSE_MS_MIN = 5_000;
const PAUSE_MS_MAX = 15 * 60_000;
const GIVE_UP_MS = 24 * 3_600_000;
const STOP_WAIT_MS = 5_000;

type Parts = Pick<Platform, 'relational' | 'clock' | 'ids' | 'log' | 'metrics'> & {
  channels: Pick<Channels, 'destinationOf'>;
  senders: Senders;
  portal: string;
};

/**
 * Sends what waits, until it gets through: at least once, under an id that stays, over restarts and with several servers. A
 * server that does not answer for an hour keeps nothing and nobody else waiting.
 */
export function createDelivery({ relational, clock, ids, log, metrics, channels, senders, portal }: Parts) {
  const outbox = createUnscopedOutboxStore(relational.as<ApplyTables>(), ids.next);
  const store = createUnscopedSendingStore(relational.as<ApplyTables>());
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<unknown> | null = null;
  let isStopped = false;

  async function deliver(taken: Taken): Promise<void> {
    const { notice, channel, rule, alerts } = taken;
    const failure =
      alerts.length === 0
        ? null
        : await senders.send(await channels.destinationOf(channel), {
            ...{ id: notice.id, kind: notice.kind, rule, alerts, locale: channel.locale, portal },
            nowMs: clock.now().getTime(),
          });
    const at = clock.now();
    metrics.count('ronghe_apply_notices_total', 1, {
      kind: channel.kind,
      outcome: failure === null ? 'sent' : 'failed',
    });
    if (failure === null) return store.sent(taken, at);
    const isOver = at.getTime() - notice.made_at.getTime() > GIVE_UP_MS;
    const waitMs = Math.min(PAUSE_MS_MAX, PAUSE_MS_MIN * 2 ** Math.min(20, notice.attempts - 1));
    const againAt = isOver ? null : new Date(at.getTime() + waitMs);
    log.warn({ channel: channel.id, failure, againAt }, 'a notice did not get through');
    return store.failed(taken, { at, failure, againAt });
  }

  /** Everything that is due now, once. */
  async function run(): Promise<void> {
    while (!isStopped && (await outbox.escalate(clock.now())) > 0);
    for (;;) {
      const taken = isStopped ? [] : await store.take(clock.now(), AT_ONCE);
      if (taken.length === 0) return;
      await Promise.all(taken.map(deliver));
    }
  }

  const tick = () => {
    running = run()
      .catch((error: unknown) =>
        log.warn({ err: error }, 'notices could not be sent; the next try is in a moment'),
      )
      .finally(() => {
        running = null;
        if (isStopped) return;
        timer = setTimeout(tick, EVERY_MS);
        timer.unref();
      });
  };

  return {
    run,
    start: tick,
    /** What is being sent goes on for a while; what is cut off is sent again by the next start. */
    async stop(): Promise<void> {
      isStopped = true;
      clearTimeout(timer);
      await Promise.race([running, pause(STOP_WAIT_MS, undefined, { ref: false })]);
      senders.close();
    },
  };
}
export type Delivery = ReturnType<typeof createDelivery>;
