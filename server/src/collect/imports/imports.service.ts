import { POINT_IMPORT_BYTES_MAX, type PointImportPreview, type PointImportQuery } from '@ronghe/contracts';
import { demand, type Scope } from '#platform/auth/scope.ts';
import { AppError } from '#platform/errors/errors.ts';
import { convert } from './convert.ts';
import { type Content, decodeText, isOldOffice, isZip, recogniseTables, recogniseText } from './recognise.ts';
import { readWorkbook } from './workbook.reader.ts';

/** Files that are held at once; each may need some hundred megabytes while it is read. */
const FILES_AT_ONCE_MAX = 2;

/** Lists of points from other systems, converted for a collector. Nothing is saved, and nothing of a file is logged. */
export type Imports = {
  /**
   * What a file would become. `read` is called once there is room for its bytes.
   * @throws PERMISSION_MISSING, RATE_LIMITED, IMPORT_UNREADABLE, IMPORT_TOO_LARGE
   */
  preview(scope: Scope, query: PointImportQuery, read: () => Promise<Buffer>): Promise<PointImportPreview>;
};

export function createImports(): Imports {
  let held = 0;
  return {
    async preview(scope, query, read) {
      demand(scope, 'collect:collector:write');
      if (held >= FILES_AT_ONCE_MAX) throw new AppError('RATE_LIMITED');
      held += 1;
      try {
        const content = await recognise(await read(), query);
        return convert(content, { locale: scope.locale, protocol: query.protocol });
      } finally {
        held -= 1;
      }
    },
  };
}

/**
 * What the bytes are.
 * @throws IMPORT_UNREADABLE, IMPORT_TOO_LARGE
 */
export async function recognise(bytes: Buffer, { format }: PointImportQuery): Promise<Content> {
  const unreadable = (reason: string) => new AppError('IMPORT_UNREADABLE', { reason });
  if (bytes.length === 0) throw unreadable('it is empty');
  if (bytes.length > POINT_IMPORT_BYTES_MAX)
    throw new AppError('IMPORT_TOO_LARGE', { reason: `more than ${POINT_IMPORT_BYTES_MAX} bytes` });
  if (isOldOffice(bytes)) throw unreadable('.xls, or protected with a password; save it as .xlsx without');
  const content = isZip(bytes)
    ? recogniseTables(await readWorkbook(bytes), format)
    : recogniseText(decodeText(bytes), format);
  if (content === null)
    throw unreadable(
      format === undefined ? 'its format is not recognised' : `it is not of the format ${format}`,
    );
  return content;
}
