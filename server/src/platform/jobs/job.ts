import type { Job } from '@ronghe/contracts';
import { redactText } from '#platform/audit/redact.ts';
import { AppError } from '#platform/errors/errors.ts';
import type { JobRow } from '#platform/jobs/job.store.ts';
import type { JobDefinition } from '#platform/jobs/jobs.ts';

export const ATTEMPTS_MAX_DEFAULT = 3;
export const TIMEOUT_MS_DEFAULT = 3_600_000;
const BACKOFF_FIRST_MS = 2_000;
const BACKOFF_MS_MAX = 60_000;
const ERROR_CHARACTERS_MAX = 500;

/** How long a job waits after its n-th failed attempt (from 1): 2 s, 4 s, 8 s … at most a minute. */
export const backoffMs = (attempt: number): number =>
  Math.min(BACKOFF_FIRST_MS * 2 ** (attempt - 1), BACKOFF_MS_MAX);

/** False for the caller's own faults, which another attempt does not mend. */
export const worthRetrying = (error: unknown): boolean => !(error instanceof AppError) || error.status >= 500;

/** What is told of a failure on the jobs page: a code of the catalog and a sentence, without secrets. */
export function errorText(error: unknown): string {
  const code = error instanceof AppError ? error.code : 'INTERNAL';
  const message = error instanceof Error ? error.message : String(error);
  return `${code}: ${redactText(message)}`.slice(0, ERROR_CHARACTERS_MAX);
}

/** A row in the shape of the contract; a kind that this version no longer knows keeps its name as title. */
export const toJob = (row: JobRow, definition: JobDefinition | undefined): Job => ({
  id: row.id,
  kind: row.kind,
  title: definition?.title ?? { zh: row.kind, en: row.kind },
  organisation: row.organisation,
  state: row.state,
  progress: row.progress,
  message: row.message,
  attempt: row.attempt,
  attemptsMax: row.attempts_max,
  requestedBy: row.requested_by,
  createdAt: row.created_at.toISOString(),
  startedAt: row.started_at?.toISOString() ?? null,
  finishedAt: row.finished_at?.toISOString() ?? null,
  result: asRecord(row.result),
  error: row.error,
});

/** JSON of the database as an object; null when it is none. */
export const asRecord = (value: unknown): Record<string, unknown> | null =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : null;
