import type { Scope } from '#platform/auth/scope.ts';
import type { Platform } from '#platform/platform.ts';
import type { FuseTables } from '../fuse.tables.ts';
import { createAuditStore } from './audit.store.ts';
import { type AuditedSource, createAuditedStore, mayTell } from './audited.store.ts';
import { type Audited, countRows, rowBreaches, type Statement } from './compile.ts';
import { compileOther, compileUnique } from './compile-joins.ts';
import { countSeries, seriesBreaches } from './compile-series.ts';
import { compileUnits } from './compile-units.ts';
import {
  type AuditRule,
  isBlocking,
  isJoinRule,
  isRowRule,
  isRunRule,
  isSeriesRule,
  type JoinCheck,
  type RuleOf,
  type SourceShape,
  skipReason,
} from './rules.ts';
import { type Counted, judge, judgeRun, type RunFacts } from './scores.ts';

/** Rows that rules are asked of, and what is known of the run where there is one. */
export type Asking = {
  source: AuditedSource;
  shape: SourceShape;
  audited: Audited;
  facts: RunFacts | null;
  rejected: { rowsIn: number; by: ReadonlyMap<string, number> } | null;
};
type Answers = { answers: Map<string, Answer>; rows: number };
type Answer = { counted: Counted; breaches: ((limit: number) => Statement) | null };

/** Holds rules against the rows of a source; keeps nothing. */
export function createAsking({ relational, analytics }: Platform) {
  const store = createAuditStore(analytics);
  const places = createAuditedStore(relational.as<FuseTables>());

  async function ask(scope: Scope, asking: Asking, all: readonly AuditRule[]): Promise<Answers> {
    const answers = new Map<string, Answer>();
    const skipped = (rule: AuditRule, reason: string) =>
      answers.set(rule.id, { counted: { checked: 0, failed: 0, skipped: reason }, breaches: null });
    const asked = all.filter((rule) => {
      const reason = skipReason(rule.check, asking.shape);
      if (reason !== null) skipped(rule, reason);
      return reason === null;
    });
    const rowRules = asked.filter(isRowRule).filter(({ check }) => !isBlocking(check));
    const series = asked.filter(isSeriesRule);
    const take = (list: readonly AuditRule[], counts: readonly Omit<Counted, 'skipped'>[]) =>
      list.forEach((rule, at) => {
        answers.set(rule.id, { counted: { ...(counts[at] ?? NOTHING), skipped: null }, breaches: null });
      });
    // side by side: a part of each is one thread's work
    const [rows, months] = await Promise.all([
      store.count(scope, countRows(asking.audited, rowRules), rowRules.length),
      series.length > 0 ? store.count(scope, countSeries(asking.audited, series), series.length) : null,
    ]);
    take(rowRules, rows.counts);
    if (months) take(series, months.counts);
    for (const rule of asked.filter(isJoinRule)) {
      const pass = await passOf(scope, asking, rule);
      if (typeof pass === 'string') skipped(rule, pass);
      else {
        const { counts } = await store.count(scope, pass.count, 1);
        answers.set(rule.id, {
          counted: { ...(counts[0] ?? NOTHING), skipped: null },
          breaches: pass.breaches,
        });
      }
    }
    for (const rule of asked.filter(({ check }) => isBlocking(check))) {
      const { rejected } = asking;
      if (!rejected || rule.check.kind !== 'finding') skipped(rule, ONLY_RUNS);
      else {
        const failed = rejected.by.get(rule.check.rule) ?? 0;
        answers.set(rule.id, {
          counted: { checked: rejected.rowsIn, failed, skipped: null },
          breaches: null,
        });
      }
    }
    for (const rule of asked.filter(isRunRule)) {
      if (!asking.facts) skipped(rule, ONLY_RUNS);
      else {
        const facts = { ...asking.facts, newest: rows.newest };
        answers.set(rule.id, { counted: judgeRun(rule.check, facts), breaches: null });
      }
    }
    return { answers, rows: rows.rows };
  }

  async function passOf(scope: Scope, { audited, source, shape }: Asking, rule: RuleOf<JoinCheck>) {
    const { check } = rule;
    if (check.kind === 'unique') return compileUnique(audited, { ...rule, check });
    if (check.kind === 'unit-missing') return compileUnits(audited, rule, shape.unitless ?? new Map());
    const other = await places.sourceByKey(scope, check.source);
    if (!other || other.id === source.id) return `没有数据源 / no source ${check.source}`;
    const lacking = skipReason(check, other);
    if (lacking !== null) return `${check.source}: ${lacking}`;
    const numbers = await places.published(scope, other.id);
    const theirs = {
      source: other.id,
      numbers,
      base: await store.base(scope, { source: other.id, numbers }),
      monthly: other.monthly,
      mayTell: mayTell(source.organisation, other.organisation),
    };
    return compileOther({ audited, other: theirs }, { ...rule, check }, shape.monthly);
  }

  /** The statements that find the rows which break these rules, few of them as they are bundled. */
  function breachesOf(
    { audited }: Asking,
    broken: readonly { rule: AuditRule; answer: Answer }[],
    limit: number,
  ): Statement[] {
    const list = broken.map(({ rule }) => rule);
    const rowRules = list.filter(isRowRule).filter(({ check }) => !isBlocking(check));
    const series = list.filter(isSeriesRule);
    return [
      ...(rowRules.length > 0 ? [rowBreaches(audited, rowRules, limit)] : []),
      ...(series.length > 0 ? [seriesBreaches(audited, series, limit)] : []),
      ...broken.flatMap(({ answer }) => (answer.breaches ? [answer.breaches(limit)] : [])),
    ];
  }

  return {
    /** Asks all rules and judges them. `failed` are those with rows to show, `rows` how many rows were asked. */
    async ask(scope: Scope, asking: Asking, rules: readonly AuditRule[]) {
      const { answers, rows } = await ask(scope, asking, rules);
      const judged = rules.map((rule) => judge(rule, answers.get(rule.id)?.counted ?? NOT_ASKED));
      const failed = judged.flatMap(({ rule, failed }) => {
        const answer = answers.get(rule.id);
        return failed > 0 && answer ? [{ rule, answer }] : [];
      });
      return { judged, failed, rows };
    },
    breachesOf,
  };
}

const NOTHING = { checked: 0, failed: 0 };
const ONLY_RUNS = '只在运行时检查 / it is asked of a run only';
const NOT_ASKED: Counted = { checked: 0, failed: 0, skipped: ONLY_RUNS };
