import type { ReadResponse } from 'node-opcua-client';
import { pause } from '../../backoff.ts';
import type { Clock } from '../../clock.ts';
import { type Reached, timed } from '../../link-health.ts';
import type { Log } from '../../log.ts';
import { type Calls, faultOf, OpcuaFault } from './opcua.calls.ts';
import type { OpcuaConfig } from './opcua.config.ts';
import type { History } from './opcua.history.ts';
import type { Items } from './opcua.items.ts';
import { opcua } from './opcua.library.ts';
import type { Parts } from './opcua.line.ts';
import { SILENT } from './opcua.recovery.ts';
import type { Tags } from './opcua.tags.ts';

const { AttributeIds, coerceNodeId, ReadRequest } = opcua;

const TICK_MS_MAX = 250;
/** Overflows, and points that came back late, are read from history together, this often. */
const COLLECT_MS = 10_000;
/** How often the time of the last contact goes to the disk. */
const ALIVE_MS = 5_000;
/** `State` of the server's status (OPC 10000-6, node ids): there in every server, and small. */
const SERVER_STATE = 'i=2259';

/** Up to when everything has come in, on the server's clock; NaN when that is not known yet. */
export const completeUntilMs = ({ subscription, calls }: Parts): number =>
  subscription === null ? calls.pollMs : subscription.publishedMs();

/**
 * Looks after a line that works: notices silence, reads where points are read, tries refused points again, and lets the
 * history be read beside it. Returns when the signal is aborted; throws OpcuaFault when a part of the line has failed.
 */
export async function watch(options: {
  config: OpcuaConfig;
  parts: Parts;
  items: Items;
  tags: Tags;
  history: History;
  log: Log;
  clock: Clock;
  signal: AbortSignal;
  reached: Reached;
  /** The number of refused points may have changed. */
  onPoints(): void;
  /** Everything up to this time of the server has come in. */
  onComplete(serverMs: number): void;
  /** The line has worked for long enough to be trusted. */
  onWell(): void;
}): Promise<void> {
  const { config, parts, items, signal } = options;
  const tickMs = Math.min(TICK_MS_MAX, config.timeoutMs / 4);
  const { clock } = options;
  const builtAtMs = clock.elapsedMs();
  const broken = new AbortController();
  const reading = readHistory(options, broken.signal);
  let pollAtMs = builtAtMs;
  let [retryAtMs, collectAtMs, aliveAtMs] = [builtAtMs + config.retryMs, builtAtMs + COLLECT_MS, builtAtMs];
  try {
    while (!signal.aborted) {
      await pause(
        config.mode === 'poll' ? Math.min(tickMs, Math.max(1, pollAtMs - clock.elapsedMs())) : tickMs,
        signal,
      );
      if (signal.aborted) return;
      await checkLife(config, parts, clock);
      const nowMs = clock.elapsedMs();
      if (config.mode === 'poll' && nowMs >= pollAtMs) {
        // A round that took longer than the interval is followed at once by the next, not by all it missed.
        pollAtMs = Math.max(pollAtMs + config.pollIntervalMs, nowMs);
        const before = parts.calls.serverMs();
        await items.poll(parts.calls);
        parts.calls.pollMs = before;
        options.onPoints();
      }
      if (nowMs - builtAtMs > silenceMs(config, parts)) options.onWell();
      if (nowMs >= aliveAtMs) {
        aliveAtMs = nowMs + ALIVE_MS;
        measure(parts, options.reached);
        options.onComplete(completeUntilMs(parts));
      }
      if (nowMs >= collectAtMs) {
        collectAtMs = nowMs + COLLECT_MS;
        collectHoles(options);
      }
      if (nowMs >= retryAtMs) {
        await items.retryRefused(parts.calls, parts.subscription);
        options.onPoints();
        retryAtMs = clock.elapsedMs() + config.retryMs;
      }
    }
  } finally {
    broken.abort();
    await reading;
  }
}

/** A subscription that has said nothing for so long is dead, whatever the link says. */
export const silenceMs = (config: OpcuaConfig, { subscription }: Parts): number =>
  (subscription?.keepAliveMs ?? config.pollIntervalMs) + config.timeoutMs;

async function checkLife(
  config: OpcuaConfig,
  { channel, calls, subscription }: Parts,
  clock: Clock,
): Promise<void> {
  const dead = channel.lost() ?? subscription?.ended() ?? null;
  if (dead !== null) throw dead;
  // Is the link alive at all? A request tells, before its silence is blamed on the subscription.
  if (clock.elapsedMs() - channel.heardAt().elapsedMs > config.timeoutMs / 2) await ping(calls);
  if (channel.lost() !== null) return;
  if (subscription === null) return;
  const silentMs = clock.elapsedMs() - subscription.heardAt().elapsedMs;
  if (silentMs > subscription.keepAliveMs + config.timeoutMs)
    throw new OpcuaFault(SILENT, `the subscription has said nothing for ${Math.round(silentMs)} ms`);
}

/** Beside the watch: a slow answer holds nothing up, and one that does not come is for `checkLife` to notice. */
function measure({ channel, calls }: Parts, reached: Reached): void {
  reached({ address: channel.address() });
  timed(reached, () => ping(calls)).catch(() => undefined);
}

const ping = (calls: Calls): Promise<ReadResponse> =>
  calls.call<ReadResponse>(
    new ReadRequest({
      nodesToRead: [{ nodeId: coerceNodeId(SERVER_STATE), attributeId: AttributeIds.Value }],
    }),
  );

/** Reads history as long as the line holds; the watch notices for itself when it does not. */
async function readHistory(
  { history, parts, log }: { history: History; parts: Parts; log: Log },
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    if (history.hasWork()) {
      try {
        await history.work(parts.calls, signal);
      } catch (error) {
        log.info({ reason: faultOf(error).code }, 'reading history was broken off');
      }
    }
    await pause(TICK_MS_MAX, signal);
  }
}

/** Holes of other kinds than a lost connection: queues that ran over, points that came back by themselves. */
function collectHoles({ tags, history, log }: { tags: Tags; history: History; log: Log }): void {
  const late = tags.endHoles();
  if (late.length > 0) history.fill(lossOf(late, 'point-returned'), late);
  const { holes, count } = tags.overflows();
  if (count > 0) log.warn({ overflows: count }, 'queues of the server ran over; a larger queueSize helps');
  if (holes.length > 0) history.fill(lossOf(holes, 'queue-overflow'), holes);
}

const lossOf = (holes: readonly { tag: unknown; fromMs: number; toMs: number }[], reason: string) => ({
  fromMs: holes.reduce((least, hole) => Math.min(least, hole.fromMs), Number.POSITIVE_INFINITY),
  toMs: holes.reduce((most, hole) => Math.max(most, hole.toMs), Number.NEGATIVE_INFINITY),
  points: new Set(holes.map((hole) => hole.tag)).size,
  reason,
});
