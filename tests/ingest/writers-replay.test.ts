import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Platform, startPlatform } from './platform.ts';

// The exact requests of real writers, in their order (reference: collect.md 4.2 to 4.4 of the shared notes, read in the
// sources of Telegraf and TSBS). What a writer does with an answer is written beside each.

const SECOND_NS = 1_000_000_000;
const START_NS = Date.UTC(2025, 0, 1) * 1_000_000;

let platform: Platform;
beforeAll(async () => {
  platform = await startPlatform();
});
afterAll(() => platform?.stop());

type Sent = { method?: string; path: string; headers?: Record<string, string>; body?: string | Buffer };
async function send({ method = 'POST', path, headers = {}, body }: Sent) {
  const sent = typeof body === 'string' || body === undefined ? body : new Uint8Array(body);
  const response = await fetch(`${platform.url}${path}`, {
    method,
    headers,
    ...(sent === undefined ? {} : { body: sent }),
  });
  return { status: response.status, headers: response.headers, text: await response.text() };
}

const lines = (measurement: string, count: number) =>
  Array.from(
    { length: count },
    (_, index) =>
      `${measurement},hostname=host_0,region=eu-west-1 usage_user=${index}i,usage_system=${index * 2}i ${START_NS + index * 10 * SECOND_NS}`,
  ).join('\n');

const valuesOf = async (measurement: string, field: string) => {
  const [point] = await platform.points(`${measurement},hostname=host_0,region=eu-west-1.${field}`);
  return point ? (await platform.observations(point.id)).map(({ value }) => value) : [];
};
const upTo = (count: number, factor = 1) => Array.from({ length: count }, (_, index) => index * factor);

it('serves the TSBS loader for InfluxDB from its first question to its last write', async () => {
  const headers = { authorization: `Token ${platform.key}` };
  const show = await send({ method: 'GET', path: '/query?q=show%20databases', headers });
  expect(show.status).toBe(200);
  // The loader reads results[0].series[0].values without looking whether they are there, and panics when not.
  const { results } = JSON.parse(show.text) as { results: { series: { values?: string[][] }[] }[] };
  expect(results[0]?.series[0]).toBeDefined();

  expect((await send({ path: '/query?q=drop+database+benchmark', headers })).status).toBe(200);
  const create = '/query?consistency=all&q=CREATE%20DATABASE%20benchmark%20WITH%20REPLICATION%201';
  expect((await send({ method: 'GET', path: create, headers })).status).toBe(200);

  const write = await send({
    path: '/write?consistency=all&db=benchmark',
    headers: { ...headers, 'content-type': 'text/plain', 'content-encoding': 'gzip' },
    body: gzipSync(`${lines('tsbs_cpu', 100)}\n`),
  });
  // Anything but exactly 204 ends the load.
  expect([write.status, write.text]).toEqual([204, '']);
  expect(await valuesOf('tsbs_cpu', 'usage_user')).toEqual(upTo(100));
  expect(await valuesOf('tsbs_cpu', 'usage_system')).toEqual(upTo(100, 2));
});

it('serves the TSBS loader for VictoriaMetrics, which names no database', async () => {
  const write = await send({
    path: '/write',
    headers: { authorization: `Token ${platform.key}` },
    body: `${lines('tsbs_vm', 20)}\n`,
  });
  // Anything but exactly 204 is sent again every 10 ms, for ever.
  expect(write.status).toBe(204);
  expect(await valuesOf('tsbs_vm', 'usage_user')).toEqual(upTo(20));
});

it('serves Telegraf’s output for InfluxDB 1: create the database by a form, then write gzip with basic sign-in', async () => {
  const authorization = `Basic ${Buffer.from(`${platform.keyId}:${platform.key}`).toString('base64')}`;
  const agent = { authorization, 'user-agent': 'Telegraf/1.39.0 Go/1.26' };
  const create = await send({
    path: '/query',
    headers: { ...agent, 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ q: 'CREATE DATABASE "telegraf"' }).toString(),
  });
  expect(create.status).toBe(200);
  expect(JSON.parse(create.text)).toMatchObject({ results: [{ statement_id: 0 }] });

  const write = await send({
    path: '/write?db=telegraf',
    headers: { ...agent, 'content-type': 'text/plain; charset=utf-8', 'content-encoding': 'gzip' },
    body: gzipSync(`${lines('telegraf1', 10)}\n`),
  });
  // Another 2xx would be sent again, any 4xx dropped.
  expect(write.status).toBe(204);
  expect(await valuesOf('telegraf1', 'usage_user')).toEqual(upTo(10));

  const denied = await send({
    path: '/write?db=telegraf',
    headers: { authorization: `Basic ${Buffer.from('x:wrong').toString('base64')}` },
    body: 'denied value=1',
  });
  expect(denied.status).toBe(401);
  expect(await platform.points('denied')).toEqual([]);
});

it('serves Telegraf’s output for InfluxDB 2: write gzip with a token, and tells a bad line for good', async () => {
  const headers = {
    authorization: `Token ${platform.key}`,
    'content-type': 'text/plain; charset=utf-8',
    'content-encoding': 'gzip',
    'user-agent': 'Telegraf/1.39.0 Go/1.26',
  };
  const path = '/api/v2/write?bucket=telegraf&org=plant';
  const write = await send({ path, headers, body: gzipSync(`${lines('telegraf2', 10)}\n`) });
  expect(write.status).toBe(204);
  expect(await valuesOf('telegraf2', 'usage_user')).toEqual(upTo(10));

  // 400 makes Telegraf drop the batch: the good lines of it must be stored by then.
  const mixed = await send({
    path,
    headers,
    body: gzipSync(`telegraf2bad value=1 ${START_NS}\nno fields\n`),
  });
  expect(mixed.status).toBe(400);
  expect(JSON.parse(mixed.text)).toMatchObject({ code: 'invalid' });
  const [good] = await platform.points('telegraf2bad');
  expect((await platform.observations(Number(good?.id))).map(({ value }) => value)).toEqual([1]);
});

it('tells a client of either generation who it is', async () => {
  expect((await send({ method: 'GET', path: '/ping' })).status).toBe(204);
  expect((await send({ method: 'HEAD', path: '/ping' })).headers.get('x-influxdb-version')).toMatch(/\d/);
});
