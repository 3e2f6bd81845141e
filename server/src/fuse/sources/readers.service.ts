import type { Sealer } from '#platform/files/seal.ts';
import type { Platform } from '#platform/platform.ts';
import { createExcelFolderReader } from './excel-folder.reader.ts';
import { createHttpJsonReader } from './http-json.reader.ts';
import type { ReaderContext, SourceReader } from './reader.ts';
import { demandAllowedTarget, type SourceDefinition } from './sources.ts';

/** Folder under the data folder that systems without an interface deliver files into. */
export const INBOX = 'inbox';

/** What a source's password is sealed for; the sealed text opens for no other source. */
export const sealPurpose = (source: string): string => `fuse.source:${source}`;

/** The reader of a source, its target checked against the configuration of today. @throws SOURCE_TARGET_REFUSED */
export type ReaderOf = (source: SourceDefinition) => Promise<SourceReader>;

export function createReaders(
  platform: Pick<Platform, 'config' | 'files' | 'log'>,
  sealer: Sealer,
): ReaderOf {
  const { config, files } = platform;
  return async (source) => {
    const { connection } = source;
    demandAllowedTarget(connection, config.fuseSourceHosts);
    const context: ReaderContext = {
      source: source.name,
      limits: { rowsMax: config.fuseRowsMax },
      log: platform.log.child({ scope: 'fuse', source: source.key }),
    };
    if (connection.kind === 'excel-folder') {
      const fields = [
        ...new Set([...source.rowKey, ...(source.periodField === null ? [] : [source.periodField])]),
      ];
      return createExcelFolderReader(await files.folder(INBOX, connection.folder), fields, context);
    }
    const password =
      source.passwordSealed === null ? '' : await sealer.open(source.passwordSealed, sealPurpose(source.id));
    return createHttpJsonReader(connection, password, context);
  };
}
