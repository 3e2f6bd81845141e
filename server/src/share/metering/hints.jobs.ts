import type { JobDefinition } from '#platform/jobs/jobs.ts';
import type { Hints } from './hints.service.ts';

export const HINTS_JOB = 'share.look-for-hints';
const TIMEOUT_MS = 900_000;

/** Looks at the accesses of every hour soon after it has ended. */
export const hintJob = (hints: Hints): JobDefinition => ({
  kind: HINTS_JOB,
  title: { zh: '检查异常访问', en: 'Look for unusual access' },
  schedule: '4 * * * *',
  timeoutMs: TIMEOUT_MS,
  run: hints.run,
});
