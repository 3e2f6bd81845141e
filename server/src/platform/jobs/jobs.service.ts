import type { Job } from '@ronghe/contracts';
import type { Transaction } from 'kysely';
import type { Audit } from '#platform/audit/audit.ts';
import { demand, demandCovers, type Scope } from '#platform/auth/scope.ts';
import type { Clock, Ids } from '#platform/clock/clock.ts';
import type { Relational } from '#platform/db/relational.ts';
import { AppError } from '#platform/errors/errors.ts';
import type { Events } from '#platform/events/events.ts';
import { createJobStore, type JobRow, type JobTables } from '#platform/jobs/job.store.ts';
import { ATTEMPTS_MAX_DEFAULT, asRecord, toJob } from '#platform/jobs/job.ts';
import type { JobDefinition, Jobs } from '#platform/jobs/jobs.ts';
import { createQueueStore } from '#platform/jobs/queue.store.ts';
import { demandSmall } from '#platform/jobs/run.ts';
import { nextRun } from '#platform/jobs/schedule.ts';
import { createWorker } from '#platform/jobs/worker.ts';
import type { Log } from '#platform/log/log.ts';
import { decodeCursor, encodeCursor, invalidCursor } from '#platform/paging/cursor.ts';

/** Jobs that may wait in the queue of an installation. */
export const JOBS_QUEUED_MAX = 10_000;
const PARAMS_CHARACTERS_MAX = 65_536;
const WAIT_MS_DEFAULT = 60_000;
const WAIT_LOOK_MS = 500;

type Options = { relational: Relational; events: Events; audit: Audit; clock: Clock; ids: Ids; log: Log };
type Request = Parameters<Jobs['enqueue']>[1];

