import type { LinkSettings } from '@ronghe/contracts';
import type { EvaluatedRun } from './evaluating.service.ts';
import type { Linked } from './linking.service.ts';

type Context = {
  settings: LinkSettings;
  evaluated: EvaluatedRun | null;
  seconds: number;
  /** of the whole process, user and system */
  processorSeconds: number;
  memoryBytes: number;
};
export type Report = ReturnType<typeof reportOf>;

/** What a run did, as data: for the benchmark and for people. */
export function reportOf(
  linked: Linked,
  { settings, evaluated, seconds, processorSeconds, memoryBytes }: Context,
) {
  const { loaded, population, paired, trained, decided } = linked;
  return {
    records: population.records,
    sources: loaded.sources.map(({ name, records }) => ({ name, records })),
    problems: loaded.problems,
    rules: paired.rules,
    pairs: paired.pairs,
    completed: decided.completed,
    links: decided.links.length,
    clusters: decided.clustered.clusters,
    parted: decided.clustered.parted,
    cut: decided.clustered.cut,
    contradictions: decided.clustered.contradictions,
    threshold: decided.least,
    expected: decided.expected,
    model: settings.comparisons.map(({ name }, c) => ({
      comparison: name,
      weights: (trained.scorer.weights[c] ?? []).map((weight) => Math.round(weight * 100) / 100),
      m: (trained.model.m[c] ?? []).map((share) => Number(share.toPrecision(3))),
      u: (trained.model.u[c] ?? []).map((share) => Number(share.toPrecision(3))),
    })),
    /** what scoring needs, as exact as it was used */
    learned: trained.learned,
    scorer: trained.scorer,
    shares: trained.model,
    trainingRuns: trained.runs.map(({ rule, pairs, lambda, iterations }) => ({
      rule,
      pairs,
      lambda,
      iterations,
    })),
    linksExpected: trained.links,
    warnings: trained.warnings,
    evaluated,
    seconds,
    secondsByStage: linked.seconds,
    cpuSecondsByStage: linked.cpuSeconds,
    cpuSeconds: processorSeconds,
    memoryBytes,
  };
}

const stages = (seconds: Record<string, number>): string =>
  Object.entries(seconds)
    .map(([stage, value]) => `${stage} ${value.toFixed(1)}`)
    .join(', ');
const share = (value: number): string => value.toFixed(4);
const line = (label: string, value: string): string => `${label.padEnd(34)} ${value}`;

/** The report for people, Chinese and English side by side. */
export function reportText(report: Report): string {
  const { evaluated } = report;
  const scores = (label: string, { precision, recall, f1, truePairs, foundPairs }: EvaluatedRun['pairs']) =>
    line(
      label,
      `precision ${share(precision)}  recall ${share(recall)}  F1 ${share(f1)}  (true ${truePairs}, found ${foundPairs})`,
    );
  return `${[
    line('记录 records', String(report.records)),
    ...report.rules.map(({ name, pairs, over, pairsOver, largest, state }) =>
      line(
        `规则 rule ${name}`,
        `${pairs} pairs${state === 'refused' ? ' — 超出上限，未执行 refused: over the limit' : ''}${
          over > 0
            ? ` — 跳过过大分组 left out ${over} large blocks (${pairsOver} pairs)${largest
                .map(({ value, records }) => ` “${value}” ${records}`)
                .join(',')}`
            : ''
        }`,
      ),
    ),
    line('比较的记录对 pairs compared', String(report.pairs)),
    line('链接 links', `${report.links} (log2 odds ≥ ${report.threshold.toFixed(2)})`),
    line('簇 clusters', `${report.clusters}, 拆开 parted ${report.parted}, 切断 cut ${report.cut}`),
    ...(report.contradictions > 0
      ? [line('矛盾的人工判定 contradictions', String(report.contradictions))]
      : []),
    ...report.warnings.map(({ zh, en }) => line('提示 note', `${zh} — ${en}`)),
    ...(evaluated
      ? [
          scores('记录对 pairs', evaluated.pairs),
          scores('簇 clusters', evaluated.clusters),
          line('分块召回 blocking recall', share(evaluated.blockingRecall)),
        ]
      : []),
    line('用时 seconds', `${report.seconds.toFixed(1)} (${stages(report.secondsByStage)})`),
    line(
      '处理器用时 processor seconds',
      `${report.cpuSeconds.toFixed(1)} (${stages(report.cpuSecondsByStage)})`,
    ),
    line('内存峰值 peak memory, MB', (report.memoryBytes / 1e6).toFixed(0)),
  ].join('\n')}\n`;
}
