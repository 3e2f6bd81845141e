import { type Backoff, pause } from './backoff.ts';
import type { ConnectionTracker } from './connection.ts';
import type { Connector } from './connector.ts';

/** Polls of many connections begin spread over this, so that they do not knock together after a power failure. */
const STAGGER_MS_MAX = 250;

/** An open link to a device; `gone` is aborted, with the reason, when it is no more. */
export type PolledLink = { gone: AbortSignal; close(): void };

/**
 * Keeps one device polled: opens the link, passes over it every interval, and when it is gone says so, waits, and opens the
 * next. Rejects nothing; `stop` ends whatever is under way.
 */
export function createPolling<Link extends PolledLink>(options: {
  intervalMs: number;
  tracker: ConnectionTracker;
  backoff: Backoff;
  open: (signal: AbortSignal) => Promise<Link>;
  opened?: (link: Link) => void;
  /** Reads everything once. Throws when the link is of no more use. */
  pass: (link: Link) => Promise<void>;
  lost: (reason: unknown) => void;
}): Pick<Connector, 'start' | 'stop'> {
  const { intervalMs, tracker, backoff } = options;
  const stopping = new AbortController();
  let running: Promise<void> = Promise.resolve();

  const poll = async (link: Link): Promise<void> => {
    let nextMs = Date.now();
    while (!link.gone.aborted) {
      await options.pass(link);
      const nowMs = Date.now();
      nextMs = Math.max(nextMs + intervalMs, nowMs);
      await pause(nextMs - nowMs, link.gone);
    }
    throw link.gone.reason;
  };

  const run = async (): Promise<void> => {
    await pause(Math.random() * Math.min(STAGGER_MS_MAX, intervalMs), stopping.signal);
    while (!stopping.signal.aborted) {
      let link: Link | null = null;
      try {
        link = await options.open(stopping.signal);
        options.opened?.(link);
        await poll(link);
      } catch (error) {
        if (!stopping.signal.aborted) options.lost(error);
      } finally {
        link?.close();
      }
      if (!stopping.signal.aborted) await pause(backoff.nextMs(), stopping.signal);
    }
  };

  return {
    async start() {
      tracker.become('connecting');
      running = run();
    },
    async stop() {
      stopping.abort();
      await running;
      tracker.become('stopped');
    },
  };
}

/** Host and port of `tcp://host:port`; an IPv6 host without its brackets. */
export function hostAndPort(endpoint: string): { host: string; port: number } {
  const { hostname, port } = new URL(endpoint.replace(/^tcp:/, 'http:'));
  // `http:` leaves out its own port.
  return { host: hostname.replace(/^\[|\]$/g, ''), port: Number(port === '' ? 80 : port) };
}
