import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { replaceFile } from './files.ts';
import { LANES_MAX, Lane } from './lanes.ts';

/** Where delivery stands. Files of before there were lanes have one, in the fields of the cursor itself. */
export const Cursor = z
  .object({
    epoch: z.string(),
    acknowledged: z.number().int().min(0).describe('last acknowledged sequence of this epoch'),
    written: z.number().int().min(0).describe('last sequence written when this was saved'),
    segment: z.number().int().min(0).optional(),
    offset: z.number().int().min(0).optional(),
    lanes: z.array(Lane).min(1).max(LANES_MAX).optional(),
  })
  .transform(({ segment = 0, offset = 0, lanes, ...rest }) => ({
    ...rest,
    lanes: lanes ?? [{ from: 0, segment, offset }],
  }));
export type Cursor = z.infer<typeof Cursor>;

/** Who the buffer belongs to and under which epoch new batches are numbered. */
export const Identity = z.object({ source: z.string(), epoch: z.string().min(1).max(64) });
export type Identity = z.infer<typeof Identity>;

const cursorPath = (folder: string): string => join(folder, 'cursor.json');
const identityPath = (folder: string): string => join(folder, 'epoch.json');

/** Saves durably; when this has resolved, a restart goes on from here. */
export const saveCursor = (folder: string, cursor: Cursor): Promise<void> =>
  replaceFile(cursorPath(folder), `${JSON.stringify(cursor)}\n`);

export const saveIdentity = (folder: string, identity: Identity): Promise<void> =>
  replaceFile(identityPath(folder), `${JSON.stringify(identity)}\n`);

/** The saved cursor; null when there is none or it cannot be read. */
export const loadCursor = (folder: string): Promise<Cursor | null> => load(cursorPath(folder), Cursor);
export const loadIdentity = (folder: string): Promise<Identity | null> =>
  load(identityPath(folder), Identity);

async function load<T>(path: string, schema: z.ZodType<T>): Promise<T | null> {
  try {
    return schema.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch {
    return null;
  }
}
