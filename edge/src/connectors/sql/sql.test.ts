import { afterAll, beforeAll, describe, test } from 'vitest';
import { connectorContract } from '../../testing/connector-contract.ts';
import { createPostgresCluster, type PostgresCluster, postgresMissing } from '../../testing/postgres-peer.ts';
import { contractQueries, tablePeer } from '../../testing/sql-suite.ts';
import { SqlConfig } from './sql.config.ts';
import { createSql } from './sql.ts';

const missing = postgresMissing();
let cluster: PostgresCluster | null = null;
beforeAll(async () => {
  if (missing === null) cluster = await createPostgresCluster();
});
afterAll(() => cluster?.remove());

describe.skipIf(missing !== null)(missing ?? 'sql keeps the contract of connectors with PostgreSQL:', () => {
  const contract = connectorContract({
    startPeer: tablePeer(async (port) => {
      if (cluster === null) throw new Error('no cluster');
      return cluster.start(port);
    }, 'create table if not exists state (value float8)'),
    create: (port, context, host) =>
      createSql({
        ...context,
        config: SqlConfig.parse({
          name: 'mes',
          protocol: 'sql',
          endpoint: `postgres://${host}:${port}/postgres`,
          username: 'reader',
          password: 'secret',
          queries: contractQueries('select value from state'),
        }),
      }),
  });
  for (const { title, run } of contract) test(title, { timeout: 90_000 }, run);
});
