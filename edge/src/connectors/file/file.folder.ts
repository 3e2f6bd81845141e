import { createHash } from 'node:crypto';
import {
  constants,
  copyFile,
  type FileHandle,
  lstat,
  mkdir,
  opendir,
  rename,
  unlink,
} from 'node:fs/promises';
import { join, parse, resolve } from 'node:path';
import { readAt } from '../../buffer/files.ts';
import type { NameParts, NamePattern } from './file.names.ts';
import { createUtf8Check } from './file.text.ts';

/** Files that one folder may hold; what is beyond is a mistake in the set-up, and told. */
export const FILES_MAX = 100_000;
const CHUNK_BYTES = 1024 * 1024;
/** How much of the beginning tells files that grow apart. */
const HEAD_BYTES_MAX = 1024;

/** A file in the folder as a look found it. */
export type SeenFile = {
  name: string;
  path: string;
  parts: NameParts;
  size: number;
  modifiedMs: number;
  /** number of the file in its file system; some network shares give a new one at each mount */
  inode: string;
};

/** The file system did not answer in time. */
export class NoAnswer extends Error {
  override readonly name = 'NoAnswer';
}

/** The file is not what it was when it was looked at; a later look will find it again. */
export class FileChanged extends Error {
  override readonly name = 'FileChanged';
}

/** Waits for one thing that the file system does; longer where `timeoutMs` says so. */
export type Patience = <T>(work: () => Promise<T>, timeoutMs?: number) => Promise<T>;

/**
 * Waits at most `timeoutMs` for each answer; rejects with NoAnswer, or at once when the signal is aborted. A network share
 * may never answer, and each call to it then holds one of four threads, so nothing new is asked while one is outstanding.
 */
export function createPatience(options: { timeoutMs: number; signal: AbortSignal }): Patience {
  let outstanding = 0;
  return async (work, timeoutMs = options.timeoutMs) => {
    options.signal.throwIfAborted();
    if (outstanding > 0) throw new NoAnswer('the file system still does not answer');
    const answer = work();
    return new Promise((resolve, reject) => {
      const settle = () => {
        clearTimeout(timer);
        options.signal.removeEventListener('abort', stop);
      };
      const giveUp = (error: unknown) => {
        settle();
        outstanding += 1;
        const over = () => {
          outstanding -= 1;
        };
        answer.then(over, over);
        reject(error);
      };
      const stop = () => giveUp(options.signal.reason);
      const timer = setTimeout(
        () => giveUp(new NoAnswer(`the file system did not answer in ${timeoutMs} ms`)),
        timeoutMs,
      );
      options.signal.addEventListener('abort', stop, { once: true });
      answer.then(
        (value) => {
          settle();
          resolve(value);
        },
        (error: unknown) => {
          settle();
          reject(error);
        },
      );
    });
  };
}

/**
 * Regular files whose name fits, oldest first. Links are not followed; hidden files and the lock files of Excel (`~$`) are
 * left out. Throws what the file system throws when the folder cannot be read; a file that vanishes meanwhile is left out.
 */
export async function listFolder(folder: string, pattern: NamePattern): Promise<SeenFile[]> {
  const seen: SeenFile[] = [];
  for await (const entry of await opendir(folder)) {
    const { name } = entry;
    const parts = name.startsWith('.') || name.startsWith('~$') ? null : pattern.match(name);
    if (parts === null) continue;
    const path = join(folder, name);
    const stats = await lstat(path, { bigint: true }).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return null;
      throw error;
    });
    if (stats === null || !stats.isFile()) continue;
    if (seen.length >= FILES_MAX) throw new Error(`the folder has more than ${FILES_MAX} files`);
    seen.push({
      name,
      path,
      parts,
      size: Number(stats.size),
      modifiedMs: Number(stats.mtimeNs / 1_000n) / 1_000,
      inode: String(stats.ino),
    });
  }
  return seen.sort((a, b) => a.modifiedMs - b.modifiedMs || (a.name < b.name ? -1 : 1));
}

/** Picks the files whose size and time stayed the same for `settleMs`, by this machine's clock. */
export function createSettler(settleMs: number): (seen: readonly SeenFile[], nowMs: number) => SeenFile[] {
  let known = new Map<string, { size: number; modifiedMs: number; sinceMs: number }>();
  return (seen, nowMs) => {
    const next: typeof known = new Map();
    for (const { name, size, modifiedMs } of seen) {
      const before = known.get(name);
      const same = before !== undefined && before.size === size && before.modifiedMs === modifiedMs;
      next.set(name, same ? before : { size, modifiedMs, sinceMs: nowMs });
    }
    known = next;
    return seen.filter(({ name }) => nowMs - (known.get(name)?.sinceMs ?? nowMs) >= settleMs);
  };
}

/** Throws FileChanged when the open file is no longer what was seen. */
export async function assertSame(handle: FileHandle, file: SeenFile): Promise<void> {
  const stats = await handle.stat({ bigint: true });
  const modifiedMs = Number(stats.mtimeNs / 1_000n) / 1_000;
  if (Number(stats.size) !== file.size || modifiedMs !== file.modifiedMs)
    throw new FileChanged(`${file.name} changed while it was read; it is read again`);
}

/** SHA-256 of the content, and whether all of it is valid UTF-8. */
export async function hashFile(
  handle: FileHandle,
  size: number,
  patience: Patience,
): Promise<{ hash: string; utf8: boolean }> {
  const hash = createHash('sha256');
  const utf8 = createUtf8Check();
  for (let at = 0; at < size; ) {
    const chunk = await patience(() => readAt(handle, at, Math.min(CHUNK_BYTES, size - at)));
    if (chunk.length === 0) throw new FileChanged('the file became shorter while it was read');
    hash.update(chunk);
    utf8.add(chunk);
    at += chunk.length;
  }
  return { hash: hash.digest('hex'), utf8: utf8.valid() };
}

/** The beginning of a file that grows, to know it again under another name. */
export async function hashHead(
  handle: FileHandle,
  bytesMax = HEAD_BYTES_MAX,
): Promise<{ headBytes: number; headHash: string }> {
  const head = await readAt(handle, 0, Math.min(bytesMax, HEAD_BYTES_MAX));
  return { headBytes: head.length, headHash: createHash('sha256').update(head).digest('hex') };
}

/**
 * Moves a file into another folder, which is made when it is missing. A file of that name that is there already stays:
 * the new one gets `mark` behind its name. Throws what the file system throws.
 */
export async function moveInto(
  file: SeenFile,
  target: { folder: string; base: string; mark: string },
): Promise<string> {
  const folder = resolve(target.base, target.folder);
  await mkdir(folder, { recursive: true });
  const { name, ext } = parse(file.name);
  for (const each of [file.name, `${name}-${target.mark}${ext}`]) {
    const path = join(folder, each);
    if ((await lstat(path).catch(() => null)) !== null) continue;
    await renameOrCopy(file.path, path);
    return path;
  }
  // Both are there: the same content under the same name was moved before.
  await unlink(file.path);
  return join(folder, `${name}-${target.mark}${ext}`);
}

async function renameOrCopy(from: string, to: string): Promise<void> {
  try {
    await rename(from, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EXDEV') throw error;
    await copyFile(from, to, constants.COPYFILE_EXCL);
    await unlink(from);
  }
}
