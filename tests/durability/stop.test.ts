import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page, Point } from '@ronghe/contracts';
import { expect, it } from 'vitest';
import { end, startProcess } from './processes.ts';

const PASSWORD = 'stop-test-password';

it('stops cleanly while a reader left its live stream and holds a connection that sends nothing', async () => {
  const data = mkdtempSync(join(tmpdir(), 'ronghe-stop-'));
  const server = await startProcess({
    file: 'server/dist/main.js',
    args: ['--data', data, '--port', '0'],
    ready: /^ready /,
    environment: {
      RONGHE_ADMIN_PASSWORD: PASSWORD,
      RONGHE_MQTT_PORT: '0',
      RONGHE_SQL_PORT: '0',
      RONGHE_LOG_LEVEL: 'warn',
    },
  });
  const url = server.line.split(' ')[1] ?? '';
  const login = await fetch(`${url}/api/auth/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username: 'admin', password: PASSWORD }),
  });
  const { token } = (await login.json()) as { token: string };
  const headers = { authorization: `Bearer ${token}` };
  await fetch(`${url}/api/v2/write?org=jx&bucket=b`, { method: 'POST', headers, body: 'pump flow=1' });
  const points = (await (await fetch(`${url}/api/collect/points`, { headers })).json()) as Page<Point>;
  const leaving = new AbortController();
  const live = await fetch(`${url}/api/ingest/live?points=${points.items[0]?.id}`, {
    headers,
    signal: leaving.signal,
  });
  expect(live.status).toBe(200);
  await live.body?.getReader().read();
  leaving.abort();
  // Exit code 1 would mean that the ten seconds for stopping were over.
  expect(await end(server, 'SIGTERM')).toBe(0);
  rmSync(data, { recursive: true, force: true });
}, 60_000);
