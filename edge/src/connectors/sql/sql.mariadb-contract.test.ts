import { afterAll, describe, test } from 'vitest';
import { connectorContract } from '../../testing/connector-contract.ts';
import { createMariadbCluster, type MariadbCluster, mariadbMissing } from '../../testing/mariadb-peer.ts';
import { contractQueries, tablePeer } from '../../testing/sql-suite.ts';
import { SqlConfig } from './sql.config.ts';
import { createSql } from './sql.ts';

const missing = mariadbMissing();
let cluster: MariadbCluster | null = null;
afterAll(() => cluster?.remove());

describe.skipIf(missing !== null)(missing ?? 'sql keeps the contract of connectors with MariaDB:', () => {
  const contract = connectorContract({
    startPeer: tablePeer(async (port) => {
      cluster ??= await createMariadbCluster();
      return cluster.start(port);
    }, 'create table if not exists state (value double)'),
    create: (port, context, host) =>
      createSql({
        ...context,
        config: SqlConfig.parse({
          name: 'mes',
          protocol: 'sql',
          endpoint: `mysql://${host}:${port}/mes`,
          username: 'reader',
          password: 'secret',
          queries: contractQueries('select value from state'),
        }),
      }),
  });
  for (const { title, run } of contract) test(title, { timeout: 90_000 }, run);
});
