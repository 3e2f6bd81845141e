import { chmod, cp, mkdir, readdir } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { describeFile, type StoredFile } from '#platform/backup/backup.manifest.ts';

/**
 * Top folders of the data folder that a backup carries: keys of sealed secrets, and what sources were handed in. The engines are
 * copied by themselves; anything else there (a collector's buffer, the demo's state) belongs to another process.
 */
const OWN_FOLDERS = ['secrets', 'inbox'];
const FILES = 'files';

/** Copies the platform's own files into the backup; one that is taken away meanwhile is left out. */
export async function exportFiles(data: string, folder: string): Promise<StoredFile[]> {
  const stored: StoredFile[] = [];
  for (const own of OWN_FOLDERS) {
    const entries = await readdir(join(data, own), { withFileTypes: true, recursive: true }).catch(
      whenGone([]),
    );
    for (const entry of entries.filter((candidate) => candidate.isFile())) {
      const path = relative(data, join(entry.parentPath, entry.name));
      const target = `${FILES}/${path}`;
      await mkdir(dirname(join(folder, target)), { recursive: true, mode: 0o700 });
      const copied = await cp(join(data, path), join(folder, target)).then(() => true, whenGone(false));
      if (copied) stored.push(await describeFile(folder, target));
    }
  }
  return stored;
}

const whenGone =
  <Value>(value: Value) =>
  (error: unknown): Value => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return value;
    throw error;
  };

/** Puts them back, readable by the owner only. */
export async function importFiles(folder: string, files: readonly StoredFile[], data: string): Promise<void> {
  for (const { path } of files) {
    const target = join(data, path.slice(FILES.length + 1));
    await mkdir(dirname(target), { recursive: true, mode: 0o750 });
    await cp(join(folder, path), target, { errorOnExist: true, force: false });
    await chmod(target, 0o600);
  }
}
