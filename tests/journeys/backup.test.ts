import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { AuditVerdict, EnterpriseSummary, Page, Point } from '@ronghe/contracts';
import { afterAll, expect, inject, it } from 'vitest';
import { end, ROOT, startProcess } from '../durability/processes.ts';
import { signIn } from './portal-api.ts';

const { url, password } = inject('demo');
const target = join(mkdtempSync(join(tmpdir(), 'ronghe-restored-')), 'data');
afterAll(() => rmSync(join(target, '..'), { recursive: true, force: true }));

const run = promisify(execFile);
const ronghe = async (...args: string[]): Promise<string> => {
  const environment = { ...process.env, RONGHE_CLI_URL: url, RONGHE_CLI_PASSWORD: password };
  const { stdout } = await run(process.execPath, [join(ROOT, 'cli/bin/ronghe.mjs'), ...args], {
    env: environment,
  });
  return stdout;
};

it('makes a backup of the running province that comes back whole in an empty folder', async () => {
  const admin = await signIn(url, 'admin', password);
  const before = await admin.get<Page<EnterpriseSummary>>('/api/fuse/enterprises?limit=500');
  const [, backup] = /written to (\S+)/.exec(await ronghe('backup')) ?? [];
  expect(await ronghe('backup', 'list')).toContain(backup?.split('/').at(-1));
  expect(await ronghe('restore', String(backup), '--data', target)).toMatch(/^restored .*: \d+ rows/);
  await expect(ronghe('restore', String(backup), '--data', target)).rejects.toThrow(/not empty/);

  const server = await startProcess({
    file: 'server/dist/main.js',
    args: ['--data', target, '--port', '0'],
    ready: /^ready /,
    environment: { RONGHE_MQTT_PORT: '0', RONGHE_SQL_PORT: '0', RONGHE_LOG_LEVEL: 'warn' },
  });
  try {
    const restored = await signIn(server.line.split(' ')[1] ?? '', 'admin', password);
    expect(await restored.get<Page<EnterpriseSummary>>('/api/fuse/enterprises?limit=500')).toEqual(before);
    expect(await restored.get<AuditVerdict>('/api/audit/verify')).toMatchObject({ intact: true });
    const { items: points } = await restored.get<Page<Point>>('/api/collect/points?limit=500');
    const { items: latest } = await restored.get<{ items: unknown[] }>(
      `/api/ingest/latest?points=${points.map(({ id }) => id).join(',')}`,
    );
    expect(latest.length).toBeGreaterThan(50);
  } finally {
    expect(await end(server, 'SIGTERM')).toBe(0);
  }
});

it('tells its state and verifies its audit chain from the command line', async () => {
  expect(await ronghe('status')).toMatch(/relational +embedded .*ready/);
  expect(await ronghe('audit', 'verify')).toMatch(/^the audit chain is intact: \d+ entries/);
  expect(await ronghe('user', 'list')).toContain('admin');
});
