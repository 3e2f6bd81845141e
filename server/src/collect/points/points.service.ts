import type { Page, Point, PointPatch, PointQuery } from '@ronghe/contracts';
import { demand, demandCovers, type Scope } from '#platform/auth/scope.ts';
import type { Clock } from '#platform/clock/clock.ts';
import type { Config } from '#platform/config/config.ts';
import { AppError } from '#platform/errors/errors.ts';
import { type PointGroup, type ResolvedGroup, uniqueGroups } from './point-groups.ts';
import { createPointMemory } from './point-memory.ts';
import type { PointStore } from './points.store.ts';
import {
  chooseByKey,
  isSameTold,
  type PointDefinition,
  parseReference,
  type ResolvedPoint,
  type Told,
  toldBy,
  uniqueByKey,
} from './points.ts';
import { createRecent } from './recent.ts';
import type { ResolutionStore } from './resolution.store.ts';
import { createTurns } from './turns.ts';

/** Points remembered in memory, so that a known point costs no query: at least these, at most twice as many, 500 bytes each. */
const CACHE_POINTS_KEPT = 200_000;
/** Groups remembered because a field of theirs is no number, so that their lines do not ask again and again. */
const CACHE_GROUPS_KEPT = 20_000;

/** Points: what is measured, where, in which unit. The calls below `resolve` are for the domains ahead. */
export type Points = {
  list(scope: Scope, query: PointQuery): Promise<Page<Point>>;
  /** By number or key. @throws PERMISSION_MISSING, POINT_UNKNOWN, REQUEST_INVALID (key in several organisations) */
  get(scope: Scope, reference: string): Promise<Point>;
  /** A person names a point; from then on the collector no longer changes the fields set here. */
  change(scope: Scope, reference: string, patch: PointPatch): Promise<Point>;
  /**
   * Series numbers and types for the keys a door delivers under `organisation`. Missing points are made; name, unit,
   * equipment, connection and collector follow what is told. The type stays what it was when the point was made.
   * @returns a map by key; a key left out would pass the limit of points (`POINT_LIMIT` is the caller's to say)
   * @throws PERMISSION_MISSING without the right to write observations, NOT_FOUND outside the scope
   */
  resolve(
    scope: Scope,
    organisation: string,
    definitions: readonly PointDefinition[],
  ): Promise<Map<string, ResolvedPoint>>;
  /**
   * The same for groups of number points, much cheaper where they are new: each is made as one row. Names and equipment
   * follow what is told. The points of a group made by one call have consecutive numbers in the order of its fields.
   * @returns a map by the groups' keys; a group or field left out would pass the limit of points
   * @throws as `resolve`
   */
  resolveGroups(
    scope: Scope,
    organisation: string,
    groups: readonly PointGroup[],
  ): Promise<ReadonlyMap<string, ResolvedGroup>>;
  /**
   * As `get`, for callers that have demanded a right of their own. From memory for four seconds: a change of name, unit or
   * equipment in another process is seen after that, one in this process at once.
   */
  find(scope: Scope, reference: string): Promise<Point>;
  /**
   * As `find` for several, in their order and each once; numbers are found in one query.
   * @throws POINT_UNKNOWN for the first number that is not in sight, and what `find` throws
   */
  findAll(scope: Scope, references: readonly string[]): Promise<Point[]>;
  /** Those of the numbers that the scope may see; others are left out silently. From memory as `find`. */
  visible(scope: Scope, ids: readonly number[]): Promise<Point[]>;
  /** Numbers of the points of an organisation and below, lowest first. */
  idsOf(scope: Scope, organisation: string, rowsMax: number): Promise<number[]>;
  count(scope: Scope): Promise<number>;
};

type Parts = { store: PointStore; resolution: ResolutionStore; clock: Clock; config: Config };
type Cached = { point: ResolvedPoint; told: Told };

