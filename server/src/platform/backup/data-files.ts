import { chmod, cp, mkdir, readdir } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { describeFile, type StoredFile } from '#platform/backup/backup.manifest.ts';

type OwnFolder = {
  folder: string;
  /** what is only being written, by its path inside the folder */
  unfinished?: RegExp;
  /** name of the file without which a folder directly below is not whole, and left out */
  wholeWith?: string;
};
/**
 * Folders of the data folder that a backup carries: keys of sealed secrets, what sources were handed in, and deliveries on their
 * way. The engines are copied by themselves; anything else there (a collector's buffer, the demo's state) belongs to another process.
 */
const OWN_FOLDERS: readonly OwnFolder[] = [
  { folder: 'secrets' },
  { folder: 'inbox' },
  { folder: 'uploads', unfinished: /\.part$/ },
  { folder: 'fuse/runs', unfinished: /(^|\/)(chunks\/|index\.bin$)|\.new$/, wholeWith: 'delivery.json' },
];
const FILES = 'files';

/** Copies the platform's own files into the backup; one that is taken away meanwhile is left out. */
export async function exportFiles(data: string, folder: string): Promise<StoredFile[]> {
  const stored: StoredFile[] = [];
  for (const own of OWN_FOLDERS) {
    for (const inside of await filesOf(data, own)) {
      const path = join(own.folder, inside);
      const target = `${FILES}/${path}`;
      await mkdir(dirname(join(folder, target)), { recursive: true, mode: 0o700 });
      const copied = await cp(join(data, path), join(folder, target)).then(() => true, whenGone(false));
      if (copied) stored.push(await describeFile(folder, target));
    }
  }
  return stored;
}

/** Paths inside a folder of ours of what belongs into a backup. */
async function filesOf(data: string, { folder, unfinished, wholeWith }: OwnFolder): Promise<string[]> {
  const home = join(data, folder);
  const entries = await readdir(home, { withFileTypes: true, recursive: true }).catch(whenGone([]));
  const all = entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(home, join(entry.parentPath, entry.name)));
  const there = new Set(all);
  return all.filter(
    (path) =>
      !unfinished?.test(path) &&
      (!wholeWith || there.has(`${path.slice(0, path.indexOf('/'))}/${wholeWith}`)),
  );
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
