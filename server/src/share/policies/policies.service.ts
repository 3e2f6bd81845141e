import {
  type GradePatch,
  type NewPolicy,
  type Page,
  POLICIES_MAX,
  type Policy,
  type PolicyChange,
  type PolicyQuery,
  type PolicyTrial,
  type PolicyTrialAnswer,
} from '@ronghe/contracts';
import type { Transaction } from 'kysely';
import { demand, demandCovers, demandRoot, type Scope } from '#platform/auth/scope.ts';
import { AppError } from '#platform/errors/errors.ts';
import type { Platform } from '#platform/platform.ts';
import type { ShareTables } from '../share.tables.ts';
import { faultsOf } from './checking.ts';
import { createGradeStore } from './grades.store.ts';
import type { People } from './people.service.ts';
import { createPolicyStore } from './policies.store.ts';
import type { Rulebook, Rules } from './rulebook.service.ts';
import type { Trials } from './trials.service.ts';

const VERSIONS_MAX = 200;

type Parts = Pick<Platform, 'relational' | 'audit' | 'clock' | 'ids'> & {
  rulebook: Rulebook;
  people: People;
  trials: Trials;
};
/** What is to happen in the transaction that saves a policy, or not at all. */
type Also = (transaction: Transaction<ShareTables>, policy: Policy) => Promise<void>;

