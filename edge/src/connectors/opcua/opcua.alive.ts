import { open, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { Clock } from '../../clock.ts';
import { messageOf } from '../../connection.ts';
import type { Log } from '../../log.ts';

const FILE = 'alive.json';

/** Up to when everything had come in: on our clock, and on the server's, which its samples carry. */
const Alive = z.object({ atMs: z.number(), serverMs: z.number() });
export type Alive = z.infer<typeof Alive>;

/** What the last run knew, so that the time of our own absence can be read from history; null when there was none. */
export async function readAlive(folder: string): Promise<Alive | null> {
  const text = await readFile(join(folder, FILE), 'utf8').catch(() => null);
  if (text === null) return null;
  try {
    return Alive.parse(JSON.parse(text));
  } catch {
    // A half-written file is impossible, a spoiled disk is not: as if it were the first run.
    return null;
  }
}

/** Keeps the time of the last contact, one write after the other. */
export type Memory = {
  /** Everything up to `serverMs` has come in, but for what is missing since `missingSinceMs`. Never rejects. */
  keep(serverMs: number, missingSinceMs: number | null): Promise<void>;
};

export function createMemory({ folder, log, clock }: { folder: string; log: Log; clock: Clock }): Memory {
  let written: Promise<void> = Promise.resolve();
  return {
    keep(serverMs, missingSinceMs) {
      const completeMs = Math.min(serverMs, missingSinceMs ?? Number.POSITIVE_INFINITY);
      if (!Number.isFinite(completeMs)) return written;
      const alive = { atMs: clock.now().getTime() - (serverMs - completeMs), serverMs: completeMs };
      written = written.then(() => writeAlive(folder, alive, log));
      return written;
    },
  };
}

/** Writes it through to the disk; a crash leaves the old or the new one. A full disk is told, not thrown. */
async function writeAlive(folder: string, alive: Alive, log: Log): Promise<void> {
  const path = join(folder, FILE);
  try {
    const file = await open(`${path}.new`, 'w');
    try {
      await file.writeFile(JSON.stringify(alive));
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(`${path}.new`, path);
  } catch (error) {
    log.warn(
      { reason: messageOf(error) },
      'the time of the last contact cannot be kept; a restart will leave a gap',
    );
  }
}
