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
 * take the memory that each of them alone may. One owner gets half at most: uploads that somebody begins and does not
 * finish leave the doors open for everybody else.
 */
export type BodyGate = { lease(owner: string): BodyLease; bytes(): number };

const OWNER_SHARE = 0.5;

export function createBodyGate({ bytesMax }: { bytesMax: number }): BodyGate {
  let total = 0;
  const byOwner = new Map<string, number>();
  const add = (owner: string, bytes: number) => {
    total += bytes;
    const held = (byOwner.get(owner) ?? 0) + bytes;
    if (held > 0) byOwner.set(owner, held);
    else byOwner.delete(owner);
  };
  return {
    bytes: () => total,
    lease(owner) {
      let held = 0;
      let over = false;
      return {
        take(bytes) {
          const ofOwner = (byOwner.get(owner) ?? 0) + bytes;
          // A request whose connection has closed may still be reading; nobody would give back what it takes now.
          if (over || total + bytes > bytesMax || ofOwner > OWNER_SHARE * bytesMax)
            throw new AppError('INGEST_OVERLOADED');
          add(owner, bytes);
          held += bytes;
        },
        release() {
          over = true;
          if (held > 0) add(owner, -held);
          held = 0;
        },
      };
    },
  };
}
