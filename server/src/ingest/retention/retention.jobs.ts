import { systemScope } from '#platform/auth/scope.ts';
import { AppError } from '#platform/errors/errors.ts';
import type { JobDefinition } from '#platform/jobs/jobs.ts';
import type { Retention } from './retention.service.ts';

export const DELETE_EXPIRED_JOB = 'ingest.delete-expired';

/** Every night at ten past three; a person may start it as well. Its result tells the rows deleted by class. */
export const deleteExpiredJob = (retention: Retention): JobDefinition => ({
  kind: DELETE_EXPIRED_JOB,
  title: { zh: '删除过期观测值', en: 'Delete expired observations' },
  schedule: '10 3 * * *',
  onDemand: true,
  async run({ job, signal }) {
    const { organisation } = job;
    const counts = await retention.deleteExpired(
      systemScope({ organisation, permissions: [], name: 'retention' }),
      signal,
    );
    // The roller of another process has the lock for a moment; the job is tried again.
    if (!counts) throw new AppError('ENGINE_UNAVAILABLE');
    return counts;
  },
});
