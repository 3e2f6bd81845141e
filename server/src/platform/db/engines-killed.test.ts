import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openAnalytics } from '#platform/db/analytics-open.ts';
import { startEmbeddedPostgres } from '#platform/db/embedded-postgres.ts';
import { openRelational } from '#platform/db/postgres.ts';
import { readPid } from '#platform/db/postgres-owner.ts';
import { silentLog } from '#platform/log/log.ts';

const FIXTURE = fileURLToPath(new URL('engines.fixture.ts', import.meta.url));
const KILLS = Number(process.env.RONGHE_KILL_ROUNDS ?? 2);
const BATCH_ROWS = 200;
/** Some tenths of a second on a quiet machine; tests share theirs. */
const OPEN_MS_MAX = 30_000;

let data: string;
let processes: ChildProcess[];
beforeEach(() => {
  data = mkdtempSync(join(tmpdir(), 'ronghe-killed-'));
  processes = [];
});
afterEach(async () => {
  for (const child of processes) await kill(child);
  rmSync(data, { recursive: true, force: true });
});

/** Runs the fixture until `enough` says so of a line it told, and answers with all lines so far. */
function start(first: number, enough: (line: string, count: number) => boolean) {
  const child = spawn(process.execPath, ['--import', 'tsx', FIXTURE, data, String(first)], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, UV_THREADPOOL_SIZE: '16' },
  });
  processes.push(child);
  const lines: string[] = [];
  const reached = new Promise<void>((resolve, reject) => {
    createInterface(child.stdout).on('line', (line) => {
      lines.push(line);
      if (enough(line, lines.length)) resolve();
    });
    child.once('exit', (code) => reject(new Error(`The process ended by itself with ${code}`)));
  });
  return { child, lines, reached };
}

function kill(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) return resolve();
    child.once('close', () => resolve());
    child.kill('SIGKILL');
  });
}

const numbers = (lines: string[], word: string): number[] =>
  lines.filter((line) => line.startsWith(`${word} `)).map((line) => Number(line.split(' ')[1]));
const isAlive = (pid: number) => {
  try {
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
};

describe('embedded engines whose process is killed', () => {
  it(`keep every acknowledged batch once over ${KILLS} kills, and open again by themselves`, async () => {
    const acknowledged = new Set<number>();
    const opened: number[] = [];
    for (let round = 0; round < KILLS; round++) {
      // the last acknowledged batch is sent again each time, as a caller does that missed the answer
      const first = Math.max(0, acknowledged.size - 1);
      const { child, lines, reached } = start(first, (_line, count) => count > 5 + round * 3);
      await reached;
      await kill(child);
      for (const batch of numbers(lines, 'acknowledged')) acknowledged.add(batch);
      opened.push(...numbers(lines, 'open'));
    }
    expect(Math.max(...opened)).toBeLessThan(OPEN_MS_MAX);

    const config = { data, postgresUrl: undefined, clickhouseUrl: undefined, clickhouseMemoryBytesMax: 2e9 };
    const relational = await openRelational(config, silentLog());
    const analytics = await openAnalytics(config, silentLog());
    const { rows } = await sql<{ id: number }>`select id from batch`.execute(relational.as());
    const stored = await analytics.query<{ batch: number; rows: string; different: string }>(
      'select batch, count() as rows, uniqExact(row) as different from default.sample group by batch',
    );
    await analytics.stop();
    await relational.stop();
    const kept = new Set(rows.map(({ id }) => id));
    expect([...acknowledged].filter((batch) => !kept.has(batch))).toEqual([]);
    expect(stored.filter(({ rows: count }) => Number(count) !== BATCH_ROWS)).toEqual([]);
    expect(stored.filter(({ different }) => Number(different) !== BATCH_ROWS)).toEqual([]);
    const whole = new Set(stored.map(({ batch }) => batch));
    expect([...acknowledged].filter((batch) => !whole.has(batch))).toEqual([]);
    expect(acknowledged.size).toBeGreaterThan(KILLS * 5);
  }, 300_000);

  it('leave no PostgreSQL behind', async () => {
    const { child, reached } = start(0, (line) => line.startsWith('acknowledged'));
    await reached;
    const pid = readPid(join(data, 'postgres/cluster/postmaster.pid')) ?? 0;
    expect(isAlive(pid)).toBe(true);
    await kill(child);
    await expect.poll(() => isAlive(pid), { timeout: 10_000 }).toBe(false);
  }, 60_000);

  it.skipIf(process.platform !== 'linux')(
    'have a PostgreSQL left behind ended by the next start, should even its guard be killed',
    async () => {
      const { child, reached } = start(0, (line) => line.startsWith('acknowledged'));
      await reached;
      const pid = readPid(join(data, 'postgres/cluster/postmaster.pid')) ?? 0;
      killGuard(pid);
      await kill(child);
      expect(isAlive(pid)).toBe(true);
      const again = await startEmbeddedPostgres({ folder: join(data, 'postgres'), log: silentLog() });
      expect(again.pid).not.toBe(pid);
      expect(isAlive(pid)).toBe(false);
      await again.stop();
    },
    60_000,
  );

  it('refuse a second process, telling which has the folder', async () => {
    const { child, reached } = start(0, (line) => line.startsWith('open'));
    await reached;
    const refused = { code: 'DATA_FOLDER_IN_USE', values: { process: child.pid } };
    const config = { data, postgresUrl: undefined, clickhouseUrl: undefined, clickhouseMemoryBytesMax: 2e9 };
    await expect(openRelational(config, silentLog())).rejects.toMatchObject(refused);
    await expect(openAnalytics(config, silentLog())).rejects.toMatchObject(refused);
  }, 60_000);
});

/** The shell that waits beside PostgreSQL in a session of their own, which is named after PostgreSQL's process. */
function killGuard(session: number): void {
  for (const entry of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const stat = readFileSync(`/proc/${entry}/stat`, 'utf8');
      const isGuard = readFileSync(`/proc/${entry}/cmdline`, 'utf8').includes('read -r word');
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      if (isGuard && Number(fields[3]) === session) process.kill(Number(entry), 'SIGKILL');
    } catch {
      // it ended while we looked
    }
  }
}
