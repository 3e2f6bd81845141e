import {
  ACCESS_REQUESTS_DAY_MAX,
  ACCESS_REQUESTS_OPEN_MAX,
  type AccessRequest,
  type AccessRequestQuery,
  type AskableColumn,
  type NewAccessRequest,
  type NewPolicy,
  type Page,
  type PolicySubject,
} from '@ronghe/contracts';
import { covers, demand, type Scope } from '#platform/auth/scope.ts';
import { AppError } from '#platform/errors/errors.ts';
import type { Platform } from '#platform/platform.ts';
import type { Gateway } from '../gateway/gateway.ts';
import { faultsOf } from '../policies/checking.ts';
import type { People } from '../policies/people.service.ts';
import type { Rulebook } from '../policies/rulebook.service.ts';
import type { ShareTables } from '../share.tables.ts';
import type { Ending } from './ending.service.ts';
import { createRequestStore } from './requests.store.ts';
import { askableColumns, type KeptRequest, shownRequest } from './requests.ts';

const DAY_MS = 86_400_000;

type Parts = Pick<Platform, 'relational' | 'audit' | 'auth' | 'clock' | 'ids'> & {
  gateway: Gateway;
  rulebook: Rulebook;
  people: People;
  ending: Ending;
};

/** Use cases of those who see too little and ask for more. */
export function createAsking(parts: Parts) {
  const { relational, audit, auth, clock, ids, gateway, rulebook, people, ending } = parts;
  const db = relational.as<ShareTables>();
  const store = createRequestStore(db);

  async function shown(kept: KeptRequest): Promise<AccessRequest> {
    const { datasets } = await rulebook.current();
    return shownRequest(kept, {
      graded: datasets.get(kept.dataset),
      nowMs: clock.now().getTime(),
      owner: false,
    });
  }

  /** @throws NOT_FOUND for one of which nothing is seen, as for one that does not exist */
  async function askable(scope: Scope, dataset: string): Promise<AskableColumn[]> {
    const table = (await gateway.catalog(scope)).get(dataset);
    const graded = (await rulebook.current()).datasets.get(dataset);
    if (!table || !graded) throw new AppError('NOT_FOUND', { thing: `dataset ${dataset}` });
    return askableColumns(table, graded);
  }

  /** For whom it is asked, and who would see it. @throws NOT_FOUND, PERMISSION_MISSING for a key that one may not look up */
  async function subjectOf(scope: Scope, whom: NewAccessRequest['for']) {
    const { kind, id } = scope.actor;
    if (kind === 'system') throw new AppError('PERMISSION_MISSING', { permission: 'share:dataset:read' });
    const own: { subject: PolicySubject; sees: KeptRequest['sees'] } = {
      subject: { kind, id },
      sees: { kind, id },
    };
    if (whom.kind === 'self') return own;
    if (whom.kind === 'organisation')
      return { ...own, subject: { kind: 'organisation' as const, organisation: scope.organisation } };
    demand(scope, 'platform:key:read');
    const key = await people.scopeOf(scope, { kind: 'key', id: whom.id });
    if (!covers(scope, key.organisation)) throw new AppError('NOT_FOUND', { thing: `key ${whom.id}` });
    return { subject: { kind: 'key' as const, id: whom.id }, sees: { kind: 'key' as const, id: whom.id } };
  }

  return {
    async columns(scope: Scope, dataset: string): Promise<{ items: AskableColumn[] }> {
      demand(scope, 'share:dataset:read');
      return { items: await askable(scope, dataset) };
    },

    /** One's own requests. */
    async mine(scope: Scope, query: AccessRequestQuery): Promise<Page<AccessRequest>> {
      demand(scope, 'share:dataset:read');
      const page = await store.mine(scope, query);
      return { ...page, items: await Promise.all(page.items.map(shown)) };
    },

    /** Asks for rows and columns of a dataset of which something is seen. @throws NOT_FOUND, ACCESS_REQUEST_INVALID, ACCESS_REQUESTS_TOO_MANY */
    async create(scope: Scope, asked: NewAccessRequest): Promise<AccessRequest> {
      demand(scope, 'share:dataset:read');
      const { dataset, organisation, for: whom, ...content } = asked;
      const known = await askable(scope, dataset);
      const { subject, sees } = await subjectOf(scope, whom);
      const faults = faultsOfRequest(asked, { subject, known, nowMs: clock.now().getTime() });
      if (faults.length > 0) throw new AppError('ACCESS_REQUEST_INVALID', { reason: faults.join('; ') });
      const own = await auth.organisation(scope, scope.organisation);
      const kept: KeptRequest = {
        ...{ id: ids.next(), state: 'open', dataset, organisation, subject, sees },
        content: { ...content, columns: [...new Set(content.columns)] },
        by: {
          ...sees,
          ...actorOf(scope),
          organisation: scope.organisation,
          organisationName: own?.name ?? '',
        },
        madeAt: clock.now(),
        ...{ answer: '', decidedAt: null, decidedBy: null, policy: null },
      };
      await db.transaction().execute(async (transaction) => {
        const requests = createRequestStore(transaction);
        const { open, recent } = await requests.count(scope, new Date(kept.madeAt.getTime() - DAY_MS));
        if (open >= ACCESS_REQUESTS_OPEN_MAX || recent >= ACCESS_REQUESTS_DAY_MAX)
          throw new AppError('ACCESS_REQUESTS_TOO_MANY', {
            open: ACCESS_REQUESTS_OPEN_MAX,
            day: ACCESS_REQUESTS_DAY_MAX,
          });
        await requests.add(scope, kept);
        const change = { action: 'share:access-request:create', target: `access-request:${kept.id}` };
        await audit.record(
          scope,
          { ...change, organisation: scope.organisation, after: { ...asked, subject } },
          transaction,
        );
      });
      return shown(kept);
    },

    /** Takes back one's own. @throws NOT_FOUND, ACCESS_REQUEST_CLOSED */
    async withdraw(scope: Scope, id: string): Promise<AccessRequest> {
      demand(scope, 'share:dataset:read');
      const kept = await store.findMine(scope, id);
      if (!kept) throw new AppError('NOT_FOUND', { thing: `access request ${id}` });
      await ending.end(scope, kept, { state: 'withdrawn', answer: '' });
      return shown((await store.findMine(scope, id)) ?? kept);
    },
  };
}
export type Asking = ReturnType<typeof createAsking>;

const actorOf = ({ actor }: Scope) => ({
  kind: actor.kind === 'key' ? ('key' as const) : ('user' as const),
  id: actor.id,
  name: actor.name,
});

type Known = { subject: PolicySubject; known: readonly AskableColumn[]; nowMs: number };
/** As the policy that would grant it, over columns that the asker may know of. */
function faultsOfRequest(asked: NewAccessRequest, { subject, known, nowMs }: Known): string[] {
  const { dataset, organisation, columns, filter, until } = asked;
  const rows = { organisations: null, own: false, filter };
  const policy: NewPolicy = {
    ...{ name: '-', effect: 'grant', subject, dataset, organisation, rows, columns, masks: {} },
    ...{ purposes: null, from: null, until, quota: {}, reason: '' },
  };
  return [
    ...(until !== null && Date.parse(until) <= nowMs ? ['until: must lie in the future'] : []),
    // whether a closed column may be given away is for whoever answers
    ...faultsOf(policy, { columns: [known], writer: 'root' }),
  ];
}
