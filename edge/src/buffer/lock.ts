import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Two collectors on one buffer folder would give the same sequence to different batches. */
export class BufferLockedError extends Error {
  constructor(folder: string, pid: number) {
    super(
      `the buffer folder ${folder} is in use by process ${pid}; every collector needs a folder of its own`,
    );
    this.name = 'BufferLockedError';
  }
}

/**
 * Takes the folder for this process and returns how to give it back. A lock left behind by a killed process is taken
 * over: it counts only while a process with its id and its start time lives. Throws BufferLockedError.
 */
export async function lockFolder(folder: string): Promise<() => Promise<void>> {
  const path = join(folder, 'lock');
  const mine = `${process.pid} ${(await statOf(process.pid)).started}\n`;
  for (;;) {
    try {
      await writeFile(path, mine, { flag: 'wx', mode: 0o600 });
      return () => rm(path, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const [pid, start] = (await readFile(path, 'utf8').catch(() => '')).trim().split(' ');
    if (await lives(Number(pid), start)) throw new BufferLockedError(folder, Number(pid));
    await rm(path, { force: true });
  }
}

async function lives(pid: number, start: string | undefined): Promise<boolean> {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
  // Ids are used again, most of all in containers, where every start may get the same one. A process that was killed keeps
  // its id until its parent has looked, and does nothing more.
  const { state, started } = await statOf(pid);
  return state !== 'Z' && start === started;
}

/** State and start time (clock ticks since boot) of a process, from Linux' /proc; the same words for all where there is none. */
async function statOf(pid: number): Promise<{ state: string; started: string }> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null);
  // The second field is the program's name in brackets and may hold spaces; the state is field 3, the start time field 22.
  const fields = text?.slice(text.lastIndexOf(')') + 2).split(' ') ?? [];
  return { state: fields[0] ?? 'unknown', started: fields[19] ?? 'unknown' };
}
