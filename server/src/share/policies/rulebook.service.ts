import { randomBytes } from 'node:crypto';
import type { Transaction } from 'kysely';
import type { Scope } from '#platform/auth/scope.ts';
import type { ColumnOffer, DatasetOffer } from '#platform/datasets/offer.ts';
import type { Platform } from '#platform/platform.ts';
import type { ShareTables } from '../share.tables.ts';
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
};

type Parts = Pick<Platform, 'relational' | 'clock'> & {
  offers: readonly DatasetOffer[];
  names: OrganisationNames;
};

/** The rules that decisions go by, in memory, never older than what this process has changed itself. */
export function createRulebook({ relational, clock, offers, names }: Parts) {
  const store = createUnscopedRulebookStore(relational.as<ShareTables>());
  let known: Rules | null = null;
  let checkedMs = Number.NEGATIVE_INFINITY;
  let reading: Promise<Rules> | null = null;
  // Counts changes of this process: what was read before one must not be kept after it.
  let changes = 0;

  async function read(): Promise<Rules> {
    for (;;) {
      const [before, nowMs] = [changes, clock.now().getTime()];
      await names.refresh();
      let version = await store.version();
      if (version === 0) {
        await store.begin(randomBytes(SECRET_BYTES).toString('hex'));
        version = await store.version();
      }
      const rules = known?.version === version ? known : rulesOf(await store.read(), { offers, names });
      if (before !== changes) continue;
      known = rules;
      checkedMs = nowMs;
      return rules;
    }
  }

  return {
    /** The rules as they are now, or were within the last two seconds in another process. Fails when PostgreSQL does not answer. */
    async current(): Promise<Rules> {
      if (known && clock.now().getTime() - checkedMs < RULES_MEMORY_MS) return known;
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
function rulesOf(
  { version, secret, policies, grades }: Read,
  { offers, names }: Pick<Parts, 'offers' | 'names'>,
): Rules {
  const set = new Map(grades.map((grade) => [`${grade.dataset}.${grade.column_name}`, grade]));
  const datasets = offers.map((offer): [string, Graded] => {
    const columns = offer.columns.map((column): ColumnOffer => {
      const grade = set.get(`${offer.id}.${column.name}`);
      return grade ? { ...column, grade: grade.grade, level: grade.level, personal: grade.personal } : column;
    });
    return [offer.id, { offer, columns }];
  });
  return {
    version,
    secret,
    policies,
    index: indexPolicies(policies),
    datasets: new Map(datasets),
    nameOf: names.nameOf,
  };
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
