import type { EnterpriseAttribute } from '@ronghe/contracts';
import { type Kysely, sql } from 'kysely';
import type { Analytics } from '#platform/db/analytics.ts';
import type { FuseTables } from '../fuse.tables.ts';

type Golden = Partial<Record<EnterpriseAttribute, string>>;

/** The copy of golden records in ClickHouse that is read for analysis. Work of the platform, over the whole province. */
export function createUnscopedCopyStore(db: Kysely<FuseTables>, analytics: Analytics) {
  const read = (numbers: readonly number[]) =>
    db
      .selectFrom('fuse.enterprise as enterprise')
      .selectAll('enterprise')
      .select(
        sql<Golden | null>`(select jsonb_object_agg(value.attribute, value.value) from fuse.enterprise_value as value
          where value.enterprise = enterprise.id)`.as('golden'),
      )
      .where('enterprise.number', '=', sql<number>`any(${[...numbers]}::bigint[])`)
      .execute();

  return {
    /** Versions grow in the order in which they are written, as one process at a time writes. */
    async nextVersion(): Promise<number> {
      const { rows } = await sql<{ version: number }>`select nextval('fuse.copy_token') as version`.execute(
        db,
      );
      return Number(rows[0]?.version ?? 0);
    },

    /** Writes these enterprises as they are now under a version; those that are no more are marked so. */
    async put(numbers: readonly number[], version: number): Promise<void> {
      const rows = await read(numbers);
      const there = new Set(rows.map(({ number }) => number));
      const missing = numbers.filter((number) => !there.has(number));
      const length = rows.length + missing.length;
      if (length === 0) return;
      type Row = (typeof rows)[number];
      const text = (name: string, of: (row: Row) => string | null | undefined) => ({
        name,
        type: 'String' as const,
        values: [...rows.map((row) => of(row) ?? ''), ...missing.map(() => '')],
      });
      const number = (name: string, of: (row: Row) => number | null) => ({
        name,
        type: 'Float64' as const,
        values: Float64Array.from([
          ...rows.map((row) => of(row) ?? Number.NaN),
          ...missing.map(() => Number.NaN),
        ]),
      });
      const count = (name: string, of: (row: Row) => number) => ({
        name,
        type: 'UInt32' as const,
        values: Uint32Array.from([...rows.map(of), ...missing.map(() => 0)]),
      });
      const moment = (name: string, of: (row: Row) => Date) => ({
        name,
        type: 'DateTime64(3)' as const,
        values: [...rows.map((row) => of(row).getTime()), ...missing.map(() => 0)],
      });
      const flag = (name: string, of: (row: Row) => boolean) => ({
        name,
        type: 'UInt8' as const,
        values: Uint8Array.from([...rows.map((row) => (of(row) ? 1 : 0)), ...missing.map(() => 0)]),
      });
      await analytics.insert('fuse.enterprise_row', [
        {
          name: 'enterprise',
          type: 'UInt32',
          values: Uint32Array.from([...rows.map((row) => row.number), ...missing]),
        },
        { name: 'version', type: 'UInt64', values: new BigUint64Array(length).fill(BigInt(version)) },
        flag('active', ({ state }) => state === 'active'),
        text('id', ({ id }) => id),
        text('state', ({ state }) => state),
        text('name', ({ name }) => name),
        text('short_name', ({ golden }) => golden?.shortName),
        text('former_name', ({ golden }) => golden?.formerName),
        text('code', ({ code }) => code),
        flag('code_valid', ({ code_valid }) => code_valid),
        text('division', ({ division }) => division),
        text('city', ({ city }) => city),
        text('park', ({ golden }) => golden?.park),
        text('address', ({ golden }) => golden?.address),
        text('industry', ({ industry }) => industry),
        text('key_industry', ({ key_industry }) => key_industry),
        text('size', ({ size }) => size),
        number('revenue', ({ revenue }) => revenue),
        number('employees', ({ employees }) => employees),
        number('registered_capital', ({ golden }) => amountOf(golden?.registeredCapital)),
        text('established', ({ golden }) => golden?.established),
        text('legal_person', ({ golden }) => golden?.legalPerson),
        text('phone', ({ golden }) => golden?.phone),
        text('organisation', ({ organisation }) => organisation),
        count('sources', ({ sources }) => sources),
        count('findings', ({ findings }) => findings),
        moment('created_at', ({ created_at }) => created_at),
        moment('updated_at', ({ updated_at }) => updated_at),
      ]);
    },
  };
}

function amountOf(text: string | undefined): number | null {
  const amount = Number(text);
  return text === undefined || text === '' || !Number.isFinite(amount) ? null : amount;
}
