import { chmod, cp, mkdir, readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describeFile, type StoredFile } from '#platform/backup/backup.manifest.ts';

/** What the engines keep themselves, and the backups; everything else of the data folder belongs into a backup. */
const ENGINES = new Set(['postgres', 'clickhouse', 'backups']);
const FILES = 'files';

/** Copies what else lies in the data folder (keys of sealed secrets, uploads) into the backup. */
export async function exportFiles(data: string, folder: string): Promise<StoredFile[]> {
  const stored: StoredFile[] = [];
  for (const entry of await readdir(data, { withFileTypes: true, recursive: true })) {
    const path = join(entry.parentPath, entry.name).slice(data.length + 1);
    if (!entry.isFile() || ENGINES.has(path.split('/')[0] ?? '')) continue;
    const target = `${FILES}/${path}`;
    await mkdir(dirname(join(folder, target)), { recursive: true, mode: 0o700 });
    await cp(join(data, path), join(folder, target));
    stored.push(await describeFile(folder, target));
  }
  return stored;
}

/** Puts them back, readable by the owner only. */
export async function importFiles(folder: string, files: readonly StoredFile[], data: string): Promise<void> {
  for (const { path } of files) {
    const target = join(data, path.slice(FILES.length + 1));
    await mkdir(dirname(target), { recursive: true, mode: 0o750 });
    await cp(join(folder, path), target, { errorOnExist: true, force: false });
    await chmod(target, 0o600);
  }
}
