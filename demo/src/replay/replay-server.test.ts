import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  AttributeIds,
  ClientSubscription,
  type DataValue,
  OPCUACertificateManager,
  OPCUAClient,
  TimestampsToReturn,
} from 'node-opcua';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Replay, startReplay } from './replay-server.ts';

const TEXT =
  'time;flow;state\r\n2026-01-01 08:00:00;1;run\r\n2026-01-01 08:00:01;2;run\r\n2026-01-01 08:00:05;bad;stop\r\n2026-01-01 08:00:04;4;run\r\n2026-01-01 08:00:05;5;run\r\n';
let folder: string;
let replay: Replay;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ronghe-replay-'));
  const file = join(folder, 'pump.csv');
  await writeFile(file, TEXT);
  replay = await startReplay({ file, port: 0, folder: join(folder, 'pki'), speed: 20 });
}, 60_000);
afterAll(async () => {
  await replay.stop();
  await rm(folder, { recursive: true, force: true });
}, 30_000);

type Seen = [second: string, value: number | null, status: string];
/** Subscribes to one column as a collector does and gives what comes until the count is reached. */
async function collect(replay: Replay, { key, count }: { key: string; count: number }): Promise<Seen[]> {
  const client = OPCUAClient.create({
    endpointMustExist: false,
    clientCertificateManager: new OPCUACertificateManager({
      rootFolder: join(folder, 'client-pki'),
      automaticallyAcceptUnknownCertificate: true,
      disableFileWatchers: true,
    }),
  });
  await client.connect(replay.endpoint);
  const session = await client.createSession();
  const subscription = ClientSubscription.create(session, {
    publishingEnabled: true,
    requestedPublishingInterval: 200,
    requestedLifetimeCount: 1000,
    requestedMaxKeepAliveCount: 50,
    maxNotificationsPerPublish: 0,
    priority: 0,
  });
  const item = await subscription.monitor(
    { nodeId: `ns=1;s=${key}`, attributeId: AttributeIds.Value },
    { samplingInterval: 0, queueSize: 1000 },
    TimestampsToReturn.Source,
  );
  const seen: Seen[] = [];
  item.on('changed', ({ sourceTimestamp, value, statusCode }: DataValue) => {
    const second = sourceTimestamp?.toISOString().slice(14, 19) ?? '';
    seen.push([second, value.value as number | null, statusCode.name]);
  });
  await expect.poll(() => seen.length, { timeout: 20_000 }).toBe(count);
  await replay.ended;
  await subscription.terminate();
  await session.close();
  await client.disconnect();
  return seen;
}

it('gives every row to the first client, with the recorded times, and Bad for what is no number', async () => {
  expect(await collect(replay, { key: 'flow', count: 5 })).toEqual([
    ['00:00', 1, 'Good'],
    ['00:01', 2, 'Good'],
    ['00:05', null, 'BadNoData'],
    ['00:04', 4, 'Good'],
    ['00:05', 5, 'Good'],
  ]);
  expect(replay.progress()).toEqual({ rows: 5, badCells: 1, rowsWithoutTime: 0, backwards: 1, holes: 1 });
}, 60_000);

it('loses no row at two hundred times the speed', async () => {
  const file = join(folder, 'fast.csv');
  const rows = Array.from({ length: 600 }, (_, index) => [
    new Date(Date.UTC(2026, 0, 1) + index * 1000).toISOString(),
    index,
  ]);
  await writeFile(file, `time,x\n${rows.map((row) => row.join(',')).join('\n')}\n`);
  const fast = await startReplay({ file, port: 0, folder: join(folder, 'pki'), speed: 200 });
  try {
    const seen = await collect(fast, { key: 'x', count: 600 });
    expect(seen.map(([, value]) => value)).toEqual(rows.map(([, value]) => value));
  } finally {
    await fast.stop();
  }
}, 60_000);
