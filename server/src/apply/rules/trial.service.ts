import { setImmediate as letOthersWork } from 'node:timers/promises';
import {
  type AlertTrial,
  type AlertTrialAnswer,
  type NewAlertRule,
  type Point,
  TRIAL_ITEMS_MAX,
  TRIAL_SAMPLES_MAX,
  TRIAL_SECONDS_MAX,
} from '@ronghe/contracts';
import type { Points } from '#collect';
import type { Changes } from '#ingest';
import type { Scope } from '#platform/auth/scope.ts';
import { AppError } from '#platform/errors/errors.ts';
import { evaluate, quiet } from '../evaluation/evaluating.ts';
import { pointsFound } from '../evaluation/evaluation.service.ts';
import type { Rules } from './rules.service.ts';

/** Points whose readings are in memory at once. */
const POINTS_AT_ONCE = 50;
/** Readings after which others get their turn. */
const READINGS_AT_ONCE = 20_000;

type Parts = { rules: Rules; points: Points; changes: Changes };
type Item = AlertTrialAnswer['items'][number];

/**
 * Holds a rule against what was stored: the same evaluation as for live readings, as if each had arrived at its own time.
 */
export function createTrials({ rules, points, changes }: Parts) {
  async function watchedBy(scope: Scope, rule: NewAlertRule): Promise<Point[]> {
    const found =
      'points' in rule.watch
        ? await points.visible({ ...scope, organisation: rule.organisation }, rule.watch.points)
        : await pointsFound(points, rule.organisation, rule.watch.search);
    return found.filter(({ type }) => type !== 'text');
  }

  return {
    /** @throws ALERT_TRIAL_TOO_LARGE, REQUEST_INVALID, and what checking a rule throws */
    async try(scope: Scope, { rule, from, to }: AlertTrial): Promise<AlertTrialAnswer> {
      await rules.check(scope, rule);
      const [fromMs, toMs] = [Date.parse(from), Date.parse(to)];
      if (toMs <= fromMs || toMs - fromMs > TRIAL_SECONDS_MAX * 1000)
        throw new AppError(
          'REQUEST_INVALID',
          {},
          { details: [{ path: 'to', message: 'after from, by at most 31 days' }] },
        );
      const watched = await watchedBy(scope, rule);
      const numbers = watched.map(({ id }) => id);
      const samples = numbers.length === 0 ? 0 : await changes.countBetween(numbers, fromMs, toMs);
      if (samples > TRIAL_SAMPLES_MAX)
        throw new AppError('ALERT_TRIAL_TOO_LARGE', { samples, limit: TRIAL_SAMPLES_MAX });
      const answer: AlertTrialAnswer = {
        points: watched.length,
        samples,
        alerts: 0,
        openAtEnd: 0,
        items: [],
      };
      for (let at = 0; at < watched.length; at += POINTS_AT_ONCE)
        await tryPart(answer, rule, { part: watched.slice(at, at + POINTS_AT_ONCE), fromMs, toMs });
      answer.items = answer.items
        .sort((a, b) => a.firedAt.localeCompare(b.firedAt))
        .slice(0, TRIAL_ITEMS_MAX);
      return answer;
    },
  };

  async function tryPart(
    answer: AlertTrialAnswer,
    rule: NewAlertRule,
    { part, fromMs, toMs }: { part: readonly Point[]; fromMs: number; toMs: number },
  ): Promise<void> {
    const rows = await changes.between(
      part.map(({ id }) => id),
      fromMs,
      toMs,
    );
    const byPoint = new Map(rows.map((row) => [row.point, row]));
    for (const point of part) {
      const row = byPoint.get(point.id);
      let standing = quiet(fromMs);
      let open: Item | null = null;
      const count = row?.timesMs.length ?? 0;
      for (let at = 0; at <= count; at += 1) {
        if (at % READINGS_AT_ONCE === READINGS_AT_ONCE - 1) await letOthersWork();
        const timeMs = row?.timesMs[at];
        const nowMs = timeMs ?? toMs;
        const readings =
          timeMs === undefined
            ? []
            : [{ timeMs, value: row?.values[at] ?? null, isGood: row?.qualities[at] === 0 }];
        const arrival = timeMs === undefined ? null : { firstMs: timeMs, lastMs: timeMs };
        const step = evaluate(rule, standing, { readings, arrival, nowMs });
        standing = step.after;
        for (const change of step.changes) {
          if (change.kind === 'end') {
            if (open) open.endedAt = instant(change.atMs);
          } else if (change.kind === 'reopen') {
            if (open) open.endedAt = null;
          } else {
            answer.alerts += 1;
            open = itemOf(point, change);
            if (answer.items.length < TRIAL_ITEMS_MAX * POINTS_AT_ONCE) answer.items.push(open);
          }
        }
      }
      answer.openAtEnd += Number(standing.isOpen);
    }
  }
}
export type Trials = ReturnType<typeof createTrials>;

const instant = (ms: number): string => new Date(ms).toISOString();
const itemOf = (
  { id, key }: Point,
  { sinceMs, atMs, value }: { sinceMs: number; atMs: number; value: number | null },
): Item => ({ point: id, key, since: instant(sinceMs), firedAt: instant(atMs), endedAt: null, value });
