import { DEFAULT_SURVIVORSHIP, type SurvivorshipVersion } from '@ronghe/contracts';
import { type Kysely, sql } from 'kysely';
import type { PinnedValue } from '../enterprises/golden.ts';
import type { FuseTables } from '../fuse.tables.ts';

const SHIPPED: SurvivorshipVersion = {
  ...{ version: 0, content: DEFAULT_SURVIVORSHIP, note: '', madeBy: '', madeAt: null },
};
const anyId = (ids: readonly string[]) => sql<string>`any(${[...ids]}::uuid[])`;

/** What golden values are chosen by: the newest way of choosing, and what people pinned. Over the whole province. */
export function createUnscopedChoosingStore(db: Kysely<FuseTables>) {
  return {
    async newest(): Promise<SurvivorshipVersion> {
      const row = await db
        .selectFrom('fuse.survivorship')
        .selectAll()
        .orderBy('version', 'desc')
        .limit(1)
        .executeTakeFirst();
      if (!row) return SHIPPED;
      const { version, content, note } = row;
      return { version, content, note, madeBy: row.made_by, madeAt: row.made_at.toISOString() };
    },

    /** Pins in force of these enterprises and of ids that lead to them; of several for an attribute the newest. */
    async pins(ids: readonly string[], at: Date): Promise<Map<string, PinnedValue[]>> {
      const rows = await db
        .selectFrom('fuse.pin as pin')
        .leftJoin('fuse.enterprise_alias as alias', 'alias.id', 'pin.enterprise')
        .select(['pin.id', 'pin.attribute', 'pin.value', 'pin.raw'])
        .select(sql<string>`coalesce(alias.enterprise, pin.enterprise)`.as('of'))
        .where('pin.ended_at', 'is', null)
        .where((where) => where.or([where('pin.expires_at', 'is', null), where('pin.expires_at', '>', at)]))
        .where((where) =>
          where.or([where('pin.enterprise', '=', anyId(ids)), where('alias.enterprise', '=', anyId(ids))]),
        )
        .orderBy('pin.made_at', 'desc')
        .orderBy('pin.id')
        .execute();
      const pins = new Map<string, PinnedValue[]>();
      for (const { of, ...pin } of rows) {
        const known = pins.get(of) ?? [];
        if (!known.some(({ attribute }) => attribute === pin.attribute)) pins.set(of, [...known, pin]);
      }
      return pins;
    },
  };
}
export type ChoosingStore = ReturnType<typeof createUnscopedChoosingStore>;
