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
  type ToldPolicy,
} from '@ronghe/contracts';
import { demand, demandCovers, demandRoot, type Scope } from '#platform/auth/scope.ts';
import { AppError } from '#platform/errors/errors.ts';
import type { Platform } from '#platform/platform.ts';
import { explanationOf } from '../datasets/datasets.service.ts';
import { seenBy } from '../gateway/seeing.service.ts';
import type { ShareTables } from '../share.tables.ts';
import { faultsOf } from './checking.ts';
import { createGradeStore } from './grades.store.ts';
import { createPolicyStore } from './policies.store.ts';
import { indexPolicies } from './policy-index.ts';
import type { Graded, Rulebook, Rules } from './rulebook.service.ts';
import { isWithin } from './subtrees.ts';

const VERSIONS_MAX = 200;
/** Id of a policy that is not saved. */
const UNSAVED = '00000000-0000-4000-8000-000000000000';

type Parts = Pick<Platform, 'relational' | 'audit' | 'auth' | 'clock' | 'ids'> & { rulebook: Rulebook };

/** Use cases of policies and grades: who may see what, written down, in versions, with a trace. */
export function createPolicies({ relational, audit, auth, clock, ids, rulebook }: Parts) {
  const store = createPolicyStore(relational.as<ShareTables>());

  async function found(scope: Scope, id: string): Promise<Policy> {
    const policy = await store.find(scope, id);
    if (!policy) throw new AppError('NOT_FOUND', { thing: `policy ${id}` });
    return policy;
  }

  /** @throws NOT_FOUND for data outside the scope, POLICY_INVALID */
  async function check(scope: Scope, policy: NewPolicy, rules: Rules): Promise<void> {
    demand(scope, 'share:policy:write');
    demandCovers(scope, policy.organisation, policy.organisation);
    const faults = faultsOf(policy, { ...reachOf(policy, rules), writer: scope.organisation });
    if (faults.length > 0) throw new AppError('POLICY_INVALID', { reason: faults.join('; ') });
  }

  /** Adds a version and its trace; from then on every question of this process goes by it. */
  const save = (scope: Scope, policy: Policy, before: Policy | null): Promise<Policy> =>
    rulebook.change(async (transaction) => {
      const policies = createPolicyStore(transaction);
      if (!before && (await policies.countUnscoped()) >= POLICIES_MAX)
        throw new AppError('POLICY_INVALID', { reason: `there are ${POLICIES_MAX} policies already` });
      const newest = before ? await policies.find(scope, before.id) : null;
      if (before && newest?.version !== before.version)
        throw new AppError('POLICY_CHANGED', { version: newest?.version ?? 0 });
      if (!(await policies.add(scope, policy)))
        throw new AppError('POLICY_CHANGED', { version: policy.version });
      const verb = before ? (policy.state === 'revoked' ? 'revoke' : 'change') : 'create';
      const change = { action: `share:policy:${verb}`, target: `policy:${policy.id}`, before, after: policy };
      await audit.record(scope, { ...change, organisation: policy.organisation }, transaction);
      return policy;
    });

  return {
    async list(scope: Scope, query: PolicyQuery): Promise<Page<ToldPolicy>> {
      demand(scope, 'share:policy:read');
      const [page, rules] = [await store.page(scope, query), await rulebook.current()];
      return { ...page, items: page.items.map((policy) => told(policy, rules)) };
    },

    async get(scope: Scope, id: string): Promise<ToldPolicy> {
      demand(scope, 'share:policy:read');
      return told(await found(scope, id), await rulebook.current());
    },

    /** The newest 200 versions. */
    async versions(scope: Scope, id: string): Promise<{ items: Policy[] }> {
      demand(scope, 'share:policy:read');
      await found(scope, id);
      return { items: await store.versions(scope, id, VERSIONS_MAX) };
    },

    /** @throws NOT_FOUND, POLICY_INVALID */
    async create(scope: Scope, content: NewPolicy): Promise<Policy> {
      await check(scope, content, await rulebook.current());
      const made = { madeBy: scope.actor.name, madeAt: clock.now().toISOString() };
      return save(scope, { ...content, id: ids.next(), version: 1, state: 'active', ...made }, null);
    },

    /** A new version; both that and the one before must be of data of the scope. @throws NOT_FOUND, POLICY_INVALID, POLICY_CHANGED */
    async change(scope: Scope, id: string, { basedOn, ...content }: PolicyChange): Promise<Policy> {
      await check(scope, content, await rulebook.current());
      const before = await found(scope, id);
      if (before.version !== basedOn || before.state === 'revoked')
        throw new AppError('POLICY_CHANGED', { version: before.version });
      const made = { madeBy: scope.actor.name, madeAt: clock.now().toISOString() };
      return save(scope, { ...content, id, version: before.version + 1, state: 'active', ...made }, before);
    },

    /** Ends it for good; nothing that it granted is answered any more. @throws NOT_FOUND, POLICY_CHANGED */
    async revoke(scope: Scope, id: string): Promise<Policy> {
      demand(scope, 'share:policy:write');
      await rulebook.current();
      const before = await found(scope, id);
      if (before.state === 'revoked') return before;
      const made = { madeBy: scope.actor.name, madeAt: clock.now().toISOString() };
      return save(scope, { ...before, version: before.version + 1, state: 'revoked', ...made }, before);
    },

    /** What a person or key of the scope would see, with a policy that is not saved. @throws NOT_FOUND, POLICY_INVALID */
    async try(scope: Scope, trial: PolicyTrial): Promise<PolicyTrialAnswer> {
      demand(scope, 'share:policy:read');
      const rules = await rulebook.current();
      if (trial.policy) await check(scope, trial.policy, rules);
      const other = await scopeOf(scope, trial.as);
      const policies = [
        ...rules.policies.filter(({ id }) => id !== trial.replaces),
        ...(trial.policy ? [{ ...trial.policy, id: UNSAVED, version: 1 }] : []),
      ];
      const asked = { purpose: trial.purpose, nowMs: clock.now().getTime() };
      const seen = seenBy(other, { ...rules, policies, index: indexPolicies(policies) }, asked);
      const graded = rules.datasets.get(trial.dataset);
      const total = graded?.columns.length;
      const known =
        seen.get(trial.dataset) !== undefined || (graded && isKnownTo(scope.organisation, graded.offer));
      if (total === undefined || !known)
        throw new AppError('NOT_FOUND', { thing: `dataset ${trial.dataset}` });
      const table = seen.get(trial.dataset);
      const sees = { name: other.actor.name, organisation: other.organisation };
      return table && other.permissions.has('share:dataset:read')
        ? { ...explanationOf(other, table, total), sees }
        : { ...nothing(total), limits: { rowsMax: 0, timeMs: 0, bytesMax: 0 }, sees };
    },

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

  /** Somebody else's scope, as far as decisions go; only of those the scope may look up. */
  async function scopeOf(scope: Scope, { kind, id }: PolicyTrial['as']): Promise<Scope> {
    const base = { locale: scope.locale, requestId: scope.requestId, from: null };
    if (kind === 'key') {
      const key = (await auth.keys(scope)).find((each) => each.id === id);
      if (!key) throw new AppError('NOT_FOUND', { thing: `key ${id}` });
      const actor = { kind, id, name: key.name };
      return { ...base, actor, organisation: key.organisation, permissions: new Set(key.permissions) };
    }
    const user = (await auth.users(scope)).find((each) => each.id === id);
    if (!user) throw new AppError('NOT_FOUND', { thing: `user ${id}` });
    const roles = (await auth.roles(scope)).filter(({ key }) => user.roles.includes(key));
    return {
      ...base,
      actor: { kind, id, name: user.username },
      organisation: user.organisation,
      permissions: new Set(roles.flatMap(({ permissions }) => permissions)),
      roles: user.roles,
    };
  }
}
export type Policies = ReturnType<typeof createPolicies>;

/** Columns of the datasets that a policy speaks of. @throws NOT_FOUND for one that is not known where it is written */
function reachOf({ dataset, organisation }: NewPolicy, rules: Rules) {
  const reached = [...rules.datasets.values()].filter(
    ({ offer }) => (dataset === null || offer.id === dataset) && isKnownTo(organisation, offer),
  );
  if (reached.length === 0) throw new AppError('NOT_FOUND', { thing: `dataset ${dataset}` });
  const passes = ({ offer }: Graded) => dataset === null && offer.home !== undefined;
  return {
    columns: reached.filter((one) => !passes(one)).map(({ columns }) => columns),
    passing: reached.filter(passes).map(({ columns }) => columns),
  };
}

/** A policy with whether its dataset is there: of one that was taken back it grants nothing until it is shared again. */
const told = (policy: Policy, rules: Rules): ToldPolicy => ({
  ...policy,
  datasetThere: policy.dataset === null || rules.datasets.has(policy.dataset),
});

/** A dataset with a home is known where its rows may be spoken of: at its home and above. */
const isKnownTo = (organisation: string, { home }: Graded['offer']): boolean =>
  home === undefined || isWithin(home, organisation);

const nothing = (columnsTotal: number) => ({
  allowed: false,
  why: [
    {
      zh: '没有可见的行或列：缺少权限或未获授权',
      en: 'No row or column is visible: a right is missing, or nothing was granted',
    },
  ],
  columns: [],
  columnsTotal,
  hidden: columnsTotal,
  rowsOf: [],
  policies: [],
});
