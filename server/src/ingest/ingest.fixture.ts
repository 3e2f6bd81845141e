// biome-ignore-all lint/correctness/noUndeclaredDependencies: only tests import this file
import { join } from 'node:path';
import { type Collect, collect, collectMigrations } from '#collect';
import type { Config } from '#platform/config/config.ts';
import type { Http } from '#platform/http/http.ts';
import { startTestPlatform, type TestPlatform } from '#platform/testing/platform.ts';
import { type Ingest, ingest, ingestMigrations } from './index.ts';

/** Two plants of one province, each with a collector and its key. */
export const PLANT = 'jx.yingtan.copper';
export const OTHER_PLANT = 'jx.ganzhou.magnet';

export type TestIngest = {
  platform: TestPlatform;
  collect: Collect;
  ingest: Ingest;
  http: Http;
  /** address of the listening server */
  url: string;
  mqttUrl: string;
  /** API keys of the collectors `copper` and `magnet` */
  keys: { copper: string; magnet: string };
  stop(): Promise<void>;
};

/** The domain on real engines, listening on HTTP and MQTT, with two registered collectors. */
export async function startTestIngest(config: Partial<Config> = {}): Promise<TestIngest> {
  const platform = await startTestPlatform({ domains: [collectMigrations, ingestMigrations], config });
  const collecting = collect(platform);
  const ingesting = ingest(platform, { collect: collecting });
  await ingesting.start?.();
  const http = await platform.serve([collecting, ingesting]);
  const url = await http.listen({ port: 0, host: '127.0.0.1' });
  const organisations = [
    ['jx.yingtan', 'city'],
    ['jx.ganzhou', 'city'],
    [PLANT, 'enterprise'],
    [OTHER_PLANT, 'enterprise'],
  ] as const;
  for (const [path, kind] of organisations)
    await platform.auth.addOrganisation(platform.scope(), {
      path,
      kind,
      name: path,
      division: null,
      code: null,
    });
  const register = (name: string, organisation: string) =>
    collecting.collectors.register(platform.scope(), { name, title: name, organisation });
  const copper = await register('copper', PLANT);
  const magnet = await register('magnet', OTHER_PLANT);
  return {
    platform,
    collect: collecting,
    ingest: ingesting,
    http,
    url,
    mqttUrl: `mqtt://127.0.0.1:${ingesting.mqttPort()}`,
    keys: { copper: copper.key, magnet: magnet.key },
    async stop() {
      await ingesting.stop?.();
      await collecting.stop?.();
      await platform.stop();
    },
  };
}

export type Answer = { status: number; headers: Headers; body: unknown };

/** One request to the listening server; JSON answers are read. */
export async function call(
  server: Pick<TestIngest, 'url'>,
  path: string,
  options: {
    key?: string;
    method?: string;
    body?: string | Uint8Array | object;
    headers?: Record<string, string>;
  } = {},
): Promise<Answer> {
  const { key, body, headers = {} } = options;
  const raw = typeof body === 'string' || body instanceof Uint8Array;
  const response = await fetch(`${server.url}${path}`, {
    method: options.method ?? (body === undefined ? 'GET' : 'POST'),
    headers: {
      ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
      ...(body !== undefined && !raw ? { 'content-type': 'application/json' } : {}),
      ...headers,
    },
    ...(body === undefined ? {} : { body: raw ? (body as string) : JSON.stringify(body) }),
  });
  const text = await response.text();
  const json = response.headers.get('content-type')?.includes('json') ?? false;
  return { status: response.status, headers: response.headers, body: json && text ? JSON.parse(text) : text };
}

/** Looks again until the condition holds; fails with what it saw last. */
export async function until<Value>(
  look: () => Promise<Value> | Value,
  holds: (value: Value) => boolean,
  timeoutMs = 10_000,
): Promise<Value> {
  const end = Date.now() + timeoutMs;
  for (;;) {
    const value = await look();
    if (holds(value)) return value;
    if (Date.now() > end) throw new Error(`never came true; last seen ${JSON.stringify(value)}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Waits until everything that was acknowledged can be read: under load an answer comes before that. */
export async function drained({ platform }: Pick<TestIngest, 'platform'>): Promise<void> {
  await until(
    () => /^ronghe_ingest_queue_samples (\d+)$/m.exec(platform.metrics.render())?.[1],
    (samples) => samples === '0',
    60_000,
  );
}

/** A second domain on the platform of the first, as another server process would be: with a data folder and a journal of its own. */
export async function startSecond(
  { platform, collect: collecting }: Pick<TestIngest, 'platform' | 'collect'>,
  { folder, config = {} }: { folder: string; config?: Partial<Config> },
): Promise<Ingest> {
  const own = { ...platform.config, ...config, data: join(platform.config.data, folder), mqttPort: 0 };
  // Job kinds are defined once for each platform.
  const jobs = { ...platform.jobs, define: () => undefined };
  const second = ingest({ ...platform, config: own, jobs }, { collect: collecting });
  await second.start?.();
  return second;
}
