import { type Backoff, pause } from './backoff.ts';
import type { Clock } from './clock.ts';
import type { ConnectionTracker } from './connection.ts';
import type { Connector } from './connector.ts';
import { createFollowing } from './following.ts';

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
  clock: Clock;
  tracker: ConnectionTracker;
  backoff: Backoff;
  open: (signal: AbortSignal) => Promise<Link>;
  opened?: (link: Link) => void;
  /** Reads everything once. Throws when the link is of no more use. */
  pass: (link: Link) => Promise<void>;
  lost: (reason: unknown) => void;
}): Pick<Connector, 'start' | 'stop'> {
  const { intervalMs, clock, tracker, backoff, lost } = options;

  const poll = async (link: Link): Promise<void> => {
    let nextMs = clock.elapsedMs();
    while (!link.gone.aborted) {
      await options.pass(link);
      const nowMs = clock.elapsedMs();
      nextMs = Math.max(nextMs + intervalMs, nowMs);
      await pause(nextMs - nowMs, link.gone);
    }
    throw link.gone.reason;
  };

  return createFollowing({
    tracker,
    backoff,
    lost,
    prepare: (signal) => pause(Math.random() * Math.min(STAGGER_MS_MAX, intervalMs), signal),
    async follow(signal) {
      const link = await options.open(signal);
      try {
        options.opened?.(link);
        await poll(link);
      } finally {
        link.close();
      }
    },
  });
}

/** Host and port of `tcp://host:port`; an IPv6 host without its brackets. `defaultPort` counts when none is given. */
export function hostAndPort(endpoint: string, defaultPort = 80): { host: string; port: number } {
  const { hostname, port } = new URL(endpoint.replace(/^tcp:/, 'http:'));
  // `http:` leaves out its own port.
  const left = /:80(\/|$)/.test(endpoint) ? 80 : defaultPort;
  return { host: hostname.replace(/^\[|\]$/g, ''), port: Number(port === '' ? left : port) };
}
