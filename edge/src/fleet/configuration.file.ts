import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CONFIGURATION_ISSUES_MAX, ConfigurationIssue, ConnectionDocument } from '@ronghe/contracts';
import { z } from 'zod';
import { replaceFile } from '../buffer/files.ts';
import { CONNECTIONS_MAX } from '../config.ts';
import { messageOf } from '../connection.ts';
import type { Log } from '../log.ts';

const FILE = 'configuration.json';

/** What a managed collector knows of its configuration over a restart. */
const Kept = z.object({
  version: z.number().int().nullable(),
  /** secrets are open in here, as in a file that a person wrote; only this user can read it */
  connections: z.array(ConnectionDocument).max(CONNECTIONS_MAX),
  refused: z
    .object({ version: z.number().int(), issues: z.array(ConfigurationIssue).max(CONFIGURATION_ISSUES_MAX) })
    .nullable(),
});
export type Kept = z.infer<typeof Kept>;

/**
 * What was kept in the buffer folder; null when nothing was. A spoiled file counts as nothing: the platform sends the
 * version again.
 */
export async function readConfiguration(folder: string, log: Log): Promise<Kept | null> {
  const path = join(folder, FILE);
  try {
    return Kept.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    // What a parser says quotes what it read, and secrets stand in there.
    const isForm = error instanceof z.ZodError || error instanceof SyntaxError;
    const reason = isForm ? 'it has not the form that it should have' : messageOf(error);
    log.error({ file: path, reason }, 'the configuration of the platform that was kept cannot be read');
    return null;
  }
}

/** Replaces it whole or not at all, readable for this user only; throws what the file system throws. */
export const writeConfiguration = (folder: string, kept: Kept): Promise<void> =>
  replaceFile(join(folder, FILE), JSON.stringify(kept));
