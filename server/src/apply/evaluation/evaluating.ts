import type { AlertCondition, NewAlertRule } from '@ronghe/contracts';

/** What a rule says about trouble, without who and where. */
export type Terms = Pick<NewAlertRule, 'condition' | 'forSeconds' | 'clearSeconds' | 'missing'>;

/**
 * How one point stands by one rule. Not open and no `sinceMs`: quiet. Not open with `sinceMs`: the condition holds since then.
 * Open without `sinceMs`: in trouble. Open with `sinceMs`: over since then, but not for long enough. Times in milliseconds.
 */
export type Standing = {
  isOpen: boolean;
  sinceMs: number | null;
  /** source time of the newest reading that was looked at; earlier ones come too late to count */
  lastMs: number | null;
  value: number | null;
  /** when the last reading arrived, by the clock of the platform */
  arrivedMs: number;
  /** when the last alert was over; one that comes back soon is the same alert */
  endedMs: number | null;
};

export type Change =
  | { kind: 'open'; sinceMs: number; atMs: number; value: number | null }
  /** the alert that ended a moment ago goes on */
  | { kind: 'reopen'; atMs: number; value: number | null }
  | { kind: 'end'; atMs: number; value: number | null };

/** When the first and the last reading of a step arrived, by the clock of the platform. */
export type Arrival = { firstMs: number; lastMs: number };

export type Reading = { timeMs: number; value: number | null; isGood: boolean };

/** An alert that comes back within this time is the one that was there before: a value that trembles is one trouble. */
export const REOPEN_MS = 60_000;

export const quiet = (arrivedMs: number): Standing => ({
  isOpen: false,
  sinceMs: null,
  lastMs: null,
  value: null,
  arrivedMs,
  endedMs: null,
});

type Step = { readings: readonly Reading[]; arrival: Arrival | null; nowMs: number };

/**
 * Goes through readings (oldest first, not older than those before) and then on to `nowMs`, when the platform had everything
 * that was stored until then. The same standing and readings always give the same changes, so a step that was cut off may be repeated.
 *
 * Between two readings the value holds. After the last one it holds for as long as the platform has waited since it arrived:
 * a point whose readings come late is not judged by the time of the platform.
 */
export function evaluate(
  terms: Terms,
  before: Standing,
  { readings, arrival, nowMs }: Step,
): { after: Standing; changes: Change[] } {
  const after = { ...before };
  const changes: Change[] = [];
  const isSilence = terms.condition.kind === 'silent';
  for (const reading of readings) {
    if (after.lastMs !== null && reading.timeMs <= after.lastMs) continue;
    if (!isSilence) {
      pass(terms, after, { toMs: reading.timeMs, changes });
      const verdict = verdictOf(terms.condition, reading);
      if (verdict !== null) {
        after.value = reading.value;
        heed(terms, after, { verdict, atMs: reading.timeMs, changes });
      }
    }
    after.lastMs = reading.timeMs;
    if (reading.value !== null && reading.isGood) after.value = reading.value;
  }
  if (arrival) {
    if (isSilence) arrive(terms, after, { arrival, changes });
    after.arrivedMs = Math.max(after.arrivedMs, arrival.lastMs);
  }
  if (isSilence) beSilent(terms, after, { nowMs, changes });
  else {
    const waitedMs = Math.max(0, nowMs - after.arrivedMs);
    const heldMs = (after.lastMs ?? after.arrivedMs) + waitedMs;
    miss(terms, after, { waitedMs, heldMs, changes });
    pass(terms, after, { toMs: heldMs, changes });
  }
  return { after, changes };
}

type Verdict = 'trouble' | 'between' | 'fine';

