import { setTimeout as pause } from 'node:timers/promises';
import { type AlertRule, PERMISSION_NAMES, type Point, RULE_POINTS_FOUND_MAX } from '@ronghe/contracts';
import type { Points } from '#collect';
import type { Changes } from '#ingest';
import { covers, systemScope } from '#platform/auth/scope.ts';
import type { Platform } from '#platform/platform.ts';
import type { ApplyTables } from '../apply.tables.ts';
import { createRuleStore } from '../rules/rules.store.ts';
import { watchesAnew } from '../rules/rules.ts';
import {
  createUnscopedEvaluationStore,
  type KeptWatch,
  type Progress,
  type Step,
} from './evaluation.store.ts';
import { type Arrived, beginWatch, keptOf, takeStep, type Watch, wasAway } from './watching.ts';

/** Longest stretch of storing that one step looks at, and most readings of it: they are in memory at once. */
const STEP_SECONDS_MAX = 60;
const STEP_ROWS_MAX = 2_000_000;
/** Behind by more than this, the platform was away: silence of that time says nothing about the points. */
const AWAY_SECONDS = 90;
/** What a rule looks for is looked for anew after this. */
const SEARCH_AGAIN_MS = 60_000;
const PAGE_ROWS = 500;
const STOP_WAIT_MS = 5_000;

type Parts = Pick<Platform, 'relational' | 'clock' | 'ids' | 'log' | 'config' | 'metrics'> & {
  points: Points;
  changes: Changes;
  everyMs: number;
};

/** What is watched now: made anew when a rule changes, when searches are due, and after a step that did not count. */
type Watched = {
  rules: number;
  searchedMs: number;
  watches: Map<string, Watch>;
  byPoint: Map<number, Watch[]>;
  openOf: Map<string, number>;
  /** in trouble, but watched no more: the point is gone, or found no more */
  gone: KeptWatch[];
};

/**
 * Evaluates the rules over everything stored, each reading once, in the order of storing. How far it is, how every point stands
 * and the alerts are kept together or not at all, so that a process that is killed loses no alert and makes none twice. One
 * process of an installation at a time.
 */
export function createEvaluation(parts: Parts) {
  const { relational, clock, ids, log, metrics, changes, everyMs } = parts;
  const store = createUnscopedEvaluationStore(relational, ids.next);
  let watched: Watched | null = null;
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<unknown> | null = null;
  let isStopped = false;
  let lagS = 0;
  metrics.gauge(
    'ronghe_apply_alert_lag_seconds',
    'Age of the newest reading that alert rules have seen',
    () => lagS,
  );

  /** One step; false when there was nothing to do or what it went by has changed meanwhile. */
  async function step(toS: number): Promise<boolean> {
    const progress = await store.progress();
    const { cursorS } = progress;
    if (cursorS === null || toS < cursorS) {
      // The first start, or the engine's clock was set back: from here on.
      await keep(progress, toS, { watches: [], opened: [], moved: [] });
      return true;
    }
    lagS = toS - cursorS;
    if (toS === cursorS) return false;
    watched = await watchedBy(parts, store, progress, watched);
    if (toS - cursorS > AWAY_SECONDS) wasAway(watched.watches.values(), toS * 1000);
    // without anything to watch there is nothing to look at on the way
    const endS = watched.watches.size === 0 ? toS : await endOfStep(changes, cursorS, toS);
    const arrived = await arrivedIn(changes, [...watched.byPoint.keys()], cursorS, endS);
    const found = takeStep(watched.watches.values(), arrived, {
      nowMs: endS * 1000,
      openOf: watched.openOf,
      newId: ids.next,
    });
    const over = letGo(watched.gone, endS * 1000);
    watched.gone = [];
    await keep(progress, endS, {
      watches: [...over.watches, ...found.watches],
      opened: found.opened,
      moved: [...over.moved, ...found.moved],
    });
    return true;
  }

  async function keep(progress: Progress, toS: number, found: Step): Promise<void> {
    let isKept = false;
    try {
      isKept = await store.commit(progress, toS, found, clock.now());
    } finally {
      // the watches in memory have moved on, the tables have not
      if (!isKept) watched = null;
    }
    if (found.opened.length > 0) log.info({ alerts: found.opened.length }, 'alerts');
    metrics.count('ronghe_apply_alerts_total', found.opened.length, {});
  }

  /** Looks at everything that was stored until now. @returns false when another process is at it */
  async function run(): Promise<boolean> {
    return store.alone(async () => {
      const toS = await changes.settledS();
      while (!isStopped && (await step(toS)));
    });
  }

  const tick = () => {
    const startedAt = performance.now();
    running = run()
      .catch((error: unknown) => {
        watched = null;
        log.warn({ err: error }, 'alert rules could not be evaluated; the next try is in a moment');
      })
      .finally(() => {
        running = null;
        if (isStopped) return;
        timer = setTimeout(tick, Math.max(everyMs / 10, everyMs - (performance.now() - startedAt)));
        timer.unref();
      });
  };

  return {
    run,
    start() {
      tick();
    },
    /** Waits for the step that runs, for a while; one that is cut off is repeated by the next start. */
    async stop(): Promise<void> {
      isStopped = true;
      clearTimeout(timer);
      await Promise.race([running, pause(STOP_WAIT_MS, undefined, { ref: false })]);
    },
  };
}
export type Evaluation = ReturnType<typeof createEvaluation>;

