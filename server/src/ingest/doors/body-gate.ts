import { AppError } from '#platform/errors/errors.ts';

/** The share of one request in the memory that bodies may take. */
export type BodyLease = {
  /** Counts bytes before they are kept. @throws INGEST_OVERLOADED when the bodies of all requests would be too much */
  take(bytes: number): void;
  /** Gives everything back; calling it again does nothing. */
  release(): void;
};

/**
 * Bounds the bytes of all request bodies that are in memory at one moment, so that many large requests together cannot
 * take the memory that each of them alone may.
 */
export type BodyGate = { lease(): BodyLease; bytes(): number };

export function createBodyGate({ bytesMax }: { bytesMax: number }): BodyGate {
  let total = 0;
  return {
    bytes: () => total,
    lease() {
      let held = 0;
      let over = false;
      return {
        take(bytes) {
          // A request whose connection has closed may still be reading; nobody would give back what it takes now.
          if (over || total + bytes > bytesMax) throw new AppError('INGEST_OVERLOADED');
          total += bytes;
          held += bytes;
        },
        release() {
          over = true;
          total -= held;
          held = 0;
        },
      };
    },
  };
}
