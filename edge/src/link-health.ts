import { isIP } from 'node:net';
import type { LinkState } from '@ronghe/contracts';

/** Share of the newest round trip in the smoothed one, as TCP smooths its own (RFC 6298, section 2.3). */
const NEWEST_SHARE = 1 / 8;

/**
 * Tells how a peer is reached: `address` of the other end of the socket, `latencyMs` of one round trip just measured.
 * What is left out stays as it was.
 */
export type Reached = (how: { address?: string | undefined; latencyMs?: number }) => void;

/** What is known of one link; null while nothing is. */
export type LinkHealth = { reached: Reached; state(): LinkState | null; forget(): void };

export function createLinkHealth(): LinkHealth {
  let family: LinkState['family'] = null;
  let latencyMs: number | null = null;
  return {
    reached(how) {
      if (how.address !== undefined) family = familyOf(how.address);
      if (how.latencyMs === undefined) return;
      latencyMs = latencyMs === null ? how.latencyMs : latencyMs + NEWEST_SHARE * (how.latencyMs - latencyMs);
    },
    state: () =>
      family === null && latencyMs === null
        ? null
        : { family, latencyMs: latencyMs === null ? null : Math.round(latencyMs * 10) / 10 },
    forget() {
      family = null;
      latencyMs = null;
    },
  };
}

/** Family of an IP address; null for what is none. An IPv4 address in the form of IPv6 (::ffff:10.0.0.1) travels as IPv4. */
export function familyOf(address: string): LinkState['family'] {
  if (isIP(address) === 4 || /^::ffff:\d+\.\d+\.\d+\.\d+$/i.test(address)) return 'IPv4';
  return isIP(address) === 6 ? 'IPv6' : null;
}

/** The round trip of a piece of work whose answer is `work`'s end; a failure is no round trip. */
export async function timed<T>(reached: Reached, work: () => Promise<T>): Promise<T> {
  const fromMs = performance.now();
  const answer = await work();
  reached({ latencyMs: performance.now() - fromMs });
  return answer;
}
