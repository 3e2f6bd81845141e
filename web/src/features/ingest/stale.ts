import type { LatestValue } from '@ronghe/contracts';

/** The reason the platform gives when a value is kept but no longer renewed (contracts/quality). */
export const STALE_REASON = 'stale';
/** Milliseconds without a new sample after which the portal says so, whatever the quality was. */
export const STALE_AFTER_MS = 60_000;

/** True when a value should not be taken for the present state. */
export const isStale = (latest: LatestValue, nowMs: number): boolean =>
  latest.reason === STALE_REASON || nowMs - Date.parse(latest.receivedAt) > STALE_AFTER_MS;
