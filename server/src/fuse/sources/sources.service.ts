import type { NewSource, Run, Source, SourceChange, SourceConnection, SourceUpload } from '@ronghe/contracts';
import { demand, demandCovers, type Scope } from '#platform/auth/scope.ts';
import { AppError } from '#platform/errors/errors.ts';
import type { Sealer } from '#platform/files/seal.ts';
import type { TargetGuard } from '#platform/network/target-guard.ts';
import type { Platform } from '#platform/platform.ts';
import type { FuseTables, StoredConnection } from '../fuse.tables.ts';
import { runTests } from '../mapping/mapping.ts';
import { INBOX, openSecrets, sealPurpose } from './deliverers.service.ts';
import { targetOfConnection } from './network/targets.ts';
import { demandProgram, readPrograms } from './programs/programs.ts';
import { standardiseRow } from './rows.ts';
import type { RunOpening } from './run-opening.service.ts';
import { createRunProgressStore } from './run-progress.store.ts';
import { createRunStore } from './runs.store.ts';
import { mergeSecrets, partConnection, type Secrets } from './secrets.ts';
import { createSourceStore, type SourceRow } from './sources.store.ts';
import { addressOf, checkNewSource, folderFaults, nextRunAt } from './sources.ts';
import { createUploadStore } from './uploads.store.ts';

type Parts = { platform: Platform; sealer: Sealer; guard: TargetGuard; opening: RunOpening };
const REMOVED = '数据源已停用';

/** Use cases of sources: register, list, look up, change, take out of use. */
export function createSources({ platform, sealer, guard, opening }: Parts) {
  const { relational, audit, auth, clock, ids } = platform;
  const db = relational.as<FuseTables>();
  const [store, runs] = [createSourceStore(db), createRunStore(db)];
  const demandPlace = placeDemand(platform, guard);

  async function show(scope: Scope, rows: readonly SourceRow[]): Promise<Source[]> {
    const latest = await runs.latest(scope);
    return rows.map((row) => toSource(row, latest.get(row.id) ?? null));
  }

  async function find(scope: Scope, id: string): Promise<SourceRow> {
    const row = await store.find(scope, id);
    if (!row) throw new AppError('NOT_FOUND', { thing: `source ${id}` });
    return row;
  }

  const seal = async (id: string, secrets: Secrets): Promise<string | null> =>
    Object.keys(secrets).length === 0 ? null : sealer.seal(JSON.stringify(secrets), sealPurpose(id));

  return {
    async list(scope: Scope): Promise<Source[]> {
      demand(scope, 'fuse:source:read');
      return show(scope, await store.list(scope));
    },

    async get(scope: Scope, id: string): Promise<Source> {
      demand(scope, 'fuse:source:read');
      const [source] = await show(scope, [await find(scope, id)]);
      if (!source) throw new AppError('NOT_FOUND', { thing: `source ${id}` });
      return source;
    },

    /** @throws NOT_FOUND (organisation, upload), REQUEST_INVALID, SOURCE_TARGET_REFUSED, SOURCE_PROGRAM_REFUSED, CONFLICT (key) */
    async register(scope: Scope, request: NewSource): Promise<Source> {
      demand(scope, 'fuse:source:write');
      demandCovers(scope, request.organisation, request.organisation);
      if (!(await auth.organisation(scope, request.organisation)))
        throw new AppError('NOT_FOUND', { thing: request.organisation });
      checkNewSource(request);
      demandTests(request);
      const { open, secrets } = partConnection(request.connection);
      await demandPlace(scope, open);
      const id = ids.next();
      const row = rowOf(scope, request, { id, open, sealed: await seal(id, secrets), now: clock.now() });
      await db.transaction().execute(async (transaction) => {
        const added = await createSourceStore(transaction).insert(scope, row);
        if (!added) throw new AppError('CONFLICT', { thing: request.key });
        if (open.kind === 'upload')
          await createUploadStore(transaction).use(scope, { upload: open.upload, source: id });
        await audit.record(
          scope,
          {
            action: 'fuse:source:create',
            target: `source:${id}`,
            organisation: row.organisation,
            after: traceOf(row),
          },
          transaction,
        );
      });
      return toSource(row, null);
    },

    /**
     * Changes how a source is read. Secrets that are left empty stay as long as the place stays.
     * @throws NOT_FOUND, REQUEST_INVALID, SOURCE_TARGET_REFUSED, RUN_ACTIVE (another place while it is read)
     */
    async change(scope: Scope, id: string, change: SourceChange): Promise<Source> {
      demand(scope, 'fuse:source:write');
      const before = await find(scope, id);
      const parted = change.connection && partConnection(change.connection);
      const next = { ...before, ...plainChange(change), connection: parted?.open ?? before.connection };
      checkNewSource({ ...next, connection: next.connection as SourceConnection });
      // another place or another watermark begins anew
      const beginsAnew = parted !== undefined || change.watermarkField !== undefined || Boolean(change.mode);
      if (beginsAnew && (await runs.running(scope, { source: id })).length > 0)
        throw new AppError('RUN_ACTIVE', { source: before.name });
      if (parted && !isSameFolder(before.connection, parted.open)) await demandPlace(scope, parted.open);
      const secrets = parted
        ? mergeSecrets(
            { connection: before.connection, secrets: await openSecrets(sealer, before) },
            { connection: parted.open, secrets: parted.secrets },
          )
        : null;
      const row: SourceRow = {
        ...next,
        kind: next.connection.kind,
        address: addressOf(next.connection),
        secretsSealed: secrets === null ? before.secretsSealed : await seal(id, secrets),
        nextRunAt: change.schedule === undefined ? before.nextRunAt : nextRunAt(next.schedule, clock.now()),
        bookmark: beginsAnew ? null : before.bookmark,
      };
      await db.transaction().execute(async (transaction) => {
        await createSourceStore(transaction).update(scope, row);
        if (beginsAnew) await createRunProgressStore(transaction).forgetBookmark(scope, id);
        if (row.connection.kind === 'upload')
          await createUploadStore(transaction).use(scope, { upload: row.connection.upload, source: id });
        await audit.record(
          scope,
          {
            action: 'fuse:source:update',
            target: `source:${id}`,
            organisation: row.organisation,
            before: traceOf(before),
            after: traceOf(row),
          },
          transaction,
        );
      });
      const [source] = await show(scope, [row]);
      return source ?? toSource(row, null);
    },

    /** Binds a newer file to a source of uploaded files. @throws NOT_FOUND, SOURCE_KIND_WRONG */
    async renewUpload(scope: Scope, id: string, { upload, options }: SourceUpload): Promise<void> {
      const { name, connection } = await find(scope, id);
      if (connection.kind !== 'upload')
        throw new AppError('SOURCE_KIND_WRONG', { source: name, kind: 'upload' });
      await this.change(scope, id, {
        connection: { kind: 'upload', upload, options: options ?? connection.options },
      });
    },

    /**
     * Takes a source out of use: it is read no more, its secrets are forgotten and a run that is held is discarded. What it
     * brought stays explained.
     * @throws NOT_FOUND, RUN_ACTIVE
     */
    async remove(scope: Scope, id: string): Promise<void> {
      demand(scope, 'fuse:source:write');
      const row = await find(scope, id);
      if ((await runs.running(scope, { source: id })).length > 0)
        throw new AppError('RUN_ACTIVE', { source: row.name });
      await opening.discardHeld(id, { by: scope.actor.name, note: REMOVED });
      await db.transaction().execute(async (transaction) => {
        await createSourceStore(transaction).remove(scope, row, clock.now());
        await audit.record(
          scope,
          {
            action: 'fuse:source:delete',
            target: `source:${id}`,
            organisation: row.organisation,
            before: traceOf(row),
          },
          transaction,
        );
      });
    },
  };
}
export type Sources = ReturnType<typeof createSources>;

