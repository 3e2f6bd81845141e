import { RETENTION_CLASSES, type RetentionList } from '@ronghe/contracts';
import type { Audit } from '#platform/audit/audit.ts';
import { demand, demandRoot, type Scope } from '#platform/auth/scope.ts';
import type { Clock } from '#platform/clock/clock.ts';
import type { Config } from '#platform/config/config.ts';
import type { Rollups } from '../rollups/rollups.service.ts';
import { isBefore, type RetentionStore } from './retention.store.ts';
import { deletableBefore, type RetentionClass } from './retention.ts';

/** How long each class of data is kept: samples, and their minutes, hours and days, which outlive them. */
export type Retention = {
  /** @throws PERMISSION_MISSING, ROOT_REQUIRED */
  list(scope: Scope): Promise<RetentionList>;
  /**
   * Deletes months in which everything is older than its class is kept, after what is in them is rolled up. Audited.
   * @returns rows deleted by class; null when another process rolls up or deletes
   * @throws ROOT_REQUIRED, because it is the same for the whole installation
   */
  deleteExpired(scope: Scope, signal: AbortSignal): Promise<Record<RetentionClass, number> | null>;
};

type Parts = {
  store: RetentionStore;
  rollups: Rollups;
  /** runs the work while no other process rolls up; false when one does */
  alone: (work: () => Promise<void>) => Promise<boolean>;
  /** resolves when no process believes any longer that what was closed is there */
  closed: () => Promise<void>;
  audit: Audit;
  clock: Clock;
  config: Pick<Config, 'ingestRawDays' | 'ingestMinuteDays' | 'ingestHourDays' | 'ingestDayDays'>;
};

export function createRetention({ store, rollups, alone, closed, audit, clock, config }: Parts): Retention {
  const days: Readonly<Record<RetentionClass, number>> = {
    raw: config.ingestRawDays,
    minute: config.ingestMinuteDays,
    hour: config.ingestHourDays,
    day: config.ingestDayDays,
  };

  const deleteClass = async (scope: Scope, of: RetentionClass): Promise<number> => {
    const now = clock.now();
    const before = deletableBefore(now.getTime(), days[of]);
    if (!before) return 0;
    const expired = (await store.months(of)).filter((month) => isBefore(month, before));
    if (expired.length === 0) return 0;
    const rows = expired.reduce((sum, month) => sum + month.rows, 0);
    await store.close(of, before, now);
    await closed();
    await store.drop(expired);
    await store.count(of, rows);
    const after = { before: before.toISOString(), rows, months: expired.map(({ partition }) => partition) };
    await audit.record(scope, { action: 'ingest:retention:delete', target: `class ${of}`, after });
    return rows;
  };

  return {
    async list(scope) {
      demand(scope, 'platform:status:read');
      demandRoot(scope);
      const deleted = await store.deleted();
      const items = await Promise.all(
        RETENTION_CLASSES.map(async (name) => {
          const months = await store.months(name);
          return {
            class: name,
            days: days[name],
            rows: months.reduce((sum, { rows }) => sum + rows, 0),
            bytes: months.reduce((sum, { bytes }) => sum + bytes, 0),
            deletedRows: deleted.get(name)?.rows ?? 0,
            deletedBefore: deleted.get(name)?.before.toISOString() ?? null,
          };
        }),
      );
      return { items };
    },

    async deleteExpired(scope, signal) {
      demandRoot(scope);
      const counts = { raw: 0, minute: 0, hour: 0, day: 0 };
      if (!(await rollups.catchUp(signal))) return null;
      const done = await alone(async () => {
        for (const name of RETENTION_CLASSES) {
          signal.throwIfAborted();
          counts[name] = await deleteClass(scope, name);
        }
      });
      return done ? counts : null;
    },
  };
}
