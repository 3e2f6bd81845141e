// Alert rules over a running platform: what ten thousand of them cost while readings come in, and how soon an alert is told.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { startPlatform } from './platform.mjs';
import { sum, tree } from './processes.mjs';

const RULES = Number(process.env.RONGHE_BENCH_RULES ?? 10_000);
const EVERY_S = 10;
const SECONDS = Number(process.env.RONGHE_BENCH_SECONDS ?? 60);

/** Every point once a second: values far below the limits, but for the one that is asked for. */
async function write(platform, key, { hot = -1 } = {}) {
  const now = Date.now();
  const lines = Array.from(
    { length: RULES },
    (_value, at) => `load,n=${at} v=${at === hot ? 95 : (now / 100 + at) % 70} ${now}`,
  );
  const answer = await fetch(`${platform.url}/api/v2/write?org=o&bucket=b&precision=ms`, {
    method: 'POST',
    headers: { authorization: `Token ${key}`, 'content-type': 'text/plain' },
    body: lines.join('\n'),
  });
  if (answer.status !== 204) throw new Error(`writing: ${answer.status} ${await answer.text()}`);
}

/** CPU seconds a second of the platform with everything below it, while all points are written once a second. */
async function load(platform, key) {
  const cpu = () => sum(tree(platform.pid), 'cpuSeconds');
  const before = cpu();
  const startedAt = performance.now();
  for (let second = 0; second < SECONDS; second += 1) {
    await write(platform, key);
    await delay(Math.max(0, (second + 1) * 1000 - (performance.now() - startedAt)));
  }
  return (cpu() - before) / ((performance.now() - startedAt) / 1000);
}

/** @returns rows of what, value and goal */
export async function run() {
  const folder = mkdtempSync(join(tmpdir(), 'ronghe-bench-apply-'));
  const platform = await startPlatform(folder, {
    RONGHE_APPLY_ALERT_SECONDS: String(EVERY_S),
    RONGHE_REQUESTS_PER_MINUTE_MAX: '1000000',
  });
  try {
    return await measure(platform);
  } finally {
    await platform.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function measure(platform) {
  const { key } = await platform.post('/api/auth/keys', {
    ...{ name: 'bench', organisation: 'jx', expiresAt: null },
    permissions: ['ingest:observation:write', 'collect:point:write'],
  });
  await write(platform, key);
  const points = await allPoints(platform);
  // the first minute makes the caches, the second counts
  await load(platform, key);
  const without = await load(platform, key);
  const began = performance.now();
  let next = 0;
  await Promise.all(
    Array.from({ length: 8 }, async () => {
      while (next < RULES) {
        const { id } = points[next++];
        await platform.post('/api/apply/alert-rules', {
          ...{ organisation: 'jx', name: `rule ${id}`, colour: 'yellow', watch: { points: [id] } },
          condition: { kind: 'above', limit: 80, clear: 75 },
        });
      }
    }),
  );
  const written = (performance.now() - began) / 1000;
  await delay(3 * EVERY_S * 1000);
  const beside = await load(platform, key);
  const hotAt = performance.now();
  await write(platform, key, { hot: 7 });
  while ((await platform.get('/api/apply/alerts?state=open')).total === 0) await delay(100);
  const told = (performance.now() - hotAt) / 1000;
  const percent = (cores) => `${(cores * 100).toFixed(1)} %`;
  return [
    [`${RULES} rules written one by one, 8 at once`, `${written.toFixed(1)} s`],
    [`${RULES} readings a second without rules, of one core`, percent(without)],
    [`the same with ${RULES} rules looked at every ${EVERY_S} s`, percent(beside)],
    ['what the rules cost', percent(beside - without), '<= 20 % of one core'],
    ['an alert is there after its reading was sent', `${told.toFixed(1)} s`],
  ];
}

async function allPoints(platform) {
  const points = [];
  for (let cursor = ''; cursor !== null; ) {
    const after = cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`;
    const page = await platform.get(`/api/collect/points?limit=500${after}`);
    points.push(...page.items);
    cursor = page.next;
  }
  return points;
}