/** Refuses a mapping that does not do what its own tests expect. */
function demandTests(request: NewSource): void {
  const failed = runTests(request, (rules, row) =>
    standardiseRow(rules, row as Record<string, unknown>),
  ).filter(({ passed }) => !passed);
  if (failed.length > 0)
    throw new AppError('MAPPING_TEST_FAILED', { tests: failed.map(({ name }) => name).join(', ') });
}

/** Refuses a place that the operator has not allowed or that is another's; asked again before every read. */
function placeDemand({ relational, config, files }: Platform, guard: TargetGuard) {
  const uploads = createUploadStore(relational.as<FuseTables>());
  return async (scope: Scope, connection: StoredConnection): Promise<void> => {
    const target = targetOfConnection(connection);
    if (target) guard.demandListed(target);
    if (connection.kind === 'program') demandProgram(readPrograms(config.fusePrograms), connection.program);
    if (connection.kind === 'folder') {
      const faults = folderFaults(connection.folder, {
        asker: scope.organisation,
        root: config.organisationPath,
      });
      if (faults.length > 0) throw new AppError('REQUEST_INVALID', {}, { details: faults });
      await files.folder(INBOX, connection.folder);
    }
    if (connection.kind === 'upload' && !(await uploads.find(scope, connection.upload)))
      throw new AppError('NOT_FOUND', { thing: `upload ${connection.upload}` });
  };
}

type Made = { id: string; open: StoredConnection; sealed: string | null; now: Date };
const rowOf = (scope: Scope, request: NewSource, { id, open, sealed, now }: Made): SourceRow => ({
  ...request,
  id,
  connection: open,
  secretsSealed: sealed,
  kind: open.kind,
  address: addressOf(open),
  duplicateFree: request.duplicateFree ?? false,
  runDays: request.runDays ?? null,
  runsKept: request.runsKept ?? null,
  mapping: 1,
  nextRunAt: nextRunAt(request.schedule, now),
  bookmark: null,
  rows: 0,
  rowsOlder: 0,
  createdBy: scope.actor.name,
  createdAt: now,
});

/** True when a change leaves the folder as somebody who may chose it. */
const isSameFolder = (before: StoredConnection, after: StoredConnection): boolean =>
  before.kind === 'folder' && after.kind === 'folder' && before.folder === after.folder;

/** What is named in a change, but for the connection. */
function plainChange({ connection: _connection, ...rest }: SourceChange): Partial<SourceRow> {
  return Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined));
}

/** What the audit log keeps: everything but the sealed secrets. */
function traceOf({ secretsSealed, ...row }: SourceRow) {
  return { ...row, hasSecrets: secretsSealed !== null };
}

const toSource = (row: SourceRow, lastRun: Run | null): Source => ({
  id: row.id,
  key: row.key,
  name: row.name,
  owner: row.owner,
  organisation: row.organisation,
  kind: row.kind,
  address: row.address,
  connection: { ...row.connection },
  target: row.target,
  mode: row.mode,
  watermarkField: row.watermarkField,
  priority: row.priority,
  duplicateFree: row.duplicateFree,
  runDays: row.runDays,
  runsKept: row.runsKept,
  schedule: row.schedule,
  nextRunAt: row.nextRunAt?.toISOString() ?? null,
  mapping: row.mapping,
  rowKey: row.rowKey,
  periodField: row.periodField,
  mappings: row.mappings,
  records: row.rows,
  rowsOlder: row.rowsOlder,
  lastRun,
  createdAt: row.createdAt.toISOString(),
});
