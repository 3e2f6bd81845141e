import type { EnterpriseAttribute } from '@ronghe/contracts';
import { type Insertable, type Kysely, type Selectable, sql } from 'kysely';
import { arrayOf, assigned, columnsOf, recordset, replaced } from '#platform/db/recordset.ts';
import type { FuseTables } from '../fuse.tables.ts';
import { type Golden, markOf } from './golden.ts';
import { createUnscopedPastStore } from './past.store.ts';
import type { EnterpriseSummaryColumns } from './summary.ts';

const INSERT_ROWS = 10_000;

export type StoredEnterprise = Selectable<FuseTables['fuse.enterprise']>;
export type StoredValue = Selectable<FuseTables['fuse.enterprise_value']>;
export type KnownEnterprise = Pick<StoredEnterprise, 'id' | 'number' | 'organisation' | 'revenue'>;
/** A value that stands, and whether what explains it is what would be written (`markOf`). */
export type ValueMark = { attribute: EnterpriseAttribute; value: string; mark: string };
export type NewValue = {
  enterprise: string;
  attribute: EnterpriseAttribute;
  chosen: NonNullable<Golden[EnterpriseAttribute]>;
};
export type Updated = { before: StoredEnterprise; summary: Partial<EnterpriseSummaryColumns> };
export type NewChange = Omit<Insertable<FuseTables['fuse.value_change']>, 'number'>;

const SUMMARY_TYPES = {
  state: 'text',
  name: 'text',
  code: 'text',
  code_valid: 'boolean',
  division: 'text',
  city: 'text',
  industry: 'text',
  key_industry: 'text',
  size: 'text',
  revenue: 'double precision',
  employees: 'double precision',
  organisation: 'text',
  home_organisation: 'text',
  sources: 'integer',
  findings: 'integer',
  search: 'text',
} as const satisfies Record<keyof EnterpriseSummaryColumns, string>;
const VALUE_TYPES = {
  enterprise: 'uuid',
  attribute: 'text',
  value: 'text',
  source: 'uuid',
  run: 'uuid',
  row_key: 'text',
  field: 'text',
  raw: 'text',
  rule: 'text',
  pin: 'uuid',
  conflict: 'boolean',
  at: 'timestamptz',
  others: 'jsonb',
  mark: 'text',
} as const satisfies Record<keyof StoredValue, string>;
const CHANGE_TYPES = {
  run: 'uuid',
  decision: 'uuid',
  enterprise: 'uuid',
  attribute: 'text',
  before: 'text',
  after: 'text',
  at: 'timestamptz',
} as const satisfies Record<keyof NewChange, string>;

const anyId = (ids: readonly string[]) => sql<string>`any(${arrayOf(ids, 'uuid')})`;

/** Golden records as they are and as they become, inside the run's transaction. Works for a run, over the whole province. */
export function createUnscopedGoldenStore(db: Kysely<FuseTables>) {
  const past = createUnscopedPastStore(db);
  return {
    async enterprises(ids: readonly string[]): Promise<Map<string, StoredEnterprise>> {
      const rows = await db.selectFrom('fuse.enterprise').selectAll().where('id', '=', anyId(ids)).execute();
      return new Map(rows.map((row) => [row.id, row]));
    },

    /** What matching asks of enterprises. */
    async known(ids: readonly string[]): Promise<Map<string, KnownEnterprise>> {
      const rows = await db
        .selectFrom('fuse.enterprise')
        .select(['id', 'number', 'organisation', 'revenue'])
        .where('id', '=', anyId(ids))
        .execute();
      return new Map(rows.map((row) => [row.id, row]));
    },

    /** Values with their marks; those written before there were marks get theirs here. */
    async values(ids: readonly string[]): Promise<Map<string, ValueMark[]>> {
      const { rows } = await sql<{
        enterprise: string;
        marked: [EnterpriseAttribute, string, string | null][];
      }>`
        select enterprise, json_agg(json_build_array(attribute, value, mark)) as marked
        from fuse.enterprise_value where enterprise = ${anyId(ids)} group by enterprise`.execute(db);
      const values = new Map<string, ValueMark[]>(ids.map((id) => [id, []]));
      const old: string[] = [];
      for (const { enterprise, marked } of rows)
        for (const [attribute, value, mark] of marked)
          if (mark === null) old.push(enterprise);
          else values.get(enterprise)?.push({ attribute, value, mark });
      if (old.length === 0) return values;
      const unmarked = await db
        .selectFrom('fuse.enterprise_value')
        .selectAll()
        .where('enterprise', '=', anyId([...new Set(old)]))
        .where('mark', 'is', null)
        .execute();
      for (const row of unmarked)
        values.get(row.enterprise)?.push({
          attribute: row.attribute,
          value: row.value,
          mark: markOf({ ...row, rowKey: row.row_key }),
        });
      return values;
    },

    async insert(
      rows: readonly { id: string; name: string; organisation: string }[],
      at: Date,
    ): Promise<void> {
      if (rows.length === 0) return;
      await sql`insert into fuse.enterprise (id, name, organisation, home_organisation, state, code_valid, sources, findings, search, created_at, updated_at)
        select id, name, organisation, organisation, 'active', false, 0, 0, '', ${at}::timestamptz, ${at}::timestamptz
        from ${recordset(rows, { id: 'uuid', name: 'text', organisation: 'text' })}`.execute(db);
    },

    /** Rewrites the lines of enterprises that exist. */
    async update(rows: readonly Updated[], at: Date): Promise<void> {
      const changed = rows.map(({ before, summary }) => ({ ...before, ...summary }));
      for (let start = 0; start < changed.length; start += INSERT_ROWS)
        await sql`update fuse.enterprise as old set ${assigned(SUMMARY_TYPES)}, updated_at = ${at}
          from ${recordset(changed.slice(start, start + INSERT_ROWS), { id: 'uuid', ...SUMMARY_TYPES })}
          where old.id = given.id`.execute(db);
    },

    /** What was there before is kept as it was until now. */
    async putValues(values: readonly NewValue[], at: Date): Promise<void> {
      await past.keep(values, at);
      for (let start = 0; start < values.length; start += INSERT_ROWS) {
        const part = values.slice(start, start + INSERT_ROWS).map((value) => valueColumns(value, at));
        await sql`insert into fuse.enterprise_value (${columnsOf(VALUE_TYPES)})
          select ${columnsOf(VALUE_TYPES)} from ${recordset(part, VALUE_TYPES)}
          on conflict (enterprise, attribute) do update set ${replaced(VALUE_TYPES, ['enterprise', 'attribute'])}`.execute(
          db,
        );
      }
    },

    /** What was there is kept as it was until now. */
    async removeValues(
      values: readonly { enterprise: string; attribute: EnterpriseAttribute }[],
      at: Date,
    ): Promise<void> {
      if (values.length === 0) return;
      await past.keep(values, at);
      await sql`delete from fuse.enterprise_value as value
        using ${recordset(values, { enterprise: 'uuid', attribute: 'text' })}
        where value.enterprise = given.enterprise and value.attribute = given.attribute`.execute(db);
    },

    async addChanges(changes: readonly NewChange[]): Promise<void> {
      for (let start = 0; start < changes.length; start += INSERT_ROWS) {
        const part = changes.slice(start, start + INSERT_ROWS);
        await sql`insert into fuse.value_change (${columnsOf(CHANGE_TYPES)})
          select ${columnsOf(CHANGE_TYPES)} from ${recordset(part, CHANGE_TYPES)}`.execute(db);
      }
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
  others: chosen.others,
  mark: markOf(chosen),
});
