// Drill-downs of monthly indicators: 20,000 enterprises, ten years, twelve indicators.
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { environmentOf } from './environment.mjs';

const ROOT = join(import.meta.dirname, '..');

export async function run() {
  const enterprises = process.env.RONGHE_BENCH_ENTERPRISES ?? '20000';
  const years = process.env.RONGHE_BENCH_YEARS ?? '10';
  const asked = process.env.RONGHE_BENCH_ASKED ?? '40';
  const script = join(ROOT, 'bench/fuse-indicators/measure.ts');
  const out = execFileSync(process.execPath, ['--import', 'tsx', script, enterprises, years, asked], {
    cwd: ROOT,
    env: environmentOf({ UV_THREADPOOL_SIZE: '16' }),
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const { rows, bytes, built, again, memory, kinds, hidden, hiddenAgain } = JSON.parse(out);
  const both = ({ seconds, cpuSeconds }) => `${seconds.toFixed(1)} / ${cpuSeconds.toFixed(1)}`;
  return [
    [`${rows} figures of ${enterprises} enterprises made: seconds / CPU`, both(built)],
    ['the same, bytes a figure on the disk', (bytes / rows).toFixed(1)],
    ['memory of the process afterwards, MB', (memory / 1e6).toFixed(0)],
    ['200 enterprises changed and made anew: seconds / CPU', both(again)],
    ...Object.entries(kinds).map(([name, { p50, p95, cpu }]) => [
      `${name}: ms p50 / p95 / CPU`,
      `${p50.toFixed(0)} / ${p95.toFixed(0)} / ${cpu.toFixed(0)}`,
      'goal p95 300',
    ]),
    ['first answer of a year with hidden cells, ms', (hidden.seconds * 1000).toFixed(0)],
    ['the next one, ms', (hiddenAgain.seconds * 1000).toFixed(0)],
  ];
}
