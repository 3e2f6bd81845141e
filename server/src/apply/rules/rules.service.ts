import {
  ALERT_RULES_MAX,
  type AlertRule,
  type AlertRuleChange,
  type AlertRuleQuery,
  type NewAlertRule,
  type Page,
} from '@ronghe/contracts';
import type { Points } from '#collect';
import { demand, demandCovers, type Scope } from '#platform/auth/scope.ts';
import { AppError } from '#platform/errors/errors.ts';
import type { Platform } from '#platform/platform.ts';
import { createAlertStore } from '../alerts/alerts.store.ts';
import type { ApplyTables } from '../apply.tables.ts';
import type { Channels } from '../notices/channels.service.ts';
import { createRuleStore } from './rules.store.ts';
import { faultsOf, watchesAnew } from './rules.ts';

type Parts = Pick<Platform, 'relational' | 'audit' | 'clock' | 'ids'> & {
  points: Points;
  channels: Pick<Channels, 'demandKnown'>;
};
type Saved = Omit<AlertRule, 'open'>;

/** Use cases of alert rules: in versions, with a trace, evaluated from the next step on. */
export function createRules({ relational, audit, clock, ids, points, channels }: Parts) {
  const database = relational.as<ApplyTables>();
  const store = createRuleStore(database);

  async function found(scope: Scope, id: string): Promise<AlertRule> {
    const rule = await store.find(scope, id);
    if (!rule || rule.state === 'removed') throw new AppError('NOT_FOUND', { thing: `rule ${id}` });
    return rule;
  }

  const save = async (scope: Scope, rule: Saved, before: AlertRule | null): Promise<AlertRule> => {
    await database.transaction().execute(async (transaction) => {
      const rules = createRuleStore(transaction);
      await rules.turnUnscoped();
      if (!before && (await rules.countUnscoped()) >= ALERT_RULES_MAX)
        throw new AppError('ALERT_RULE_INVALID', { reason: `there are ${ALERT_RULES_MAX} rules already` });
      if (!(await rules.add(scope, rule)))
        throw new AppError('ALERT_RULE_CHANGED', { version: (await found(scope, rule.id)).version });
      if (before && (rule.state === 'removed' || watchesAnew(before, rule))) {
        const note = rule.state === 'removed' ? 'the rule was removed' : 'the rule was changed';
        await createAlertStore(transaction).endOfRule(scope, rule.id, { at: clock.now(), note });
      }
      const verb = before ? (rule.state === 'removed' ? 'remove' : 'change') : 'create';
      const change = { action: `apply:rule:${verb}`, target: `rule:${rule.id}`, before, after: rule };
      await audit.record(scope, { ...change, organisation: rule.organisation }, transaction);
    });
    return { ...rule, open: rule.state === 'removed' ? 0 : ((await store.find(scope, rule.id))?.open ?? 0) };
  };

  /** @throws NOT_FOUND, POINT_UNKNOWN, ALERT_RULE_INVALID, PERMISSION_MISSING */
  async function check(scope: Scope, rule: NewAlertRule): Promise<void> {
    demand(scope, 'apply:rule:write');
    // An alert tells what the point said, so only who may read that may have it watched.
    demand(scope, 'ingest:observation:read');
    demandCovers(scope, rule.organisation, `organisation ${rule.organisation}`);
    const faults = faultsOf(rule);
    if (faults.length > 0) throw new AppError('ALERT_RULE_INVALID', { reason: faults.join('; ') });
    await channels.demandKnown(scope, rule.tell);
    if (!('points' in rule.watch)) return;
    const wanted = rule.watch.points;
    const visible = await points.visible({ ...scope, organisation: rule.organisation }, wanted);
    const known = new Map(visible.map((point) => [point.id, point]));
    const unknown = wanted.find((id) => !known.has(id));
    if (unknown !== undefined) throw new AppError('POINT_UNKNOWN', { point: String(unknown) });
    const text = visible.find(({ type }) => type === 'text');
    if (text)
      throw new AppError('ALERT_RULE_INVALID', {
        reason: `point ${text.id} (${text.key}) holds texts; rules are about numbers and switches`,
      });
  }

  return {
    check,

    async list(scope: Scope, query: AlertRuleQuery): Promise<Page<AlertRule>> {
      demand(scope, 'apply:alert:read');
      return store.page(scope, query);
    },

    /** @throws NOT_FOUND */
    async get(scope: Scope, id: string): Promise<AlertRule> {
      demand(scope, 'apply:alert:read');
      return found(scope, id);
    },

    async create(scope: Scope, content: NewAlertRule): Promise<AlertRule> {
      await check(scope, content);
      const made = { madeBy: scope.actor.name, madeAt: clock.now().toISOString() };
      return save(scope, { ...content, id: ids.next(), version: 1, state: 'active', ...made }, null);
    },

    /** A new version. @throws ALERT_RULE_CHANGED when somebody was faster, and what `check` throws */
    async change(scope: Scope, id: string, { basedOn, ...content }: AlertRuleChange): Promise<AlertRule> {
      await check(scope, content);
      const before = await found(scope, id);
      if (before.version !== basedOn) throw new AppError('ALERT_RULE_CHANGED', { version: before.version });
      const made = { madeBy: scope.actor.name, madeAt: clock.now().toISOString() };
      return save(scope, { ...content, id, version: basedOn + 1, state: 'active', ...made }, before);
    },

    /** Ends its alerts and watches no more; what there was stays to be read. @throws NOT_FOUND, ALERT_RULE_CHANGED */
    async remove(scope: Scope, id: string): Promise<AlertRule> {
      demand(scope, 'apply:rule:write');
      const before = await found(scope, id);
      const { open: _open, ...content } = before;
      const made = { madeBy: scope.actor.name, madeAt: clock.now().toISOString() };
      return save(scope, { ...content, version: before.version + 1, state: 'removed', ...made }, before);
    },
  };
}
export type Rules = ReturnType<typeof createRules>;