/** null: says nothing about the condition. */
function verdictOf(condition: AlertCondition, { value, isGood }: Reading): Verdict | null {
  if (condition.kind === 'bad') return isGood ? 'fine' : 'trouble';
  if (!isGood || value === null) return null;
  switch (condition.kind) {
    case 'above':
      if (value > condition.limit) return 'trouble';
      return value <= (condition.clear ?? condition.limit) ? 'fine' : 'between';
    case 'below':
      if (value < condition.limit) return 'trouble';
      return value >= (condition.clear ?? condition.limit) ? 'fine' : 'between';
    case 'outside': {
      const { low, high, margin } = condition;
      if (value < low || value > high) return 'trouble';
      return value >= low + margin && value <= high - margin ? 'fine' : 'between';
    }
    case 'equal':
      return value === Number(condition.value) ? 'trouble' : 'fine';
    case 'unequal':
      return value === Number(condition.value) ? 'fine' : 'trouble';
    case 'silent':
      return null;
  }
}

type Moment = { atMs: number; changes: Change[] };

/** What a reading says, from its time on. */
function heed(terms: Terms, standing: Standing, { verdict, atMs, changes }: Moment & { verdict: Verdict }) {
  const goesOn = standing.isOpen ? verdict === 'fine' : verdict === 'trouble';
  standing.sinceMs = goesOn ? (standing.sinceMs ?? atMs) : null;
  pass(terms, standing, { toMs: atMs, changes });
}

/** Time passes while nothing is said: what has held long enough happens at its time. */
function pass(terms: Terms, standing: Standing, { toMs, changes }: { toMs: number; changes: Change[] }) {
  if (standing.sinceMs === null) return;
  const dueMs = standing.sinceMs + (standing.isOpen ? terms.clearSeconds : terms.forSeconds) * 1000;
  if (dueMs > toMs) return;
  if (standing.isOpen) end(standing, { atMs: dueMs, changes });
  else open(standing, { sinceMs: standing.sinceMs, atMs: dueMs, changes });
}

function open(standing: Standing, { sinceMs, atMs, changes }: Moment & { sinceMs: number }) {
  const { endedMs, value } = standing;
  const isBack = endedMs !== null && atMs - endedMs < REOPEN_MS;
  changes.push(isBack ? { kind: 'reopen', atMs, value } : { kind: 'open', sinceMs, atMs, value });
  Object.assign(standing, { isOpen: true, sinceMs: null });
}

function end(standing: Standing, { atMs, changes }: Moment) {
  changes.push({ kind: 'end', atMs, value: standing.value });
  Object.assign(standing, { isOpen: false, sinceMs: null, endedMs: atMs });
}

/** Something came: silence was there until then and is over, for good when it stays so. */
function arrive(
  terms: Terms,
  standing: Standing,
  { arrival, changes }: { arrival: Arrival; changes: Change[] },
) {
  beSilent(terms, standing, { nowMs: arrival.firstMs, changes });
  if (!standing.isOpen) return;
  standing.sinceMs ??= arrival.firstMs;
  pass(terms, standing, { toMs: arrival.lastMs, changes });
}

function beSilent(
  terms: Terms,
  standing: Standing,
  { nowMs, changes }: { nowMs: number; changes: Change[] },
) {
  if (terms.condition.kind !== 'silent') return;
  const silentMs = nowMs - standing.arrivedMs;
  const neededMs = terms.condition.seconds * 1000;
  if (standing.isOpen) {
    // silent again before it was over for long enough
    if (silentMs >= neededMs) standing.sinceMs = null;
    else pass(terms, standing, { toMs: nowMs, changes });
    return;
  }
  const dueMs = standing.arrivedMs + neededMs + terms.forSeconds * 1000;
  if (dueMs <= nowMs) open(standing, { sinceMs: standing.arrivedMs, atMs: dueMs, changes });
}

/** What the rule says about a point of which nothing arrives. */
function miss(
  terms: Terms,
  standing: Standing,
  { waitedMs, heldMs, changes }: { waitedMs: number; heldMs: number; changes: Change[] },
) {
  const { missing } = terms;
  if (missing === null || missing.behaviour === 'hold' || waitedMs < missing.seconds * 1000) return;
  const verdict = missing.behaviour === 'alert' ? 'trouble' : 'fine';
  const atMs = heldMs - waitedMs + missing.seconds * 1000;
  // what was due before the point fell silent was due
  pass(terms, standing, { toMs: Math.min(atMs, heldMs), changes });
  heed(terms, standing, { verdict, atMs, changes });
}