/** Alerts of points that are watched no more are over. */
const letGo = (gone: readonly KeptWatch[], atMs: number): Step => ({
  watches: gone.map((watch) => ({
    ...watch,
    standing: { isOpen: false, sinceMs: null, endedMs: null, value: null },
    alert: null,
  })),
  opened: [],
  moved: gone.flatMap(({ alert }) =>
    alert === null ? [] : [{ id: alert, kind: 'ended' as const, atMs, value: null }],
  ),
});

/** The end of the next step: everything, or as much as may be in memory at once. */
async function endOfStep(changes: Changes, fromS: number, toS: number): Promise<number> {
  let endS = Math.min(toS, fromS + STEP_SECONDS_MAX);
  while (endS - fromS > 1 && (await changes.count(fromS, endS)) > STEP_ROWS_MAX)
    endS = fromS + Math.ceil((endS - fromS) / 2);
  return endS;
}

async function arrivedIn(
  changes: Changes,
  points: readonly number[],
  fromS: number,
  toS: number,
): Promise<Map<number, Arrived>> {
  const rows = await changes.stored(points, fromS, toS);
  return new Map(
    rows.map(({ point, timesMs, values, qualities, firstStoredS, storedS }) => [
      point,
      {
        firstMs: firstStoredS * 1000,
        lastMs: storedS * 1000,
        readings: timesMs.map((timeMs, at) => ({
          timeMs,
          value: values[at] ?? null,
          isGood: qualities[at] === 0,
        })),
      },
    ]),
  );
}

const keyOf = (rule: string, point: number): string => `${rule} ${point}`;

