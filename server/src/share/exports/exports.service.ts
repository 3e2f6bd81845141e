import { createReadStream, createWriteStream } from 'node:fs';
import { rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import {
  type DatasetExport,
  DatasetExportRequest,
  type DatasetExportStarted,
  type Permission,
  SHARE_EXPORT_ROWS_MAX,
  SHARE_SHEET_ROWS_MAX,
} from '@ronghe/contracts';
import { demand, type Scope } from '#platform/auth/scope.ts';
import { AppError } from '#platform/errors/errors.ts';
import type { JobContext } from '#platform/jobs/jobs.ts';
import type { Platform } from '#platform/platform.ts';
import { exportSql } from '../datasets/question.ts';
import type { Gateway, SeenTable } from '../gateway/gateway.ts';
import type { People } from '../policies/people.service.ts';
import { stillHolds } from '../policies/still.ts';
import type { ShareTables } from '../share.tables.ts';
import { type Cell, csvLine } from './cells.ts';
import { createExportStore, type Ended } from './exports.store.ts';
import { rowsOf } from './lines.ts';
import { watched } from './watched.ts';
import { writeWorkbook } from './workbook.service.ts';

export const EXPORT_JOB = 'share.export-dataset';
const HOUR_MS = 3_600_000;
/** How long a file is kept. */
const KEPT_MS = 24 * HOUR_MS;
/** How long a revocation may go unnoticed by an export under way. */
const CHECK_MS = 1_000;
const BOM = '\uFEFF';

type Format = DatasetExportRequest['format'];
const ENGINE_FORMATS = {
  csv: 'JSONCompactEachRow',
  xlsx: 'JSONCompactEachRow',
  json: 'JSONEachRow',
  parquet: 'Parquet',
} as const;
const TYPES: Record<Format, string> = {
  csv: 'text/csv; charset=utf-8',
  xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  json: 'application/x-ndjson',
  parquet: 'application/vnd.apache.parquet',
};

type Parts = Pick<Platform, 'relational' | 'audit' | 'clock' | 'ids' | 'jobs' | 'files'> & {
  gateway: Gateway;
  people: People;
};
export type ExportFile = { name: string; type: string; content: Readable };

/** Whole datasets as files: made by a job in the name of whoever asked, decided when it runs, fetched by nobody else, kept for a day. */
export function createExports(parts: Parts) {
  const { relational, audit, clock, ids, jobs, files, gateway, people } = parts;
  const store = createExportStore(relational.as<ShareTables>());
  const pathOf = async (id: string, format: string) =>
    join(await files.folder('share', 'exports'), `${id}.${format}`);

  /** The question of an export, for what the caller sees now. @throws NOT_FOUND, COLUMN_UNKNOWN, REQUEST_INVALID */
  async function compiled(scope: Scope, dataset: string, request: DatasetExportRequest) {
    const table = (await gateway.catalog(scope, request.purpose)).get(dataset);
    if (!table) await gateway.demandUsable(scope, dataset);
    if (!table) throw new AppError('NOT_FOUND', { thing: `dataset ${dataset}` });
    const limit = request.format === 'xlsx' ? SHARE_SHEET_ROWS_MAX : SHARE_EXPORT_ROWS_MAX;
    return { ...exportSql(request, { ...table, key: table.about.key }, limit + 1), limit, table };
  }

  /** Whoever ordered it, with what they may still do. @throws EXPORT_STOPPED */
  async function standing(ordering: Scope): Promise<Scope> {
    const { kind, id } = ordering.actor;
    const now = kind === 'system' ? null : await people.standing({ kind, id }, ordering);
    if (!now || now.organisation !== ordering.organisation) throw new AppError('EXPORT_STOPPED');
    const permissions = new Set([...ordering.permissions].filter((each) => now.permissions.has(each)));
    if (!permissions.has('share:dataset:export')) throw new AppError('EXPORT_STOPPED');
    return { ...ordering, permissions, roles: now.roles ?? [] };
  }

  /** @throws EXPORT_STOPPED when what is being written is not given any more */
  async function demandStill(ordering: Scope, table: SeenTable, purpose: string | undefined): Promise<void> {
    const scope = await standing(ordering);
    if (!scope.permissions.has('share:dataset:read')) throw new AppError('EXPORT_STOPPED');
    const now = (await gateway.catalog(scope, purpose)).get(table.id)?.decision;
    if (!stillHolds(table.decision, now)) throw new AppError('EXPORT_STOPPED');
  }

  return {
    /** Begins an export. Audited. @throws NOT_FOUND, COLUMN_UNKNOWN, REQUEST_INVALID, PERMISSION_MISSING */
    async start(scope: Scope, dataset: string, request: DatasetExportRequest): Promise<DatasetExportStarted> {
      demand(scope, 'share:dataset:export');
      await compiled(scope, dataset, request);
      const id = ids.next();
      // the file is called so too
      const named = request.sandbox ? `sandbox.${dataset}` : dataset;
      await store.add(scope, { id, dataset: named, format: request.format, at: clock.now() });
      await audit.record(scope, {
        action: 'share:dataset:export',
        target: `dataset:${dataset}`,
        organisation: scope.organisation,
        after: { export: id, ...request },
      });
      const { actor, organisation, permissions, roles = [], locale } = scope;
      const caller = { actor, organisation, permissions: [...permissions], roles: [...roles], locale };
      const job = await jobs.enqueue(scope, { kind: EXPORT_JOB, params: { id, dataset, request, caller } });
      return { id, job, file: `/api/share/exports/${id}/file` };
    },

    /** @throws NOT_FOUND for one of somebody else, as for one that is not there */
    async get(scope: Scope, id: string): Promise<DatasetExport> {
      demand(scope, 'share:dataset:export');
      const found = await store.find(scope, id);
      if (!found) throw new AppError('NOT_FOUND', { thing: `export ${id}` });
      return found;
    },

    /** @throws NOT_FOUND, EXPORT_NOT_READY */
    async file(scope: Scope, id: string): Promise<ExportFile> {
      const found = await this.get(scope, id);
      if (found.state !== 'ready') throw new AppError('EXPORT_NOT_READY');
      const path = await pathOf(id, found.format);
      return {
        name: `${found.dataset}.${found.format === 'json' ? 'ndjson' : found.format}`,
        type: TYPES[found.format],
        content: createReadStream(path),
      };
    },

    /** What the job does: asks in the name of the caller, by the policies of now, and writes the file. */
    async run({ job, signal }: JobContext): Promise<Record<string, unknown>> {
      const { id, dataset, request, scope: ordering } = ordered(job.params, job.id);
      const part = await pathOf(id, `${request.format}.part`);
      const end = (how: Ended) => store.end(ordering, id, { ...how, at: clock.now() });
      try {
        const scope = await standing(ordering);
        const { sql, headers, limit, table } = await compiled(scope, dataset, request);
        const check = () => demandStill(ordering, table, request.purpose);
        const answer = await gateway.ask(scope, {
          ...{ sql, format: ENGINE_FORMATS[request.format], door: 'export', signal, requestId: job.id },
          ...(request.format === 'parquet'
            ? {}
            : {
                settings: {
                  output_format_json_quote_64bit_integers: '0',
                  output_format_json_quote_denormals: '0',
                },
              }),
          ...(request.purpose === undefined ? {} : { purpose: request.purpose }),
          ...(request.sandbox ? { sandbox: true } : {}),
        });
        const target = createWriteStream(part, { mode: 0o600 });
        const sheet = request.sandbox ? `sandbox.${dataset}` : dataset;
        const chunks = watched(answer.chunks, {
          check,
          everyMs: CHECK_MS,
          nowMs: () => clock.now().getTime(),
        });
        await written(target, { format: request.format, headers, sheet, chunks });
        // writing goes on for a while after the last row: nothing is handed over that is not given any more
        await check();
        const { rows } = answer.summary();
        if (rows > limit) throw new AppError('EXPORT_TOO_LARGE', { rows, max: limit });
        await rename(part, await pathOf(id, request.format));
        const { size } = await stat(await pathOf(id, request.format));
        await end({ state: 'ready', rows, bytes: size, reason: null });
        return { export: id, rows, bytes: size };
      } catch (error) {
        await rm(part, { force: true });
        const reason = error instanceof AppError ? error.code : null;
        await end({ state: 'failed', rows: 0, bytes: 0, reason });
        throw error;
      }
    },

    /** Removes files that are older than a day. */
    async tidy(): Promise<{ removed: number }> {
      const old = await store.removeBeforeUnscoped(new Date(clock.now().getTime() - KEPT_MS));
      for (const { id, format } of old) await rm(await pathOf(id, format), { force: true });
      return { removed: old.length };
    },
  };
}
export type Exports = ReturnType<typeof createExports>;

type Writing = {
  format: Format;
  headers: readonly string[];
  sheet: string;
  chunks: AsyncIterable<Uint8Array>;
};

async function written(target: Writable, { format, headers, sheet, chunks }: Writing): Promise<void> {
  if (format === 'xlsx') {
    await writeWorkbook(target, { sheet, headers, rows: rowsOf(chunks) });
    await finished(target);
    return;
  }
  const pieces = format === 'csv' ? csvOf(headers, rowsOf(chunks)) : chunks;
  for await (const piece of pieces)
    if (!target.write(piece)) await new Promise<void>((resolve) => target.once('drain', resolve));
  target.end();
  await finished(target);
}

async function* csvOf(
  headers: readonly string[],
  rows: AsyncIterable<readonly Cell[]>,
): AsyncGenerator<string> {
  yield BOM + csvLine(headers);
  for await (const row of rows) yield csvLine(row);
}

type Ordered = { id: string; dataset: string; request: DatasetExportRequest; scope: Scope };
type Caller = Pick<Scope, 'actor' | 'organisation' | 'locale'> & {
  permissions: Permission[];
  roles: string[];
};

/** What `start` ordered, as the queue kept it. */
function ordered(params: Readonly<Record<string, unknown>>, requestId: string): Ordered {
  const { permissions, ...caller } = params.caller as Caller;
  return {
    id: String(params.id),
    dataset: String(params.dataset),
    request: DatasetExportRequest.parse(params.request),
    scope: { ...caller, permissions: new Set(permissions), requestId, from: null },
  };
}
