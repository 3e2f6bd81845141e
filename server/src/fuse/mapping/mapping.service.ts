import type {
  ConnectorTemplate,
  MappingContent,
  MappingPreview,
  MappingPreviewRequest,
  MappingSaved,
  MappingSuggestion,
  MappingVersion,
  NewMappingVersion,
  PreviewRows,
  TableProfile,
} from '@ronghe/contracts';
import type { z } from 'zod';
import { demand, type Scope } from '#platform/auth/scope.ts';
import { AppError } from '#platform/errors/errors.ts';
import type { Platform } from '#platform/platform.ts';
import type { FuseTables } from '../fuse.tables.ts';
import { COLUMNS_MAX } from '../profile/profile.ts';
import { createMappingStore, type MappedSource, type NewVersion } from './mapping.store.ts';
import { checkMapping, type Fault, previewMapping, runTests, type Standardise } from './mapping.ts';
import { suggestMapping } from './suggest.ts';

type NewMapping = z.infer<typeof NewMappingVersion>;
type Restore = Pick<NewMapping, 'basedOn' | 'note'> & { version: number };
export type PreviewRequest = z.infer<typeof MappingPreviewRequest>;
/** At most `limit` rows of what a preview names: what a source has now, a file that was handed over. */
export type RowsOf = (
  scope: Scope,
  from: Exclude<z.infer<typeof PreviewRows>, { kind: 'rows' }>,
  limit: number,
) => Promise<Record<string, unknown>[]>;

type Parts = {
  platform: Pick<Platform, 'relational' | 'audit' | 'clock'>;
  standardise: Standardise;
  rowsOf: RowsOf;
  templates: readonly ConnectorTemplate[];
};

/** Use cases of mappings: propose, try, keep as a version that passes its tests, bring an older one back. */
export type Mappings = {
  /** The newest first. @throws PERMISSION_MISSING, NOT_FOUND */
  list(scope: Scope, source: string): Promise<MappingVersion[]>;
  /** @throws PERMISSION_MISSING, NOT_FOUND, MAPPING_OUTDATED, REQUEST_INVALID (faults), MAPPING_TEST_FAILED */
  save(scope: Scope, source: string, request: NewMapping): Promise<MappingSaved>;
  /** The content of an older version as the next one. @throws as `save` */
  restore(scope: Scope, source: string, request: Restore): Promise<MappingSaved>;
  /** @throws PERMISSION_MISSING, REQUEST_INVALID (more columns than are profiled) */
  suggest(scope: Scope, profile: TableProfile): MappingSuggestion;
  /** @throws PERMISSION_MISSING, NOT_FOUND (source), and what `rowsOf` throws */
  preview(scope: Scope, request: PreviewRequest): Promise<MappingPreview>;
};

export function createMappings({ platform, standardise, rowsOf, templates }: Parts): Mappings {
  const { relational, audit, clock } = platform;
  const db = relational.as<FuseTables>();
  const store = createMappingStore(db);

  async function sourceOf(scope: Scope, id: string): Promise<MappedSource> {
    const source = await store.source(scope, id);
    if (!source) throw new AppError('NOT_FOUND', { thing: `source ${id}` });
    return source;
  }

  /** The source for somebody who may change it and saw its newest mapping. */
  async function sourceFrom(scope: Scope, id: string, basedOn: number): Promise<MappedSource> {
    demand(scope, 'fuse:source:write');
    const source = await sourceOf(scope, id);
    if (source.mapping !== basedOn) throw new AppError('MAPPING_OUTDATED', { version: source.mapping });
    return source;
  }

  /** Writes the next version and its trace together, when it is without fault and passes its tests. */
  async function write(
    scope: Scope,
    source: MappedSource,
    { content, note, restores }: { content: MappingContent; note: string; restores: number | null },
  ): Promise<MappingSaved> {
    const faults = checkMapping(content, source.target);
    if (faults.length > 0) throw invalid(faults);
    demandPassed(content, standardise);
    const before = await store.find(scope, source.id, source.mapping);
    const made: NewVersion = {
      ...content,
      source: source.id,
      version: source.mapping + 1,
      note,
      restores,
      madeBy: scope.actor.name,
      at: clock.now(),
    };
    const rowsOlder = await db.transaction().execute(async (transaction) => {
      const rows = await createMappingStore(transaction).add(scope, made);
      if (rows === null) throw new AppError('MAPPING_OUTDATED', { version: made.version });
      await audit.record(
        scope,
        {
          action: 'fuse:mapping:create',
          target: `source:${source.id}`,
          organisation: source.organisation,
          before: before && traceOf(before, before.version),
          after: { ...traceOf(content, made.version), note, restores },
        },
        transaction,
      );
      return rows;
    });
    const { source: _source, at, ...version } = made;
    return { ...version, madeAt: at.toISOString(), rowsOlder };
  }

  return {
    async list(scope, id) {
      demand(scope, 'fuse:source:read');
      return store.list(scope, (await sourceOf(scope, id)).id);
    },

    async save(scope, id, { basedOn, note, ...content }) {
      const source = await sourceFrom(scope, id, basedOn);
      return write(scope, source, { content, note, restores: null });
    },

    async restore(scope, id, { version, basedOn, note }) {
      const source = await sourceFrom(scope, id, basedOn);
      const old = await store.find(scope, source.id, version);
      if (!old) throw new AppError('NOT_FOUND', { thing: `mapping ${version}` });
      const { rowKey, periodField, mappings, tests } = old;
      return write(scope, source, {
        content: { rowKey, periodField, mappings, tests },
        note,
        restores: version,
      });
    },

    suggest(scope, profile) {
      demand(scope, 'fuse:source:read');
      if (profile.columns.length > COLUMNS_MAX)
        throw invalid([{ path: 'columns', message: `at most ${COLUMNS_MAX}` }]);
      return suggestMapping(profile, { templates });
    },

    async preview(scope, { from, limit, target, ...content }) {
      demand(scope, 'fuse:source:read');
      const source = from.kind === 'source' ? await sourceOf(scope, from.source) : null;
      const rows = from.kind === 'rows' ? from.rows : await rowsOf(scope, from, limit);
      return previewMapping(content, rows.slice(0, limit), {
        standardise,
        target: target ?? source?.target ?? 'enterprise',
      });
    },
  };
}

const invalid = (faults: readonly Fault[]) => new AppError('REQUEST_INVALID', {}, { details: [...faults] });

function demandPassed(content: MappingContent, standardise: Standardise): void {
  const failed = runTests(content, standardise).filter(({ passed }) => !passed);
  if (failed.length === 0) return;
  throw new AppError(
    'MAPPING_TEST_FAILED',
    { tests: failed.map(({ name }) => name).join(', ') },
    {
      details: failed.flatMap(({ name, differences }) =>
        differences.map(({ to, expected, found }) => ({
          path: `tests.${name}.${to}`,
          message: `expected ${expected ?? 'none'}, found ${found ?? 'none'}`,
        })),
      ),
    },
  );
}

/** What the audit log keeps: all but the rows of tests, which may hold data of the source. */
const traceOf = ({ rowKey, periodField, mappings, tests }: MappingContent, version: number) => ({
  version,
  rowKey,
  periodField,
  mappings,
  tests: tests.map(({ name }) => name),
});