/** The watches by the newest rules; those whose rule is the same version go on as they are. */
async function watchedBy(
  parts: Parts,
  store: ReturnType<typeof createUnscopedEvaluationStore>,
  { rules, cursorS }: Progress,
  before: Watched | null,
): Promise<Watched> {
  const nowMs = parts.clock.now().getTime();
  if (before?.rules === rules && nowMs - before.searchedMs < SEARCH_AGAIN_MS) return before;
  const active = await createRuleStore(parts.relational.as<ApplyTables>()).activeUnscoped();
  const pairs = await pairsOf(parts, active);
  const kept = new Map<string, KeptWatch>();
  if (!before) for (const watch of await store.watches()) kept.set(keyOf(watch.rule, watch.point), watch);
  const goesOn = (rule: AlertRule, known: Watch | undefined): known is Watch =>
    known !== undefined && !watchesAnew(known.rule, rule);
  const fresh = pairs.filter(
    ({ rule, point }) => !goesOn(rule, before?.watches.get(keyOf(rule.id, point.id))),
  );
  const points = [...new Set(fresh.map(({ point }) => point.id))];
  const standing = new Map(
    (await parts.changes.standing(points, cursorS ?? 0)).map((row) => [row.point, row] as const),
  );
  const watches = new Map<string, Watch>();
  for (const { rule, point } of pairs) {
    const key = keyOf(rule.id, point.id);
    const known = before?.watches.get(key);
    if (goesOn(rule, known)) {
      watches.set(key, Object.assign(known, { rule, point }));
      continue;
    }
    const row = standing.get(point.id);
    const stood = row && {
      reading: { timeMs: row.timeMs, value: row.value, isGood: row.quality === 0 },
      arrivedMs: row.storedS * 1000,
    };
    const begun = { kept: kept.get(key) ?? null, nowMs: (cursorS ?? 0) * 1000 };
    watches.set(key, beginWatch({ rule, point }, stood ?? null, begun));
  }
  const isActive = new Set(active.map(({ id }) => id));
  const gone = before
    ? [
        ...before.gone,
        ...[...before.watches].filter(([key]) => !watches.has(key)).map(([, watch]) => keptOf(watch)),
      ]
    : [...kept].filter(([key]) => !watches.has(key)).map(([, watch]) => watch);
  return {
    ...{ rules, searchedMs: nowMs, watches },
    byPoint: byPointOf(watches),
    openOf: openOf(watches),
    // alerts of rules that are no more were ended with them
    gone: gone.filter(({ rule, standing: { isOpen } }) => isOpen && isActive.has(rule)),
  };
}

function byPointOf(watches: ReadonlyMap<string, Watch>): Map<number, Watch[]> {
  const byPoint = new Map<number, Watch[]>();
  for (const watch of watches.values()) {
    const list = byPoint.get(watch.point.id);
    if (list) list.push(watch);
    else byPoint.set(watch.point.id, [watch]);
  }
  return byPoint;
}

function openOf(watches: ReadonlyMap<string, Watch>): Map<string, number> {
  const open = new Map<string, number>();
  for (const { rule, standing, alert } of watches.values())
    if (standing.isOpen && alert !== null) open.set(rule.id, (open.get(rule.id) ?? 0) + 1);
  return open;
}

type Pair = { rule: AlertRule; point: Point };

/** Every rule with the points it watches now; points that are gone or outside its organisation are left out. */
async function pairsOf({ points, config }: Parts, rules: readonly AlertRule[]): Promise<Pair[]> {
  const named = rules.flatMap((rule) => ('points' in rule.watch ? rule.watch.points : []));
  const top = scopeAt(config.organisationPath);
  const known = new Map((await points.visible(top, [...new Set(named)])).map((point) => [point.id, point]));
  const pairs: Pair[] = [];
  for (const rule of rules) {
    const scope = scopeAt(rule.organisation);
    const watched =
      'points' in rule.watch
        ? rule.watch.points.flatMap((id) => known.get(id) ?? [])
        : await pointsFound(points, rule.organisation, rule.watch.search);
    for (const point of watched)
      if (point.type !== 'text' && covers(scope, point.organisation)) pairs.push({ rule, point });
  }
  return pairs;
}

/** Points of an organisation in which the words are found, lowest number first. */
export async function pointsFound(points: Points, organisation: string, search: string): Promise<Point[]> {
  const found: Point[] = [];
  let cursor: string | undefined;
  do {
    const page = await points.list(scopeAt(organisation), { search, limit: PAGE_ROWS, cursor });
    found.push(...page.items);
    cursor = page.next ?? undefined;
  } while (cursor !== undefined && found.length < RULE_POINTS_FOUND_MAX);
  return found.slice(0, RULE_POINTS_FOUND_MAX);
}

const scopeAt = (organisation: string) =>
  systemScope({ organisation, permissions: PERMISSION_NAMES, name: 'alerts' });
