import {
  type Page,
  type PageQuery,
  REFERENCE_SET_NAMES,
  REFERENCE_SETS,
  type ReferenceChange,
  type ReferenceData,
  type ReferenceDifferences,
  type ReferenceList,
  type ReferenceQuery,
  type ReferenceRestore,
  type ReferenceRow,
  type ReferenceSet,
  type ReferenceVersion,
} from '@ronghe/contracts';
import { demand, demandRoot, type Scope } from '#platform/auth/scope.ts';
import { AppError } from '#platform/errors/errors.ts';
import { decodeCursor, encodeCursor, invalidCursor } from '#platform/paging/cursor.ts';
import type { Platform } from '#platform/platform.ts';
import type { FuseTables } from '../fuse.tables.ts';
import { foldForSearch } from './names.ts';
import { type Content, createReferenceStore, type NewReference } from './reference.store.ts';
import { reference } from './reference.ts';
import { applyChange, differencesOf, type Fault, keyOf } from './reference-content.ts';
import { nextVersion, type ReferenceMemory } from './reference-memory.service.ts';

/** Keys of a change that the audit log repeats. */
const AUDIT_KEYS_MAX = 50;

/** Use cases of reference data: versions that are only ever added, seen by all and changed by the whole tree's stewards. */
export type References = {
  /** The sets with their newest version. @throws PERMISSION_MISSING */
  list(scope: Scope): Promise<ReferenceList>;
  /** Entries in the order of their keys. @throws PERMISSION_MISSING, NOT_FOUND (version), REQUEST_INVALID (cursor) */
  entries(scope: Scope, set: ReferenceSet, query: ReferenceQuery): Promise<Page<ReferenceRow>>;
  versions(scope: Scope, set: ReferenceSet, query: PageQuery): Promise<Page<ReferenceVersion>>;
  /** What a version changed against the one before it. @throws PERMISSION_MISSING, NOT_FOUND */
  differences(scope: Scope, set: ReferenceSet, version: number): Promise<ReferenceDifferences>;
  /** The next version of a set. @throws PERMISSION_MISSING, ROOT_REQUIRED, REFERENCE_CHANGED, REQUEST_INVALID */
  change(scope: Scope, set: ReferenceSet, request: ReferenceChange): Promise<ReferenceVersion>;
  /** The content of an older version as the next one. @throws as `change`, and NOT_FOUND */
  restore(
    scope: Scope,
    set: ReferenceSet,
    request: ReferenceRestore & { version: number },
  ): Promise<ReferenceVersion>;
};

type Parts = { platform: Platform; memory: ReferenceMemory };

