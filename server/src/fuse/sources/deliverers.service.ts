import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError } from '#platform/errors/errors.ts';
import type { Sealer } from '#platform/files/seal.ts';
import type { TargetGuard } from '#platform/network/target-guard.ts';
import type { Platform } from '#platform/platform.ts';
import type { Deliverer, DelivererContext } from './delivery.ts';
import { createDatabaseDeliverer } from './engines/database.deliverer.ts';
import { createObjectDeliverer } from './engines/object.deliverer.ts';
import { createHttpJsonDeliverer } from './network/http-json.deliverer.ts';
import { createProgramDeliverer } from './programs/program.deliverer.ts';
import { readPrograms } from './programs/programs.ts';
import { readSecrets, type Secrets } from './secrets.ts';
import type { SourceDefinition } from './sources.ts';
import type { UploadStore } from './uploads.store.ts';

/** Folder under the data folder that systems without an interface deliver files into. */
export const INBOX = 'inbox';
/** Folder under the data folder for files that people hand over. */
export const UPLOADS = 'uploads';
const FILES_MAX = 500;
/** Tables by their names; lock files of Excel (`~$…`) and hidden files are none. */
const TABLE_FILE = /^[^.~].*\.(xlsx|csv|tsv|txt|json|jsonl|ndjson|parquet)$/i;

/** What a source's secrets are sealed for; the sealed text opens for no other source. */
export const sealPurpose = (source: string): string => `fuse.source:${source}`;

/** How a source is read, its target checked against the configuration of today. */
export type DelivererOf = (
  source: Pick<SourceDefinition, 'name' | 'key' | 'connection' | 'watermarkField'> & { secrets: Secrets },
) => Deliverer;

type Parts = {
  platform: Pick<Platform, 'analytics' | 'config' | 'files' | 'log' | 'clock'>;
  guard: TargetGuard;
  uploads: UploadStore;
};

export const textSecret = (value: unknown): string => (typeof value === 'string' ? value : '');

/** The secrets of a source, opened; empty when it has none. */
export async function openSecrets(
  sealer: Sealer,
  { id, secretsSealed }: { id: string; secretsSealed: string | null },
): Promise<Secrets> {
  return secretsSealed === null ? {} : readSecrets(await sealer.open(secretsSealed, sealPurpose(id)));
}

/** @returns a deliverer for any kind of source that is fetched; pushed rows come by themselves */
export function createDeliverers({ platform, guard, uploads }: Parts): DelivererOf {
  const { analytics, config, files, clock } = platform;
  return ({ name, key, connection, watermarkField, secrets }) => {
    const context: DelivererContext = {
      source: name,
      log: platform.log.child({ scope: 'fuse', source: key }),
    };
    const { demand } = guard;
    switch (connection.kind) {
      case 'http-json':
        return createHttpJsonDeliverer({
          connection,
          secrets: { password: textSecret(secrets.password) },
          watermarkField,
          guard,
          context,
          clock,
        });
      case 'database':
        return createDatabaseDeliverer(
          {
            analytics,
            demand,
            connection,
            password: textSecret(secrets.password),
            watermarkField,
            // other engines know their columns
            fields: connection.engine === 'mongodb' ? connection.fields : undefined,
          },
          context,
        );
      case 'object':
        return createObjectDeliverer(
          { analytics, demand, connection, secretKey: textSecret(secrets.secretKey) },
          context,
        );
      case 'program':
        return createProgramDeliverer(
          {
            programs: readPrograms(config.fusePrograms),
            connection,
            secrets: (secrets.secrets ?? {}) as Record<string, string>,
          },
          context,
        );
      case 'folder':
        return filesDeliverer(async () => {
          const folder = await files.folder(INBOX, connection.folder);
          return (await readdir(folder))
            .filter((file) => TABLE_FILE.test(file))
            .sort()
            .map((file) => ({ path: join(folder, file), name: file, options: connection.options }));
        }, name);
      case 'upload':
        return filesDeliverer(async () => {
          const upload = await uploads.findUnscoped(connection.upload);
          if (!upload) throw new AppError('NOT_FOUND', { thing: `upload ${connection.upload}` });
          const path = join(await files.folder(UPLOADS), upload.id);
          return [{ path, name: upload.name, options: connection.options }];
        }, name);
      case 'push':
        throw new AppError('SOURCE_KIND_WRONG', { source: name, kind: 'upload, folder, …' });
    }
  };
}

type Listed = Parameters<Parameters<Deliverer['deliver']>[0]['addFile']>[0];

/** Files that lie on this machine: they are read where they are, all of them or none. */
function filesDeliverer(list: () => Promise<Listed[]>, source: string): Deliverer {
  return {
    async deliver(spool, { tell }) {
      const found = await list();
      if (found.length > FILES_MAX)
        throw new AppError('SOURCE_TOO_LARGE', { source, reason: `more than ${FILES_MAX} files` });
      for (const file of found) await spool.addFile(file);
      await tell(1, `${found.length} files`);
      return { mode: 'full', bookmark: null };
    },
  };
}
