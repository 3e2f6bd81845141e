import type { Maintenance, NewMaintenance } from '@ronghe/contracts';
import { demand, demandCovers, type Scope } from '#platform/auth/scope.ts';
import { AppError } from '#platform/errors/errors.ts';
import type { Platform } from '#platform/platform.ts';
import type { ApplyTables } from '../apply.tables.ts';
import { createChannelStore } from './channels.store.ts';

const WEEK_MS = 7 * 86_400_000;

type Parts = Pick<Platform, 'relational' | 'audit' | 'clock' | 'ids'>;

/** Use cases of maintenance: alerts are kept, but nobody is told. */
export function createMaintenance({ relational, audit, clock, ids }: Parts) {
  const database = relational.as<ApplyTables>();
  const store = createChannelStore(database);
  return {
    async list(scope: Scope): Promise<{ items: Maintenance[] }> {
      demand(scope, 'apply:alert:read');
      return { items: await store.maintenance(scope, new Date(clock.now().getTime() - WEEK_MS)) };
    },

    /** @throws NOT_FOUND, REQUEST_INVALID */
    async add(scope: Scope, content: NewMaintenance): Promise<Maintenance> {
      demand(scope, 'apply:channel:write');
      demandCovers(scope, content.organisation, content.organisation);
      if (Date.parse(content.to) <= Date.parse(content.from))
        throw new AppError('REQUEST_INVALID', {}, { details: [{ path: 'to', message: 'after from' }] });
      const row = { ...content, id: ids.next(), madeBy: scope.actor.name, madeAt: clock.now().toISOString() };
      await database.transaction().execute(async (transaction) => {
        await createChannelStore(transaction).addMaintenance(scope, row);
        const change = { action: 'apply:maintenance:create', target: `maintenance:${row.id}`, after: row };
        await audit.record(scope, { ...change, organisation: row.organisation }, transaction);
      });
      return row;
    },

    /** People are told again from now on. @throws NOT_FOUND */
    async remove(scope: Scope, id: string): Promise<void> {
      demand(scope, 'apply:channel:write');
      await database.transaction().execute(async (transaction) => {
        const before = await createChannelStore(transaction).removeMaintenance(scope, id);
        if (!before) throw new AppError('NOT_FOUND', { thing: `maintenance ${id}` });
        const change = { action: 'apply:maintenance:remove', target: `maintenance:${id}`, before };
        await audit.record(scope, { ...change, organisation: before.organisation }, transaction);
      });
    },
  };
}
export type MaintenanceService = ReturnType<typeof createMaintenance>;