export function createReferences({ platform, memory }: Parts): References {
  const { relational } = platform;
  const store = createReferenceStore(relational.as<FuseTables>());
  const write = createWriter({ platform, memory });

  async function contentOf(scope: Scope, set: ReferenceSet, version?: number) {
    const found = await store.find(scope, set, version);
    if (!found) throw new AppError('NOT_FOUND', { thing: `${set} ${version ?? ''}` });
    return found;
  }

  /** The newest version for somebody who may change it and saw it. */
  async function newestFrom(scope: Scope, set: ReferenceSet, base: number) {
    demand(scope, 'fuse:reference:write');
    demandRoot(scope);
    const newest = await contentOf(scope, set);
    if (newest.version !== base) throw new AppError('REFERENCE_CHANGED', { version: newest.version });
    // what the entries of other sets must fit
    await memory.refresh();
    return newest;
  }

  return {
    async list(scope) {
      demand(scope, 'fuse:reference:read');
      const newest = await store.newest(scope);
      return {
        items: REFERENCE_SET_NAMES.flatMap((set) =>
          newest
            .filter((one) => one.set === set)
            .map((one) => ({ ...one, name: { ...REFERENCE_SETS[set] } })),
        ),
      };
    },

    async entries(scope, set, query) {
      demand(scope, 'fuse:reference:read');
      const { content } = await contentOf(scope, set, query.version);
      return pageOf(rowsOf(set, content, query.search), query);
    },

    async versions(scope, set, query) {
      demand(scope, 'fuse:reference:read');
      return store.list(scope, set, query);
    },

    async differences(scope, set, version) {
      demand(scope, 'fuse:reference:read');
      const after = await contentOf(scope, set, version);
      // of the oldest version that is kept everything is new
      const before = await store.find(scope, set, version - 1);
      const { items, more } = differencesOf(set, before?.content ?? [], after.content);
      return { items, more };
    },

    async change(scope, set, request) {
      const newest = await newestFrom(scope, set, request.base);
      const result = applyChange(set, { ...reference(), [set]: newest.content } as ReferenceData, request);
      if ('faults' in result) throw invalid(result.faults);
      const made = { content: result.content as unknown as Content, restores: null };
      return write(scope, newest, { ...made, source: request.source, note: request.note });
    },

    async restore(scope, set, { version, base, note }) {
      const newest = await newestFrom(scope, set, base);
      const { content, source } = await contentOf(scope, set, version);
      const result = applyChange(set, { ...reference(), [set]: content } as ReferenceData, {
        put: [],
        remove: [],
      });
      if ('faults' in result) throw invalid(result.faults);
      return write(scope, newest, { content, restores: version, source, note });
    },
  };
}

type Newest = ReferenceVersion & { content: Content };
type Made = Pick<NewReference, 'content' | 'restores' | 'source' | 'note'>;

/** Writes the version after the newest, leaves the trace with it, and lets the rules of this process read it at once. */
function createWriter({ platform: { relational, audit, clock }, memory }: Parts) {
  const db = relational.as<FuseTables>();
  return async (
    scope: Scope,
    { set, version: last, content: before }: Newest,
    made: Made,
  ): Promise<ReferenceVersion> => {
    const version = {
      ...nextVersion(set, { last, before, content: made.content }),
      ...made,
      madeBy: scope.actor.name,
    };
    if (version.added + version.changed + version.removed === 0)
      throw invalid([{ path: 'put', message: '没有变化 / nothing would change' }]);
    const at = clock.now();
    const keys = differencesOf(set, before, made.content).items.map(({ key }) => key);
    const { content: _content, ...head } = version;
    await db.transaction().execute(async (transaction) => {
      if (!(await createReferenceStore(transaction).add(scope, { ...version, at })))
        throw new AppError('REFERENCE_CHANGED', { version: version.version });
      await audit.record(
        scope,
        {
          action: 'fuse:reference:update',
          target: `reference:${set}`,
          organisation: scope.organisation,
          after: { ...head, keys: keys.slice(0, AUDIT_KEYS_MAX) },
        },
        transaction,
      );
    });
    await memory.refresh();
    return { ...head, validFrom: at.toISOString(), validTo: null };
  };
}

const invalid = (faults: readonly Fault[]) => new AppError('REQUEST_INVALID', {}, { details: [...faults] });

function rowsOf(set: ReferenceSet, content: Content, search: string | undefined): ReferenceRow[] {
  const wanted = foldForSearch(search ?? '');
  return content
    .map((value) => ({ key: keyOf(set, value), value }))
    .filter(({ value }) => wanted === '' || foldForSearch(Object.values(value).join(' ')).includes(wanted))
    .sort((a, b) => (a.key < b.key ? -1 : 1));
}

function pageOf(rows: readonly ReferenceRow[], { cursor, limit }: PageQuery): Page<ReferenceRow> {
  const from = cursor === undefined ? 0 : Number(decodeCursor(cursor, 1)[0]);
  if (!Number.isSafeInteger(from) || from < 0) throw invalidCursor();
  const items = rows.slice(from, from + limit);
  return {
    items,
    next: from + limit < rows.length ? encodeCursor([from + limit]) : null,
    total: rows.length,
  };
}
