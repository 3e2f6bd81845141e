import {
  type NewSavedQuery,
  SAVED_QUERIES_MAX,
  type SavedQuery,
  type SavedQueryChange,
  type SavedQueryTrial,
  type SavedQueryTrialAnswer,
} from '@ronghe/contracts';
import { demand, demandCovers, type Scope } from '#platform/auth/scope.ts';
import { AppError } from '#platform/errors/errors.ts';
import type { Platform } from '#platform/platform.ts';
import { type Gateway, tableName } from '../gateway/gateway.ts';
import type { Rulebook, Rules } from '../policies/rulebook.service.ts';
import type { QueryContent, ShareTables } from '../share.tables.ts';
import { outputsOf } from '../sql/sql.ts';
import { createQueryStore, type SavedRow } from './queries.store.ts';
import { faultsOf, plainType, wordFaults } from './queries.ts';
import { queryOf, type SavedView, sightsOf, viewId } from './views.ts';

const VERSIONS_MAX = 200;
/** Name of a query that is tried and has none; no saved one is called so. */
const UNSAVED = 'unsaved__';

type Parts = Pick<Platform, 'relational' | 'audit' | 'auth' | 'clock'> & {
  gateway: Gateway;
  rulebook: Rulebook;
};
type Draft = Pick<QueryContent, 'sql' | 'key'> & Partial<QueryContent>;

