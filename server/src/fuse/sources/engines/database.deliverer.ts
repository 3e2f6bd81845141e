import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { z } from 'zod';
import type { Analytics } from '#platform/db/analytics.ts';
import type {
  ForeignCollection,
  ForeignColumn,
  ForeignDatabase,
  ForeignField,
} from '#platform/db/foreign.ts';
import type { StoredConnection } from '../../fuse.tables.ts';
import type { Deliverer, DelivererContext, DeliveryRequest, Spool } from '../delivery.ts';
import { type Demand, leftOf, toSourceError } from './foreign.ts';

export type DatabaseConnection = Extract<StoredConnection, { kind: 'database' }>;
export type DatabaseParts = {
  analytics: Pick<Analytics, 'foreign'>;
  demand: Demand;
  connection: DatabaseConnection;
  password: string;
  /** column that grows with every change; null reads everything each time */
  watermarkField: string | null;
  /** what to read, by default all columns; a MongoDB collection has none and needs them */
  fields?: readonly ForeignField[] | undefined;
};

const DESCRIBE_TIMEOUT_MS = 20_000;
/** Kept with the published run. Another column, or none, starts over. */
const Bookmark = z.object({ column: z.string(), value: z.string() });

/**
 * Reads a table by the engine's own connector into one file of the spool. With a watermark, the first run reads everything and
 * later ones what lies above the highest value there was; rows without a value come in full runs only.
 */
export function createDatabaseDeliverer(parts: DatabaseParts, context: DelivererContext): Deliverer {
  const { analytics, connection, watermarkField } = parts;
  return {
    async deliver(spool: Spool, request: DeliveryRequest) {
      const startedAt = performance.now();
      const source = await foreignOf(parts);
      const kept = Bookmark.safeParse(request.bookmark);
      const above = kept.success && kept.data.column === watermarkField ? kept.data.value : null;
      await request.tell(null, `${connection.database}.${connection.table}`);
      const path = join(spool.folder, `part-${randomUUID()}.jsonl`);
      try {
        const { highest, rows, bytes } = await analytics.foreign.fetchInto(path, source, {
          ...leftOf(request, { rows: 0, bytes: 0, startedAt }),
          ...(watermarkField === null ? {} : { watermark: { column: watermarkField, value: above } }),
          columns: parts.fields?.map(({ name }) => name),
        });
        context.log.info({ source: context.source, rows, bytes }, 'Read a table of another database');
        await spool.addFile({ path, name: connection.table, options: { format: 'compact' } });
        return {
          mode: above === null ? 'full' : 'incremental',
          bookmark:
            watermarkField === null || highest === null ? null : { column: watermarkField, value: highest },
        };
      } catch (error) {
        throw toSourceError(error, context.source);
      }
    },
  };
}

/**
 * Columns of the table of a connection, for the portal.
 * @throws AppError SOURCE_TARGET_REFUSED, SOURCE_UNREACHABLE
 */
export async function describeDatabase(
  parts: Pick<DatabaseParts, 'analytics' | 'demand' | 'connection' | 'password' | 'fields'>,
  { source, signal }: { source: string; signal: AbortSignal },
): Promise<ForeignColumn[]> {
  const foreign = await foreignOf(parts);
  try {
    return await parts.analytics.foreign.describe(foreign, { signal, timeoutMs: DESCRIBE_TIMEOUT_MS });
  } catch (error) {
    throw toSourceError(error, source);
  }
}

async function foreignOf({
  demand,
  connection,
  password,
  fields = [],
}: Pick<DatabaseParts, 'demand' | 'connection' | 'password' | 'fields'>): Promise<
  ForeignDatabase | ForeignCollection
> {
  const { engine, port, database, schema, table, username } = connection;
  const { address: host } = await demand(connection.host, port);
  const place = { host, port, database, table, username, password };
  return engine === 'mongodb' ? { ...place, kind: engine, fields } : { ...place, kind: engine, schema };
}
