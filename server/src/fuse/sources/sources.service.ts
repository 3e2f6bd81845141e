import type { NewSource, Run, Source, SourceConnection } from '@ronghe/contracts';
import { demand, demandCovers, type Scope } from '#platform/auth/scope.ts';
import { AppError } from '#platform/errors/errors.ts';
import type { Sealer } from '#platform/files/seal.ts';
import type { Platform } from '#platform/platform.ts';
import type { FuseTables, StoredConnection } from '../fuse.tables.ts';
import { INBOX, sealPurpose } from './readers.service.ts';
import { createRunStore } from './runs.store.ts';
import { createSourceStore, type SourceRow } from './sources.store.ts';
import { checkNewSource, demandAllowedTarget, nextRunAt, targetOf } from './sources.ts';

type Parts = { platform: Platform; sealer: Sealer };

/** Use cases of sources: register, list, look up. */
export function createSources({ platform, sealer }: Parts) {
  const { relational, audit, auth, clock, ids, config, files } = platform;
  const db = relational.as<FuseTables>();
  const [store, runs] = [createSourceStore(db), createRunStore(db)];

  async function show(scope: Scope, rows: readonly SourceRow[]): Promise<Source[]> {
    const records = await store.recordCounts(
      scope,
      rows.map(({ id }) => id),
    );
    const latest = await runs.latest(scope);
    return rows.map((row) =>
      toSource(row, { records: records.get(row.id) ?? 0, lastRun: latest.get(row.id) ?? null }),
    );
  }

  return {
    async list(scope: Scope): Promise<Source[]> {
      demand(scope, 'fuse:source:read');
      return show(scope, await store.list(scope));
    },

    async get(scope: Scope, id: string): Promise<Source> {
      demand(scope, 'fuse:source:read');
      const row = await store.find(scope, id);
      const [source] = row ? await show(scope, [row]) : [];
      if (!source) throw new AppError('NOT_FOUND', { thing: `source ${id}` });
      return source;
    },

    /** @throws NOT_FOUND (organisation), REQUEST_INVALID, SOURCE_TARGET_REFUSED, CONFLICT (key) */
    async register(scope: Scope, request: NewSource): Promise<Source> {
      demand(scope, 'fuse:source:write');
      demandCovers(scope, request.organisation, request.organisation);
      if (!(await auth.organisation(scope, request.organisation)))
        throw new AppError('NOT_FOUND', { thing: request.organisation });
      checkNewSource(request);
      demandAllowedTarget(request.connection, config.fuseSourceHosts);
      if (request.connection.kind === 'excel-folder') await files.folder(INBOX, request.connection.folder);
      const row = await rowOf(scope, request);
      await db.transaction().execute(async (transaction) => {
        const added = await createSourceStore(transaction).insert(scope, row);
        if (!added) throw new AppError('CONFLICT', { thing: request.key });
        const { passwordSealed: _sealed, ...after } = row;
        await audit.record(
          scope,
          {
            action: 'fuse:source:create',
            target: `source:${row.id}`,
            organisation: row.organisation,
            after,
          },
          transaction,
        );
      });
      return toSource(row, { records: 0, lastRun: null });
    },
  };

  async function rowOf(scope: Scope, { connection, ...request }: NewSource): Promise<SourceRow> {
    const id = ids.next();
    const now = clock.now();
    const password = connection.kind === 'http-json' ? connection.password : '';
    return {
      ...request,
      id,
      connection: withoutPassword(connection),
      passwordSealed: password === '' ? null : await sealer.seal(password, sealPurpose(id)),
      kind: connection.kind,
      target: targetOf(connection),
      nextRunAt: nextRunAt(request.schedule, now),
      createdBy: scope.actor.name,
      createdAt: now,
    };
  }
}
export type Sources = ReturnType<typeof createSources>;

function withoutPassword(connection: SourceConnection): StoredConnection {
  if (connection.kind !== 'http-json') return connection;
  const { password: _password, ...rest } = connection;
  return rest;
}

const toSource = (
  row: SourceRow,
  { records, lastRun }: { records: number; lastRun: Run | null },
): Source => ({
  id: row.id,
  key: row.key,
  name: row.name,
  owner: row.owner,
  organisation: row.organisation,
  kind: row.kind,
  target: row.target,
  priority: row.priority,
  schedule: row.schedule,
  mappings: row.mappings,
  records,
  lastRun,
  createdAt: row.createdAt.toISOString(),
});
