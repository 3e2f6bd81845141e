import { describe, test } from 'vitest';
import { connectorContract } from '../../testing/connector-contract.ts';
import { startHttpDevice, startHttpPeer } from '../../testing/http-peer.ts';
import { HttpConfig } from './http.config.ts';
import { createHttp } from './http.ts';

const contractMapping = {
  time: '/measured/at',
  points: [
    { key: 'contract.value', path: '/measured/value', unit: 'Cel' },
    { key: 'contract.missing', path: '/measured/missing' },
  ],
};

describe('http that polls keeps the contract of connectors:', () => {
  const contract = connectorContract({
    startPeer: (port) => startHttpPeer(port),
    create: (port, context, host) =>
      createHttp({
        ...context,
        config: HttpConfig.parse({
          name: 'mes',
          protocol: 'http',
          mode: 'poll',
          endpoint: `http://${host}:${port}/value`,
          intervalMs: 100,
          timeoutMs: 1_500,
          ...contractMapping,
        }),
      }),
  });
  for (const { title, run } of contract) test.concurrent(title, { timeout: 90_000 }, run);
});

describe('http that is pushed to keeps the contract of connectors:', () => {
  const contract = connectorContract({
    listens: true,
    async startPeer(port = 0) {
      const device = startHttpDevice(`http://127.0.0.1:${port}/readings`, { token: 'a-token' });
      return { port, ...device };
    },
    create: (port, context, host) =>
      createHttp({
        ...context,
        config: HttpConfig.parse({
          name: 'gate',
          protocol: 'http',
          mode: 'push',
          listen: `http://${host}:${port}/readings`,
          silentMs: 2_000,
          timeoutMs: 1_500,
          authentication: { kind: 'bearer', token: 'a-token' },
          ...contractMapping,
        }),
      }),
  });
  for (const { title, run } of contract) test.concurrent(title, { timeout: 90_000 }, run);
});
