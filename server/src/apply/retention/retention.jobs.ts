import type { Clock } from '#platform/clock/clock.ts';
import type { Relational } from '#platform/db/relational.ts';
import type { JobDefinition } from '#platform/jobs/jobs.ts';
import type { ApplyTables } from '../apply.tables.ts';
import { createUnscopedRetentionStore } from './retention.store.ts';

/** Two years, so that the same month of the year before can be looked at. */
const ALERT_DAYS = 731;
const NOTICE_DAYS = 90;
const DAY_MS = 86_400_000;

export const DELETE_EXPIRED_ALERTS_JOB = 'apply.delete-expired';

/** Every night: alerts, messages and maintenance that are over for long. Its result tells how many of each. */
export const deleteExpiredAlertsJob = (parts: { relational: Relational; clock: Clock }): JobDefinition => ({
  kind: DELETE_EXPIRED_ALERTS_JOB,
  title: { zh: '删除过期预警', en: 'Delete expired alerts' },
  schedule: '25 3 * * *',
  onDemand: true,
  async run({ signal }) {
    const store = createUnscopedRetentionStore(parts.relational.as<ApplyTables>());
    const before = (days: number) => new Date(parts.clock.now().getTime() - days * DAY_MS);
    const all = async (once: () => Promise<number>): Promise<number> => {
      let rows = 0;
      for (let more = -1; more !== 0; rows += more) {
        signal.throwIfAborted();
        more = await once();
      }
      return rows;
    };
    return {
      alerts: await all(() => store.endedAlerts(before(ALERT_DAYS))),
      notices: await all(() => store.notices(before(NOTICE_DAYS))),
      maintenance: await store.maintenance(before(ALERT_DAYS)),
    };
  },
});
