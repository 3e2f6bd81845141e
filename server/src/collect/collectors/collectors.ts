import { COLLECTOR_SILENT_SECONDS_MAX, type Collector } from '@ronghe/contracts';
import { AppError } from '#platform/errors/errors.ts';

/** Online while the last report is at most `COLLECTOR_SILENT_SECONDS_MAX` old. */
export function stateOf(lastSeenAt: Date | null, now: Date): Collector['state'] {
  if (lastSeenAt === null) return 'never-seen';
  return now.getTime() - lastSeenAt.getTime() <= COLLECTOR_SILENT_SECONDS_MAX * 1000 ? 'online' : 'offline';
}

/** The page after this name. */
export const encodeCursor = (name: string): string => Buffer.from(`c${name}`).toString('base64url');
/** @throws REQUEST_INVALID for anything that `encodeCursor` did not make */
export function decodeCursor(cursor: string | undefined): string {
  if (cursor === undefined) return '';
  const text = Buffer.from(cursor, 'base64url').toString();
  if (!/^c[a-z0-9-]+$/.test(text))
    throw new AppError('REQUEST_INVALID', {}, { details: [{ path: 'cursor', message: 'not a cursor' }] });
  return text.slice(1);
}
