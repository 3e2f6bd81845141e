import type { Bilingual, Job, JobKind, JobState, OrganisationPath, Page } from '@ronghe/contracts';
import type { Scope } from '#platform/auth/scope.ts';

/** What a running job may do: tell progress (0..1), look whether it was cancelled. */
export type JobContext = {
  job: {
    id: string;
    kind: string;
    organisation: OrganisationPath;
    params: Readonly<Record<string, unknown>>;
    requestedBy: string;
    attempt: number;
  };
  /** aborted on cancel and on shutdown; long work checks it */
  signal: AbortSignal;
  progress(share: number, message?: string): Promise<void>;
};

export type JobDefinition = {
  /** word.verb-thing */
  kind: string;
  title: Bilingual;
  /** cron in Asia/Shanghai */
  schedule?: string;
  /** a person may start it without parameters from the jobs page */
  onDemand?: boolean;
  attemptsMax?: number;
  timeoutMs?: number;
  run(context: JobContext): Promise<Record<string, unknown>>;
};

/** Work on a clock or on demand, kept in PostgreSQL: survives restarts, runs once over several server processes. */
export type Jobs = {
  define(definition: JobDefinition): void;
  /** Queues a job; returns its id. The job runs for the given organisation, or the scope's. */
  enqueue(
    scope: Scope,
    request: { kind: string; params?: Record<string, unknown>; organisation?: OrganisationPath },
  ): Promise<string>;
  /** Resolves when the job has ended, with its final row. For tests and callers that wait. */
  wait(scope: Scope, id: string, options?: { timeoutMs?: number }): Promise<Job>;
  get(scope: Scope, id: string): Promise<Job>;
  list(
    scope: Scope,
    query: {
      cursor?: string | undefined;
      limit: number;
      state?: JobState | undefined;
      kind?: string | undefined;
    },
  ): Promise<Page<Job>>;
  kinds(): JobKind[];
  cancel(scope: Scope, id: string): Promise<void>;
  retry(scope: Scope, id: string): Promise<string>;
  start(): Promise<void>;
  stop(): Promise<void>;
};
