import { PERMISSION_NAMES, type Permission } from '@ronghe/contracts';
import { createAudit } from '#platform/audit/audit.service.ts';
import { type Scope, systemScope } from '#platform/auth/scope.ts';
import { randomIds, systemClock } from '#platform/clock/clock.ts';
import type { Relational } from '#platform/db/relational.ts';
import { createEvents, type Events } from '#platform/events/events.ts';
import { createJobs } from '#platform/jobs/jobs.service.ts';
import type { Jobs } from '#platform/jobs/jobs.ts';
import { silentLog } from '#platform/log/log.ts';

/** Jobs as one server process has them; several on one database are several processes. */
export function jobsOn(relational: Relational): { jobs: Jobs; events: Events } {
  const log = silentLog();
  const events = createEvents(log);
  const audit = createAudit({ relational, clock: systemClock, log });
  return { jobs: createJobs({ relational, events, audit, clock: systemClock, ids: randomIds, log }), events };
}

/** A scope of one organisation, with all rights unless told otherwise. */
export const scopeOf = (organisation: string, permissions: readonly Permission[] = PERMISSION_NAMES): Scope =>
  systemScope({ organisation, permissions, name: 'tester' });

/** A promise and the function that resolves it. */
export function signal(): { heard: Promise<void>; give: () => void } {
  let give: () => void = () => undefined;
  const heard = new Promise<void>((resolve) => {
    give = resolve;
  });
  return { heard, give };
}

/** Resolves when the signal is aborted. */
export const aborted = (abort: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (abort.aborted) resolve();
    else abort.addEventListener('abort', () => resolve(), { once: true });
  });
