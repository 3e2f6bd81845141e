import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { z } from 'zod';
import { AppError } from '#platform/errors/errors.ts';

/** Version of the layout of a backup folder; a reader refuses another one. */
export const BACKUP_FORMAT = 1;
const MANIFEST = 'manifest.json';

const StoredFile = z.object({
  path: z.string().regex(/^(?!\/)(?!.*(?:^|\/)\.\.(?:\/|$))[^\0]+$/, 'a path inside the backup'),
  bytes: z.number().int(),
  sha256: z.string(),
});
export type StoredFile = z.infer<typeof StoredFile>;

/** What a backup holds. Written last, so that a folder with a manifest is a whole backup. */
export const Manifest = z.object({
  format: z.literal(BACKUP_FORMAT),
  name: z.string(),
  createdAt: z.iso.datetime(),
  version: z.string().describe('version of the software that made it'),
  engines: z.object({
    relational: z.object({ kind: z.string(), version: z.string() }),
    analytics: z.object({ kind: z.string(), version: z.string() }),
  }),
  migrations: z.array(
    z.object({ engine: z.enum(['postgres', 'clickhouse']), word: z.string(), name: z.string() }),
  ),
  relational: z.array(
    z.object({
      schema: z.string(),
      table: z.string(),
      columns: z.array(z.object({ name: z.string(), type: z.string() })),
      rows: z.number().int(),
      file: StoredFile,
    }),
  ),
  sequences: z.array(z.object({ schema: z.string(), sequence: z.string(), lastValue: z.string() })),
  analytics: z.array(z.object({ table: z.string(), rows: z.number().int(), file: StoredFile })),
  files: z.array(StoredFile).describe('other files of the data folder, below files/'),
});
export type Manifest = z.infer<typeof Manifest>;

export const writeManifest = (folder: string, manifest: Manifest): Promise<void> =>
  writeFile(join(folder, MANIFEST), `${JSON.stringify(manifest, null, 2)}\n`, { flag: 'wx', mode: 0o600 });

/** @throws AppError BACKUP_INVALID when there is no manifest or it is not one of ours */
export async function readManifest(folder: string): Promise<Manifest> {
  try {
    return Manifest.parse(JSON.parse(await readFile(join(folder, MANIFEST), 'utf8')));
  } catch (cause) {
    const reason = cause instanceof z.ZodError ? z.prettifyError(cause) : (cause as Error).message;
    throw new AppError('BACKUP_INVALID', { backup: folder, reason }, { cause });
  }
}

/** Size and SHA-256 of a file of the backup. */
export async function describeFile(folder: string, path: string): Promise<StoredFile> {
  const file = join(folder, path);
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return { path, bytes: (await stat(file)).size, sha256: hash.digest('hex') };
}

/**
 * Reads every file of a backup and compares it with the manifest.
 * @throws AppError BACKUP_INVALID naming the first file that is gone or changed
 */
export async function verifyFiles(folder: string, manifest: Manifest): Promise<void> {
  const expected = [
    ...manifest.relational.map(({ file }) => file),
    ...manifest.analytics.map(({ file }) => file),
    ...manifest.files,
  ];
  for (const file of expected) {
    const found = await describeFile(folder, file.path).catch((error: Error) => error);
    const reason =
      found instanceof Error
        ? `${file.path} cannot be read: ${found.message}`
        : `${file.path} was changed since the backup`;
    if (found instanceof Error || found.sha256 !== file.sha256)
      throw new AppError('BACKUP_INVALID', { backup: manifest.name, reason });
  }
}

export const bytesOf = (files: readonly StoredFile[]): number =>
  files.reduce((sum, { bytes }) => sum + bytes, 0);
