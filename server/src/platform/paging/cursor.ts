import { AppError } from '#platform/errors/errors.ts';

/** Packs the sort key of the last row of a page into an opaque text. */
export const encodeCursor = (parts: readonly (string | number)[]): string =>
  Buffer.from(JSON.stringify(parts)).toString('base64url');

/**
 * Unpacks a cursor into its parts, all as text.
 * @throws AppError REQUEST_INVALID when it was not made by `encodeCursor` with as many parts
 */
export function decodeCursor(cursor: string, partsCount: number): string[] {
  const parts = parseParts(cursor);
  if (parts?.length === partsCount) return parts;
  throw invalidCursor();
}

/** The error of a cursor that was not made by this platform. */
export const invalidCursor = (): AppError =>
  new AppError(
    'REQUEST_INVALID',
    {},
    { details: [{ path: 'cursor', message: 'not a cursor of this list' }] },
  );

function parseParts(cursor: string): string[] | null {
  try {
    const parts: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
    if (!Array.isArray(parts)) return null;
    return parts.every((part) => typeof part === 'string' || typeof part === 'number')
      ? parts.map(String)
      : null;
  } catch {
    return null;
  }
}
