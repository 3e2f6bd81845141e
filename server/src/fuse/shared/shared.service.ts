import {
  SOURCE_DATASET_PREFIX,
  SOURCE_DATASETS_MAX,
  type SourceDataset,
  type SourceDatasetChange,
} from '@ronghe/contracts';
import { demand, type Scope } from '#platform/auth/scope.ts';
import type { DatasetShelf } from '#platform/datasets/offer.ts';
import { AppError } from '#platform/errors/errors.ts';
import type { Platform } from '#platform/platform.ts';
import type { FuseTables } from '../fuse.tables.ts';
import { createProfileStore } from '../sources/profiles.store.ts';
import { createSourceStore, type SourceRow } from '../sources/sources.store.ts';
import { createUnscopedPersonColumnStore } from '../things/things.store.ts';
import { personColumns } from '../things/things.ts';
import { createSharedStore, type SharedRow } from './shared.store.ts';
import { faultsOf, formOf, type KeptColumn, proposedColumns } from './shared.ts';
import { createUnscopedShelfStore } from './shelf.store.ts';

const NAME_LENGTH_MAX = 55;

type Parts = Pick<Platform, 'relational' | 'analytics' | 'audit' | 'clock'>;

/** Use cases of sharing a source as a dataset, and the shelf with those that are. */
export function createSharedSources({ relational, analytics, audit, clock }: Parts) {
  const db = relational.as<FuseTables>();
  const [sources, shared, profiles] = [createSourceStore(db), createSharedStore(db), createProfileStore(db)];
  const shelf = createUnscopedShelfStore(db, analytics);
  let changes = 0;

  async function found(scope: Scope, id: string): Promise<SourceRow> {
    const source = await sources.find(scope, id);
    if (!source) throw new AppError('NOT_FOUND', { thing: `source ${id}` });
    return source;
  }

  async function proposed(scope: Scope, source: SourceRow): Promise<KeptColumn[]> {
    const [newest] = await profiles.ofSource(scope, source.id, 1);
    const persons = (await createUnscopedPersonColumnStore(db).fields([source.id])).get(source.id) ?? [];
    return proposedColumns(source, {
      profiled: newest?.profile.columns ?? [],
      personFields: new Set(personColumns(persons).keys()),
    });
  }

  async function shown(scope: Scope, source: SourceRow): Promise<SourceDataset> {
    return datasetOf(source, await shared.find(scope, source.id), await proposed(scope, source));
  }

  return {
    /** What is shared of a source, or a proposal. @throws NOT_FOUND */
    async get(scope: Scope, id: string): Promise<SourceDataset> {
      demand(scope, 'fuse:source:read');
      return shown(scope, await found(scope, id));
    },

    /** Shares a source, or shares it anew. Audited. @throws NOT_FOUND, REQUEST_INVALID, CONFLICT (name) */
    async share(scope: Scope, id: string, change: SourceDatasetChange): Promise<SourceDataset> {
      demand(scope, 'fuse:source:share');
      const source = await found(scope, id);
      const details = faultsOf(change, source);
      if (details.length > 0) throw new AppError('REQUEST_INVALID', {}, { details });
      const before = await shared.find(scope, id);
      if (!before?.shared && (await shelf.count()) >= SOURCE_DATASETS_MAX)
        throw new AppError(
          'REQUEST_INVALID',
          {},
          { details: [{ path: 'name', message: `${SOURCE_DATASETS_MAX} sources are shared already` }] },
        );
      const units = new Map((await proposed(scope, source)).map(({ to, unit }) => [to, unit]));
      const { name, title, description } = change;
      const columns = change.columns.map((column) => ({ ...column, unit: units.get(column.to) ?? null }));
      const content = { title, description, columns };
      await db.transaction().execute(async (transaction) => {
        const store = createSharedStore(transaction);
        if (!(await store.share(scope, { source: id, name, content, at: clock.now() })))
          throw new AppError('CONFLICT', { thing: `${SOURCE_DATASET_PREFIX}${name}` });
        await audit.record(
          scope,
          {
            action: 'fuse:source:share',
            target: `source:${id}`,
            organisation: source.organisation,
            before: before?.shared ? traceOf(before) : null,
            after: { name, ...content },
          },
          transaction,
        );
      });
      changes += 1;
      return shown(scope, source);
    },

    /** Takes a source back: as a dataset it is not there any more. Audited. @throws NOT_FOUND also when it was not shared */
    async unshare(scope: Scope, id: string): Promise<void> {
      demand(scope, 'fuse:source:share');
      const source = await found(scope, id);
      await db.transaction().execute(async (transaction) => {
        const store = createSharedStore(transaction);
        const before = await store.find(scope, id);
        if (!before || !(await store.unshare(scope, id)))
          throw new AppError('NOT_FOUND', { thing: `dataset of source ${id}` });
        await audit.record(
          scope,
          {
            action: 'fuse:source:unshare',
            target: `source:${id}`,
            organisation: source.organisation,
            before: traceOf(before),
          },
          transaction,
        );
      });
      changes += 1;
    },

    /** To be called when sources or their mappings changed, so that readers of offers in this process know at once. */
    changed(): void {
      changes += 1;
    },

    shelf: {
      changes: () => changes,
      state: () => shelf.state(),
      offers: () => shelf.offers(),
    } satisfies DatasetShelf,
  };
}
export type SharedSources = ReturnType<typeof createSharedSources>;

const traceOf = ({ name, title, description, columns }: SharedRow) => ({ name, title, description, columns });

/** Columns that are shared, in their order, then those that could be. */
function datasetOf(source: SourceRow, row: SharedRow | null, proposed: readonly KeptColumn[]): SourceDataset {
  const kept = row?.columns ?? [];
  const others = proposed.filter(({ to }) => !kept.some((column) => column.to === to));
  const isShared = row?.shared ?? false;
  const columnOf = (column: KeptColumn, chosen: boolean) => {
    const form = formOf(column.to, source);
    return {
      ...column,
      ...{ type: form?.type ?? ('text' as const), standard: form?.standard ?? null, there: form !== null },
      shared: chosen && isShared,
    };
  };
  const name = row?.name ?? proposedName(source.key);
  return {
    state: isShared ? 'shared' : 'private',
    dataset: `${SOURCE_DATASET_PREFIX}${name}`,
    nameFixed: row !== null,
    version: isShared && row ? `${source.mapping}.${row.revision}` : null,
    title: row?.title ?? { zh: source.name, en: source.name },
    description: row?.description ?? {
      zh: `数据源「${source.name}」的最新数据，每条记录一行`,
      en: `The newest rows of the source ${source.name}`,
    },
    columns: [
      ...kept.map((column) => columnOf(column, true)),
      ...others.map((column) => columnOf(column, false)),
    ],
    madeBy: row?.madeBy ?? null,
    madeAt: row?.madeAt.toISOString() ?? null,
  };
}

/** Keys of sources are safe already but for their dashes and a digit in front. */
const proposedName = (key: string): string =>
  key
    .replaceAll('-', '_')
    .replace(/^(?=[^a-z])/, 's_')
    .slice(0, NAME_LENGTH_MAX);
