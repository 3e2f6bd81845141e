import { type FileHandle, open, unlink } from 'node:fs/promises';
import { messageOf } from '../../connection.ts';
import type { ConnectorContext } from '../../connector.ts';
import type { FileConfig } from './file.config.ts';
import { createMapper, type Mapper } from './file.decode.ts';
import type { Emitter } from './file.emitter.ts';
import { assertSame, FileChanged, hashFile, moveInto, type Patience, type SeenFile } from './file.folder.ts';
import type { FileEntry, Ledger } from './file.ledger.ts';
import { placeholdersOf } from './file.names.ts';
import { formatOf, openTable } from './file.open.ts';
import type { Rejects } from './file.rejects.ts';
import { type Slice, type Table, UnreadableFile } from './file.rows.ts';

/** Progress inside a file is saved after so many rows or so much time, whichever is first. */
const SAVE_ROWS = 50_000;
const SAVE_MS = 2_000;
/** Longest time to unpack a part of an Excel or Parquet file, which is work and not waiting for the disk. */
const UNPACK_MS_MAX = 120_000;

/** What reading files needs. */
export type Desk = {
  context: ConnectorContext<FileConfig>;
  folder: string;
  ledger: Ledger;
  rejects: Rejects;
  emitter: Emitter;
  patience: Patience;
  /** Tells people what is wrong with a file. */
  complain(file: string, what: string): void;
  /** Tells how many points the newest file has not. */
  missing(count: number): void;
};

/** Whether a look must open the file: not when it was read whole and is the same by name, size and time. */
export function isRead(desk: Desk, file: SeenFile): boolean {
  // Nothing was written yet.
  if (file.size === 0) return true;
  const known = desk.ledger.byName(file.name);
  if (known === null || known.size !== file.size || known.modifiedMs !== file.modifiedMs) return false;
  const { mode, after } = desk.context.config;
  if ((known.grows !== null) !== (mode === 'append')) return false;
  if (mode === 'append') return true;
  return known.end !== null && (after === 'keep' || (known.end === 'failed' && after === 'delete'));
}

/**
 * Reads a file that is whole, each content once: what was read before under another name is not read again, what a
 * restart interrupted goes on where its samples were safe. Rejects with failures of the file system, FileChanged and the
 * reason of the signal; then nothing is lost, and a later look tries again.
 */
export async function readWhole(desk: Desk, file: SeenFile): Promise<void> {
  const { ledger, context, patience } = desk;
  const byName = ledger.byName(file.name);
  // Read and remembered, but a restart came before it was put away.
  if (
    byName !== null &&
    byName.end !== null &&
    byName.size === file.size &&
    byName.modifiedMs === file.modifiedMs
  )
    return putAway(desk, file, byName);
  const handle = await patience(() => open(file.path, 'r'));
  let entry: FileEntry;
  try {
    await patience(() => assertSame(handle, file));
    const { hash, utf8 } = await hashFile(handle, file.size, patience);
    const id = idOf(context.config, hash, file);
    const known = ledger.byId(id);
    if (known?.end === 'done') {
      context.log.info({ file: file.name, before: known.name }, 'this content was read before');
      entry = { ...known, name: file.name, size: file.size, modifiedMs: file.modifiedMs };
    } else {
      const begun: FileEntry = (known?.end === null ? known : null) ?? {
        id,
        name: file.name,
        size: 0,
        modifiedMs: 0,
        end: null,
        place: null,
        rows: 0,
        rejected: 0,
        grows: null,
      };
      entry = await readContent(desk, { file, handle, utf8, begun: { ...begun, name: file.name } });
    }
  } finally {
    close(handle);
  }
  await ledger.save(entry);
  await putAway(desk, file, entry);
}

/** Where the key or the time comes from the name, the same content under another name is something else. */
function idOf(config: FileConfig, hash: string, file: SeenFile): string {
  const named = [...placeholdersOf(config.keyTemplate), ...placeholdersOf(config.time.start ?? '')];
  return `${hash}-${file.size}${named.some((name) => name !== 'key') ? `-${file.name}` : ''}`;
}

