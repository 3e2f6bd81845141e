import { type FileHandle, open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { replaceFile } from '../../buffer/files.ts';
import type { Log } from '../../log.ts';

/** Files that are remembered; of those that are no longer in the folder the oldest are forgotten beyond it. */
const ENTRIES_MAX = 200_000;
/** The journal is written anew when it has this many lines more than twice its entries. */
const SPARE_LINES = 1_000;

const Place = z.object({ offset: z.number(), line: z.number(), index: z.number() });

const FileEntry = z.object({
  /** of the content; for files that grow a number of their own */
  id: z.string(),
  name: z.string(),
  /** what was read whole; zero while more is to be read */
  size: z.number(),
  modifiedMs: z.number(),
  /** null while more is to be read, and for files that grow */
  end: z.enum(['done', 'failed']).nullable(),
  place: Place.nullable(),
  rows: z.number(),
  rejected: z.number(),
  grows: z
    .object({
      inode: z.string(),
      headBytes: z.number(),
      headHash: z.string(),
      traits: z.object({
        encoding: z.enum(['utf-8', 'utf-16le', 'utf-16be', 'gb18030']),
        delimiter: z.enum([',', ';', '\t', '|', 'space']),
      }),
    })
    .nullable(),
});
/** What is remembered of one file. */
export type FileEntry = z.infer<typeof FileEntry>;

/** Remembers over restarts what was read. */
export type Ledger = {
  byId(id: string): FileEntry | null;
  byName(name: string): FileEntry | null;
  /** Files that grow, newest first. */
  growing(): FileEntry[];
  /** Resolves when it is on disk. */
  save(entry: FileEntry): Promise<void>;
  /** Forgets the oldest beyond the limit, except those in the folder. */
  trim(present: ReadonlySet<string>): void;
  close(): Promise<void>;
};

/**
 * Opens `files.jsonl` in the folder: a journal in which the last line of an id counts. A line that a power failure tore is
 * left out, which costs reading that part again, never more. Throws what the file system throws.
 */
export async function openLedger(folder: string, log: Log): Promise<Ledger> {
  const path = join(folder, 'files.jsonl');
  const { entries, lines: found } = await load(path, log);
  const names = new Map<string, FileEntry>();
  for (const entry of entries.values()) names.set(entry.name, entry);
  let lines = found;
  let handle: FileHandle | null = null;

  const rewrite = async (): Promise<void> => {
    await handle?.close();
    handle = null;
    await replaceFile(path, [...entries.values()].map((entry) => `${JSON.stringify(entry)}\n`).join(''));
    lines = entries.size;
  };
  if (found > entries.size) await rewrite();

  return {
    byId: (id) => entries.get(id) ?? null,
    byName: (name) => names.get(name) ?? null,
    growing: () => [...entries.values()].filter((entry) => entry.grows !== null).reverse(),
    async save(entry) {
      const old = entries.get(entry.id);
      if (old !== undefined && old.name !== entry.name && names.get(old.name) === old && entry.grows !== null)
        names.delete(old.name);
      // At the end again, for age is the order of the map.
      entries.delete(entry.id);
      entries.set(entry.id, entry);
      names.set(entry.name, entry);
      if (lines > entries.size * 2 + SPARE_LINES) return rewrite();
      handle ??= await open(path, 'a', 0o600);
      // A line feed first: what a full disk left half written must not spoil this line.
      await handle.writeFile(`\n${JSON.stringify(entry)}\n`);
      await handle.sync();
      lines += 1;
    },
    trim(present) {
      if (names.size > ENTRIES_MAX)
        for (const name of names.keys()) if (!present.has(name)) names.delete(name);
      for (const [id, entry] of entries) {
        if (entries.size <= ENTRIES_MAX) return;
        if (!present.has(entry.name)) entries.delete(id);
      }
    },
    async close() {
      await handle?.close();
      handle = null;
    },
  };
}

async function load(path: string, log: Log): Promise<{ entries: Map<string, FileEntry>; lines: number }> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw error;
  });
  const entries = new Map<string, FileEntry>();
  const lines = text.split('\n').filter((line) => line !== '');
  let torn = 0;
  for (const line of lines) {
    const entry = parseEntry(line);
    if (entry === null) {
      torn += 1;
      continue;
    }
    entries.delete(entry.id);
    // What failed is tried again after a restart: perhaps the configuration was the fault.
    if (entry.end !== 'failed') entries.set(entry.id, entry);
  }
  if (torn > 0) log.warn({ lines: torn }, 'lines of the memory of files cannot be read and are left out');
  return { entries, lines: lines.length };
}

function parseEntry(line: string): FileEntry | null {
  try {
    return FileEntry.parse(JSON.parse(line));
  } catch {
    return null;
  }
}
