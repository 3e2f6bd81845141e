import { type AlertRule, type Point, RULE_ALERTS_OPEN_MAX } from '@ronghe/contracts';
import { type Change, evaluate, quiet, type Reading, type Standing } from './evaluating.ts';
import type { KeptWatch, Step } from './evaluation.store.ts';

/** One rule at one point, in memory. */
export type Watch = {
  rule: AlertRule;
  point: Point;
  standing: Standing;
  /** the alert that is open, or was the last */
  alert: string | null;
  /** the reading a new watch begins with; looked at in its first step */
  seed: Reading | null;
};

/** What arrived for a point in a step. */
export type Arrived = { readings: Reading[]; firstMs: number; lastMs: number };

/** A watch that begins: where the point stood, if it ever said something. */
export function beginWatch(
  { rule, point }: Pick<Watch, 'rule' | 'point'>,
  stood: { reading: Reading; arrivedMs: number } | null,
  { kept, nowMs }: { kept: KeptWatch | null; nowMs: number },
): Watch {
  const standing = quiet(stood?.arrivedMs ?? nowMs);
  if (!kept) return { rule, point, standing, alert: null, seed: stood?.reading ?? null };
  const lastMs = stood?.reading.timeMs ?? null;
  return { rule, point, standing: { ...standing, ...kept.standing, lastMs }, alert: kept.alert, seed: null };
}

/** Points that need a look although nothing arrived: something is under way there, or silence itself counts. */
export const needsClock = ({ rule, standing, seed }: Watch): boolean =>
  standing.sinceMs !== null ||
  seed !== null ||
  rule.condition.kind === 'silent' ||
  (rule.missing !== null && rule.missing.behaviour !== 'hold');

/**
 * Takes every watch over one step and collects what has to be kept. The watches themselves move on, so when the step cannot be
 * kept they are of no use any more.
 */
export function takeStep(
  watches: Iterable<Watch>,
  arrived: ReadonlyMap<number, Arrived>,
  { nowMs, openOf, newId }: { nowMs: number; openOf: Map<string, number>; newId: () => string },
): Step {
  const step: Step = { watches: [], opened: [], moved: [] };
  for (const watch of watches) {
    const came = arrived.get(watch.point.id) ?? null;
    if (!came && !needsClock(watch)) continue;
    const before = watch.standing;
    const { after, changes } = evaluate(watch.rule, before, {
      readings: [...(watch.seed ? [watch.seed] : []), ...(came?.readings ?? [])],
      arrival: came,
      nowMs,
    });
    watch.standing = after;
    watch.seed = null;
    for (const change of changes) record(watch, change, { step, openOf, newId });
    const moved =
      after.isOpen !== before.isOpen || after.sinceMs !== before.sinceMs || after.endedMs !== before.endedMs;
    if (moved) step.watches.push(keptOf(watch));
  }
  return step;
}

type Recording = { step: Step; openOf: Map<string, number>; newId: () => string };

function record(watch: Watch, change: Change, { step, openOf, newId }: Recording): void {
  const { rule, point } = watch;
  const open = openOf.get(rule.id) ?? 0;
  const { atMs, value } = change;
  if (change.kind === 'end') {
    if (watch.alert === null) return;
    step.moved.push({ id: watch.alert, kind: 'ended', atMs, value });
    openOf.set(rule.id, open - 1);
    return;
  }
  if (change.kind === 'reopen' && watch.alert !== null) {
    step.moved.push({ id: watch.alert, kind: 'returned', atMs, value });
    openOf.set(rule.id, open + 1);
    return;
  }
  // Of a rule that fires everywhere the rest is counted, not listed: nobody reads ten thousand alerts.
  if (open >= RULE_ALERTS_OPEN_MAX) {
    watch.alert = null;
    return;
  }
  watch.alert = newId();
  openOf.set(rule.id, open + 1);
  const sinceMs = change.kind === 'open' ? change.sinceMs : atMs;
  step.opened.push({ id: watch.alert, rule, point, sinceMs, atMs, value });
}

/** What is kept of a watch. */
export function keptOf({ rule, point, standing, alert }: Watch): KeptWatch {
  const { isOpen, sinceMs, endedMs, value } = standing;
  return { rule: rule.id, point: point.id, standing: { isOpen, sinceMs, endedMs, value }, alert };
}

/** Silence counts anew when the platform itself was away. */
export function wasAway(watches: Iterable<Watch>, nowMs: number): void {
  for (const { standing } of watches) standing.arrivedMs = Math.max(standing.arrivedMs, nowMs);
}
