import type {
  Acknowledgement,
  AcknowledgementAnswer,
  Alert,
  AlertExplanation,
  AlertPage,
  AlertQuery,
  AlertRule,
} from '@ronghe/contracts';
import type { Changes } from '#ingest';
import { covers, demand, type Scope } from '#platform/auth/scope.ts';
import { AppError } from '#platform/errors/errors.ts';
import type { Platform } from '#platform/platform.ts';
import type { ApplyTables } from '../apply.tables.ts';
import { createRuleStore } from '../rules/rules.store.ts';
import { createAlertStore } from './alerts.store.ts';
import { thinned, windowOf } from './alerts.ts';

const SIMILAR_DAYS = 90;
const DAY_MS = 86_400_000;
/** Readings that are read to explain an alert; of more the window is cut at its end. */
const READINGS_MAX = 200_000;
const SHOWN_MAX = 500;

type Parts = Pick<Platform, 'relational' | 'audit' | 'clock'> & { changes: Changes };

/** Use cases of alerts: seen, explained, acknowledged. */
export function createAlerts({ relational, audit, clock, changes }: Parts) {
  const database = relational.as<ApplyTables>();
  const store = createAlertStore(database);
  const rules = createRuleStore(database);

  async function found(scope: Scope, id: string): Promise<Alert> {
    const alert = await store.find(scope, id);
    if (!alert) throw new AppError('NOT_FOUND', { thing: `alert ${id}` });
    return alert;
  }

  /** What the point said around the alert; nothing for who may not read that. */
  async function readingsOf(scope: Scope, alert: Alert, window: { fromMs: number; toMs: number }) {
    if (!scope.permissions.has('ingest:observation:read')) return [];
    const { fromMs } = window;
    let { toMs } = window;
    while ((await changes.countBetween([alert.point], fromMs, toMs)) > READINGS_MAX)
      toMs = fromMs + (toMs - fromMs) / 2;
    const [row] = await changes.between([alert.point], fromMs, toMs);
    return row ? thinned(row, SHOWN_MAX) : [];
  }

  return {
    async list(scope: Scope, query: AlertQuery): Promise<AlertPage> {
      demand(scope, 'apply:alert:read');
      return store.page(scope, query);
    },

    /** The alert with its rule, what the point said, what was done and what was like it. @throws NOT_FOUND */
    async explain(scope: Scope, id: string): Promise<AlertExplanation> {
      demand(scope, 'apply:alert:read');
      const alert = await found(scope, id);
      const rule = await rules.version(ofOwner(scope), alert.rule, alert.ruleVersion);
      if (!rule) throw new AppError('NOT_FOUND', { thing: `rule ${alert.rule}` });
      const nowMs = clock.now().getTime();
      const window = windowOf(alert, nowMs);
      const [readings, events, similar] = await Promise.all([
        readingsOf(scope, alert, window),
        store.events(scope, alert),
        store.similar(scope, alert, new Date(nowMs - SIMILAR_DAYS * DAY_MS)),
      ]);
      const [from, to] = [window.fromMs, window.toMs].map((ms) => new Date(ms).toISOString());
      return {
        alert,
        rule: shownRule(scope, rule, alert),
        readings,
        events,
        similar,
        from: from ?? '',
        to: to ?? '',
      };
    },

    /** Somebody has seen them and says so, with a note; who was first stays. @throws NOT_FOUND when one is out of sight */
    async acknowledge(scope: Scope, { alerts, note }: Acknowledgement): Promise<AcknowledgementAnswer> {
      demand(scope, 'apply:alert:acknowledge');
      const ids = [...new Set(alerts)];
      return database.transaction().execute(async (transaction) => {
        const own = createAlertStore(transaction);
        if ((await own.countOf(scope, ids)) < ids.length)
          throw new AppError('NOT_FOUND', { thing: 'one of the alerts' });
        const acknowledged = await own.acknowledge(scope, ids, { at: clock.now(), note });
        if (acknowledged.length > 0)
          await audit.record(
            scope,
            {
              action: 'apply:alert:acknowledge',
              target: `alerts:${acknowledged.length}`,
              organisation: scope.organisation,
              after: { alerts: acknowledged.map(({ id }) => id), note },
            },
            transaction,
          );
        return { acknowledged: acknowledged.length, already: ids.length - acknowledged.length };
      });
    },
  };
}
export type Alerts = ReturnType<typeof createAlerts>;

/** A rule may belong to an organisation above the reader: what fired at one's own point may be known. */
const ofOwner = (scope: Scope): Scope => ({
  ...scope,
  organisation: scope.organisation.split('.')[0] ?? scope.organisation,
});

/** What others' points the rule watches is not for those below. */
const shownRule = (scope: Scope, rule: AlertRule, alert: Alert): AlertRule =>
  covers(scope, rule.organisation) ? rule : { ...rule, watch: { points: [alert.point] }, open: 0 };
