import { OFFERED_TABLES_MAX, type SourceOffer } from '@ronghe/contracts';
import type { DatabaseParts } from './database.deliverer.ts';
import { toSourceError } from './foreign.ts';

const LIST_TIMEOUT_MS = 20_000;

/**
 * Tables and views that the user of a connection may read, for the portal; its table and schema do not count. Not for MongoDB.
 * @throws AppError SOURCE_TARGET_REFUSED, SOURCE_UNREACHABLE
 */
export async function listDatabase(
  {
    analytics,
    demand,
    connection,
    password,
  }: Pick<DatabaseParts, 'analytics' | 'demand' | 'connection' | 'password'>,
  { source, signal }: { source: string; signal: AbortSignal },
): Promise<SourceOffer> {
  const { engine, port, database, username } = connection;
  if (engine === 'mongodb') throw new Error('collections are not listed');
  const { address: host } = await demand(connection.host, port);
  try {
    const tables = await analytics.foreign.list(
      { kind: engine, host, port, database, username, password },
      { signal, timeoutMs: LIST_TIMEOUT_MS, rowsMax: OFFERED_TABLES_MAX + 1 },
    );
    const items = tables.slice(0, OFFERED_TABLES_MAX);
    return {
      items: items.map((table) => ({ ...table, incremental: false, columns: null })),
      more: tables.length > items.length,
    };
  } catch (error) {
    throw toSourceError(error, source);
  }
}
