// biome-ignore-all lint/correctness/noUndeclaredDependencies: only tests import this file
import type { Alert, AlertExplanation, AlertPage, AlertRule, Point } from '@ronghe/contracts';
import { type Collect, collect, collectMigrations } from '#collect';
import { type Ingest, ingest, ingestMigrations } from '#ingest';
import type { Clock } from '#platform/clock/clock.ts';
import type { Config } from '#platform/config/config.ts';
import { startTestPlatform } from '#platform/testing/platform.ts';
import { apply, applyMigrations } from './index.ts';

export const PLANT = 'jx.yingtan.copper';
export const OTHER_PLANT = 'jx.ganzhou.magnet';
/** A rule as most tests want it: above 80, at once. */
export const hot = (points: readonly number[], more: object = {}) => ({
  organisation: PLANT,
  name: '炉温过高',
  colour: 'orange',
  watch: { points },
  condition: { kind: 'above', limit: 80, clear: 75 },
  ...more,
});

type Asked = { payload?: unknown; token?: string };

/** The domain on real engines, `admin` at the root and an engineer in each of two plants, over HTTP. */
export async function startApply(config: Partial<Config> = {}) {
  let aheadMs = 0;
  const clock: Clock = { now: () => new Date(Date.now() + aheadMs) };
  const platform = await startTestPlatform({
    domains: [collectMigrations, ingestMigrations, applyMigrations],
    // steps are taken by the tests
    config: { applyAlertSeconds: 600, ...config },
  });
  const collecting: Collect = collect(platform);
  const ingesting: Ingest = ingest(platform, { collect: collecting });
  const applying = apply({ ...platform, clock }, { collect: collecting, ingest: ingesting });
  await ingesting.start?.();
  const http = await platform.serve([collecting, ingesting, applying]);
  for (const path of ['jx.yingtan', 'jx.ganzhou'])
    await platform.auth.addOrganisation(platform.scope(), {
      ...{ path, name: path, division: null, code: null },
      kind: 'city',
    });
  const engineer = await platform.signIn({ organisation: PLANT, role: 'plant-engineer' });
  const other = await platform.signIn({ organisation: OTHER_PLANT, role: 'plant-engineer' });
  const login = await http.inject({
    method: 'POST',
    url: '/api/auth/login',
    payload: { username: 'admin', password: 'correct-horse-battery' },
  });
  const admin = login.json<{ token: string }>().token;

  async function call<Body = Record<string, unknown>>(
    method: 'GET' | 'POST' | 'PUT' | 'DELETE',
    url: string,
    { payload, token = engineer }: Asked = {},
  ): Promise<{ status: number; body: Body; text: string }> {
    const answer = await http.inject({
      method,
      url,
      ...(payload === undefined ? {} : { payload: payload as object }),
      headers: { authorization: `Bearer ${token}` },
    });
    return { status: answer.statusCode, body: answer.json<Body>(), text: answer.body };
  }

  /** Readings as [seconds ago, value], stored when it resolves. */
  async function write(device: string, readings: readonly (readonly [number, number])[], token = engineer) {
    const nowMs = Date.now();
    const lines = readings.map(([ago, value]) => `${device} v=${value} ${nowMs - ago * 1000}`);
    const answer = await http.inject({
      method: 'POST',
      url: '/api/v2/write?org=o&bucket=b&precision=ms',
      payload: lines.join('\n'),
      headers: { authorization: `Token ${token}`, 'content-type': 'text/plain' },
    });
    if (answer.statusCode !== 204) throw new Error(answer.body);
  }

  return {
    ...{ platform, http, collecting, ingesting, applying, admin, engineer, other, call, write },
    async point(device: string, token = engineer): Promise<Point> {
      const answer = await call<{ items: Point[] }>('GET', `/api/collect/points?search=${device}`, { token });
      const [point] = answer.body.items;
      if (!point) throw new Error(`no point ${device}`);
      return point;
    },
    rule: (payload: object, token = engineer) =>
      call<AlertRule>('POST', '/api/apply/alert-rules', { payload, token }),
    /** Looks at everything that was stored before the call. */
    async evaluate(evaluation = applying.evaluation): Promise<void> {
      const nowS = (await ingesting.changes.settledS()) + 1;
      while ((await ingesting.changes.settledS()) < nowS)
        await new Promise((resolve) => setTimeout(resolve, 50));
      await evaluation.run();
    },
    /** The clock of the domain goes on by so much. */
    later(seconds: number): void {
      aheadMs += seconds * 1000;
    },
    async alerts(query = '', token = engineer): Promise<Alert[]> {
      const answer = await call<AlertPage>('GET', `/api/apply/alerts${query}`, { token });
      if (answer.status !== 200) throw new Error(answer.text);
      return answer.body.items;
    },
    explain: (id: string, token = engineer) =>
      call<AlertExplanation>('GET', `/api/apply/alerts/${id}`, { token }),
    async stop() {
      await applying.stop?.();
      await ingesting.stop?.();
      await collecting.stop?.();
      await platform.stop();
    },
  };
}
export type ApplyTest = Awaited<ReturnType<typeof startApply>>;
