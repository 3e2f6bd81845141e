import { execFileSync } from 'node:child_process';
import {
  linkSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { z } from 'zod';
import { AppError } from '#platform/errors/errors.ts';
import type { Log } from '#platform/log/log.ts';

const Owner = z.object({ pid: z.number().int(), since: z.string() });
/** What an orphan gets to end after each signal: a checkpoint takes milliseconds, a busy disk some seconds. */
const ORPHAN_WAITS: readonly [NodeJS.Signals, number][] = [
  ['SIGINT', 10_000],
  ['SIGQUIT', 3_000],
  ['SIGKILL', 2_000],
];

/**
 * Marks `folder` as used by this process until the returned function is called. A mark left by a process that is gone
 * (its id and its start time are compared) is taken over.
 * @throws AppError DATA_FOLDER_IN_USE with the id of the process that has it
 */
export function takeOwnership(folder: string): () => void {
  const file = join(folder, 'owner.json');
  const fresh = mkdtempSync(join(folder, 'owner-new-'));
  try {
    const mark = join(fresh, 'mark');
    writeFileSync(mark, JSON.stringify({ pid: process.pid, since: startedAt(process.pid) }));
    if (!link(mark, file)) {
      const holder = readOwner(file);
      if (holder && startedAt(holder.pid) === holder.since)
        throw new AppError('DATA_FOLDER_IN_USE', { folder, process: holder.pid });
      rmSync(file, { force: true });
      if (!link(mark, file)) throw new AppError('DATA_FOLDER_IN_USE', { folder, process: '?' });
    }
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
  return () => rmSync(file, { force: true });
}

/**
 * Ends the PostgreSQL that a killed process left running on `cluster`, or removes the mark of one that is gone and whose
 * process id belongs to somebody else now. Call it only as the owner of the folder.
 */
export async function endOrphan(cluster: string, log: Log): Promise<void> {
  const mark = join(cluster, 'postmaster.pid');
  const pid = readPid(mark);
  if (pid === null || startedAt(pid) === '') return;
  if (!isPostgresOf(pid, cluster)) return rmSync(mark, { force: true });
  log.info({ pid }, 'Ending the PostgreSQL that an earlier process left behind');
  for (const [signal, timeoutMs] of ORPHAN_WAITS) {
    send(pid, signal);
    for (const until = Date.now() + timeoutMs; Date.now() < until; await wait(10))
      if (startedAt(pid) === '') return;
  }
  const reason = `process ${pid} still runs on ${cluster} and does not end`;
  throw new AppError('ENGINE_START_FAILED', {
    engine: 'PostgreSQL',
    reason,
    setting: 'RONGHE_POSTGRES_URL',
  });
}

/** First line of `postmaster.pid`, and only when the file is whole. */
export function readPid(mark: string): number | null {
  try {
    const pid = Number(readFileSync(mark, 'utf8').split('\n')[0]);
    return Number.isSafeInteger(pid) && pid > 0 ? pid : null;
  } catch {
    return null;
  }
}

/** When a process started, in whatever form the system tells it; empty when it does not run (or is only a zombie). */
function startedAt(pid: number): string {
  try {
    if (process.platform !== 'linux')
      return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim();
    // the name of the program stands in parentheses and may hold anything, so count from the last one
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' || fields[0] === 'X' ? '' : `${bootId()} ${fields[19]}`;
  } catch {
    return '';
  }
}

const bootId = (): string => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();

function isPostgresOf(pid: number, cluster: string): boolean {
  try {
    if (process.platform === 'linux') return readlinkSync(`/proc/${pid}/cwd`) === realpathSync(cluster);
    return execFileSync('ps', ['-o', 'command=', '-p', String(pid)], { encoding: 'utf8' }).includes(cluster);
  } catch {
    return false;
  }
}

function readOwner(file: string): z.infer<typeof Owner> | null {
  try {
    return Owner.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    return null;
  }
}

function link(mark: string, file: string): boolean {
  try {
    linkSync(mark, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // it ended in between, which is what we wanted
  }
}
