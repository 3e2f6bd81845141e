import { Cron } from 'croner';
import type { JobDefinition } from '#platform/jobs/jobs.ts';

const TIME_ZONE = 'Asia/Shanghai';

/** The next moment of a cron expression after the given one, in the time of Beijing; null when there is none. */
export const nextRun = (schedule: string, after: Date): Date | null =>
  new Cron(schedule, { timezone: TIME_ZONE, paused: true }).nextRun(after);

/** Name of one scheduled run: the same in every process, so that it is queued once. */
export const onceKey = (kind: string, at: Date): string => `${kind}@${at.toISOString()}`;

/** Remembers when each scheduled kind is due. Moments that passed while no process ran are not made up for. */
export function createSchedule() {
  const due = new Map<string, Date | null>();
  return {
    /** Kinds that are due now, each with the moment it was planned for. */
    take(definitions: Iterable<JobDefinition>, now: Date): { definition: JobDefinition; at: Date }[] {
      const ready: { definition: JobDefinition; at: Date }[] = [];
      for (const definition of definitions) {
        if (definition.schedule === undefined) continue;
        const at = due.has(definition.kind) ? due.get(definition.kind) : undefined;
        if (at === null || (at && at > now)) continue;
        if (at) ready.push({ definition, at });
        due.set(definition.kind, nextRun(definition.schedule, now));
      }
      return ready;
    },
  };
}
