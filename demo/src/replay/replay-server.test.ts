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

it('gives every row to the first client, with the recorded times, and Bad for what is no number', async () => {
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
    requestedPublishingInterval: 50,
    requestedLifetimeCount: 1000,
    requestedMaxKeepAliveCount: 50,
    maxNotificationsPerPublish: 0,
    priority: 0,
  });
  const item = await subscription.monitor(
    { nodeId: 'ns=1;s=flow', attributeId: AttributeIds.Value },
    { samplingInterval: 0, queueSize: 100 },
    TimestampsToReturn.Source,
  );
  const seen: [string, number | null, string][] = [];
  item.on('changed', ({ sourceTimestamp, value, statusCode }: DataValue) => {
    if (statusCode.name === 'BadWaitingForInitialData') return;
    seen.push([
      sourceTimestamp?.toISOString().slice(17, 19) ?? '',
      value.value as number | null,
      statusCode.name,
    ]);
  });
  await expect.poll(() => seen.length, { timeout: 15_000 }).toBe(5);
  expect(seen).toEqual([
    ['00', 1, 'Good'],
    ['01', 2, 'Good'],
    ['05', null, 'BadNoData'],
    ['04', 4, 'Good'],
    ['05', 5, 'Good'],
  ]);
  await replay.ended;
  expect(replay.progress()).toEqual({ rows: 5, badCells: 1, rowsWithoutTime: 0, backwards: 1, holes: 1 });
  await subscription.terminate();
  await session.close();
  await client.disconnect();
}, 30_000);
