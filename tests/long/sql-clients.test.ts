import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePort } from '../durability/processes.ts';
import { type Platform, startPlatform } from '../ingest/platform.ts';
import { CLIENTS, missing, toldBy } from './sql-clients.install.ts';

/** The fewest statements of a script: one that ends early proves nothing. */
const STATEMENTS_MIN = 25;
const CLIENT_MS_MAX = 600_000;

let platform: Platform;
let port: number;
beforeAll(async () => {
  port = await freePort();
  platform = await startPlatform({ environment: { RONGHE_SQL_PORT: String(port) } });
}, 120_000);
afterAll(() => platform?.stop());

/** Clients as they are published, unchanged and with their defaults, against the SQL door of the built platform. */
for (const client of CLIENTS) {
  const why = missing(client);
  describe(`${client.what}${why === null ? '' : ` (NOT RUN, it could not be installed: ${why})`}`, () => {
    it.skipIf(why !== null)(
      'has its statements answered, and what is refused told as an error',
      async () => {
        const { key, apiKey } = await platform.admin.post<{ key: string; apiKey: { id: string } }>(
          '/api/auth/keys',
          {
            name: 'client',
            organisation: 'jx',
            permissions: ['share:dataset:read', 'share:sql:use'],
            expiresAt: null,
          },
        );
        const told = toldBy(client, { host: '127.0.0.1', port, user: apiKey.id, password: key });
        expect(told.length).toBeGreaterThan(STATEMENTS_MIN);
        expect(told.filter(({ name, ok }) => ok === name.startsWith('refused'))).toEqual([]);
        expect(told.find(({ name }) => name.startsWith('refused: table'))?.said).toMatch(/\b60\b/);
      },
      CLIENT_MS_MAX,
    );
  });
}
