import { Readable } from 'node:stream';
import {
  type ClickHouseClient,
  ClickHouseLogLevel,
  type ClickHouseSettings,
  createClient,
} from '@clickhouse/client';
import { type Analytics, EXPORT_FORMATS, type QueryOptions } from '#platform/db/analytics.ts';
import { type Limits, toAnalyticsError } from '#platform/db/analytics-error.ts';
import {
  checkAnalyticsHealth,
  commandLimits,
  queryLimits,
  SQL_BYTES_MAX,
  storedColumns,
} from '#platform/db/analytics-limits.ts';
import { refuseAnalytics } from '#platform/db/chdb-requirements.ts';
import { createServerForeignEngine } from '#platform/db/clickhouse-foreign.ts';
import { downloadRows, downloadTable, uploadTable } from '#platform/db/clickhouse-transfer.ts';
import { encodeColumns } from '#platform/db/columns.ts';
import { createForeignTables } from '#platform/db/foreign-tables.ts';
import { nativeBlock } from '#platform/db/native-block.ts';
import { createServerGuests } from '#platform/db/server-guests.ts';
import { fillParameters, quoteName, quoteTable } from '#platform/db/sql-parameters.ts';
import { AppError } from '#platform/errors/errors.ts';
import type { Log } from '#platform/log/log.ts';

const CONNECTIONS_MAX = 20;
const REQUEST_TIMEOUT_MS = 630_000;
/** What the embedded engine gets when it is opened. */
const SETTINGS: ClickHouseSettings = {
  output_format_json_quote_64bit_integers: 1,
  allow_experimental_codecs: 1,
  async_insert: 0,
  optimize_on_insert: 0,
  session_timezone: 'UTC',
  max_query_size: String(SQL_BYTES_MAX),
  // a Distributed table acknowledges when every shard has its rows, not when they wait on the first one's disk
  insert_distributed_sync: 1,
  // keeps connections of long statements alive through load balancers
  send_progress_in_http_headers: 1,
  http_headers_progress_interval_ms: '20000',
};

/**
 * ClickHouse on a server or cluster, over HTTP. Inserts travel as a Native block in the request body, apart from the SQL.
 * @throws AppError ENGINE_START_FAILED when it does not answer
 */
export async function openClickHouseServer(url: string, log: Log, cluster?: string): Promise<Analytics> {
  const client = createClient({
    url,
    application: 'ronghe',
    max_open_connections: CONNECTIONS_MAX,
    request_timeout: REQUEST_TIMEOUT_MS,
    clickhouse_settings: SETTINGS,
    // what goes wrong is thrown, with the statement's own error; our callers log it
    log: { level: ClickHouseLogLevel.OFF },
  });
  const answer = await client.ping({ select: true });
  if (!answer.success) {
    await client.close();
    throw refuseAnalytics(answer.error.message || String(answer.error), answer.error);
  }
  log.info('Connected to the ClickHouse server');
  let stopped = false;
  const stopping = new AbortController();
  const guests = createServerGuests({ url, cluster, stopping: stopping.signal });
  const checkOpen = () => {
    if (stopped) throw new AppError('ENGINE_UNAVAILABLE');
  };
  const query = async <Row>(sql: string, options: QueryOptions = {}): Promise<Row[]> => {
    const { limits, signal, settings } = told(queryLimits(options));
    const text = fillParameters(sql, options.params);
    try {
      checkOpen();
      const result = await client.query({
        query: text,
        format: 'JSONEachRow',
        abort_signal: signal,
        clickhouse_settings: settings,
      });
      return await result.json<Row>();
    } catch (error) {
      throw toAnalyticsError(signal.aborted ? { code: 159, message: 'aborted' } : error, limits);
    }
  };
  return {
    kind: 'server',
    query,
    async command(sql, options = {}) {
      const { limits, signal, settings } = told(commandLimits(options));
      const text = fillParameters(sql, options.params);
      try {
        checkOpen();
        await client.command({ query: text, abort_signal: signal, clickhouse_settings: settings });
      } catch (error) {
        throw toAnalyticsError(signal.aborted ? { code: 159, message: 'aborted' } : error, limits);
      }
    },
    async insert(table, columns, { token } = {}) {
      checkOpen();
      await insertNative(client, { table, columns, token });
    },
    exportTable: (table, file) => downloadTable(url, table, file),
    async importTable(table, file) {
      await uploadTable(url, { table, columns: await storedColumns(query, table), file });
    },
    exportRows: (sql, file, { params, as = 'rows' } = {}) =>
      downloadRows(url, `${fillParameters(sql, params)} format ${EXPORT_FORMATS[as]}`, file),
    foreign: createForeignTables(
      createServerForeignEngine(client, () => stopped),
      stopping.signal,
    ),
    guests,
    health: () => checkAnalyticsHealth(query),
    async stop() {
      if (stopped) return;
      stopped = true;
      stopping.abort(new AppError('ENGINE_UNAVAILABLE'));
      await Promise.all([guests.close(), client.close()]);
    },
  };
}

/** The server stops in time by itself and when the connection closes; the signal covers a server that does not answer. */
function told(limits: Limits) {
  const settings: ClickHouseSettings = {
    max_execution_time: limits.timeoutMs / 1000,
    max_result_rows: String(limits.rowsMax),
    result_overflow_mode: 'throw',
    cancel_http_readonly_queries_on_client_close: 1,
    wait_end_of_query: 1,
  };
  return { limits, settings, signal: AbortSignal.timeout(limits.timeoutMs + 2_000) };
}

type Insert = {
  table: string;
  columns: Parameters<Analytics['insert']>[1];
  token: string | undefined;
};

async function insertNative(client: ClickHouseClient, { table, columns, token }: Insert): Promise<void> {
  const encoded = encodeColumns(columns);
  if (!encoded[0]?.rows) return;
  const names = encoded.map(({ name }) => quoteName(name)).join(', ');
  try {
    const { stream } = await client.exec({
      query: `insert into ${quoteTable(table)} (${names}) format Native`,
      values: Readable.from(nativeBlock(encoded), { objectMode: false }),
      clickhouse_settings: token === undefined ? {} : { insert_deduplication_token: token },
    });
    for await (const _rest of stream);
  } catch (error) {
    throw toAnalyticsError(error, { timeoutMs: REQUEST_TIMEOUT_MS, rowsMax: 0 });
  }
}
