import type { Scope } from '#platform/auth/scope.ts';
import { AppError } from '#platform/errors/errors.ts';
import type { Platform } from '#platform/platform.ts';
import type { ShareTables } from '../share.tables.ts';
import { createRequestStore } from './requests.store.ts';
import type { KeptRequest } from './requests.ts';

type Parts = Pick<Platform, 'relational' | 'audit' | 'clock'>;

/** The end of a request that gives nothing: taken back or refused. */
export function createEnding({ relational, audit, clock }: Parts) {
  const db = relational.as<ShareTables>();

  return {
    /** Ends an open request in a transaction of its own. @throws ACCESS_REQUEST_CLOSED */
    async end(scope: Scope, kept: KeptRequest, how: { state: 'refused' | 'withdrawn'; answer: string }) {
      const verb = how.state === 'refused' ? 'refuse' : 'withdraw';
      await db.transaction().execute(async (transaction) => {
        const own = createRequestStore(transaction);
        const by = how.state === 'refused' ? scope.actor.name : null;
        if (!(await own.decide(scope, kept, { ...how, at: clock.now(), by, policy: null })))
          throw closedRequest(kept);
        await audit.record(
          scope,
          {
            action: `share:access-request:${verb}`,
            target: `access-request:${kept.id}`,
            organisation: how.state === 'refused' ? kept.organisation : scope.organisation,
            before: kept,
            after: how,
          },
          transaction,
        );
      });
    },
  };
}
export type Ending = ReturnType<typeof createEnding>;

export const closedRequest = ({ state }: KeptRequest): AppError =>
  new AppError('ACCESS_REQUEST_CLOSED', { state });
