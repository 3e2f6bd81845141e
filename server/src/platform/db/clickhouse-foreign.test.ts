import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Analytics } from '#platform/db/analytics.ts';
import { openClickHouseServer } from '#platform/db/clickhouse-server.ts';
import { startClickHouseShim } from '#platform/db/clickhouse-shim.fixture.ts';
import type { ForeignFile } from '#platform/db/foreign.ts';
import { silentLog } from '#platform/log/log.ts';

let folder: string;
let shim: Awaited<ReturnType<typeof startClickHouseShim>>;
let analytics: Analytics;
let web: Server;
let silent: () => void;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'ronghe-foreign-'));
  shim = await startClickHouseShim(join(folder, 'clickhouse'));
  analytics = await openClickHouseServer(shim.url, silentLog());
  web = createServer((request, response) => {
    if (request.url === '/silent') return silent();
    response.writeHead(request.url === '/a.csv' ? 200 : 404).end('name,n\n江西,1\n');
  });
  await new Promise<void>((resolve) => web.listen(0, '127.0.0.1', resolve));
});
afterAll(async () => {
  web.closeAllConnections();
  web.close();
  await analytics.stop();
  await shim.stop();
  rmSync(folder, { recursive: true, force: true });
});

const file = (path: string): ForeignFile => ({
  kind: 'http',
  url: `http://127.0.0.1:${(web.address() as AddressInfo).port}${path}`,
  format: 'csv',
  accessKey: '',
  secretKey: '',
});
const limits = { rowsMax: 10, bytesMax: 1_000, timeoutMs: 10_000, signal: new AbortController().signal };

it('brings what a ClickHouse server reads from others into a file of ours', async () => {
  const target = join(folder, 'a.csv');
  expect(await analytics.foreign.fetchInto(target, file('/a.csv'), limits)).toEqual({
    rows: null,
    bytes: 16,
    highest: null,
  });
  expect(readFileSync(target, 'utf8')).toBe('name,n\n江西,1\n');
});

it('leaves no file and a clear reason when it cannot, and ends when somebody gives up', async () => {
  const target = join(folder, 'b.csv');
  await expect(analytics.foreign.fetchInto(target, file('/none'), limits)).rejects.toMatchObject({
    name: 'ForeignError',
    message: 'there is no such file',
  });
  const cancel = new AbortController();
  const asked = new Promise<void>((resolve) => {
    silent = resolve;
  });
  const failed = analytics.foreign.fetchInto(target, file('/silent'), { ...limits, signal: cancel.signal });
  failed.catch(() => undefined);
  await asked;
  cancel.abort(new Error('given up'));
  await expect(failed).rejects.toThrow('given up');
  expect(existsSync(target)).toBe(false);
});
