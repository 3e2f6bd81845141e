import {
  HOUR_MS,
  LEDGER_HOURS_MAX,
  LEDGER_OVERVIEW_HOURS_MAX,
  LEDGER_POINTS_MAX,
  type Ledger,
  type LedgerOverview,
  type LedgerOverviewQuery,
  type LedgerQuery,
  type Point,
} from '@ronghe/contracts';
import type { Points } from '#collect';
import { demand, type Scope } from '#platform/auth/scope.ts';
import type { Clock } from '#platform/clock/clock.ts';
import { refuse } from '../observations/buckets.ts';
import type { LedgerStore } from './ledger.store.ts';
import { ledgerHours, ledgerLine, worstFirst } from './ledger.ts';

const DAY_HOURS = 24;

/** The ledger of completeness: what of each hour was read, filtered, sent, rejected and stored. */
export type Ledgers = {
  /** @throws PERMISSION_MISSING, POINT_UNKNOWN, REQUEST_INVALID, QUERY_TIMEOUT */
  read(scope: Scope, query: LedgerQuery): Promise<Ledger>;
  /** Many points at once, those that lack most first. @throws PERMISSION_MISSING, REQUEST_INVALID, QUERY_TIMEOUT */
  overview(scope: Scope, query: LedgerOverviewQuery): Promise<LedgerOverview>;
};

export function createLedgers(parts: { store: LedgerStore; points: Points; clock: Clock }): Ledgers {
  const { store, points, clock } = parts;
  const hoursOf = async (scope: Scope, wanted: readonly Point[], range: Range) => {
    const [told, stored] = await Promise.all([
      store.told(scope, wanted, range),
      store.stored(scope, wanted, range),
    ]);
    return ({ id }: Point) => ledgerHours(told.get(id) ?? [], stored.get(id) ?? []);
  };
  return {
    async read(scope, query) {
      demand(scope, 'ingest:observation:read');
      const range = wholeHours(query, clock.now().getTime(), LEDGER_HOURS_MAX);
      const point = await points.find(scope, query.point);
      const hours = await hoursOf(scope, [point], range);
      return { point: point.id, key: point.key, hours: hours(point) };
    },

    async overview(scope, query) {
      demand(scope, 'ingest:observation:read');
      const range = wholeHours(query, clock.now().getTime(), LEDGER_OVERVIEW_HOURS_MAX);
      const { collector, organisation, search } = query;
      const page = await points.list(scope, { collector, organisation, search, limit: LEDGER_POINTS_MAX });
      const hours = await hoursOf(scope, page.items, range);
      const lines = page.items.map((point) => ledgerLine(point, hours(point))).sort(worstFirst);
      return {
        from: new Date(range.fromMs).toISOString(),
        to: new Date(range.toMs).toISOString(),
        points: page.items.length,
        truncated: page.next !== null,
        items: lines.slice(0, query.limit),
      };
    },
  };
}

type Range = { fromMs: number; toMs: number };

/** Every hour that the range touches. */
function wholeHours({ from, to }: Pick<LedgerQuery, 'from' | 'to'>, nowMs: number, hoursMax: number): Range {
  const endMs = to === undefined ? nowMs : Date.parse(to);
  const startMs = from === undefined ? endMs - DAY_HOURS * HOUR_MS : Date.parse(from);
  const fromMs = Math.max(0, Math.floor(startMs / HOUR_MS) * HOUR_MS);
  const toMs = Math.max(0, Math.ceil(endMs / HOUR_MS) * HOUR_MS);
  if (fromMs >= toMs) throw refuse('from', 'must lie before to');
  if (toMs - fromMs > (hoursMax + 1) * HOUR_MS) throw refuse('from', `at most ${hoursMax} hours before to`);
  return { fromMs, toMs };
}
