import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { LOOK_ROWS_MAX, type SourceConnection, type SourceLook } from '@ronghe/contracts';
import { demand, type Scope } from '#platform/auth/scope.ts';
import { AppError } from '#platform/errors/errors.ts';
import type { TargetGuard } from '#platform/network/target-guard.ts';
import type { Platform } from '#platform/platform.ts';
import type { FuseTables } from '../fuse.tables.ts';
import type { RowsOf } from '../mapping/mapping.service.ts';
import { suggestMapping } from '../mapping/suggest.ts';
import { QUICK_LOOK } from '../profile/profile.ts';
import { TEMPLATES } from '../templates/templates.ts';
import { createDatasetStore } from './dataset.store.ts';
import { type DelivererOf, UPLOADS } from './deliverers.service.ts';
import type { Delivered, Deliverer, Spool } from './delivery.ts';
import { readManifest } from './files/spool.service.ts';
import type { Reading } from './landing/landing.process.ts';
import { targetOfConnection } from './network/targets.ts';
import { demandProgram, readPrograms } from './programs/programs.ts';
import { reasonTexts } from './reasons.ts';
import { fillSpool } from './run-folder.service.ts';
import { partConnection } from './secrets.ts';
import { createSourceStore } from './sources.store.ts';
import { addressOf, connectionFaults, folderFaults } from './sources.ts';
import { createUploadStore } from './uploads.store.ts';

/** What a look at a source may fetch before it is registered. */
const LOOK = { rowsMax: LOOK_ROWS_MAX, bytesMax: 200_000_000, timeMsMax: 60_000 };

type Parts = { platform: Platform; delivererOf: DelivererOf; guard: TargetGuard; reading: Reading };

/** Use cases of looking at data: a source that is not registered yet, and rows to try a mapping on. */
export function createLooks({ platform, delivererOf, guard, reading }: Parts) {
  const { relational, analytics, files, ids, config } = platform;
  const db = relational.as<FuseTables>();
  const [sources, uploads, datasets] = [
    createSourceStore(db),
    createUploadStore(db),
    createDatasetStore(db, analytics),
  ];

  return {
    /**
     * Fetches the beginning of a source as a run would, profiles it and proposes a mapping. Nothing is kept.
     * @throws REQUEST_INVALID, SOURCE_UNREACHABLE, SOURCE_TARGET_REFUSED, SOURCE_PROGRAM_REFUSED, SOURCE_TOO_LARGE,
     * TABLE_UNREADABLE, NOT_FOUND (upload)
     */
    async look(scope: Scope, connection: SourceConnection): Promise<SourceLook> {
      demand(scope, 'fuse:source:write');
      const { open, secrets } = partConnection(connection);
      if (open.kind === 'push')
        throw new AppError('SOURCE_KIND_WRONG', { source: 'push', kind: 'upload, …' });
      if (open.kind === 'upload' && !(await uploads.find(scope, open.upload)))
        throw new AppError('NOT_FOUND', { thing: `upload ${open.upload}` });
      const faults = [
        ...connectionFaults(connection),
        ...(open.kind === 'folder'
          ? folderFaults(open.folder, { asker: scope.organisation, root: config.organisationPath })
          : []),
      ];
      if (faults.length > 0) throw new AppError('REQUEST_INVALID', {}, { details: faults });
      const target = targetOfConnection(open);
      if (target) guard.demandListed(target);
      if (open.kind === 'program') demandProgram(readPrograms(config.fusePrograms), open.program);
      const deliverer = delivererOf({
        name: addressOf(open),
        key: 'look',
        connection: open,
        watermarkField: null,
        secrets,
      });
      const folder = await files.folder('fuse', 'looks', ids.next());
      const abort = AbortSignal.timeout(LOOK.timeMsMax);
      try {
        await fillSpool(folder, (spool) => beginningOf(deliverer, spool, abort));
        const [first] = (await readManifest(folder)) ?? [];
        if (!first)
          throw new AppError('SOURCE_UNREACHABLE', {
            source: addressOf(open),
            ...reasonTexts('there is nothing to read'),
          });
        const { columns, rows, options, sheets, profile } = await reading.look(first, QUICK_LOOK, abort);
        const suggestion = suggestMapping(profile, { templates: TEMPLATES });
        return { columns, rows, options, sheets: [...sheets], profile, suggestion };
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    },

    rowsOf: (async (scope, from, limit) => {
      if (from.kind === 'source') {
        if (!(await sources.find(scope, from.source)))
          throw new AppError('NOT_FOUND', { thing: `source ${from.source}` });
        const page = await datasets.page(scope, from.source, { limit });
        return page.items.map(({ row }) => row);
      }
      const upload = await uploads.find(scope, from.upload);
      if (!upload) throw new AppError('NOT_FOUND', { thing: `upload ${from.upload}` });
      const path = join(await files.folder(UPLOADS), upload.id);
      const file = { path, name: upload.name, options: from.options };
      const limits = { rowsMax: limit, rowsShown: limit };
      return (await reading.look(file, limits, AbortSignal.timeout(LOOK.timeMsMax))).rows;
    }) satisfies RowsOf,
  };
}
/** Stops a deliverer that hands over row by row when the look has enough. */
class Enough extends Error {}

async function beginningOf(deliverer: Deliverer, spool: Spool, signal: AbortSignal): Promise<Delivered> {
  let rows = 0;
  const watched: Spool = {
    ...spool,
    async add(more, deleted) {
      await spool.add(more, deleted);
      rows += more.length;
      if (rows >= LOOK.rowsMax) throw new Enough();
    },
  };
  try {
    return await deliverer.deliver(watched, {
      signal,
      bookmark: null,
      limits: LOOK,
      beginning: true,
      tell: async () => {},
    });
  } catch (error) {
    if (error instanceof Enough) return { mode: 'full', bookmark: null };
    throw error;
  }
}

export type Looks = ReturnType<typeof createLooks>;