async function readContent(
  desk: Desk,
  open: { file: SeenFile; handle: FileHandle; utf8: boolean; begun: FileEntry },
): Promise<FileEntry> {
  const { file, handle, begun } = open;
  const { config, log } = desk.context;
  // Kept apart from what is waited for: what opens after the waiting has ended is closed too.
  const opening: { table: Promise<Table> | null } = { table: null };
  try {
    const table = await desk.patience(
      () => {
        opening.table = openTable(config, { ...file, handle, utf8: open.utf8 });
        return opening.table;
      },
      waitMsOf(config, file),
    );
    const mapper = createMapper(config, table.header, file);
    if (begun.place === null) tellMissing(desk, mapper, file);
    const read = await readTable(desk, { file, table, mapper, begun });
    if (read.rows === 0 && read.rejected > 0)
      throw new UnreadableFile(`none of its ${read.rejected} rows can be read`);
    await desk.patience(() => assertSame(handle, file));
    log.info({ file: file.name, rows: read.rows, rejected: read.rejected }, 'a file was read');
    return { ...read, size: file.size, modifiedMs: file.modifiedMs, end: 'done', place: null };
  } catch (error) {
    if (!isFault(error, desk)) throw error;
    const what = messageOf(error);
    desk.complain(file.name, what);
    log.error({ file: file.name, reason: what }, 'a file cannot be read');
    return { ...begun, size: file.size, modifiedMs: file.modifiedMs, end: 'failed', place: null };
  } finally {
    // Not waited for: what is outstanding on a share that does not answer would hold it up.
    opening.table?.then((table) => table.close()).catch(() => undefined);
  }
}

/** A fault of the file itself, so that trying again is no use; also what nobody foresaw, lest one file stop all others. */
function isFault(error: unknown, { context }: Desk): boolean {
  if (error instanceof UnreadableFile) return true;
  const passing =
    error instanceof FileChanged ||
    !(error instanceof Error) ||
    'syscall' in error ||
    ['AbortError', 'NoAnswer'].includes(error.name);
  if (!passing) context.log.error({ err: error }, 'reading a file failed in a way that was not foreseen');
  return !passing;
}

const waitMsOf = (config: FileConfig, file: SeenFile): number =>
  formatOf(config, file.name) === 'text' ? config.timeoutMs : Math.max(config.timeoutMs, UNPACK_MS_MAX);

/** Tells of columns that the file has not. */
export function tellMissing(desk: Desk, mapper: Mapper, file: SeenFile): void {
  desk.missing(mapper.missing.length);
  if (mapper.missing.length === 0) return;
  desk.context.log.warn({ file: file.name, points: mapper.missing.length }, 'columns are missing in a file');
  desk.emitter.sendMissing(mapper, file.modifiedMs);
}

/** Sends all rows from where the entry stands, saving progress; resolves when the last sample is on disk. */
export async function readTable(
  desk: Desk,
  options: { file: SeenFile; table: Table; mapper: Mapper; begun: FileEntry },
): Promise<FileEntry> {
  const { file, table, mapper } = options;
  const slices = table.slices(options.begun.place);
  const waitMs = waitMsOf(desk.context.config, file);
  let entry = options.begun;
  let savedRows = entry.rows;
  let savedMs = desk.context.clock.elapsedMs();
  for (;;) {
    const next = await desk.patience<IteratorResult<Slice, unknown>>(() => slices.next(), waitMs);
    if (next.done === true) break;
    const slice = next.value;
    const rejected = await desk.emitter.send(slice, mapper);
    if (rejected.length > 0) await desk.rejects.add(file.name, rejected, entry.rejected);
    const [first] = rejected;
    if (first !== undefined && entry.rejected === 0)
      desk.complain(file.name, `row in line ${first.line} rejected: ${first.reason}`);
    entry = {
      ...entry,
      place: slice.next,
      rows: entry.rows + Math.max(0, slice.rows.length + slice.rejects.length - rejected.length),
      rejected: entry.rejected + rejected.length,
    };
    if (entry.rows - savedRows < SAVE_ROWS && desk.context.clock.elapsedMs() - savedMs < SAVE_MS) continue;
    await desk.emitter.settle();
    await desk.ledger.save(entry);
    savedRows = entry.rows;
    savedMs = desk.context.clock.elapsedMs();
  }
  await desk.emitter.settle();
  return entry;
}

/** Does with a file that was read what the configuration says. A failed file is never deleted. */
async function putAway(desk: Desk, file: SeenFile, entry: FileEntry): Promise<void> {
  const { config, log } = desk.context;
  const failed = entry.end === 'failed';
  if (config.after === 'keep' || (failed && config.after === 'delete')) return;
  if (config.after === 'delete') return desk.patience(() => unlink(file.path));
  const target = {
    base: desk.folder,
    folder: failed ? config.failedFolder : config.doneFolder,
    mark: entry.id.slice(0, 8),
  };
  const path = await desk.patience(() => moveInto(file, target));
  log.debug({ file: file.name, path }, 'a file was moved');
}

/** Closes without waiting, for closing waits for what is outstanding. */
export function close(handle: FileHandle): void {
  handle.close().catch(() => undefined);
}
