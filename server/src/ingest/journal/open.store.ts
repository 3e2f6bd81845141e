import { randomUUID } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Config } from '#platform/config/config.ts';
import type { Log } from '#platform/log/log.ts';
import type { BlockStore } from './block.store.ts';
import { openJournal } from './journal.store.ts';
import type { Opened } from './writer.service.ts';

type Parts = { config: Pick<Config, 'data'>; store: BlockStore; log: Log };

/**
 * Opens the journal of this data folder, `<data>/journal`. Its name is made once and kept beside it: PostgreSQL knows by it
 * how far this journal is stored, among those of other server processes with data folders of their own.
 */
export async function openJournalOf({ config, store, log }: Parts): Promise<Opened> {
  const folder = join(config.data, 'journal');
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const name = await nameOf(join(folder, 'name'));
  const stored = await store.storedUnscoped(name);
  return { journal: await openJournal(folder, log, stored?.segment), name, stored };
}

async function nameOf(file: string): Promise<string> {
  try {
    return (await readFile(file, 'utf8')).trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    const name = randomUUID();
    await writeFile(file, `${name}\n`, { flag: 'wx', mode: 0o600 });
    return name;
  }
}
