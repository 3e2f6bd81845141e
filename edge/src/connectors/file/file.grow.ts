import { randomUUID } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { openCsv } from './file.csv.ts';
import { createMapper } from './file.decode.ts';
import { hashHead, type SeenFile } from './file.folder.ts';
import type { FileEntry } from './file.ledger.ts';
import { close, type Desk, readTable, tellMissing } from './file.read.ts';
import { UnreadableFile } from './file.rows.ts';

/** Entries whose beginning is compared with a file that is not known by its number or name. */
const COMPARED_MAX = 20;

/**
 * Reads what was added to a file since the last look, up to its last whole line. The file is known by its number in the
 * file system or its name, and by its beginning: renamed it goes on, another file under the name begins anew, and so does
 * one that became shorter. Rejects as `readWhole`; a file whose header cannot be used is complained of and tried again
 * when it changes.
 */
export async function readGrowth(desk: Desk, file: SeenFile): Promise<void> {
  const handle = await desk.patience(() => open(file.path, 'r'));
  try {
    const known = await desk.patience(() => findEntry(desk, file, handle));
    const shorter = known !== null && (known.place?.offset ?? 0) > file.size;
    if (shorter)
      desk.context.log.warn({ file: file.name }, 'a file became shorter and is read from its beginning');
    await readOn(desk, { file, handle, known: shorter ? null : known });
  } finally {
    close(handle);
  }
}

async function findEntry(desk: Desk, file: SeenFile, handle: FileHandle): Promise<FileEntry | null> {
  const all = desk.ledger.growing();
  const near = [
    ...all.filter((entry) => entry.grows?.inode === file.inode),
    ...all.filter((entry) => entry.name === file.name && entry.grows?.inode !== file.inode),
  ].slice(0, COMPARED_MAX);
  for (const entry of near) {
    if (entry.grows === null || entry.grows.headBytes > file.size) continue;
    const { headHash } = await hashHead(handle, entry.grows.headBytes);
    if (headHash === entry.grows.headHash) return entry;
  }
  return null;
}

async function readOn(
  desk: Desk,
  open: { file: SeenFile; handle: FileHandle; known: FileEntry | null },
): Promise<void> {
  const { file, handle, known } = open;
  const { config } = desk.context;
  const table = await desk.patience(() =>
    openCsv({
      handle,
      size: file.size,
      config,
      utf8: null,
      traits: known?.grows?.traits ?? null,
      wholeLines: true,
    }),
  );
  // Its first line is still being written.
  if (config.header && table.header === null) return;
  const { headBytes, headHash } = await desk.patience(() => hashHead(handle, file.size));
  const begun: FileEntry = {
    ...(known ?? { id: `grows-${randomUUID()}`, end: null, place: null, rows: 0, rejected: 0 }),
    name: file.name,
    size: 0,
    modifiedMs: 0,
    grows: { inode: file.inode, headBytes, headHash, traits: table.traits },
  };
  try {
    const mapper = createMapper(config, table.header, file);
    if (known === null) tellMissing(desk, mapper, file);
    const read = await readTable(desk, { file, table, mapper, begun });
    await desk.ledger.save({ ...read, size: file.size, modifiedMs: file.modifiedMs });
  } catch (error) {
    if (!(error instanceof UnreadableFile)) throw error;
    desk.complain(file.name, error.message);
    desk.context.log.error({ file: file.name, reason: error.message }, 'a file cannot be read');
    await desk.ledger.save({ ...begun, size: file.size, modifiedMs: file.modifiedMs });
  }
}
