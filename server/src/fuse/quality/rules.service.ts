import type {
  NewQualityRule,
  QualityRule,
  QualityRuleChange,
  QualityTrial,
  QualityTrialResult,
  RuleCheck,
} from '@ronghe/contracts';
import { demand, demandRoot, type Scope } from '#platform/auth/scope.ts';
import { AppError } from '#platform/errors/errors.ts';
import type { Platform } from '#platform/platform.ts';
import type { FuseTables } from '../fuse.tables.ts';
import type { Audit } from './audit.service.ts';
import { createAuditStore } from './audit.store.ts';
import { createAuditedStore } from './audited.store.ts';
import { toBreach } from './breaches.ts';
import { createRuleStore, type NewRuleVersion } from './rules.store.ts';
import { checkRule, type Fault } from './rules.ts';
import { SHIPPED_RULES } from './shipped.data.ts';

type Parts = { platform: Platform; audit: Audit };

/** Use cases of quality rules: those of every source are changed by the whole tree's stewards, those of one by its own. */
export function createRules({ platform, audit: audits }: Parts) {
  const { relational, analytics, audit, clock, ids } = platform;
  const db = relational.as<FuseTables>();
  const [store, sources] = [createRuleStore(db), createAuditedStore(db)];
  const engine = createAuditStore(analytics);

  /** The organisation a rule belongs to; only who may change it gets past. */
  async function demandPlace(scope: Scope, source: string | null): Promise<string> {
    demand(scope, 'fuse:quality:write');
    if (source === null) {
      demandRoot(scope);
      return scope.organisation;
    }
    const found = await sources.source(scope, source);
    if (!found) throw new AppError('NOT_FOUND', { thing: `source ${source}` });
    return found.organisation;
  }

  async function demandSound(scope: Scope, check: RuleCheck): Promise<void> {
    const faults: Fault[] = checkRule({ check });
    if (check.kind === 'pattern' && !(await engine.isPattern(scope, check.pattern)))
      faults.push({ path: 'check.pattern', message: '不是 RE2 正则表达式 / not a pattern of RE2' });
    // looked for inside the scope, so that nobody learns through a rule what a foreign source has
    if (check.kind === 'other-source' && !(await sources.sourceByKey(scope, check.source)))
      faults.push({ path: 'check.source', message: `没有数据源 / no source ${check.source}` });
    const [first] = faults;
    if (first) throw new AppError('QUALITY_RULE_WRONG', { reason: first.message }, { details: faults });
  }

  async function write(
    scope: Scope,
    { action, organisation, before }: { action: string; organisation: string; before: QualityRule | null },
    rule: NewRuleVersion,
  ): Promise<QualityRule> {
    await db.transaction().execute(async (transaction) => {
      if (!(await createRuleStore(transaction).add(scope, rule)))
        throw before
          ? new AppError('CONFIGURATION_CHANGED', { version: before.version + 1 })
          : new AppError('CONFLICT', { thing: rule.key });
      const { at: _at, ...after } = rule;
      await audit.record(
        scope,
        { action, target: `quality-rule:${rule.id}`, organisation, before, after },
        transaction,
      );
    });
    const { at, deleted: _deleted, ...made } = rule;
    return { ...made, madeAt: at.toISOString() };
  }

  async function found(scope: Scope, id: string): Promise<QualityRule> {
    const rule = await store.find(scope, id);
    if (!rule) throw new AppError('NOT_FOUND', { thing: `quality rule ${id}` });
    return rule;
  }
  const next = (scope: Scope) => ({ madeBy: scope.actor.name, at: clock.now() });

  return {
    /** Those of every source, and of the sources inside the scope. */
    async list(scope: Scope, source?: string): Promise<QualityRule[]> {
      demand(scope, 'fuse:quality:read');
      return store.list(scope, source);
    },

    /** @throws NOT_FOUND (source), ROOT_REQUIRED, QUALITY_RULE_WRONG, CONFLICT (key) */
    async add(scope: Scope, rule: NewQualityRule): Promise<QualityRule> {
      const organisation = await demandPlace(scope, rule.source);
      await demandSound(scope, rule.check);
      const made = { ...rule, id: ids.next(), version: 1, shipped: false, ...next(scope) };
      return write(scope, { action: 'fuse:quality-rule:create', organisation, before: null }, made);
    },

    /** The next version. @throws NOT_FOUND, ROOT_REQUIRED, QUALITY_RULE_WRONG, CONFIGURATION_CHANGED */
    async change(scope: Scope, id: string, { base, ...change }: QualityRuleChange): Promise<QualityRule> {
      demand(scope, 'fuse:quality:write');
      const before = await found(scope, id);
      const organisation = await demandPlace(scope, before.source);
      if (before.version !== base) throw new AppError('CONFIGURATION_CHANGED', { version: before.version });
      if (before.shipped) demandShippedChange(change);
      if (change.check) await demandSound(scope, change.check);
      const { madeAt: _madeAt, ...rest } = before;
      const given = Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined));
      const rule = { ...rest, ...given, version: base + 1, ...next(scope) };
      return write(scope, { action: 'fuse:quality-rule:update', organisation, before }, rule);
    },

    /** @throws NOT_FOUND, ROOT_REQUIRED, QUALITY_RULE_WRONG (shipped) */
    async remove(scope: Scope, id: string): Promise<void> {
      demand(scope, 'fuse:quality:write');
      const before = await found(scope, id);
      const organisation = await demandPlace(scope, before.source);
      if (before.shipped)
        throw new AppError('QUALITY_RULE_WRONG', {
          reason: '随平台提供的规则只能停用 / a rule that came with the platform can only be switched off',
        });
      const { madeAt: _madeAt, ...rest } = before;
      const rule = { ...rest, active: false, deleted: true, version: before.version + 1, ...next(scope) };
      await write(scope, { action: 'fuse:quality-rule:delete', organisation, before }, rule);
    },

    /** @throws NOT_FOUND (source), QUALITY_RULE_WRONG */
    async try(scope: Scope, { source, check, tolerance }: QualityTrial): Promise<QualityTrialResult> {
      demand(scope, 'fuse:quality:write');
      if (!(await sources.source(scope, source)))
        throw new AppError('NOT_FOUND', { thing: `source ${source}` });
      await demandSound(scope, check);
      const { judged, examples } = await audits.tryRule(scope, source, { check, tolerance });
      const { checked, failed, broken, skipped } = judged;
      const plain = examples.map(toBreach).map(({ rule: _rule, ...line }) => line);
      return { checked, failed, broken, skipped, examples: plain };
    },

    /**
     * Adds rules of the platform that are not there yet, and the next version of those that a newer platform changed: texts,
     * dimension and check; what people set (severity, tolerance, weight, active) stays. Safe to repeat.
     */
    async ship(system: Scope): Promise<void> {
      const known = new Map(
        (await store.list(system)).filter(({ shipped }) => shipped).map((rule) => [rule.key, rule]),
      );
      for (const rule of SHIPPED_RULES) {
        const last = known.get(rule.key);
        const { name, remedy, dimension, check } = rule;
        if (last && sameText({ name, remedy, dimension, check }, last)) continue;
        const made = last
          ? { ...last, name, remedy, dimension, check, version: last.version + 1 }
          : { ...rule, id: ids.next(), version: 1, source: null, shipped: true };
        // false when another process was first
        await db
          .transaction()
          .execute((transaction) => createRuleStore(transaction).add(system, { ...made, ...next(system) }));
      }
    },
  };
}
export type Rules = ReturnType<typeof createRules>;

/** What may be changed of a rule that came with the platform. */
const SHIPPED_CHANGES: readonly string[] = ['severity', 'tolerance', 'weight', 'active'];
function demandShippedChange(change: Record<string, unknown>): void {
  const other = Object.keys(change).filter(
    (name) => change[name] !== undefined && !SHIPPED_CHANGES.includes(name),
  );
  if (other.length > 0)
    throw new AppError('QUALITY_RULE_WRONG', {
      reason: `随平台提供的规则不能改 / not to be changed of a rule of the platform: ${other.join(', ')}`,
    });
}

type Text = Pick<QualityRule, 'name' | 'remedy' | 'dimension' | 'check'>;
/** Compared key by key, because PostgreSQL keeps the keys of JSON in an order of its own. */
function sameText(a: Text, b: Text): boolean {
  const sorted = ({ name, remedy, dimension, check }: Text) =>
    JSON.stringify([name.zh, name.en, remedy.zh, remedy.en, dimension, Object.entries(check).sort()]);
  return sorted(a) === sorted(b);
}
