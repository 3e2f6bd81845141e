import { request } from 'node:http';
import type { LatestValue } from '@ronghe/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { call, PLANT, startTestIngest, type TestIngest, until } from '../ingest.fixture.ts';
import { createLiveStreams, LIVE_CONNECTIONS_PER_CALLER_MAX } from './live.ts';

let server: TestIngest;
let token: string;
let point: number;
const NOW_MS = Date.now();
let sequence = 0;
const deliver = async (key: string, value: number, timeMs = NOW_MS) => {
  sequence += 1;
  const points = [{ key, type: 'number', samples: [[timeMs, value, 'good']] }];
  const body = { source: 'copper', epoch: 'live', sequence, points };
  expect(await call(server, '/api/ingest/batches', { key: server.keys.copper, body })).toMatchObject({
    status: 200,
  });
};
beforeAll(async () => {
  server = await startTestIngest();
  token = await server.platform.signIn({ organisation: PLANT, role: 'plant-engineer' });
  await deliver('live.a', 1);
  point = (await server.collect.points.find(server.platform.scope({ organisation: PLANT }), 'live.a')).id;
});
afterAll(() => server.stop());

type Stream = {
  status: number;
  headers: object;
  text: () => string;
  values: () => LatestValue[];
  ended: () => boolean;
  close(): void;
};
const open = (path: string, key = token): Promise<Stream> =>
  new Promise((resolve, reject) => {
    const outgoing = request(
      `${server.url}${path}`,
      { headers: { authorization: `Bearer ${key}` } },
      (response) => {
        let text = '';
        let ended = false;
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => {
          text += chunk;
        });
        response.on('close', () => {
          ended = true;
        });
        const values = () =>
          [...text.matchAll(/^event: latest\ndata: (.*)$/gm)].flatMap(
            ([, data]) => JSON.parse(data ?? '[]') as LatestValue[],
          );
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          text: () => text,
          values,
          ended: () => ended,
          close: () => outgoing.destroy(),
        });
      },
    );
    outgoing.on('error', reject);
    outgoing.end();
  });

describe('the live stream', () => {
  it('begins with the newest values and goes on with every change', async () => {
    const stream = await open(`/api/ingest/live?points=${point}`);
    expect(stream.status).toBe(200);
    expect(stream.headers).toMatchObject({ 'content-type': 'text/event-stream; charset=utf-8' });
    await until(stream.values, (values) => values.at(-1)?.value === 1);
    await deliver('live.a', 2, NOW_MS + 1);
    const values = await until(stream.values, (all) => all.at(-1)?.value === 2);
    expect(values.at(-1)).toMatchObject({
      point,
      value: 2,
      quality: 'good',
      time: new Date(NOW_MS + 1).toISOString(),
    });
    stream.close();
  });

  it('tells a change within two seconds also when another process writes', async () => {
    const { ingest } = await import('../index.ts');
    const { platform, collect } = server;
    const other = ingest(platform, { collect, latestRefreshMs: 200 });
    const seen: LatestValue[] = [];
    const scope = platform.scope({ organisation: PLANT });
    const watched = await other.latest.watch(scope, String(point), (value) => seen.push(value));
    other.latest.start();
    await deliver('live.a', 3, NOW_MS + 2);
    await until(
      () => seen,
      (values) => values.at(-1)?.value === 3,
      2_000,
    );
    watched.stop();
    other.latest.stop();
  });

  it('leaves out what the caller may not see and refuses when nothing is left', async () => {
    const foreign = {
      source: 'magnet',
      epoch: 'live',
      sequence: 1,
      points: [{ key: 'x', type: 'number', samples: [[NOW_MS, 5, 'good']] }],
    };
    await call(server, '/api/ingest/batches', { key: server.keys.magnet, body: foreign });
    const { id } = await server.collect.points.find(server.platform.scope(), 'x');
    const stream = await open(`/api/ingest/live?points=${point},${id}`);
    await until(stream.values, (values) => values.length > 0);
    const again = {
      ...foreign,
      sequence: 2,
      points: [{ key: 'x', type: 'number', samples: [[NOW_MS + 1, 6, 'good']] }],
    };
    await call(server, '/api/ingest/batches', { key: server.keys.magnet, body: again });
    await deliver('live.a', 4, NOW_MS + 3);
    const values = await until(stream.values, (all) => all.at(-1)?.value === 4);
    expect(values.every((value) => value.point === point)).toBe(true);
    stream.close();
    expect((await open(`/api/ingest/live?points=${id}`)).status).toBe(404);
  });

  it.each(['', 'a', '1,,2', '1;2', Array.from({ length: 501 }, (_, index) => index).join(',')])(
    'refuses the list of points %j',
    async (points) => {
      expect(await call(server, `/api/ingest/live?points=${points}`, { key: token })).toMatchObject({
        status: 400,
      });
    },
  );

  it('allows so many streams a caller and no more, and counts ended ones no longer', async () => {
    const streams = await Promise.all(
      Array.from({ length: LIVE_CONNECTIONS_PER_CALLER_MAX }, () => open(`/api/ingest/live?points=${point}`)),
    );
    expect(await call(server, `/api/ingest/live?points=${point}`, { key: token })).toMatchObject({
      status: 503,
      body: { error: { code: 'LIVE_LIMIT' } },
    });
    for (const stream of streams) stream.close();
    await until(
      () => server.platform.metrics.render(),
      (text) => /ronghe_ingest_live_connections 0/.test(text),
    );
    const next = await open(`/api/ingest/live?points=${point}`);
    expect(next.status).toBe(200);
    next.close();
  });

  it('beats, and ends when its caller may no longer look', async () => {
    let allowed = true;
    const streams = createLiveStreams({ heartbeatMs: 20 });
    const { stream } = streams.open('someone', async () => allowed);
    let text = '';
    stream.on('data', (chunk: Buffer) => {
      text += chunk.toString();
    });
    await until(
      () => text,
      (seen) => seen.includes(': still here'),
    );
    allowed = false;
    await until(
      () => streams.count(),
      (count) => count === 0,
    );
  });

  it('gives a slow reader the newest value instead of all of them', async () => {
    const streams = createLiveStreams();
    const live = streams.open('slow', async () => true);
    const value = (number: number): LatestValue => ({
      point: 1,
      time: 'x'.repeat(60_000),
      receivedAt: '',
      value: number,
      quality: 'good',
      reason: null,
    });
    for (let number = 1; number <= 5; number += 1) {
      live.send(value(number));
      await new Promise((resolve) => setTimeout(resolve, 120));
    }
    let text = '';
    live.stream.on('data', (chunk: Buffer) => {
      text += chunk.toString();
    });
    await until(
      () => text,
      (seen) => seen.includes('"value":5'),
    );
    expect(text).not.toContain('"value":3');
    live.stream.destroy();
  });

  it('ends when the server closes', async () => {
    const { platform, ingest } = server;
    const http = await platform.serve([ingest]);
    const url = await http.listen({ port: 0, host: '127.0.0.1' });
    const response = await fetch(`${url}/api/ingest/live?points=${point}`, {
      headers: { authorization: `Bearer ${token}` },
    });
    const closing = http.close();
    expect(await response.text()).toContain('retry:');
    await closing;
  });
});
