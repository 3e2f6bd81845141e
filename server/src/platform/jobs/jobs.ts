import type {
  Bilingual,
  Job,
  JobKind,
  JobState,
  OrganisationPath,
  Page,
  Permission,
} from '@ronghe/contracts';
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
  /**
   * Aborted on cancel, on shutdown and when the time is over; long work checks it (`signal.throwIfAborted()`). What `run`
   * returns after that does not count: the job is cancelled, queued again or failed.
   */
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
  /** right a person needs, besides `platform:job:write`, to start, cancel or retry it */
  permission?: Permission;
  /** default 3; an error of the caller (status below 500) is not tried again */
  attemptsMax?: number;
  /** default one hour */
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
  /** A person starts an on-demand kind for their own organisation; audited. @throws JOB_KIND_UNKNOWN, PERMISSION_MISSING */
  startByHand(scope: Scope, kind: string): Promise<string>;
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
  /** A queued job ends at once, a running one as soon as it heeds its signal. @throws JOB_NOT_ACTIVE, NOT_FOUND */
  cancel(scope: Scope, id: string): Promise<void>;
  /** Queues the same work once more as a new job; returns its id. @throws JOB_ACTIVE, NOT_FOUND */
  retry(scope: Scope, id: string): Promise<string>;
  start(): Promise<void>;
  stop(): Promise<void>;
};
