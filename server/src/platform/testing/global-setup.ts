// biome-ignore-all lint/correctness/noUndeclaredDependencies: only tests import this file
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { startEmbeddedPostgres } from '#platform/db/embedded-postgres.ts';
import { silentLog } from '#platform/log/log.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** address of the database server of this test run, without a database of its own */
    postgresUrl: string;
  }
}

/** One PostgreSQL for a whole test run: `RONGHE_TEST_POSTGRES_URL`, else an embedded one in a temporary folder. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const given = process.env.RONGHE_TEST_POSTGRES_URL;
  if (given) {
    project.provide('postgresUrl', given);
    return () => Promise.resolve();
  }
  const folder = mkdtempSync(join(tmpdir(), 'ronghe-test-postgres-'));
  const postgres = await startEmbeddedPostgres({ folder: join(folder, 'postgres'), log: silentLog() });
  const { host, user } = postgres.adminConnection('postgres');
  project.provide(
    'postgresUrl',
    `postgres://${user}@localhost/postgres?host=${encodeURIComponent(host ?? '')}`,
  );
  return async () => {
    await postgres.stop();
    rmSync(folder, { recursive: true, force: true });
  };
}
