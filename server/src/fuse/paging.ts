import { decodeCursor, invalidCursor } from '#platform/paging/cursor.ts';

/**
 * The row number in a cursor of a list ordered by number.
 * @throws AppError REQUEST_INVALID
 */
export function numberOf(cursor: string): number {
  const value = Number(decodeCursor(cursor, 1)[0]);
  if (!Number.isSafeInteger(value)) throw invalidCursor();
  return value;
}
