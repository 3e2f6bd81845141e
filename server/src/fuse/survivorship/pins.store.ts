import type { EnterpriseAttribute, Pin } from '@ronghe/contracts';
import { type Insertable, type Kysely, type Selectable, sql } from 'kysely';
import type { Scope } from '#platform/auth/scope.ts';
import type { FuseTables } from '../fuse.tables.ts';

const PINS_MAX = 200;
const EXPIRED_A_STEP = 200;

type Ended = { by: string; at: Date; reason: string };

/** Rows of `fuse.pin`; the service has found the enterprise inside the scope. */
export function createPinStore(db: Kysely<FuseTables>) {
  const of = (enterprise: string) =>
    sql<boolean>`coalesce((select alias.enterprise from fuse.enterprise_alias alias where alias.id = pin.enterprise), pin.enterprise)
      = ${enterprise}::uuid`;
  return {
    async add(_scope: Scope, pin: Insertable<FuseTables['fuse.pin']>): Promise<void> {
      await db.insertInto('fuse.pin').values(pin).execute();
    },

    /** Of the enterprise and of ids that lead to it, newest first, ended ones too. */
    async list(_scope: Scope, enterprise: string): Promise<Pin[]> {
      const rows = await db
        .selectFrom('fuse.pin as pin')
        .selectAll()
        .where(of(enterprise))
        .orderBy('made_at', 'desc')
        .orderBy('id')
        .limit(PINS_MAX)
        .execute();
      return rows.map(toPin);
    },

    /** Who made these pins, by their ids. */
    async makers(_scope: Scope, ids: readonly string[]): Promise<Map<string, string>> {
      if (ids.length === 0) return new Map();
      const rows = await db
        .selectFrom('fuse.pin')
        .select(['id', 'made_by'])
        .where('id', 'in', [...ids])
        .execute();
      return new Map(rows.map(({ id, made_by }) => [id, made_by]));
    },

    /** Ends the pins in force of an attribute; answers with their ids. */
    async endAttribute(
      _scope: Scope,
      { enterprise, attribute }: { enterprise: string; attribute: EnterpriseAttribute },
      ended: Ended,
    ): Promise<string[]> {
      const rows = await db
        .updateTable('fuse.pin as pin')
        .set(endedColumns(ended))
        .where(of(enterprise))
        .where('attribute', '=', attribute)
        .where('ended_at', 'is', null)
        .returning('id')
        .execute();
      return rows.map(({ id }) => id);
    },

    /** Ends one pin of the enterprise; null when it is none of its own or has ended. */
    async end(
      _scope: Scope,
      { enterprise, id }: { enterprise: string; id: string },
      ended: Ended,
    ): Promise<Pin | null> {
      const row = await db
        .updateTable('fuse.pin as pin')
        .set(endedColumns(ended))
        .where(of(enterprise))
        .where('id', '=', id)
        .where('ended_at', 'is', null)
        .returningAll()
        .executeTakeFirst();
      return row ? toPin(row) : null;
    },

    /** Ends pins whose time is over, of all enterprises; answers with those enterprises as they are called now. */
    async expireUnscoped(ended: Ended): Promise<string[]> {
      const due = db
        .selectFrom('fuse.pin')
        .select('id')
        .where('ended_at', 'is', null)
        .where('expires_at', '<=', ended.at)
        .orderBy('expires_at')
        .limit(EXPIRED_A_STEP);
      const rows = await db
        .updateTable('fuse.pin as pin')
        .set(endedColumns(ended))
        .where('id', 'in', due)
        .returning(
          sql<string>`coalesce((select alias.enterprise from fuse.enterprise_alias alias where alias.id = pin.enterprise), pin.enterprise)`.as(
            'enterprise',
          ),
        )
        .execute();
      return [...new Set(rows.map(({ enterprise }) => enterprise))];
    },
  };
}

const endedColumns = ({ by, at, reason }: Ended) => ({ ended_by: by, ended_at: at, ended_for: reason });

const toPin = (row: Selectable<FuseTables['fuse.pin']>): Pin => ({
  id: row.id,
  attribute: row.attribute,
  value: row.value,
  raw: row.raw,
  reason: row.reason,
  madeBy: row.made_by,
  madeAt: row.made_at.toISOString(),
  expiresAt: row.expires_at?.toISOString() ?? null,
  endedAt: row.ended_at?.toISOString() ?? null,
  endedBy: row.ended_by,
  endedFor: row.ended_for,
});
