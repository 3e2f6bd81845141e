import type { EnterpriseAttribute } from '@ronghe/contracts';
import { type Insertable, type Kysely, type Selectable, sql } from 'kysely';
import type { FuseTables } from '../fuse.tables.ts';
import type { Golden } from './golden.ts';
import { createUnscopedPastStore } from './past.store.ts';
import type { EnterpriseSummaryColumns } from './summary.ts';

const INSERT_ROWS = 500;

export type StoredEnterprise = Selectable<FuseTables['fuse.enterprise']>;
export type StoredValue = Selectable<FuseTables['fuse.enterprise_value']>;
export type NewValue = {
  enterprise: string;
  attribute: EnterpriseAttribute;
  chosen: NonNullable<Golden[EnterpriseAttribute]>;
};
export type Updated = { before: StoredEnterprise; summary: Partial<EnterpriseSummaryColumns> };
export type NewChange = Omit<Insertable<FuseTables['fuse.value_change']>, 'number'>;

const SUMMARY_COLUMNS = [
  'state',
  'name',
  'code',
  'code_valid',
  'division',
  'city',
  'industry',
  'key_industry',
  'size',
  'revenue',
  'employees',
  'organisation',
  'home_organisation',
  'sources',
  'findings',
  'search',
] as const satisfies readonly (keyof EnterpriseSummaryColumns)[];

const anyId = (ids: readonly string[]) => sql<string>`any(${[...ids]}::uuid[])`;

/** Golden records as they are and as they become, inside the run's transaction. Works for a run, over the whole province. */
export function createUnscopedGoldenStore(db: Kysely<FuseTables>) {
  const past = createUnscopedPastStore(db);
  return {
    async enterprises(ids: readonly string[]): Promise<Map<string, StoredEnterprise>> {
      const rows = await db.selectFrom('fuse.enterprise').selectAll().where('id', '=', anyId(ids)).execute();
      return new Map(rows.map((row) => [row.id, row]));
    },

    async values(ids: readonly string[]): Promise<Map<string, StoredValue[]>> {
      const values = new Map<string, StoredValue[]>(ids.map((id) => [id, []]));
      const rows = await db
        .selectFrom('fuse.enterprise_value')
        .selectAll()
        .where('enterprise', '=', anyId(ids))
        .execute();
      for (const row of rows) values.get(row.enterprise)?.push(row);
      return values;
    },

    async insert(
      rows: readonly { id: string; name: string; organisation: string }[],
      at: Date,
    ): Promise<void> {
      if (rows.length === 0) return;
      await db
        .insertInto('fuse.enterprise')
        .values(
          rows.map(({ id, name, organisation }) => ({
            id,
            state: 'active' as const,
            name,
            code_valid: false,
            organisation,
            home_organisation: organisation,
            sources: 0,
            findings: 0,
            search: '',
            created_at: at,
            updated_at: at,
          })),
        )
        .execute();
    },

    /** Rewrites the lines of enterprises that exist. */
    async update(rows: readonly Updated[], at: Date): Promise<void> {
      for (let start = 0; start < rows.length; start += INSERT_ROWS) {
        await db
          .insertInto('fuse.enterprise')
          .values(
            rows.slice(start, start + INSERT_ROWS).map(({ before, summary }) => {
              const { number: _number, ...columns } = before;
              return { ...columns, ...summary, updated_at: at };
            }),
          )
          .onConflict((conflict) =>
            conflict
              .column('id')
              .doUpdateSet(({ ref }) =>
                Object.fromEntries(
                  [...SUMMARY_COLUMNS, 'updated_at' as const].map((name) => [name, ref(`excluded.${name}`)]),
                ),
              ),
          )
          .execute();
      }
    },

    /** What was there before is kept as it was until now. */
    async putValues(values: readonly NewValue[], at: Date): Promise<void> {
      await past.keep(values, at);
      for (let start = 0; start < values.length; start += INSERT_ROWS) {
        await db
          .insertInto('fuse.enterprise_value')
          .values(values.slice(start, start + INSERT_ROWS).map((value) => valueColumns(value, at)))
          .onConflict((conflict) =>
            conflict.columns(['enterprise', 'attribute']).doUpdateSet(({ ref }) => ({
              value: ref('excluded.value'),
              source: ref('excluded.source'),
              run: ref('excluded.run'),
              row_key: ref('excluded.row_key'),
              field: ref('excluded.field'),
              raw: ref('excluded.raw'),
              rule: ref('excluded.rule'),
              pin: ref('excluded.pin'),
              conflict: ref('excluded.conflict'),
              at: ref('excluded.at'),
              others: ref('excluded.others'),
            })),
          )
          .execute();
      }
    },

    async removeValues(
      enterprise: string,
      attributes: readonly EnterpriseAttribute[],
      at: Date,
    ): Promise<void> {
      if (attributes.length === 0) return;
      await past.keep(
        attributes.map((attribute) => ({ enterprise, attribute })),
        at,
      );
      await db
        .deleteFrom('fuse.enterprise_value')
        .where('enterprise', '=', enterprise)
        .where('attribute', 'in', attributes)
        .execute();
    },

    async addChanges(changes: readonly NewChange[]): Promise<void> {
      for (let start = 0; start < changes.length; start += INSERT_ROWS)
        await db
          .insertInto('fuse.value_change')
          .values(changes.slice(start, start + INSERT_ROWS))
          .execute();
    },

    /** What decides where enterprises belong, in order of age. */
    async places(after: number, limit: number) {
      return db
        .selectFrom('fuse.enterprise')
        .select(['id', 'number', 'code', 'code_valid', 'division', 'organisation', 'home_organisation'])
        .where('number', '>', after)
        .orderBy('number')
        .limit(limit)
        .execute();
    },

    async move(id: string, organisation: string): Promise<void> {
      await db.updateTable('fuse.enterprise').set({ organisation }).where('id', '=', id).execute();
    },
  };
}
export type GoldenStore = ReturnType<typeof createUnscopedGoldenStore>;

const valueColumns = ({ enterprise, attribute, chosen }: NewValue, at: Date) => ({
  enterprise,
  attribute,
  value: chosen.value,
  source: chosen.source,
  run: chosen.run,
  row_key: chosen.rowKey,
  field: chosen.field,
  raw: chosen.raw,
  rule: chosen.rule,
  pin: chosen.pin,
  conflict: chosen.conflict,
  at,
  others: JSON.stringify(chosen.others),
});
