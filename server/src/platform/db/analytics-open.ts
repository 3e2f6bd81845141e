import type { Config } from '#platform/config/config.ts';
import type { Analytics } from '#platform/db/analytics.ts';
import { openClickHouseServer } from '#platform/db/clickhouse-server.ts';
import { openEmbeddedAnalytics } from '#platform/db/embedded-analytics.ts';
import type { Log } from '#platform/log/log.ts';

/**
 * Opens the analytical engine: the server of `config.clickhouseUrl`, else the embedded one in `<data>/clickhouse`.
 * @throws AppError ENGINE_START_FAILED, DATA_FOLDER_IN_USE
 */
export function openAnalytics(
  config: Pick<Config, 'data' | 'clickhouseUrl' | 'clickhouseMemoryBytesMax'> &
    Partial<Pick<Config, 'clickhouseCluster'>>,
  log: Log,
): Promise<Analytics> {
  return config.clickhouseUrl
    ? openClickHouseServer(config.clickhouseUrl, log, config.clickhouseCluster)
    : openEmbeddedAnalytics(config, log);
}
