import {
  BUILT_IN_ROLES,
  type Collector,
  type CollectorQuery,
  type CollectorReport,
  type CollectorWithKey,
  type NewCollector,
  type Page,
} from '@ronghe/contracts';
import type { Auth } from '#platform/auth/auth.ts';
import { covers, demand, type Scope } from '#platform/auth/scope.ts';
import type { Clock, Ids } from '#platform/clock/clock.ts';
import { AppError } from '#platform/errors/errors.ts';
import type { Log } from '#platform/log/log.ts';
import type { Gaps } from '../gaps/gaps.service.ts';
import type { CollectorRow, CollectorStore } from './collectors.store.ts';
import { stateOf } from './collectors.ts';

const REPORT_PERSIST_MS = 5_000;
const DELIVERER_CACHE_MS = 5_000;
const DELIVERER_CACHE_MAX = 10_000;
const REPORTS_MAX = 10_000;

/** Who delivers: registered edge processes, each with an API key of its plant's organisation. */
export type Collectors = {
  /**
   * Registers a collector and makes its API key, which is in this answer and nowhere else.
   * @throws PERMISSION_MISSING, NOT_FOUND (organisation), CONFLICT (name taken)
   */
  register(scope: Scope, request: NewCollector): Promise<CollectorWithKey>;
  /**
   * Registers a collector that has no key yet; it gets one when it enrols.
   * @throws PERMISSION_MISSING, NOT_FOUND (organisation), CONFLICT (name taken)
   */
  registerWithoutKey(scope: Scope, request: NewCollector): Promise<Collector>;
  list(scope: Scope, query: CollectorQuery): Promise<Page<Collector>>;
  /** @throws PERMISSION_MISSING, COLLECTOR_UNKNOWN */
  get(scope: Scope, name: string): Promise<Collector>;
  /** Takes over what a collector says of itself. @throws PERMISSION_MISSING, COLLECTOR_UNKNOWN */
  report(scope: Scope, report: CollectorReport): Promise<void>;
  /**
   * The collector that may deliver under this name: it lies inside the scope, and a key that was made for one collector
   * delivers for that one only. Remembered for five seconds.
   * @throws COLLECTOR_UNKNOWN in every other case, so that names of others are not told
   */
  deliverer(scope: Scope, name: string): Promise<{ name: string; organisation: string }>;
  /**
   * The collector of this name when the scope is its very own key: for what is told to the machine and to nobody else.
   * @throws COLLECTOR_UNKNOWN in every other case
   */
  ownName(scope: Scope, name: string): Promise<{ name: string; organisation: string }>;
  /** Writes reports that are only in memory yet. */
  flush(): Promise<void>;
};

type Parts = {
  store: CollectorStore;
  gaps: Pick<Gaps, 'told'>;
  auth: Auth;
  clock: Clock;
  ids: Ids;
  log: Log;
};
type Newest = { scope: Scope; report: CollectorReport; at: Date; savedAt: number };