/** Jobs on PostgreSQL. Kinds are defined before `start`; without `start` jobs are queued and wait. */
export function createJobs({ relational, events, audit, clock, ids, log }: Options): Jobs {
  const db = relational.as<JobTables>();
  const store = createJobStore(db);
  const definitions = new Map<string, JobDefinition>();
  const worker = createWorker({ queue: createQueueStore(db), definitions, events, clock, ids, log });

  const find = async (scope: Scope, id: string): Promise<JobRow> => {
    const row = await store.find(scope, id);
    if (!row) throw new AppError('NOT_FOUND', { thing: id });
    return row;
  };

  const queue = async (
    scope: Scope,
    request: Request,
    transaction?: Transaction<JobTables>,
  ): Promise<string> => {
    const definition = definitions.get(request.kind);
    if (!definition) throw new AppError('JOB_KIND_UNKNOWN', { kind: request.kind });
    const organisation = request.organisation ?? scope.organisation;
    demandCovers(scope, organisation, organisation);
    const params = request.params ?? {};
    demandSmall(params, PARAMS_CHARACTERS_MAX);
    if ((await store.countQueuedUnscoped()) >= JOBS_QUEUED_MAX) throw new AppError('RATE_LIMITED');
    const id = ids.next();
    await createJobStore(transaction ?? db).insert(scope, {
      id,
      kind: request.kind,
      organisation,
      params,
      requested_by: scope.actor.name,
      attempts_max: definition.attemptsMax ?? ATTEMPTS_MAX_DEFAULT,
      created_at: clock.now(),
    });
    return id;
  };

  const announce = (id: string, kind: string, state: string): void => {
    events.publish('platform.job.changed', { job: id, kind, state });
    worker.wake();
  };

  /** Queues for a person and leaves the trace in the same transaction. */
  const queueByHand = async (scope: Scope, request: Request, action: string): Promise<string> => {
    const id = await db.transaction().execute(async (transaction) => {
      const made = await queue(scope, request, transaction);
      const change = {
        action,
        target: `job:${made}`,
        organisation: request.organisation ?? scope.organisation,
      };
      await audit.record(scope, { ...change, after: request }, transaction);
      return made;
    });
    announce(id, request.kind, 'queued');
    return id;
  };

  const demandWrite = (scope: Scope, kind: string): void => {
    demand(scope, 'platform:job:write');
    const permission = definitions.get(kind)?.permission;
    if (permission) demand(scope, permission);
  };

  return {
    define(definition) {
      if (definitions.has(definition.kind))
        throw new Error(`the job kind ${definition.kind} is defined twice`);
      // A wrong expression is found at the start and not at the first due moment.
      if (definition.schedule !== undefined) nextRun(definition.schedule, clock.now());
      definitions.set(definition.kind, definition);
    },

    async enqueue(scope, request) {
      const id = await queue(scope, request);
      announce(id, request.kind, 'queued');
      return id;
    },

    async startByHand(scope, kind) {
      demandWrite(scope, kind);
      if (!definitions.get(kind)?.onDemand) throw new AppError('JOB_KIND_UNKNOWN', { kind });
      return queueByHand(scope, { kind }, 'platform:job:start');
    },

    async get(scope, id) {
      demand(scope, 'platform:job:read');
      const row = await find(scope, id);
      return toJob(row, definitions.get(row.kind));
    },

    async list(scope, { cursor, limit, state, kind }) {
      demand(scope, 'platform:job:read');
      const after = cursor === undefined ? null : afterOf(cursor);
      const query = {
        after,
        limit: limit + 1,
        state: state ?? null,
        kind: kind?.replaceAll('\0', '') ?? null,
      };
      const { rows, total } = await store.list(scope, query);
      const page = rows.slice(0, limit);
      const last = page.at(-1);
      return {
        items: page.map((row) => toJob(row, definitions.get(row.kind))),
        next: rows.length > limit && last ? encodeCursor([last.created_at.getTime(), last.id]) : null,
        total,
      };
    },

    kinds: () =>
      [...definitions.values()].map(({ kind, title, schedule, onDemand }) => ({
        kind,
        title,
        schedule: schedule ?? null,
        nextAt: (schedule !== undefined && nextRun(schedule, clock.now())?.toISOString()) || null,
        onDemand: onDemand ?? false,
      })),

    async cancel(scope, id) {
      const row = await find(scope, id);
      demandWrite(scope, row.kind);
      const state = await db.transaction().execute(async (transaction) => {
        const now = await createJobStore(transaction).cancel(scope, id, clock.now());
        if (now === null) throw new AppError('JOB_NOT_ACTIVE');
        const change = { action: 'platform:job:cancel', target: `job:${id}`, organisation: row.organisation };
        await audit.record(scope, { ...change, before: { kind: row.kind, state: row.state } }, transaction);
        return now;
      });
      if (state === 'running') worker.cancel(id);
      else announce(id, row.kind, state);
    },

    async retry(scope, id) {
      const row = await find(scope, id);
      demandWrite(scope, row.kind);
      if (row.state === 'queued' || row.state === 'running') throw new AppError('JOB_ACTIVE');
      const { kind, organisation } = row;
      const request = { kind, organisation, params: asRecord(row.params) ?? {} };
      return queueByHand(scope, request, 'platform:job:retry');
    },

    wait: (scope, id, options) => waitFor({ scope, id, find, definitions, events }, options?.timeoutMs),

    async start() {
      worker.start();
    },
    stop: () => worker.stop(),
  };
}

function afterOf(cursor: string): { createdAt: Date; id: string } {
  const [createdMs = '', id = ''] = decodeCursor(cursor, 2);
  const createdAt = new Date(Number(createdMs));
  if (Number.isNaN(createdAt.getTime()) || !/^[0-9a-f-]{36}$/.test(id)) throw invalidCursor();
  return { createdAt, id };
}

type Waiting = {
  scope: Scope;
  id: string;
  find: (scope: Scope, id: string) => Promise<JobRow>;
  definitions: ReadonlyMap<string, JobDefinition>;
  events: Events;
};

/** Looks when this process tells of a change, and every half second for changes by others. */
async function waitFor(
  { scope, id, find, definitions, events }: Waiting,
  timeoutMs = WAIT_MS_DEFAULT,
): Promise<Job> {
  const untilMs = performance.now() + timeoutMs;
  let look: () => void = () => undefined;
  const unlisten = events.listen('platform.job.changed', ({ job }) => {
    if (job === id) look();
  });
  try {
    for (;;) {
      const changed = new Promise<void>((resolve) => {
        look = resolve;
      });
      const row = await find(scope, id);
      if (row.state !== 'queued' && row.state !== 'running') return toJob(row, definitions.get(row.kind));
      if (performance.now() >= untilMs)
        throw new Error(`the job ${id} is still ${row.state} after ${timeoutMs} ms`);
      let timer: NodeJS.Timeout | undefined;
      const later = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, Math.min(WAIT_LOOK_MS, Math.max(1, untilMs - performance.now())));
      });
      await Promise.race([changed, later]);
      clearTimeout(timer);
    }
  } finally {
    unlisten();
  }
}
