import { type FileHandle, mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { TableOptions } from '@ronghe/contracts';
import { z } from 'zod';
import { AppError } from '#platform/errors/errors.ts';
import type { Spool } from '../delivery.ts';
import { unreadable } from './failure.ts';
import { ROW_CHARACTERS_MAX } from './limits.ts';

export const MANIFEST = 'delivery.json';
/** Characters gathered before they are written. */
const WRITE_CHARACTERS = 1_048_576;

/** A file of a delivery, as `openTableFile` takes it; `rows` is null for files that were not counted. */
const SpoolPart = z.object({
  path: z.string(),
  name: z.string(),
  options: TableOptions.omit({ format: true }).extend({
    format: z.enum(['csv', 'xlsx', 'json', 'jsonl', 'parquet', 'rows', 'compact']).optional(),
  }),
  bytes: z.number().int(),
  rows: z.number().int().nullable(),
});
export type SpoolPart = z.infer<typeof SpoolPart>;
const Manifest = z.object({ version: z.literal(1), parts: z.array(SpoolPart) });

export type FolderSpool = Spool & {
  /** The parts in their order so far; those of rows are written out first. */
  parts(): Promise<SpoolPart[]>;
  /** Lets go of what is open without making a delivery of it. */
  abandon(): Promise<void>;
  /** Makes everything durable and writes the manifest, last: a folder without one holds no whole delivery. */
  close(): Promise<SpoolPart[]>;
};

/**
 * The folder of a delivery. A manifest that was there is taken away first, so that a delivery which dies half way is
 * none. One call at a time takes effect, in the order they were made.
 * @throws AppError SOURCE_ROW_INVALID for a row that is too large to be read back
 */
export function createSpool(folder: string): FolderSpool {
  const parts: SpoolPart[] = [];
  let current: { handle: FileHandle; part: SpoolPart; text: string } | null = null;
  let isClosed = false;
  let turn: Promise<unknown> = mkdir(folder, { recursive: true }).then(() =>
    rm(join(folder, MANIFEST), { force: true }),
  );
  const inTurn = <Value>(work: () => Promise<Value>): Promise<Value> => {
    const result = turn.then(work);
    // a failure is told to who asked; those behind it meet their own
    turn = result.catch(() => undefined);
    return result;
  };
  turn.catch(() => undefined);

  const write = async () => {
    if (current === null || current.text === '') return;
    const bytes = Buffer.from(current.text);
    current.text = '';
    await current.handle.appendFile(bytes);
    current.part.bytes += bytes.length;
  };
  const endPart = async () => {
    await write();
    const ended = current;
    current = null;
    if (ended === null) return;
    await ended.handle.sync();
    await ended.handle.close();
  };
  const rowsPart = async () => {
    if (current !== null) return current;
    const name = `rows-${parts.length + 1}.jsonl`;
    const path = join(folder, name);
    const part: SpoolPart = { path, name, options: { format: 'rows' }, bytes: 0, rows: 0 };
    current = { handle: await open(path, 'w'), part, text: '' };
    parts.push(part);
    return current;
  };
  const demandOpen = () => {
    if (isClosed) throw new Error('the spool is closed');
  };

  return {
    folder,
    add: (rows, deleted) =>
      inTurn(async () => {
        demandOpen();
        const lines = rows.map((row, at) => lineOf(row, deleted?.has(at) ?? false));
        if (lines.length === 0) return;
        const to = await rowsPart();
        to.part.rows = (to.part.rows ?? 0) + lines.length;
        for (const line of lines) {
          to.text += line;
          if (to.text.length > WRITE_CHARACTERS) await write();
        }
      }),
    addFile: ({ path, name, options }) =>
      inTurn(async () => {
        demandOpen();
        const { size } = await stat(path);
        await endPart();
        parts.push({ path, name, options: { ...options }, bytes: size, rows: null });
      }),
    parts: () =>
      inTurn(async () => {
        await write();
        return structuredClone(parts);
      }),
    abandon: () =>
      inTurn(async () => {
        isClosed = true;
        const left = current;
        current = null;
        await left?.handle.close();
      }),
    close: () =>
      inTurn(async () => {
        demandOpen();
        await endPart();
        await writeManifest(folder, parts);
        isClosed = true;
        return structuredClone(parts);
      }),
  };
}

function lineOf(row: Readonly<Record<string, unknown>>, isDeleted: boolean): string {
  const text = JSON.stringify(row, (_, value: unknown) =>
    typeof value === 'bigint' ? String(value) : value,
  );
  if (text.length > ROW_CHARACTERS_MAX - 10)
    throw new AppError('SOURCE_ROW_INVALID', { reason: `a row has over ${ROW_CHARACTERS_MAX} characters` });
  return `{"${isDeleted ? 'd' : 'r'}":${text}}\n`;
}

async function writeManifest(folder: string, parts: readonly SpoolPart[]) {
  const draft = join(folder, `${MANIFEST}.new`);
  const handle = await open(draft, 'w');
  try {
    // from the folder on, so that a delivery is still whole where a backup of it is restored to
    const placed = parts.map((part) => ({ ...part, path: relative(folder, part.path) }));
    await handle.writeFile(JSON.stringify({ version: 1, parts: placed }));
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(draft, join(folder, MANIFEST));
  await syncFolder(folder);
}

/** So that the names last as well; systems that cannot open a folder do without. */
async function syncFolder(folder: string) {
  const handle = await open(folder).catch(() => null);
  await handle?.sync().catch(() => undefined);
  await handle?.close();
}

/**
 * The parts of a whole delivery in their order; null when the folder holds none.
 * @throws AppError TABLE_UNREADABLE when the manifest is damaged
 */
export async function readManifest(folder: string): Promise<SpoolPart[] | null> {
  const text = await readFile(join(folder, MANIFEST), 'utf8').catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  });
  if (text === null) return null;
  try {
    const { parts } = Manifest.parse(JSON.parse(text));
    return parts.map((part) => ({ ...part, path: resolve(folder, part.path) }));
  } catch (cause) {
    throw unreadable(MANIFEST, 'spool-damaged', { place: 1 }, cause);
  }
}
