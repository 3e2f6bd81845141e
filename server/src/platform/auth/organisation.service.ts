import type { NewOrganisation, Organisation, OrganisationPath } from '@ronghe/contracts';
import type { AuthParts } from '#platform/auth/auth.parts.ts';
import { createOrganisationStore } from '#platform/auth/organisation.store.ts';
import { demand, demandCovers, type Scope } from '#platform/auth/scope.ts';
import { AppError } from '#platform/errors/errors.ts';

/** Use cases of the organisation tree; see the type `Auth` for what each promises. */
export function createOrganisations({ db, audit, clock }: AuthParts) {
  const store = createOrganisationStore(db);
  return {
    organisations(scope: Scope): Promise<Organisation[]> {
      demand(scope, 'platform:organisation:read');
      return store.list(scope);
    },

    organisation: (scope: Scope, path: OrganisationPath): Promise<Organisation | null> =>
      store.find(scope, path),

    async addOrganisation(scope: Scope, request: NewOrganisation): Promise<Organisation> {
      demand(scope, 'platform:organisation:write');
      const parent = request.path.split('.').slice(0, -1).join('.');
      demandCovers(scope, parent, parent || request.path);
      if (!(await store.find(scope, parent))) throw new AppError('NOT_FOUND', { thing: parent });
      const organisation: Organisation = { ...request, createdAt: clock.now().toISOString() };
      await db.transaction().execute(async (transaction) => {
        const added = await createOrganisationStore(transaction).insert(scope, organisation);
        if (!added) throw new AppError('CONFLICT', { thing: request.path });
        await audit.record(
          scope,
          {
            action: 'platform:organisation:create',
            target: `organisation:${request.path}`,
            organisation: request.path,
            after: organisation,
          },
          transaction,
        );
      });
      return organisation;
    },
  };
}