export function createCollectors({ store, gaps, auth, clock, ids, log }: Parts): Collectors {
  const newest = new Map<string, Newest>();
  const deliverers = new Map<string, { organisation: string; until: number }>();

  const present = (row: CollectorRow): Collector => {
    const fresh = newest.get(row.name);
    const useFresh = fresh && (row.lastSeenAt === null || fresh.at >= row.lastSeenAt);
    const lastSeenAt = useFresh ? fresh.at : row.lastSeenAt;
    return {
      id: row.id,
      name: row.name,
      title: row.title,
      organisation: row.organisation,
      state: stateOf(lastSeenAt, clock.now()),
      lastSeenAt: lastSeenAt?.toISOString() ?? null,
      report: useFresh ? fresh.report : row.report,
      points: row.points,
      createdAt: row.createdAt.toISOString(),
    };
  };

  const admit = async (scope: Scope, request: NewCollector): Promise<void> => {
    demand(scope, 'collect:collector:write');
    const organisation = await auth.organisation(scope, request.organisation);
    if (!organisation || !covers(scope, request.organisation))
      throw new AppError('NOT_FOUND', { thing: request.organisation });
    if (await store.nameTakenUnscoped(request.name)) throw new AppError('CONFLICT', { thing: request.name });
  };

  const collectors: Collectors = {
    async register(scope, request) {
      await admit(scope, request);
      const { apiKey, key } = await auth.addKey(keyIssuer(scope), {
        name: `collector ${request.name}`,
        organisation: request.organisation,
        permissions: [...BUILT_IN_ROLES.collector.permissions],
        expiresAt: null,
      });
      const row = { id: ids.next(), ...request, apiKey: apiKey.id, createdAt: clock.now() };
      if (!(await store.add(scope, row))) {
        await auth.revokeKey(keyIssuer(scope), apiKey.id);
        throw new AppError('CONFLICT', { thing: request.name });
      }
      log.info({ collector: request.name, organisation: request.organisation }, 'a collector was registered');
      return { collector: present({ ...row, report: null, lastSeenAt: null, points: 0 }), key };
    },

    async registerWithoutKey(scope, request) {
      await admit(scope, request);
      const row = { id: ids.next(), ...request, apiKey: null, createdAt: clock.now() };
      if (!(await store.add(scope, row))) throw new AppError('CONFLICT', { thing: request.name });
      log.info({ collector: request.name, organisation: request.organisation }, 'a collector was registered');
      return present({ ...row, report: null, lastSeenAt: null, points: 0 });
    },

    async list(scope, query) {
      demand(scope, 'collect:collector:read');
      const page = await store.list(scope, query);
      return { ...page, items: page.items.map(present) };
    },

    async get(scope, name) {
      demand(scope, 'collect:collector:read');
      const row = await store.get(scope, name);
      if (!row) throw new AppError('COLLECTOR_UNKNOWN', { collector: name });
      return present(row);
    },

    async report(scope, report) {
      demand(scope, 'ingest:observation:write');
      const { name, organisation } = await collectors.deliverer(scope, report.collector);
      await gaps.told(scope, { collector: name, organisation }, report.recentGaps ?? []);
      const at = clock.now();
      const before = newest.get(name);
      const due = !before || at.getTime() - before.savedAt >= REPORT_PERSIST_MS;
      const savedAt = due ? at.getTime() : before.savedAt;
      bound(newest, REPORTS_MAX);
      newest.set(name, { scope, report, at, savedAt });
      if (due) await store.saveReport(scope, name, report, at);
    },

    async deliverer(scope, name) {
      const cacheKey = `${scope.actor.kind} ${scope.actor.id} ${scope.organisation} ${name}`;
      const now = clock.now().getTime();
      const cached = deliverers.get(cacheKey);
      if (cached && cached.until > now) return { name, organisation: cached.organisation };
      const row = await store.get(scope, name);
      if (!row) throw new AppError('COLLECTOR_UNKNOWN', { collector: name });
      const own = scope.actor.kind === 'key' ? await store.nameOfKey(scope, scope.actor.id) : null;
      if (own !== null && own !== name) throw new AppError('COLLECTOR_UNKNOWN', { collector: name });
      bound(deliverers, DELIVERER_CACHE_MAX);
      deliverers.set(cacheKey, { organisation: row.organisation, until: now + DELIVERER_CACHE_MS });
      return { name, organisation: row.organisation };
    },

    async ownName(scope, name) {
      const own = scope.actor.kind === 'key' ? await store.nameOfKey(scope, scope.actor.id) : null;
      const row = own === name ? await store.get(scope, name) : null;
      if (row === null) throw new AppError('COLLECTOR_UNKNOWN', { collector: name });
      return { name, organisation: row.organisation };
    },

    async flush() {
      for (const [name, entry] of newest) {
        if (entry.at.getTime() === entry.savedAt) continue;
        await store.saveReport(entry.scope, name, entry.report, entry.at);
        entry.savedAt = entry.at.getTime();
      }
    },
  };
  return collectors;
}

/**
 * Registering a collector includes issuing its key, so who may register needs no right to issue keys in general. The
 * key gets exactly the rights of the role `collector`, and the audit log keeps the real caller.
 */
export function keyIssuer(scope: Scope): Scope {
  const rights = ['platform:key:write', ...BUILT_IN_ROLES.collector.permissions] as const;
  // A collector stands elsewhere and outlives the key that registers it.
  const { bounds: _bounds, ...rest } = scope;
  return { ...rest, permissions: new Set([...scope.permissions, ...rights]) };
}

/** Drops the oldest entry when the map is full. */
function bound(map: Map<string, unknown>, entriesMax: number): void {
  if (map.size < entriesMax) return;
  const oldest = map.keys().next().value;
  if (oldest !== undefined) map.delete(oldest);
}
