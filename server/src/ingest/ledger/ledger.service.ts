import { HOUR_MS, LEDGER_HOURS_MAX, type Ledger, type LedgerQuery } from '@ronghe/contracts';
import type { Points } from '#collect';
import { demand, type Scope } from '#platform/auth/scope.ts';
import type { Clock } from '#platform/clock/clock.ts';
import { refuse } from '../observations/buckets.ts';
import type { LedgerStore } from './ledger.store.ts';
import { ledgerHours } from './ledger.ts';

const DAY_HOURS = 24;

/** The ledger of completeness: what of each hour was read, filtered, sent, rejected and stored. */
export type Ledgers = {
  /** @throws PERMISSION_MISSING, POINT_UNKNOWN, REQUEST_INVALID, QUERY_TIMEOUT */
  read(scope: Scope, query: LedgerQuery): Promise<Ledger>;
};

export function createLedgers(parts: { store: LedgerStore; points: Points; clock: Clock }): Ledgers {
  const { store, points, clock } = parts;
  return {
    async read(scope, query) {
      demand(scope, 'ingest:observation:read');
      const range = wholeHours(query, clock.now().getTime());
      const point = await points.find(scope, query.point);
      const [told, stored] = await Promise.all([
        store.told(scope, point, range),
        store.stored(scope, point, range),
      ]);
      return { point: point.id, key: point.key, hours: ledgerHours(told, stored) };
    },
  };
}

/** Every hour that the range touches. */
function wholeHours({ from, to }: LedgerQuery, nowMs: number): { fromMs: number; toMs: number } {
  const endMs = to === undefined ? nowMs : Date.parse(to);
  const startMs = from === undefined ? endMs - DAY_HOURS * HOUR_MS : Date.parse(from);
  const fromMs = Math.max(0, Math.floor(startMs / HOUR_MS) * HOUR_MS);
  const toMs = Math.max(0, Math.ceil(endMs / HOUR_MS) * HOUR_MS);
  if (fromMs >= toMs) throw refuse('from', 'must lie before to');
  if (toMs - fromMs > LEDGER_HOURS_MAX * HOUR_MS)
    throw refuse('from', `at most ${LEDGER_HOURS_MAX} hours, which is a month and a day`);
  return { fromMs, toMs };
}
