import { execFileSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmdirSync, statfsSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A disk of its own that is soon full. */
export type SmallDisk = {
  folder: string;
  /** Null when it could be mounted, otherwise why not. */
  problem: string | null;
  /** Fills what is left of it with a file, to the last byte that can be had. */
  fill(file: string): void;
  remove(): void;
};

/** Mounts it in a new folder, where mounting is allowed. */
export function mountSmallDisk(megabytes: number): SmallDisk {
  const folder = mkdtempSync(join(tmpdir(), 'ronghe-disk-'));
  const problem = mount(folder, megabytes);
  return {
    folder,
    problem,
    fill(file) {
      const handle = openSync(file, 'w');
      for (let size = 1 << 20; size >= 1; size >>= 1) {
        const block = Buffer.alloc(size, 1);
        try {
          while (statfsSync(folder).bavail > 0) writeSync(handle, block);
        } catch {
          // Full for blocks of this size; a smaller one may still fit.
        }
      }
      closeSync(handle);
    },
    remove() {
      if (problem === null) execFileSync('umount', ['--lazy', folder]);
      rmdirSync(folder);
    },
  };
}

function mount(folder: string, megabytes: number): string | null {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m,mode=0755`, 'tmpfs', folder], {
      stdio: 'pipe',
    });
    return null;
  } catch (error) {
    return String((error as Error).message).split('\n')[0] ?? 'mount failed';
  }
}

/** What to add to the name of a test that needs it. */
export const skippedFor = ({ problem }: SmallDisk): string =>
  problem === null ? '' : ` — SKIPPED: a small disk cannot be mounted here (${problem})`;
