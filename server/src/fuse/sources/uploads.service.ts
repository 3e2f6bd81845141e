import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { type Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { UPLOAD_BYTES_MAX, type Upload } from '@ronghe/contracts';
import { demand, type Scope } from '#platform/auth/scope.ts';
import { AppError } from '#platform/errors/errors.ts';
import type { Platform } from '#platform/platform.ts';
import type { FuseTables } from '../fuse.tables.ts';
import { UPLOADS } from './deliverers.service.ts';
import { unreadable } from './files/failure.ts';
import { createUploadStore } from './uploads.store.ts';

/** A file that no source uses is thrown away after this long. */
const KEPT_MS = 24 * 3_600_000;
const NAME_LENGTH_MAX = 200;

/** Use cases of files that people hand over. */
export function createUploads({ relational, audit, clock, ids, files }: Platform) {
  const db = relational.as<FuseTables>();
  const store = createUploadStore(db);
  return {
    /**
     * Takes a file in, streamed to disk. What is answered is on disk and known.
     * @throws UPLOAD_TOO_LARGE, TABLE_UNREADABLE (empty)
     */
    async take(scope: Scope, file: { name: string; content: Readable }): Promise<Upload> {
      demand(scope, 'fuse:source:write');
      const id = ids.next();
      const folder = await files.folder(UPLOADS);
      const part = join(folder, `${id}.part`);
      try {
        const { bytes, sha256 } = await write(file.content, part);
        if (bytes === 0) throw unreadable(plainName(file.name), 'empty');
        await rename(part, join(folder, id));
        const at = clock.now();
        const upload = { id, name: plainName(file.name), bytes, sha256 };
        await db.transaction().execute(async (transaction) => {
          await createUploadStore(transaction).insert(scope, {
            ...upload,
            organisation: scope.organisation,
            at,
          });
          await audit.record(
            scope,
            { action: 'fuse:upload:create', target: `upload:${id}`, after: upload },
            transaction,
          );
        });
        return { ...upload, uploadedAt: at.toISOString() };
      } catch (error) {
        await rm(part, { force: true });
        throw error;
      }
    },

    /** Throws away what nobody used. */
    async tidy(scope: Scope): Promise<number> {
      const forgotten = await store.forget(scope, new Date(clock.now().getTime() - KEPT_MS));
      const folder = await files.folder(UPLOADS);
      for (const id of forgotten) await rm(join(folder, id), { force: true });
      return forgotten.length;
    },
  };
}
export type Uploads = ReturnType<typeof createUploads>;

async function write(content: Readable, path: string): Promise<{ bytes: number; sha256: string }> {
  const hash = createHash('sha256');
  let bytes = 0;
  const measure = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      hash.update(chunk);
      done(
        bytes > UPLOAD_BYTES_MAX ? new AppError('UPLOAD_TOO_LARGE', { limit: UPLOAD_BYTES_MAX }) : null,
        chunk,
      );
    },
  });
  await pipeline(content, measure, createWriteStream(path, { flags: 'wx', mode: 0o600, flush: true }));
  return { bytes, sha256: hash.digest('hex') };
}

/** The name people see; a path that a browser sends along says nothing. */
const plainName = (name: string): string =>
  basename(name.replaceAll('\\', '/'))
    .replace(/\p{Cc}/gu, '')
    .slice(0, NAME_LENGTH_MAX) || 'file';