export function createPoints({ store, resolution, clock, config }: Parts): Points {
  const cache = createRecent<Cached>(CACHE_POINTS_KEPT);
  const mixed = createRecent<ResolvedGroup>(CACHE_GROUPS_KEPT);
  const inTurn = createTurns();
  const memory = createPointMemory({ clock });
  const byIds = async (scope: Scope, ids: readonly number[]): Promise<Point[]> => {
    const wanted = [...new Set(ids)];
    const known = wanted.flatMap((id) => memory.byId(scope, id) ?? []);
    if (known.length === wanted.length) return known;
    const have = new Set(known.map(({ id }) => id));
    const since = memory.now();
    const read = await store.byIds(
      scope,
      wanted.filter((id) => !have.has(id)),
    );
    memory.keep(read, since);
    return [...known, ...read];
  };
  /** From the database itself, for those who show or change the point. */
  const fresh = async (scope: Scope, reference: string): Promise<Point> => {
    const since = memory.now();
    const parsed = parseReference(reference);
    const found =
      'key' in parsed ? await store.byKey(scope, parsed.key) : await store.byIds(scope, [parsed.id]);
    memory.keep(found, since);
    if ('key' in parsed) return chooseByKey(found, { key: parsed.key, organisation: scope.organisation });
    const [point] = found;
    if (!point) throw new AppError('POINT_UNKNOWN', { point: reference });
    return point;
  };
  const points: Points = {
    async list(scope, query) {
      demand(scope, 'collect:point:read');
      return store.list(scope, query);
    },
    async get(scope, reference) {
      demand(scope, 'collect:point:read');
      return fresh(scope, reference);
    },
    async change(scope, reference, patch) {
      demand(scope, 'collect:point:write');
      const before = await fresh(scope, reference);
      const after = await store.change(scope, before, patch);
      memory.forget([after.id]);
      return after;
    },
    async resolve(scope, organisation, definitions) {
      demand(scope, 'ingest:observation:write');
      demandCovers(scope, organisation, organisation);
      const found = new Map<string, ResolvedPoint>();
      const open: PointDefinition[] = [];
      for (const definition of uniqueByKey(definitions)) {
        const cached = cache.get(organisation, definition.key);
        if (cached && isSameTold(cached.told, definition)) found.set(definition.key, cached.point);
        else open.push(definition);
      }
      if (open.length === 0) return found;
      const resolved = await inTurn(organisation, () =>
        resolution.resolve(scope, {
          organisation,
          definitions: open,
          pointsMax: config.ingestPointsMax,
          now: clock.now(),
        }),
      );
      memory.forget([...resolved.values()].map(({ id }) => id));
      for (const definition of open) {
        const point = resolved.get(definition.key);
        if (!point) continue;
        found.set(definition.key, point);
        cache.set(organisation, definition.key, {
          point: { id: point.id, type: point.type },
          told: toldBy(definition),
        });
      }
      return found;
    },
    async resolveGroups(scope, organisation, groups) {
      demand(scope, 'ingest:observation:write');
      demandCovers(scope, organisation, organisation);
      const found = new Map<string, ResolvedGroup>();
      const open: PointGroup[] = [];
      for (const group of uniqueGroups(groups)) {
        const cached = mixed.get(organisation, group.key);
        if (cached && group.fields.keys.every((key) => cached.keys.includes(key)))
          found.set(group.key, cached);
        else open.push(group);
      }
      if (open.length === 0) return found;
      const pointsMax = config.ingestPointsMax;
      const resolved = await inTurn(organisation, () =>
        resolution.resolveGroups(scope, { organisation, groups: open, pointsMax, now: clock.now() }),
      );
      for (const [key, group] of resolved) {
        memory.forget(group.numbers);
        found.set(key, group);
        if (group.numbers.includes(0)) mixed.set(organisation, key, group);
      }
      return found;
    },
    async find(scope, reference) {
      const parsed = parseReference(reference);
      if ('key' in parsed) return memory.ownByKey(scope, parsed.key) ?? fresh(scope, reference);
      const [point] = await byIds(scope, [parsed.id]);
      if (!point) throw new AppError('POINT_UNKNOWN', { point: reference });
      return point;
    },
    async findAll(scope, references) {
      const parsed = references.map(parseReference);
      const ids = parsed.flatMap((one) => ('id' in one ? one.id : []));
      const byId = new Map((await byIds(scope, ids)).map((point) => [point.id, point]));
      const found = new Map<number, Point>();
      for (const [index, one] of parsed.entries()) {
        const reference = references[index] as string;
        const point = 'id' in one ? byId.get(one.id) : await points.find(scope, reference);
        if (!point) throw new AppError('POINT_UNKNOWN', { point: reference });
        found.set(point.id, point);
      }
      return [...found.values()];
    },
    visible: byIds,
    idsOf: (scope, organisation, rowsMax) => store.idsOf(scope, organisation, rowsMax),
    count: (scope) => store.count(scope),
  };
  return points;
}
