import type { NewPolicy, PolicyTrialAnswer } from '@ronghe/contracts';
import { demand, isRoot, type Scope } from '#platform/auth/scope.ts';
import { AppError } from '#platform/errors/errors.ts';
import type { Platform } from '#platform/platform.ts';
import { type Datasets, explanationOf } from '../datasets/datasets.service.ts';
import { seenBy } from '../gateway/gateway.service.ts';
import { decide } from './deciding.ts';
import { lookOf } from './look.ts';
import { indexPolicies, type SavedPolicy } from './policy-index.ts';
import { callerOf, type Rulebook, type Rules } from './rulebook.service.ts';

/** Id of a policy that is not saved. */
const UNSAVED = '00000000-0000-4000-8000-000000000000';

export type Trial = {
  dataset: string;
  /** those it goes by */
  policies: readonly SavedPolicy[];
  /** one more, which is not saved */
  policy: NewPolicy | null;
  purpose?: string | undefined;
  /** with some rows, as they would be seen */
  sample: boolean;
};
type Parts = Pick<Platform, 'clock'> & { rulebook: Rulebook; datasets: Datasets };

/** "See as": what somebody would see, without anything being changed. */
export function createTrials({ rulebook, datasets, clock }: Parts) {
  return {
    /**
     * What `other` would see of a dataset. Rows come to whoever may write policies, of their own data only, and are noted as a look of theirs.
     * @throws NOT_FOUND for no dataset, PERMISSION_MISSING for rows without share:policy:write
     */
    async see(scope: Scope, other: Scope, trial: Trial): Promise<PolicyTrialAnswer> {
      if (trial.sample) demand(scope, 'share:policy:write');
      const rules = await rulebook.current();
      const total = rules.datasets.get(trial.dataset)?.columns.length;
      if (total === undefined) throw new AppError('NOT_FOUND', { thing: `dataset ${trial.dataset}` });
      const policies = [
        ...trial.policies,
        ...(trial.policy ? [{ ...trial.policy, id: UNSAVED, version: 1 }] : []),
      ];
      const asked = { purpose: trial.purpose, nowMs: clock.now().getTime() };
      const seen = seenBy(other, { ...rules, policies, index: indexPolicies(policies) }, asked);
      const table = seen.get(trial.dataset);
      const sees = { name: other.actor.name, organisation: other.organisation };
      if (!table || !other.permissions.has('share:dataset:read'))
        return { ...nothing(total), limits: { rowsMax: 0, timeMs: 0, bytesMax: 0 }, sees, sample: null };
      const look = trial.sample ? lookOf(table, looker(scope, rules, trial, asked.nowMs)) : null;
      const sample = look ? await datasets.look(scope, look, trial.purpose) : null;
      return { ...explanationOf(other, table, total), sees, sample };
    },
  };

  /** What binds the one who looks: limits hold against looks as against grants. */
  function looker(scope: Scope, rules: Rules, { dataset: id, purpose }: Trial, nowMs: number) {
    const graded = rules.datasets.get(id);
    if (!graded) throw new AppError('NOT_FOUND', { thing: `dataset ${id}` });
    const { title, needs } = graded.offer;
    const dataset = { id, title, columns: graded.columns, needs };
    const caller = callerOf(scope);
    const { limits } = decide({ caller, dataset, policies: rules.index.of(caller, id), nowMs, purpose });
    return { limits, organisation: scope.organisation, seesClosed: isRoot(scope) };
  }
}
export type Trials = ReturnType<typeof createTrials>;

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
