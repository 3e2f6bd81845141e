import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import type { ClickHouseClient, ClickHouseSettings } from '@clickhouse/client';
import { FOREIGN_SETTINGS, type ForeignEngine } from '#platform/db/foreign-tables.ts';
import { AppError } from '#platform/errors/errors.ts';

/**
 * A ClickHouse server reads from others itself: it must be able to reach them, and its answer comes over HTTP. The server keeps
 * the answer until it has all of it, so an error half way is an error and not the end of the file.
 */
export function createServerForeignEngine(client: ClickHouseClient, isStopped: () => boolean): ForeignEngine {
  const settings: ClickHouseSettings = {
    ...(FOREIGN_SETTINGS as ClickHouseSettings),
    cancel_http_readonly_queries_on_client_close: 1,
    wait_end_of_query: 1,
  };
  const checkOpen = () => {
    if (isStopped()) throw new AppError('ENGINE_UNAVAILABLE');
  };
  return {
    async rows<Row>(query: string, signal: AbortSignal) {
      checkOpen();
      const options = {
        query,
        format: 'JSONEachRow',
        abort_signal: signal,
        clickhouse_settings: settings,
      } as const;
      return await (await client.query(options)).json<Row>();
    },
    async write(file, { select, format }, signal) {
      checkOpen();
      const query = `${select} format ${format}`;
      const { stream } = await client.exec({ query, abort_signal: signal, clickhouse_settings: settings });
      await pipeline(stream, createWriteStream(file, { flags: 'wx', mode: 0o600 }), { signal });
    },
    reach: (address) => Promise.resolve(address),
  };
}
