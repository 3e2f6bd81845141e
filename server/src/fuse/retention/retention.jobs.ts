import { systemScope } from '#platform/auth/scope.ts';
import type { JobDefinition } from '#platform/jobs/jobs.ts';
import type { Retention } from './retention.service.ts';

const TIMEOUT_MS = 6 * 3_600_000;

/** Every night at forty past three; a person may start it as well. Its result tells what was removed. */
export const removeExpiredJob = (retention: Retention): JobDefinition => ({
  kind: 'fuse.remove-expired',
  title: { zh: '清理过期的运行明细', en: 'Remove expired details of runs' },
  schedule: '40 3 * * *',
  onDemand: true,
  timeoutMs: TIMEOUT_MS,
  run: ({ job: { organisation }, signal }) =>
    retention.removeExpired(systemScope({ organisation, permissions: [], name: 'retention' }), signal),
});
