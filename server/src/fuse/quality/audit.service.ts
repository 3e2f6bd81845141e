import type { Bilingual, QualityScores, RuleCheck, RuleResult } from '@ronghe/contracts';
import { demand, type Scope } from '#platform/auth/scope.ts';
import { AppError } from '#platform/errors/errors.ts';
import type { Platform } from '#platform/platform.ts';
import type { FuseTables } from '../fuse.tables.ts';
import { type Asking, createAsking } from './asking.service.ts';
import { type BreachLine, createAuditStore } from './audit.store.ts';
import { createAuditedStore } from './audited.store.ts';
import { BREACHES_MAX, keepBreaches } from './compile.ts';
import { createResultStore } from './results.store.ts';
import { createRuleStore } from './rules.store.ts';
import { type AuditRule, effectiveRules, isBlocking, isRowRule, isSeriesRule } from './rules.ts';
import { type Judged, judge, monthOf, reasonsOf, scoresOf, toResult } from './scores.ts';

export type AuditRequest = {
  run: string;
  /** targets of the mapping that the run used */
  targets: readonly string[];
  /** whether that mapping has a period */
  monthly: boolean;
  /** see `SourceShape` */
  unitless?: ReadonlyMap<string, string | null>;
  counts: { rowsIn: number; rowsLanded: number; rowsRejected: number };
};
export type AuditAnswer = { results: RuleResult[]; scores: QualityScores; heldFor: Bilingual[] };

const EXAMPLES_MAX = 20;

/** Audits of runs, trials of rules, and how single enterprises fare. */
export function createAudit({ platform }: { platform: Platform }) {
  const { relational, analytics } = platform;
  const db = relational.as<FuseTables>();
  const [store, places] = [createAuditStore(analytics), createAuditedStore(db)];
  const [rules, results] = [createRuleStore(db), createResultStore(db, analytics)];
  const asking = createAsking(platform);

  return {
    /**
     * Audits a run between landing and publishing: rules of its source and those of every source. Keeps results, scores and
     * breaches; doing it again for the same run gives the same and keeps nothing twice.
     * @throws NOT_FOUND (run)
     */
    async audit(scope: Scope, request: AuditRequest): Promise<AuditAnswer> {
      demand(scope, 'fuse:run:write');
      const run = await places.run(scope, request.run);
      const source = run ? await places.source(scope, run.source) : null;
      if (!run || !source) throw new AppError('NOT_FOUND', { thing: `run ${request.run}` });
      const active = effectiveRules(await rules.list(scope, source.id));
      const numbers = [...(await places.published(scope, source.id, run.number)), run.number];
      const base = await store.base(scope, { source: source.id, numbers });
      const of: Asking = {
        source,
        shape: { targets: request.targets, monthly: request.monthly, unitless: request.unitless },
        audited: { source: source.id, numbers, base, until: monthOf(run.startedAt) },
        facts: {
          ...{ ...run, ...request.counts, newest: null },
          problems: active.some(({ check }) => check.kind === 'problem')
            ? await store.problemsBy(scope, { source: source.id, number: run.number })
            : new Map(),
        },
        rejected: {
          rowsIn: request.counts.rowsIn,
          by: active.some(({ check }) => isBlocking(check))
            ? await store.rejectedBy(scope, { source: source.id, number: run.number })
            : new Map(),
        },
      };
      const { judged, failed, rows } = await asking.ask(scope, of, active);
      for (const statement of asking.breachesOf(of, failed, BREACHES_MAX))
        await store.keep(scope, keepBreaches(statement, { source: source.id, number: run.number }));
      const scores = scoresOf(judged);
      await results.save(
        scope,
        { run: run.run, source: source.id, number: run.number, at: run.startedAt, rows },
        { judged, scores },
      );
      return { results: judged.map(toResult), scores, heldFor: reasonsOf(judged) };
    },

    /** Holds one check against what readers see of a source now; nothing is kept. @throws NOT_FOUND (source) */
    async tryRule(
      scope: Scope,
      id: string,
      { check, tolerance }: { check: RuleCheck; tolerance: number },
    ): Promise<{ judged: Judged; examples: BreachLine[] }> {
      const source = await places.source(scope, id);
      if (!source) throw new AppError('NOT_FOUND', { thing: `source ${id}` });
      const rule: AuditRule = { ...TRIAL, check, tolerance };
      const numbers = await places.published(scope, source.id);
      const of: Asking = {
        source,
        shape: source,
        audited: {
          source: source.id,
          numbers,
          base: await store.base(scope, { source: source.id, numbers }),
        },
        facts: null,
        rejected: null,
      };
      const { judged: list, failed } = await asking.ask(scope, of, [rule]);
      const [judged = judge(rule, { checked: 0, failed: 0, skipped: null })] = list;
      const statements = asking.breachesOf(of, failed, EXAMPLES_MAX);
      const examples: BreachLine[] = [];
      for (const statement of statements) examples.push(...(await store.examples(scope, statement)));
      return { judged, examples };
    },

    /** Row and series rules held against a few enterprises of a source, as readers see it now; nothing is kept. */
    async ofEntities(
      scope: Scope,
      id: string,
      entities: readonly string[],
    ): Promise<{ scores: QualityScores; breaches: BreachLine[] } | null> {
      const source = await places.source(scope, id);
      if (!source) return null;
      const active = effectiveRules(await rules.list(scope, source.id)).filter(
        (rule) => isSeriesRule(rule) || (isRowRule(rule) && !isBlocking(rule.check)),
      );
      const of: Asking = {
        source,
        shape: source,
        audited: { source: source.id, numbers: await places.published(scope, source.id), entities },
        facts: null,
        rejected: null,
      };
      const { judged, failed } = await asking.ask(scope, of, active);
      const breaches: BreachLine[] = [];
      for (const statement of asking.breachesOf(of, failed, EXAMPLES_MAX))
        breaches.push(...(await store.examples(scope, statement)));
      return { scores: scoresOf(judged), breaches };
    },
  };
}
export type Audit = ReturnType<typeof createAudit>;

/** What a check is tried as; it never reaches a table. */
const TRIAL: Omit<AuditRule, 'check' | 'tolerance'> = {
  id: '00000000-0000-4000-8000-000000000000',
  key: 'trial',
  version: 0,
  name: { zh: '试算', en: 'Trial' },
  remedy: { zh: '', en: '' },
  dimension: 'accuracy',
  severity: 'warn',
  weight: 1,
};
