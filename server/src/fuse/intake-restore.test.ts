import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Run } from '@ronghe/contracts';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { createBackups } from '#platform/backup/backup.ts';
import { restoreBackup } from '#platform/backup/restore.ts';
import { silentLog } from '#platform/log/log.ts';
import { platformMigrations } from '#platform/migrations.ts';
import { asAdministrator, databaseUrl } from '#platform/testing/engines.ts';
import type {} from '#platform/testing/global-setup.ts';
import type { FuseTables } from './fuse.tables.ts';
import { fuseMigrations, missingAfterRestore } from './index.ts';
import { startIntake } from './testing/intake-platform.ts';

const PASSWORD = 'correct-horse-battery';
const PROGRAM = join(import.meta.dirname, 'testing/intake-server.ts');
const domains = [platformMigrations, fuseMigrations];
const map = (from: string) => ({ from, to: `column:${from}`, transform: 'text', unit: null, values: {} });
const SHAPE = { mappings: [map('name')] };

let outside: string;
let database: string;
let server: ChildProcess | undefined;
beforeAll(async () => {
  outside = mkdtempSync(join(tmpdir(), 'ronghe-restore-'));
  database = `restore_${randomBytes(6).toString('hex')}`;
  await asAdministrator(inject('postgresUrl'), (admin) => admin.query(`create database ${database}`));
});
afterAll(async () => {
  server?.kill('SIGKILL');
  await asAdministrator(inject('postgresUrl'), (admin) =>
    admin.query(`drop database ${database} with (force)`),
  );
  rmSync(outside, { recursive: true, force: true });
});

/** An installation with a file that a source reads, a run that is held, and rows that were pushed and have not landed. */
async function backedUp() {
  const intake = await startIntake();
  const { platform, domain } = intake;
  try {
    const kept = await intake.table('kept', 'kept.csv', 'id,name\n1,甲\n2,乙\n', SHAPE);
    const held = await intake.renew(
      (
        await intake.table(
          'held',
          'held.csv',
          `id,name\n${Array.from({ length: 9 }, (_, at) => `h${at},y`).join('\n')}`,
          SHAPE,
        )
      ).source,
      'id,name\n3,丙\n',
    );
    const pushed = await intake.register({
      key: 'pushed',
      connection: { kind: 'push', format: 'rows' },
      ...SHAPE,
    });
    const { exportRows } = platform.analytics;
    platform.analytics.exportRows = () => Promise.reject(new Error('the disk is away'));
    const waiting = await intake.push(pushed.id, { rows: [{ id: '4', name: '丁' }] });
    platform.analytics.exportRows = exportRows;
    await platform.jobs.stop();
    await domain.stop?.();
    // as the process that landed it would leave it when it is killed
    await sql`update fuse.run set state = 'running', stage = 'land', owner = null, job = null, finished_at = null, error = null,
      started_at = started_at - interval '10 minutes' where id = ${waiting.id}`.execute(
      platform.relational.as<FuseTables>(),
    );
    const backups = createBackups({ ...platform, domains, version: '1' });
    const { folder } = await backups.create();
    const target = {
      ...platform.config,
      data: join(outside, 'restored'),
      postgresUrl: databaseUrl(inject('postgresUrl'), database),
    };
    await platform.analytics.stop();
    let missing: string[] = [];
    await restoreBackup({
      ...{ backup: folder, config: target, domains, log: silentLog() },
      async afterwards({ relational }) {
        const look = () => missingAfterRestore(relational, target.data);
        expect(await look()).toEqual([]);
        // what a backup of before would have left out
        const away = mkdtempSync(join(outside, 'away-'));
        missing = await missingAfterRestore(relational, away);
      },
    });
    return { kept, held, pushed, waiting, target, missing };
  } finally {
    await intake.stop();
  }
}

test('a backup brings files of sources and deliveries on their way; what is missing is told', async () => {
  const { kept, held, pushed, waiting, target, missing } = await backedUp();
  expect(held.state).toBe('held');
  expect(missing).toHaveLength(3);
  expect(missing.join('\n')).toMatch(/数据源“kept”：备份中没有文件“kept\.csv”，请重新上传 \/ source "kept"/);
  expect(missing.join('\n')).toContain(`the delivery of run ${waiting.id} is not in the backup`);

  server = spawn(process.execPath, ['--import', 'tsx', PROGRAM, target.data, target.postgresUrl, PASSWORD], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [said] = (await once(server.stdout as NodeJS.ReadableStream, 'data')) as [Buffer];
  const url = said.toString().trim();
  const headers: Record<string, string> = { 'content-type': 'application/json' };
  const call = async <Body>(method: string, path: string, body?: unknown): Promise<Body> => {
    const answer = await fetch(url + path, {
      method,
      headers,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    expect(answer.ok, text).toBe(true);
    return JSON.parse(text) as Body;
  };
  const { token } = await call<{ token: string }>('POST', '/api/auth/login', {
    username: 'admin',
    password: PASSWORD,
  });
  headers.authorization = `Bearer ${token}`;
  const ended = (run: string) =>
    expect
      .poll(() => call<Run>('GET', `/api/fuse/runs/${run}`), { timeout: 60_000 })
      .toMatchObject({ state: 'succeeded' });

  // what was pushed lands by itself
  await ended(waiting.id);
  expect(await call('GET', `/api/fuse/sources/${pushed.id}`)).toMatchObject({ records: 1 });
  await call('POST', `/api/fuse/runs/${held.id}/decision`, { action: 'publish', note: '核对过' });
  await ended(held.id);
  // the file is there, so the source can be read again
  const again = await call<{ run: string }>('POST', `/api/fuse/sources/${kept.source}/runs`, {});
  await ended(again.run);
  expect(await call('GET', `/api/fuse/runs/${again.run}`)).toMatchObject({ rowsIn: 2, rowsUnchanged: 2 });
}, 120_000);