/** Use cases of policies and grades: who may see what, written down, in versions, with a trace. */
export function createPolicies({ relational, audit, clock, ids, rulebook, people, trials }: Parts) {
  const store = createPolicyStore(relational.as<ShareTables>());

  const made = (scope: Scope) => ({ madeBy: scope.actor.name, madeAt: clock.now().toISOString() });

  async function found(scope: Scope, id: string): Promise<Policy> {
    const policy = await store.find(scope, id);
    if (!policy) throw new AppError('NOT_FOUND', { thing: `policy ${id}` });
    return policy;
  }

  /** @throws NOT_FOUND for data outside the scope, POLICY_INVALID */
  async function check(scope: Scope, policy: NewPolicy, rules: Rules): Promise<void> {
    demand(scope, 'share:policy:write');
    demandCovers(scope, policy.organisation, policy.organisation);
    const datasets = [...rules.datasets.values()].filter(
      ({ offer }) => policy.dataset === null || offer.id === policy.dataset,
    );
    if (datasets.length === 0) throw new AppError('NOT_FOUND', { thing: `dataset ${policy.dataset}` });
    const columns = datasets.map((dataset) => dataset.columns);
    const faults = faultsOf(policy, { columns, writer: scope.organisation });
    if (faults.length > 0) throw new AppError('POLICY_INVALID', { reason: faults.join('; ') });
  }

  /** Adds a version and its trace; from then on every question of this process goes by it. */
  const save = (scope: Scope, policy: Policy, before: Policy | null, also?: Also): Promise<Policy> =>
    rulebook.change(async (transaction) => {
      const policies = createPolicyStore(transaction);
      if (!before && (await policies.countUnscoped()) >= POLICIES_MAX)
        throw new AppError('POLICY_INVALID', { reason: `there are ${POLICIES_MAX} policies already` });
      const newest = before ? await policies.find(scope, before.id) : null;
      if (before && newest?.version !== before.version)
        throw new AppError('POLICY_CHANGED', { version: newest?.version ?? 0 });
      if (!(await policies.add(scope, policy)))
        throw new AppError('POLICY_CHANGED', { version: policy.version });
      await also?.(transaction, policy);
      const verb = before ? (policy.state === 'revoked' ? 'revoke' : 'change') : 'create';
      const change = { action: `share:policy:${verb}`, target: `policy:${policy.id}`, before, after: policy };
      await audit.record(scope, { ...change, organisation: policy.organisation }, transaction);
      return policy;
    });

  return {
    async list(scope: Scope, query: PolicyQuery): Promise<Page<Policy>> {
      demand(scope, 'share:policy:read');
      return store.page(scope, query);
    },

    async get(scope: Scope, id: string): Promise<Policy> {
      demand(scope, 'share:policy:read');
      return found(scope, id);
    },

    /** The newest 200 versions. */
    async versions(scope: Scope, id: string): Promise<{ items: Policy[] }> {
      demand(scope, 'share:policy:read');
      await found(scope, id);
      return { items: await store.versions(scope, id, VERSIONS_MAX) };
    },

    /** With what else belongs to the same change. @throws NOT_FOUND, POLICY_INVALID */
    async create(scope: Scope, content: NewPolicy, also?: Also): Promise<Policy> {
      await check(scope, content, await rulebook.current());
      const policy = { ...content, id: ids.next(), version: 1, ...made(scope), ...ACTIVE };
      return save(scope, policy, null, also);
    },

    /** A new version; both that and the one before must be of data of the scope. @throws NOT_FOUND, POLICY_INVALID, POLICY_CHANGED */
    async change(scope: Scope, id: string, { basedOn, ...content }: PolicyChange): Promise<Policy> {
      await check(scope, content, await rulebook.current());
      const before = await found(scope, id);
      if (before.version !== basedOn || before.state === 'revoked')
        throw new AppError('POLICY_CHANGED', { version: before.version });
      const policy = { ...content, id, version: before.version + 1, ...made(scope), ...ACTIVE };
      return save(scope, policy, before);
    },

    /** Ends it for good; nothing that it granted is answered any more. @throws NOT_FOUND, POLICY_CHANGED */
    async revoke(scope: Scope, id: string, reason: string): Promise<Policy> {
      demand(scope, 'share:policy:write');
      await rulebook.current();
      const before = await found(scope, id);
      if (before.state === 'revoked') return before;
      const ended = { version: before.version + 1, state: 'revoked', revocation: reason } as const;
      return save(scope, { ...before, ...ended, ...made(scope) }, before);
    },

    /** What a person or key of the scope would see, with a policy that is not saved. @throws NOT_FOUND, POLICY_INVALID, PERMISSION_MISSING */
    async try(scope: Scope, { as, policy, replaces, ...asked }: PolicyTrial): Promise<PolicyTrialAnswer> {
      demand(scope, 'share:policy:read');
      const rules = await rulebook.current();
      if (policy) await check(scope, policy, rules);
      const policies = rules.policies.filter(({ id }) => id !== replaces);
      return trials.see(scope, await people.scopeOf(scope, as), { ...asked, policy, policies });
    },

    /** @throws NOT_FOUND for data outside the scope, POLICY_INVALID */
    demandValid: async (scope: Scope, policy: NewPolicy) => check(scope, policy, await rulebook.current()),

    /** Sets grades by hand, for the whole installation. @throws ROOT_REQUIRED, NOT_FOUND, COLUMN_UNKNOWN */
    async grade(scope: Scope, dataset: string, patches: readonly GradePatch[]): Promise<void> {
      demand(scope, 'share:grade:write');
      demandRoot(scope);
      const graded = (await rulebook.current()).datasets.get(dataset);
      if (!graded) throw new AppError('NOT_FOUND', { thing: `dataset ${dataset}` });
      const known = new Map(graded.columns.map((column) => [column.name, column]));
      for (const { column } of patches)
        if (!known.has(column))
          throw new AppError('COLUMN_UNKNOWN', { column, near: [...known.keys()].join(', ') });
      await rulebook.change(async (transaction) => {
        await createGradeStore(transaction).put(scope, dataset, { patches, at: clock.now() });
        const before = patches.map(({ column }) => {
          const { grade, level, personal } = known.get(column) ?? {};
          return { column, grade, level, personal };
        });
        const change = { action: 'share:grade:change', target: `dataset:${dataset}`, before, after: patches };
        await audit.record(scope, { ...change, organisation: scope.organisation }, transaction);
      });
    },
  };
}
export type Policies = ReturnType<typeof createPolicies>;

const ACTIVE = { state: 'active', revocation: null } as const;
