import {
  type Bilingual,
  QUALITY_DIMENSIONS,
  type QualityDimension,
  type QualityScores,
  type RuleResult,
} from '@ronghe/contracts';
import type { AuditRule, RunCheck } from './rules.ts';

/** What one rule found: how much was asked, how much of it failed. `skipped` says why nothing was asked. */
export type Counted = { checked: number; failed: number; skipped: string | null };
/** A rule with what it found. `broken`: more failed than its tolerance lets. */
export type Judged = Counted & { rule: AuditRule; broken: boolean; held: boolean };

/** What an audit knows of the run itself and of those before it. */
export type RunFacts = {
  mode: 'full' | 'incremental';
  /** when the run began: what `late` takes for now, so that the same audit again says the same */
  startedAt: Date;
  rowsIn: number;
  rowsLanded: number;
  rowsRejected: number;
  /** rows the last published full run landed */
  rowsBefore: number | null;
  /** rows with a problem of reading, by its kind */
  problems: ReadonlyMap<string, number>;
  /** newest month that any row is of */
  newest: string | null;
  /** whether each of the last runs could read the source, the newest first */
  reads: readonly boolean[];
};

const SKIP = {
  first: '没有可比的全量运行 / there is no full run before it',
  incremental: '增量运行不比较行数 / an incremental run brings only what changed',
  none: '没有数据 / there is nothing to check',
} as const;
const skip = (reason: string): Counted => ({ checked: 0, failed: 0, skipped: reason });

/** A rule of a run as a whole. */
export function judgeRun(check: RunCheck, facts: RunFacts): Counted {
  switch (check.kind) {
    case 'late': {
      const ended = facts.newest === null ? null : endOf(facts.newest);
      if (ended === null) return skip(SKIP.none);
      const late = facts.startedAt.getTime() > ended + check.days * DAY_MS;
      return { checked: 1, failed: late ? 1 : 0, skipped: null };
    }
    case 'rows':
      if (facts.mode === 'incremental') return skip(SKIP.incremental);
      if (!facts.rowsBefore) return skip(SKIP.first);
      return {
        checked: facts.rowsBefore,
        failed: Math.max(0, facts.rowsBefore - facts.rowsLanded),
        skipped: null,
      };
    case 'rejected':
      if (facts.rowsIn === 0) return skip(SKIP.none);
      return { checked: facts.rowsIn, failed: facts.rowsRejected, skipped: null };
    case 'problem':
      if (facts.rowsIn === 0) return skip(SKIP.none);
      return {
        checked: facts.rowsIn,
        failed: Math.min(facts.rowsIn, facts.problems.get(check.rule) ?? 0),
        skipped: null,
      };
    case 'reachable': {
      const reads = facts.reads.slice(0, check.runs);
      if (reads.length === 0) return skip(SKIP.none);
      return { checked: reads.length, failed: reads.filter((read) => !read).length, skipped: null };
    }
  }
}

const DAY_MS = 86_400_000;
/** China's clock is eight hours ahead all year. */
const CHINA_MS = 28_800_000;
/** The month it is in China. */
export const monthOf = (at: Date): string => new Date(at.getTime() + CHINA_MS).toISOString().slice(0, 7);
/** The moment a month ended in China; null for what is no month. */
function endOf(period: string): number | null {
  const [, year, month] = /^(\d{4})-(\d{2})$/.exec(period) ?? [];
  return year === undefined ? null : Date.UTC(Number(year), Number(month), 1) - CHINA_MS;
}

/** Share that may fail: the tolerance, or what the check itself allows of a run. */
function shareAllowed({ check, tolerance }: AuditRule): number {
  if (check.kind === 'rejected') return Math.max(check.share, tolerance);
  if (check.kind === 'rows' || check.kind === 'reachable') return Math.max(1 - check.share, tolerance);
  return tolerance;
}
/** So that 0.05 of 100 is 5, whatever floating point makes of it. */
const ROUNDING = 1e-9;

/** Whether what a rule found counts, and whether it keeps the run back. */
export function judge(rule: AuditRule, counted: Counted): Judged {
  const share = counted.checked === 0 ? 0 : counted.failed / counted.checked;
  const broken = counted.skipped === null && share > shareAllowed(rule) + ROUNDING;
  return { ...counted, rule, broken, held: broken && rule.severity === 'hold' };
}

/** Weighted share of what passed, 0 to 100, by dimension and over all; null where nothing was asked. */
export function scoresOf(judged: readonly Judged[]): QualityScores {
  const score = (list: readonly Judged[]): number | null => {
    const asked = list.filter(
      ({ skipped, checked, rule }) => skipped === null && checked > 0 && rule.weight > 0,
    );
    const weights = asked.reduce((sum, { rule }) => sum + rule.weight, 0);
    if (weights === 0) return null;
    const passed = asked.reduce(
      (sum, { rule, checked, failed }) => sum + rule.weight * (1 - failed / checked),
      0,
    );
    return Math.round((passed / weights) * 10_000) / 100;
  };
  const dimensions = Object.fromEntries(
    (Object.keys(QUALITY_DIMENSIONS) as QualityDimension[]).map((dimension) => [
      dimension,
      score(judged.filter(({ rule }) => rule.dimension === dimension)),
    ]),
  );
  return { total: score(judged), dimensions };
}

/** Why a run is held, for people. */
export const reasonsOf = (judged: readonly Judged[]): Bilingual[] =>
  judged
    .filter(({ held }) => held)
    .map(({ rule: { name }, checked, failed }) => ({
      zh: `${name.zh}：${checked} 项中 ${failed} 项不符`,
      en: `${name.en}: ${failed} of ${checked} fail`,
    }));

export const toResult = ({ rule, checked, failed, held, skipped }: Judged): RuleResult => ({
  rule: rule.id,
  key: rule.key,
  name: rule.name,
  remedy: rule.remedy,
  dimension: rule.dimension,
  severity: rule.severity,
  checked,
  failed,
  held,
  skipped,
});
