import type { FetchOptions } from '#platform/db/foreign.ts';
import { AppError } from '#platform/errors/errors.ts';
import { ForeignError } from '#platform/errors/foreign-error.ts';
import type { DeliveryLimits } from '../delivery.ts';
import { reasonTexts } from '../reasons.ts';

/** Refuses a target that is not allowed, and tells the address that was checked: `createTargetGuard` of `../network`. */
export type Demand = (host: string, port: number) => Promise<{ address: string }>;

/** How often people are told how much was read, milliseconds. */
const TELL_MS = 2_000;
const BYTES_PER_MEGABYTE = 1_000_000;

/** An error of the engine as one with a code; what a signal was aborted with stays what it is. */
export function toSourceError(error: unknown, source: string): unknown {
  if (!(error instanceof ForeignError)) return error;
  const code = error.fault === 'too-large' ? 'SOURCE_TOO_LARGE' : 'SOURCE_UNREACHABLE';
  return new AppError(code, { source, ...reasonTexts(error.message) });
}

type Request = {
  signal: AbortSignal;
  limits: DeliveryLimits;
  beginning?: boolean | undefined;
  tell(share: number | null, text: string): Promise<void>;
};

/** What of a delivery's limits is left after `rows` and `bytes` were fetched and `startedAt` (performance.now) was. */
export function leftOf(
  { signal, limits, beginning, tell }: Request,
  { rows, bytes, startedAt }: { rows: number; bytes: number; startedAt: number },
): FetchOptions {
  let toldAt = performance.now();
  const onBytes = (more: number) => {
    if (performance.now() - toldAt < TELL_MS) return;
    toldAt = performance.now();
    const read = ((bytes + more) / BYTES_PER_MEGABYTE).toFixed(1);
    // what is said is decoration; a failing one ends the run by itself
    tell(null, `${read} MB`).catch(() => undefined);
  };
  return {
    signal,
    beginning,
    rowsMax: Math.max(0, limits.rowsMax - rows),
    bytesMax: Math.max(0, limits.bytesMax - bytes),
    timeoutMs: Math.max(1, limits.timeMsMax - (performance.now() - startedAt)),
    onBytes,
  };
}
