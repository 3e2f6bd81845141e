import http from 'node:http';
import type { AddressInfo } from 'node:net';
import type { AlertPage, ChannelMade } from '@ronghe/contracts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { until } from '../../edge/src/testing/wait.ts';
import { type Platform, startPlatform } from '../ingest/platform.ts';

const TROUBLES = 40;
const KILLS = 4;
/** Troubles lie further apart than what still counts as the same one. */
const APART_MS = 200_000;
const LASTS_MS = 50_000;

type Message = { id: string; type: string; alerts: string[] };

let receiver: http.Server;
const messages: Message[] = [];
let platform: Platform;
beforeAll(async () => {
  receiver = http.createServer(async (request, response) => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const { type, data } = JSON.parse(Buffer.concat(parts).toString()) as {
      type: string;
      data: { alerts: { id: string }[] };
    };
    messages.push({
      id: String(request.headers['webhook-id']),
      type,
      alerts: data.alerts.map(({ id }) => id),
    });
    response.writeHead(204).end();
  });
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  const { port } = receiver.address() as AddressInfo;
  platform = await startPlatform({
    environment: { RONGHE_APPLY_ALERT_SECONDS: '1', RONGHE_APPLY_NOTIFY_HOSTS: `127.0.0.1:${port}` },
  });
});
afterAll(async () => {
  await platform?.stop();
  await new Promise((resolve) => receiver.close(resolve));
});

/** Sent again until it is acknowledged, as devices do. */
async function write(timeMs: number, value: number): Promise<void> {
  await until(
    'a reading is acknowledged',
    async () => {
      const answer = await fetch(`${platform.url}/api/v2/write?org=o&bucket=b&precision=ms`, {
        method: 'POST',
        headers: { authorization: `Token ${platform.key}`, 'content-type': 'text/plain' },
        body: `killed v=${value} ${timeMs}`,
      }).catch(() => null);
      return answer?.status === 204;
    },
    60_000,
  );
}

test(`a server that is killed ${KILLS} times loses no alert, makes none twice, and tells each once`, async () => {
  const { port } = receiver.address() as AddressInfo;
  const baseMs = Date.now() - (TROUBLES + 2) * APART_MS;
  await write(baseMs - APART_MS, 70);
  const [point] = await platform.points('killed');
  const { channel } = await platform.admin.post<ChannelMade>('/api/apply/channels', {
    ...{ organisation: 'jx', name: 'receiver' },
    destination: { kind: 'webhook', url: `http://127.0.0.1:${port}/` },
  });
  await platform.admin.post('/api/apply/alert-rules', {
    ...{ organisation: 'jx', name: 'killed', colour: 'red', watch: { points: [point?.id] } },
    ...{ condition: { kind: 'above', limit: 80 }, tellEnd: false },
    tell: [{ afterSeconds: 0, channels: [channel.id] }],
  });
  const expected: string[] = [];
  let writing = true;
  const killing = (async () => {
    for (let kill = 0; kill < KILLS; kill += 1) {
      const enough = ((kill + 1) * TROUBLES) / (KILLS + 1);
      await until('some troubles are written', () => expected.length >= enough, 120_000);
      await platform.restart('SIGKILL');
    }
    writing = false;
  })();
  for (let trouble = 0; trouble < TROUBLES; trouble += 1) {
    const atMs = baseMs + trouble * APART_MS;
    await write(atMs, 95);
    expected.push(new Date(atMs).toISOString());
    await write(atMs + LASTS_MS, 60);
  }
  await killing;
  expect(writing).toBe(false);
  const all = () => platform.admin.get<AlertPage>('/api/apply/alerts?limit=500');
  await until(
    'every trouble is there and over',
    async () => {
      const { items } = await all();
      return items.length >= TROUBLES && items.every(({ state }) => state === 'ended');
    },
    60_000,
  );
  const { items } = await all();
  expect(items.map(({ since }) => since).sort()).toEqual(expected);
  const told = () => new Map(messages.map((message) => [message.id, message]));
  const toldAlerts = () => [...told().values()].flatMap(({ alerts }) => alerts);
  await until('every alert is told', () => toldAlerts().length >= TROUBLES, 60_000);
  expect(toldAlerts().sort()).toEqual(items.map(({ id }) => id).sort());
}, 300_000);
