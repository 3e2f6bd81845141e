import type {
  AgentHello,
  Configuration,
  ConfigurationVersion,
  ConnectionDocument,
  Page,
  PageQuery,
  ProtocolSchema,
} from '@ronghe/contracts';
import { type ColumnType, sql } from 'kysely';
import type { Audit } from '#platform/audit/audit.ts';
import { withinScope } from '#platform/auth/scope.store.ts';
import type { Scope } from '#platform/auth/scope.ts';
import type { Relational } from '#platform/db/relational.ts';
import { decodeCursor, encodeCursor } from '#platform/paging/cursor.ts';

type Written<Value> = ColumnType<Value, string, string>;
type ConfigurationTable = {
  collector: string;
  version: number;
  organisation: string;
  note: string;
  made_by: string;
  made_at: Date;
  restores: number | null;
  connections: number;
  points: number;
  document: Written<ConnectionDocument[]>;
};
type AbilityTable = {
  collector: string;
  organisation: string;
  managed: boolean;
  protocols: Written<Record<string, ProtocolSchema>>;
  browsable: string[];
  told_at: Date;
};
type Tables = { 'collect.configuration': ConfigurationTable; 'collect.ability': AbilityTable };

/** Newest versions that are kept of one collector. */
const VERSIONS_MAX = 500;
const HEAD = ['version', 'note', 'made_by', 'made_at', 'restores', 'connections', 'points'] as const;

/** What a collector can do, as it told itself. */
export type Ability = Pick<AgentHello, 'managed' | 'protocols' | 'browsable'>;
type Owner = { collector: string; organisation: string };
export type NewVersion = Omit<Configuration, 'madeAt'> & { madeAt: Date };

/** Configurations of collectors, by version, and what the collectors can do. Every question sees the scope's organisation and what lies below it. */
export type ConfigurationStore = ReturnType<typeof createConfigurationStore>;

export function createConfigurationStore({ relational, audit }: { relational: Relational; audit: Audit }) {
  const database = relational.as<Tables>();
  const versions = (scope: Scope, collector: string) =>
    database
      .selectFrom('collect.configuration')
      .where('collector', '=', collector)
      .where(withinScope(scope, 'organisation'));
  return {
    /** Keeps a version of a collector that was found through the scope. False when that version exists already; nothing is written then. */
    async add(scope: Scope, { collector, organisation }: Owner, version: NewVersion): Promise<boolean> {
      return database.transaction().execute(async (transaction) => {
        const row = await transaction
          .insertInto('collect.configuration')
          .values({
            collector,
            organisation,
            version: version.version,
            note: version.note,
            made_by: version.madeBy,
            made_at: version.madeAt,
            restores: version.restores,
            connections: version.connections,
            points: version.points,
            document: JSON.stringify(version.document),
          })
          .onConflict((conflict) => conflict.columns(['collector', 'version']).doNothing())
          .returning('version')
          .executeTakeFirst();
        if (!row) return false;
        await transaction
          .deleteFrom('collect.configuration')
          .where('collector', '=', collector)
          .where('version', '<=', version.version - VERSIONS_MAX)
          .execute();
        const { note, restores, connections, points } = version;
        const after = { version: version.version, note, restores, connections, points };
        const change = { target: `collector ${collector}`, organisation, after };
        await audit.record(scope, { action: 'collect:configuration:create', ...change }, transaction);
        return true;
      });
    },

    async newest(scope: Scope, collector: string): Promise<Configuration | null> {
      const row = await versions(scope, collector)
        .orderBy('version', 'desc')
        .select([...HEAD, 'document'])
        .executeTakeFirst();
      return row ? { ...toHead(row), document: row.document } : null;
    },

    async get(scope: Scope, collector: string, version: number): Promise<Configuration | null> {
      const row = await versions(scope, collector)
        .where('version', '=', version)
        .select([...HEAD, 'document'])
        .executeTakeFirst();
      return row ? { ...toHead(row), document: row.document } : null;
    },

    /** The newest first, without their content. */
    async list(scope: Scope, collector: string, query: PageQuery): Promise<Page<ConfigurationVersion>> {
      const matching = versions(scope, collector);
      const [before] = query.cursor === undefined ? [] : decodeCursor(query.cursor, 1);
      const page = before === undefined ? matching : matching.where('version', '<', Number(before));
      const [rows, { count }] = await Promise.all([
        page
          .orderBy('version', 'desc')
          .select(HEAD)
          .limit(query.limit + 1)
          .execute(),
        matching.select(sql<number>`count(*)::int`.as('count')).executeTakeFirstOrThrow(),
      ]);
      const last = rows.length > query.limit ? rows[query.limit - 1] : undefined;
      return {
        items: rows.slice(0, query.limit).map(toHead),
        next: last ? encodeCursor([last.version]) : null,
        total: count,
      };
    },

    /** What a collector told of itself, in place of what it told before. */
    async saveAbility(
      _scope: Scope,
      { collector, organisation }: Owner,
      ability: Ability & { toldAt: Date },
    ): Promise<void> {
      const told = {
        organisation,
        managed: ability.managed,
        protocols: JSON.stringify(ability.protocols),
        browsable: [...ability.browsable],
        told_at: ability.toldAt,
      };
      await database
        .insertInto('collect.ability')
        .values({ collector, ...told })
        .onConflict((conflict) => conflict.column('collector').doUpdateSet(told))
        .execute();
    },

    /** Null until the collector has been here. */
    async ability(scope: Scope, collector: string): Promise<Ability | null> {
      const row = await database
        .selectFrom('collect.ability')
        .where('collector', '=', collector)
        .where(withinScope(scope, 'organisation'))
        .select(['managed', 'protocols', 'browsable'])
        .executeTakeFirst();
      return row ?? null;
    },
  };
}

type Head = Pick<ConfigurationTable, (typeof HEAD)[number]>;
const toHead = (row: Head): ConfigurationVersion => ({
  version: row.version,
  note: row.note,
  madeBy: row.made_by,
  madeAt: row.made_at.toISOString(),
  restores: row.restores,
  connections: row.connections,
  points: row.points,
});
