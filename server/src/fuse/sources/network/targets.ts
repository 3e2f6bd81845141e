import { AppError } from '#platform/errors/errors.ts';
import { targetOfUrl as readTarget, type Target } from '#platform/network/targets.ts';
import type { StoredConnection } from '../../fuse.tables.ts';

/** Says that sources do not go there. */
export const refuseTarget = (target: string) => new AppError('SOURCE_TARGET_REFUSED', { target });

/** Host and port of an http(s) address. @throws AppError SOURCE_TARGET_REFUSED for any other */
export const targetOfUrl = (address: string | URL): Target => readTarget(address, refuseTarget);

/** Where the platform would connect to for a connection; null for those that reach nothing by the network. */
export function targetOfConnection(connection: StoredConnection): Target | null {
  switch (connection.kind) {
    case 'http-json':
    case 'object':
      return targetOfUrl(connection.url);
    case 'database':
      return { host: connection.host, port: connection.port };
    case 'folder':
    case 'upload':
    case 'program':
    case 'push':
      return null;
  }
}
