import type {
  AccessRequest,
  AccessRequestGrant,
  AccessRequestProposal,
  AccessRequestQuery,
  NewPolicy,
  Page,
  Policy,
  PolicyTrialAnswer,
} from '@ronghe/contracts';
import { covers, demand, type Scope } from '#platform/auth/scope.ts';
import { AppError } from '#platform/errors/errors.ts';
import type { Platform } from '#platform/platform.ts';
import type { People } from '../policies/people.service.ts';
import type { Policies } from '../policies/policies.service.ts';
import type { Rulebook } from '../policies/rulebook.service.ts';
import type { Trials } from '../policies/trials.service.ts';
import type { ShareTables } from '../share.tables.ts';
import { closedRequest, type Ending } from './ending.service.ts';
import { createRequestStore } from './requests.store.ts';
import { type KeptRequest, proposalOf, shownRequest, unfitFor } from './requests.ts';

type Parts = Pick<Platform, 'relational' | 'audit' | 'clock'> & {
  rulebook: Rulebook;
  policies: Policies;
  people: People;
  trials: Trials;
  ending: Ending;
};

/** Use cases of those whose data is asked for. */
export function createAnswering(parts: Parts) {
  const { relational, audit, clock, rulebook, policies, people, trials, ending } = parts;
  const store = createRequestStore(relational.as<ShareTables>());

  async function shown(kept: KeptRequest): Promise<AccessRequest> {
    const { datasets } = await rulebook.current();
    return shownRequest(kept, {
      graded: datasets.get(kept.dataset),
      nowMs: clock.now().getTime(),
      owner: true,
    });
  }

  async function ofData(scope: Scope, id: string): Promise<KeptRequest> {
    const found = await store.findOfData(scope, id);
    if (!found) throw new AppError('NOT_FOUND', { thing: `access request ${id}` });
    return found;
  }

  return {
    /** Requests for data of the own organisations. */
    async list(scope: Scope, query: AccessRequestQuery): Promise<Page<AccessRequest>> {
      demand(scope, 'share:policy:read');
      const page = await store.ofData(scope, query);
      return { ...page, items: await Promise.all(page.items.map(shown)) };
    },

    /** A request for data of the own organisations, with the policy that would grant it. @throws NOT_FOUND */
    async get(scope: Scope, id: string): Promise<AccessRequestProposal> {
      demand(scope, 'share:policy:read');
      const kept = await ofData(scope, id);
      const graded = (await rulebook.current()).datasets.get(kept.dataset);
      if (!graded) throw new AppError('NOT_FOUND', { thing: `dataset ${kept.dataset}` });
      return { request: await shown(kept), policy: proposalOf(kept, graded) };
    },

    /** @throws NOT_FOUND, ACCESS_REQUEST_CLOSED */
    async refuse(scope: Scope, id: string, answer: string): Promise<AccessRequest> {
      demand(scope, 'share:policy:write');
      await ending.end(scope, await ofData(scope, id), { state: 'refused', answer });
      return shown(await ofData(scope, id));
    },

    /** Answers it by a policy, in one transaction. @throws NOT_FOUND, POLICY_INVALID, ACCESS_REQUEST_CLOSED */
    async grant(
      scope: Scope,
      id: string,
      { policy: content, answer }: AccessRequestGrant,
    ): Promise<{ request: AccessRequest; policy: Policy }> {
      demand(scope, 'share:policy:write');
      const kept = await ofData(scope, id);
      demandFit(content, kept);
      const policy = await policies.create(scope, content, async (transaction, saved) => {
        const how = {
          state: 'granted',
          at: clock.now(),
          by: scope.actor.name,
          answer,
          policy: saved.id,
        } as const;
        if (!(await createRequestStore(transaction).decide(scope, kept, how))) throw closedRequest(kept);
        const change = { action: 'share:access-request:grant', target: `access-request:${id}`, before: kept };
        await audit.record(scope, { ...change, organisation: kept.organisation, after: how }, transaction);
      });
      return { request: await shown(await ofData(scope, id)), policy };
    },

    /**
     * What the asker sees, with a policy that is not saved or without. Of somebody outside the scope only by policies of the own data: what others
     * have granted them is not told. With rows for whoever may write policies. @throws NOT_FOUND, POLICY_INVALID
     */
    async try(scope: Scope, id: string, policy: NewPolicy | null): Promise<PolicyTrialAnswer> {
      demand(scope, 'share:policy:write');
      const kept = await ofData(scope, id);
      if (policy) {
        demandFit(policy, kept);
        await policies.demandValid(scope, policy);
      }
      const other = await people.standing(kept.sees, scope);
      if (!other) throw new AppError('NOT_FOUND', { thing: `${kept.sees.kind} ${kept.sees.id}` });
      const { policies: all } = await rulebook.current();
      const known = covers(scope, other.organisation)
        ? all
        : all.filter(({ organisation }) => covers(scope, organisation));
      const { dataset, content } = kept;
      const { purpose } = content;
      return trials.see(scope, other, { dataset, policies: known, policy, purpose, sample: true });
    },
  };
}
export type Answering = ReturnType<typeof createAnswering>;

function demandFit(policy: NewPolicy, kept: KeptRequest): void {
  const reason = unfitFor(policy, kept);
  if (reason !== null) throw new AppError('POLICY_INVALID', { reason });
}
