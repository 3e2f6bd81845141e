import { describe, test } from 'vitest';
import { connectorContract } from '../../testing/connector-contract.ts';
import { startMysqlPeer } from '../../testing/mysql-peer.ts';
import { contractQueries } from '../../testing/sql-suite.ts';
import { SqlConfig } from './sql.config.ts';
import { createSql } from './sql.ts';

describe('sql keeps the contract of connectors with the protocol of MySQL:', () => {
  const contract = connectorContract({
    startPeer: (port) => startMysqlPeer(port === undefined ? {} : { port }),
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
  for (const { title, run } of contract) test.concurrent(title, { timeout: 90_000 }, run);
});
