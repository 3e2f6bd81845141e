/** A signal with an end in time. */
export type Deadline = {
  signal: AbortSignal;
  /** Lets go of the other signal and the timer; to be called in any case. */
  end(): void;
};

/**
 * Aborted together with another signal, or after the time. `AbortSignal.any` would do, but Node 20 keeps something of each
 * for as long as the other signal lives, which here is years.
 */
export function deadline(other: AbortSignal, timeMs: number): Deadline {
  const over = new AbortController();
  const abort = (): void => over.abort();
  const timer = setTimeout(abort, timeMs);
  other.addEventListener('abort', abort, { once: true });
  if (other.aborted) abort();
  return {
    signal: over.signal,
    end() {
      clearTimeout(timer);
      other.removeEventListener('abort', abort);
    },
  };
}