/** Use cases of saved queries: a select as a dataset, asked by everybody with the rights of their own. */
export function createQueries({ relational, audit, auth, clock, gateway, rulebook }: Parts) {
  const store = createQueryStore(relational.as<ShareTables>());

  async function found(scope: Scope, name: string): Promise<SavedRow> {
    const row = await store.find(scope, name);
    if (!row) throw new AppError('NOT_FOUND', { thing: `saved query ${name}` });
    return row;
  }

  /** The draft as a view with the types that the engine gives its columns, asked in the name of who saves it. */
  async function typed(scope: Scope, name: string, draft: Draft): Promise<SavedView> {
    const query = queryOf(draft.sql);
    demandNone(faultsOf(query));
    const names = outputsOf(query).flatMap((output) => output.name ?? []);
    demandNone(wordFaults({ columns: draft.columns ?? [], key: draft.key }, names));
    const words = { title: { zh: name, en: name }, description: { zh: name, en: name }, columns: [] };
    const types = names.map((column) => ({ name: column, type: 'text' as const }));
    const content: QueryContent = { ...words, ...draft, types };
    const view: SavedView = { name, version: 1, organisation: scope.organisation, content, query };
    const { datasets, views } = await rulebook.current();
    const around = new Map([...views, [viewId(name), view] as const]);
    if (sightsOf({ datasets, views: around }).get(viewId(name))?.circular)
      demandNone(['it would need itself, by way of other saved queries']);
    const meta = await metaOf(scope, view);
    const known = meta.map(({ name: column, type }) => ({ name: column, type: plainType(type) }));
    const odd = meta.filter(({ type }) => plainType(type) === null);
    demandNone(odd.map(({ name: column, type }) => `${column} is ${type}; make it a text or a number`));
    content.types = known.flatMap(({ name: column, type }) =>
      type === null ? [] : [{ name: column, type }],
    );
    if (draft.key.length > 0) await demandUnique(scope, view);
    return view;
  }

  type Written = { meta: { name: string; type: string }[]; data: unknown[][] };
  async function asked(scope: Scope, sql: string, draft: SavedView): Promise<Written> {
    const { requestId } = scope;
    const answer = await gateway.ask(scope, { sql, format: 'JSONCompact', door: 'sql', requestId, draft });
    const parts: Uint8Array[] = [];
    for await (const chunk of answer.chunks) parts.push(chunk);
    return JSON.parse(Buffer.concat(parts).toString('utf8')) as Written;
  }

  // sql-identifier: the gateway's own language; the name of the dataset was checked
  const metaOf = async (scope: Scope, view: SavedView) =>
    (await asked(scope, `select * from ${tableName(viewId(view.name))} limit 0`, view)).meta;

  async function demandUnique(scope: Scope, view: SavedView): Promise<void> {
    const key = view.content.key.map((column) => `\`${column}\``);
    const unknown = key.map((column) => `${column} is null`).join(' or ');
    const { data } = await asked(
      scope,
      // sql-identifier: the gateway's own language; columns of the key are columns of the query
      `select toBool(count() = uniqExact(${key.join(', ')}) and countIf(${unknown}) = 0) as fits from ${tableName(viewId(view.name))}`,
      view,
    );
    if (data[0]?.[0] !== true)
      throw new AppError('SAVED_QUERY_INVALID', { reason: `${view.content.key.join(', ')} is not unique` });
  }

  const save = (scope: Scope, row: SavedRow, before: SavedRow | null): Promise<void> =>
    rulebook.change(async (transaction) => {
      const queries = createQueryStore(transaction);
      if (!before && (await queries.countUnscoped()) >= SAVED_QUERIES_MAX)
        throw new AppError('SAVED_QUERY_INVALID', { reason: `${SAVED_QUERIES_MAX} are saved already` });
      if (!(await queries.add(scope, row)))
        throw before
          ? new AppError('SAVED_QUERY_CHANGED', { version: before.version + 1 })
          : new AppError('CONFLICT', { thing: viewId(row.name) });
      const verb = before ? (row.state === 'deleted' ? 'delete' : 'change') : 'create';
      const change = { action: `share:query:${verb}`, target: `dataset:${viewId(row.name)}` };
      const told = { before: before?.content ?? null, after: row.state === 'deleted' ? null : row.content };
      await audit.record(scope, { ...change, ...told, organisation: row.organisation }, transaction);
    });
  const made = (scope: Scope) => ({ madeBy: scope.actor.name, madeAt: clock.now() });

  return {
    async list(scope: Scope): Promise<{ items: SavedQuery[] }> {
      demand(scope, 'share:query:write');
      const [rows, rules] = [await store.list(scope), await rulebook.current()];
      return { items: rows.map((row) => toldOf(row, rules)) };
    },

    /** @throws NOT_FOUND */
    async get(scope: Scope, name: string): Promise<SavedQuery> {
      demand(scope, 'share:query:write');
      return toldOf(await found(scope, name), await rulebook.current());
    },

    /** The newest 200 versions, also of one that was deleted. @throws NOT_FOUND */
    async versions(scope: Scope, name: string): Promise<{ items: SavedQuery[] }> {
      demand(scope, 'share:query:write');
      const [rows, rules] = [await store.versions(scope, name, VERSIONS_MAX), await rulebook.current()];
      if (rows.length === 0) throw new AppError('NOT_FOUND', { thing: `saved query ${name}` });
      return { items: rows.map((row) => toldOf(row, rules)) };
    },

    /** What a query would be as a dataset. @throws SAVED_QUERY_INVALID, SQL_REFUSED, SQL_FAILED */
    async try(scope: Scope, { sql, key }: SavedQueryTrial): Promise<SavedQueryTrialAnswer> {
      demand(scope, 'share:query:write');
      const view = await typed(scope, UNSAVED, { sql, key });
      const rules = await rulebook.current();
      const id = viewId(UNSAVED);
      const sight = sightsOf({ datasets: rules.datasets, views: new Map([...rules.views, [id, view]]) }).get(
        id,
      );
      return {
        reads: (sight?.base ?? []).map(({ dataset }) => dataset),
        columns: (sight?.columns ?? []).map(
          ({ name, type, title, description, unit, grade, level, personal }) => ({
            ...{ name, type, title, description, unit, grade, level, personal },
          }),
        ),
      };
    },

    /** @throws NOT_FOUND (organisation), CONFLICT (name), SAVED_QUERY_INVALID, SQL_REFUSED, SQL_FAILED */
    async create(scope: Scope, { name, organisation, ...content }: NewSavedQuery): Promise<SavedQuery> {
      demand(scope, 'share:query:write');
      demandCovers(scope, organisation, organisation);
      if (!(await auth.organisation(scope, organisation)))
        throw new AppError('NOT_FOUND', { thing: organisation });
      const view = await typed(scope, name, content);
      const row = { name, organisation, version: 1, state: 'active', content: view.content } as const;
      await save(scope, { ...row, ...made(scope) }, null);
      return this.get(scope, name);
    },

    /** A new version. @throws NOT_FOUND, SAVED_QUERY_CHANGED, SAVED_QUERY_INVALID, SQL_REFUSED, SQL_FAILED */
    async change(scope: Scope, name: string, { basedOn, ...content }: SavedQueryChange): Promise<SavedQuery> {
      demand(scope, 'share:query:write');
      const before = await found(scope, name);
      if (before.version !== basedOn) throw new AppError('SAVED_QUERY_CHANGED', { version: before.version });
      const view = await typed(scope, name, content);
      const row = { ...before, version: before.version + 1, content: view.content };
      await save(scope, { ...row, ...made(scope) }, before);
      return this.get(scope, name);
    },

    /** Ends it for good; its name is not given again. @throws NOT_FOUND, SAVED_QUERY_CHANGED */
    async remove(scope: Scope, name: string): Promise<void> {
      demand(scope, 'share:query:write');
      const before = await found(scope, name);
      const row = { ...before, version: before.version + 1, state: 'deleted' } as const;
      await save(scope, { ...row, ...made(scope) }, before);
    },
  };
}
export type Queries = ReturnType<typeof createQueries>;

function demandNone(faults: readonly string[]): void {
  if (faults.length > 0) throw new AppError('SAVED_QUERY_INVALID', { reason: faults.join('; ') });
}

const GONE = { zh: '已删除', en: 'It was deleted' };
const UNREADABLE = {
  zh: '平台已不支持其中的写法，请修改后重新保存',
  en: 'The platform does not know its words any more: save it anew',
};

function toldOf({ name, content, madeAt, ...row }: SavedRow, rules: Rules): SavedQuery {
  const sight = rules.sights.get(viewId(name));
  const { types: _types, ...said } = content;
  return {
    ...{ ...said, ...row, name, dataset: viewId(name), madeAt: madeAt.toISOString() },
    reads: (sight?.base ?? []).map(({ dataset }) => dataset),
    broken: row.state === 'deleted' ? GONE : sight ? sight.broken : UNREADABLE,
  };
}
