import type { EnterpriseAttribute } from '@ronghe/contracts';
import { type Kysely, sql } from 'kysely';
import { recordset } from '#platform/db/recordset.ts';
import type { FuseTables } from '../fuse.tables.ts';

const KEEP_ROWS = 5_000;
type Key = { enterprise: string; attribute: EnterpriseAttribute };

/** Golden values as they were, kept when they are replaced; inside the transaction that replaces them, over the whole province. */
export function createUnscopedPastStore(db: Kysely<FuseTables>) {
  return {
    /** Keeps what these values are now, as known until `until`; those that are not there yet are left out. */
    async keep(keys: readonly Key[], until: Date): Promise<void> {
      for (let start = 0; start < keys.length; start += KEEP_ROWS) {
        const part = keys
          .slice(start, start + KEEP_ROWS)
          .map(({ enterprise, attribute }) => ({ enterprise, attribute }));
        await sql`insert into fuse.value_past (enterprise, attribute, value, source, run, row_key, field, raw, rule, pin, conflict, others, at, until)
          select v.enterprise, v.attribute, v.value, v.source, v.run, v.row_key, v.field, v.raw, v.rule, v.pin, v.conflict, v.others, v.at, ${until}
          from ${recordset(part, { enterprise: 'uuid', attribute: 'text' })}
          join fuse.enterprise_value v on v.enterprise = given.enterprise and v.attribute = given.attribute
          where v.at < ${until}`.execute(db);
      }
    },

    /** Keeps all values of an enterprise that ends. */
    async keepAll(enterprise: string, until: Date): Promise<void> {
      await sql`insert into fuse.value_past (enterprise, attribute, value, source, run, row_key, field, raw, rule, pin, conflict, others, at, until)
        select enterprise, attribute, value, source, run, row_key, field, raw, rule, pin, conflict, others, at, ${until}
        from fuse.enterprise_value where enterprise = ${enterprise} and at < ${until}`.execute(db);
    },
  };
}
