import { randomBytes } from 'node:crypto';
import type { Transaction } from 'kysely';
import type { Scope } from '#platform/auth/scope.ts';
import type { ColumnOffer, DatasetOffer, DatasetShelf } from '#platform/datasets/offer.ts';
import type { Platform } from '#platform/platform.ts';
import { queryOf, type SavedView, type Sights, sightsOf, viewId } from '../queries/views.ts';
import type { ShareTables } from '../share.tables.ts';
import type { Query } from '../sql/sql.ts';
import type { OrganisationNames } from './organisation-names.service.ts';
import { createUnscopedRulebookStore } from './policies.store.ts';
import { type Caller, indexPolicies, type PolicyIndex, type SavedPolicy } from './policy-index.ts';

/** How long the rules in memory are trusted without asking whether they changed: the longest a change in another process may take. */
export const RULES_MEMORY_MS = 2_000;
const SECRET_BYTES = 32;

/** A dataset with the grades that hold now. */
export type Graded = { readonly offer: DatasetOffer; readonly columns: readonly ColumnOffer[] };
export type Rules = {
  readonly version: number;
  readonly secret: string;
  readonly policies: readonly SavedPolicy[];
  readonly index: PolicyIndex;
  readonly datasets: ReadonlyMap<string, Graded>;
  /** what an organisation is called, for words */
  readonly nameOf: (organisation: string) => string;
  /** saved queries by the id of their dataset */
  readonly views: ReadonlyMap<string, SavedView>;
  /** how they stand on the datasets of these rules */
  readonly sights: Sights;
};

type Parts = Pick<Platform, 'relational' | 'clock'> & {
  offers: readonly DatasetOffer[];
  /** offers that come and go; ids of theirs are never those of `offers` */
  shelves: readonly DatasetShelf[];
  names: OrganisationNames;
};

/** The rules that decisions go by, in memory, never older than what this process has changed itself. */
export function createRulebook({ relational, clock, offers, shelves, names }: Parts) {
  const store = createUnscopedRulebookStore(relational.as<ShareTables>());
  const queries = new Map<string, Query | null>();
  const changesOfShelves = () => shelves.reduce((sum, shelf) => sum + shelf.changes(), 0);
  let known: Rules | null = null;
  let knownShelves = { changes: -1, state: '' };
  let checkedMs = Number.NEGATIVE_INFINITY;
  let reading: Promise<Rules> | null = null;
  // Counts changes of this process: what was read before one must not be kept after it.
  let changes = 0;

  async function read(): Promise<Rules> {
    for (;;) {
      const [before, nowMs] = [changes, clock.now().getTime()];
      await names.refresh();
      const shelf = {
        changes: changesOfShelves(),
        state: JSON.stringify(await Promise.all(shelves.map((one) => one.state()))),
      };
      let version = await store.version();
      if (version === 0) {
        await store.begin(randomBytes(SECRET_BYTES).toString('hex'));
        version = await store.version();
      }
      const isKnown = known?.version === version && knownShelves.state === shelf.state;
      const rules =
        known && isKnown
          ? known
          : rulesOf(await store.read(), {
              offers: [...offers, ...(await Promise.all(shelves.map((one) => one.offers()))).flat()],
              queries,
              names,
            });
      if (before !== changes || shelf.changes !== changesOfShelves()) continue;
      known = rules;
      knownShelves = shelf;
      checkedMs = nowMs;
      return rules;
    }
  }

  return {
    /** The rules as they are now, or were within the last two seconds in another process. Fails when PostgreSQL does not answer. */
    async current(): Promise<Rules> {
      const isFresh = clock.now().getTime() - checkedMs < RULES_MEMORY_MS;
      if (known && isFresh && knownShelves.changes === changesOfShelves()) return known;
      reading ??= read().finally(() => {
        reading = null;
      });
      return reading;
    },

    /** Runs a change in one transaction; whoever asks after it has ended decides by it. */
    async change<Result>(work: (transaction: Transaction<ShareTables>) => Promise<Result>): Promise<Result> {
      try {
        return await relational
          .as<ShareTables>()
          .transaction()
          .execute(async (transaction) => {
            await createUnscopedRulebookStore(transaction).turn();
            return work(transaction);
          });
      } finally {
        changes += 1;
        known = null;
        checkedMs = Number.NEGATIVE_INFINITY;
      }
    },
  };
}
export type Rulebook = ReturnType<typeof createRulebook>;

type Read = Awaited<ReturnType<ReturnType<typeof createUnscopedRulebookStore>['read']>>;
type With = {
  offers: readonly DatasetOffer[];
  queries: Map<string, Query | null>;
  names: OrganisationNames;
};
function rulesOf(
  { version, secret, policies, grades, queries: saved }: Read,
  { offers, queries, names }: With,
): Rules {
  const set = new Map(grades.map((grade) => [`${grade.dataset}.${grade.column_name}`, grade]));
  const datasets = new Map(
    offers.map((offer): [string, Graded] => {
      const columns = offer.columns.map((column): ColumnOffer => {
        const grade = set.get(`${offer.id}.${column.name}`);
        return grade
          ? { ...column, grade: grade.grade, level: grade.level, personal: grade.personal }
          : column;
      });
      return [offer.id, { offer, columns }];
    }),
  );
  const views = viewsOf(saved, queries);
  const sights = sightsOf({ datasets, views });
  const { nameOf } = names;
  return { version, secret, policies, index: indexPolicies(policies), datasets, views, sights, nameOf };
}

/** Saved queries that this program can still read; `known` remembers what was read, by text. */
function viewsOf(saved: Read['queries'], known: Map<string, Query | null>): Map<string, SavedView> {
  const texts = new Set(saved.map(({ content }) => content.sql));
  for (const text of known.keys()) if (!texts.has(text)) known.delete(text);
  return new Map(
    saved.flatMap((row): [string, SavedView][] => {
      const { sql } = row.content;
      if (!known.has(sql)) known.set(sql, readableQuery(sql));
      const query = known.get(sql) ?? null;
      return query === null ? [] : [[viewId(row.name), { ...row, query }]];
    }),
  );
}

function readableQuery(sql: string): Query | null {
  try {
    return queryOf(sql);
  } catch {
    // saved by a platform that knew more of the language
    return null;
  }
}

/** The caller of a scope, as policies know them. */
export const callerOf = (scope: Scope): Caller => ({
  kind: scope.actor.kind,
  id: scope.actor.id,
  name: scope.actor.name,
  organisation: scope.organisation,
  roles: scope.roles ?? [],
  permissions: scope.permissions,
});
