// A million rows on their way in: fetched from the inbox, landed, hashed, mapped, standardised, audited and published by a
// platform that runs as it is delivered; then the same file again, and one with a few changed rows.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { environmentOf } from './environment.mjs';
import { MAPPINGS, writeCsv } from './fuse-sources/generate.mjs';
import { runSource, startPlatform } from './platform.mjs';

const ROOT = join(import.meta.dirname, '..');
const MEGABYTE = 1e6;

/** Tables of Debian's PostgreSQL and MariaDB as a source reads them, against the engine's own table function in the same run. */
function databases(rows) {
  const script = join(ROOT, 'bench/fuse-sources/read-databases.ts');
  const out = execFileSync(process.execPath, ['--import', 'tsx', script, String(rows)], {
    cwd: ROOT,
    env: environmentOf({ UV_THREADPOOL_SIZE: '16' }),
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const measured = JSON.parse(out);
  return ['PostgreSQL', 'MariaDB'].flatMap((name) => {
    const one = measured[name];
    if (!one) return [[`${name}: Debian's package is not installed`, '-']];
    return [
      [
        `${name}, ${rows} rows, seconds: source / table function`,
        `${one.ours.toFixed(1)} / ${one.engine.toFixed(1)}`,
      ],
      [
        `${name}, share of the table function's speed`,
        `${((100 * one.engine) / one.ours).toFixed(0)} %`,
        'goal 80 %',
      ],
    ];
  });
}

export async function run() {
  const rows = Number(process.env.RONGHE_BENCH_ROWS ?? 1_000_000);
  const large = Number(process.env.RONGHE_BENCH_LARGE_ROWS ?? 0);
  const data = mkdtempSync(join(tmpdir(), 'ronghe-bench-'));
  const inbox = join(data, 'inbox', 'register');
  mkdirSync(inbox, { recursive: true });
  const file = join(inbox, 'register.csv');
  const bytes = await writeCsv(file, { rows });
  const platform = await startPlatform(data);
  try {
    const { organisation } = await platform.get('/api/auth/me');
    const register = (folder) =>
      platform.post('/api/fuse/sources', {
        key: folder,
        name: `bench ${folder}`,
        owner: 'bench',
        organisation,
        connection: { kind: 'folder', folder, options: {} },
        target: 'dataset',
        rowKey: ['序号'],
        mappings: MAPPINGS,
      });
    const { id } = await register('register');
    const told = [];
    const tell = (what, { line, seconds, cpuSeconds, memory, stages }, goal) =>
      told.push(
        [`${what}, seconds`, seconds.toFixed(1), goal],
        [
          `${what}, seconds by stage`,
          [...stages].map(([stage, took]) => `${stage} ${took.toFixed(1)}`).join(' '),
        ],
        [`${what}, CPU seconds of the server and its helpers`, cpuSeconds.toFixed(1)],
        [`${what}, most memory of both, MB`, (memory / MEGABYTE).toFixed(0)],
        [
          `${what}, new / changed / unchanged / rejected`,
          `${line.rowsNew}/${line.rowsChanged}/${line.rowsUnchanged}/${line.rowsRejected}`,
        ],
      );
    told.push(['rows and megabytes of the CSV', `${rows} / ${(bytes / MEGABYTE).toFixed(0)}`]);
    tell('first run', await runSource(platform, id), 'goal 30');
    tell('the same file again', await runSource(platform, id), 'goal 10');
    await writeCsv(file, {
      rows,
      change: (row, number) => (number % 1_000 === 0 ? row.with(10, '77') : row),
    });
    tell('one row of a thousand changed', await runSource(platform, id));
    if (large > 0) {
      // a source of its own: eleven times the rows would be drift, and held, where a run was before
      rmSync(file);
      mkdirSync(join(data, 'inbox', 'large'));
      const written = await writeCsv(join(data, 'inbox', 'large', 'large.csv'), { rows: large });
      const other = await register('large');
      const what = `${large} rows, ${(written / MEGABYTE).toFixed(0)} MB`;
      tell(what, await runSource(platform, other.id), 'memory flat');
    }
    told.push(...databases(Math.min(rows, 1_000_000)));
    return told;
  } finally {
    await platform.stop();
    rmSync(data, { recursive: true, force: true });
  }
}
