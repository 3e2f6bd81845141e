import type { LabelledFigures, MatchFigures, MatchModel } from '@ronghe/contracts';
import type { Kysely } from 'kysely';
import { demand, demandRoot, type Scope } from '#platform/auth/scope.ts';
import { AppError } from '#platform/errors/errors.ts';
import { createUnscopedPairStore } from '../decisions/decisions.store.ts';
import type { FuseTables } from '../fuse.tables.ts';
import { createUnscopedCandidateStore } from './candidates.store.ts';
import { idOfRecord } from './constraints.ts';
import { COMPARISON_TITLES, ENTERPRISE_SETTINGS, ruleTitle } from './enterprise-settings.ts';
import { judgeInUse } from './judge.service.ts';
import { createJudge, type Judge, type StoredModel, type Thresholds } from './judge.ts';
import { createUnscopedLinkStore } from './links.store.ts';
import { MATCHING_RULES } from './matching.ts';
import { createUnscopedModelStore, SHIPPED } from './models.store.ts';
import { blockMaxOf } from './traits.ts';

/** Decided pairs that figures are made of, the newest. */
const LABELLED_MAX = 5_000;
const WRONG_SHOWN = 20;

/** Versions of the matching model as people see them: what they weigh, and how the one in use does. */
export function createModelReading(db: Kysely<FuseTables>) {
  const store = createUnscopedModelStore(db);

  async function list(scope: Scope): Promise<MatchModel[]> {
    demand(scope, 'fuse:enterprise:read');
    const kept = await store.all();
    const records = await createUnscopedLinkStore(db).last();
    const inUse = kept.find(({ active }) => active)?.version ?? SHIPPED.version;
    const view = (version: number, content: StoredModel, rest: Rest): MatchModel =>
      viewOf({ version, content, records, active: version === inUse, ...rest });
    return [
      ...kept.map(({ version, content, match, review, note, made_by, made_at }) =>
        view(version, content, { thresholds: { match, review }, note, madeBy: made_by, madeAt: made_at }),
      ),
      view(SHIPPED.version, SHIPPED.content, {
        ...{ thresholds: SHIPPED.thresholds, note: '', madeBy: '', madeAt: null },
      }),
    ];
  }
  async function get(scope: Scope, version: number): Promise<MatchModel> {
    const found = (await list(scope)).find((one) => one.version === version);
    if (!found) throw new AppError('NOT_FOUND', { thing: `model ${version}` });
    return found;
  }

  return {
    list,
    get,

    /** What the model in use does. Counts every key and decided pair: seconds with millions of records. */
    async figures(scope: Scope): Promise<MatchFigures> {
      demand(scope, 'fuse:enterprise:read');
      demandRoot(scope);
      const { judge, version } = await judgeInUse(db);
      const blocks = await createUnscopedCandidateStore(db).blocks();
      return {
        model: version,
        ...(await countsOf()),
        labelled: await labelledOf(judge),
        rules: ENTERPRISE_SETTINGS.blocking.map((rule, number) => ({
          title: ruleTitle(rule),
          ...(blocks.get(number) ?? { keys: 0, records: 0, pairs: 0, common: 0, pairsCommon: 0 }),
        })),
      };
    },
  };

  async function countsOf() {
    const { matchedBy, ...counts } = await store.counts();
    return {
      ...counts,
      records: matchedBy.reduce((sum, { records }) => sum + records, 0),
      matchedBy: matchedBy
        .map(({ rule, records }) => ({ rule, title: MATCHING_RULES[rule], records }))
        .sort((one, two) => two.records - one.records),
    };
  }

  /** The model by itself on pairs that people decided, as if nobody had. */
  async function labelledOf(judge: Judge): Promise<LabelledFigures> {
    const pairs = await createUnscopedPairStore(db).holding(LABELLED_MAX);
    const links = await createUnscopedLinkStore(db).ofRecords(pairs.flatMap(({ a, b }) => [a, b]));
    const byId = new Map(links.map((link) => [idOfRecord(link), link]));
    const traits = links.map((link) => link.traits);
    const counts = await createUnscopedCandidateStore(db).counts(traits);
    const countsOfId = new Map(links.map((link, at) => [idOfRecord(link), counts[at] ?? new Map()]));
    const judged = pairs.flatMap(({ a, b, kind }) => {
      const [one, two] = [byId.get(idOfRecord(a)), byId.get(idOfRecord(b))];
      if (!one || !two) return [];
      const weight = judge.weigh(one.traits, two.traits, countsOfId.get(idOfRecord(a)) ?? new Map());
      return [{ a, b, weight, decided: kind === 'must-link' ? ('same' as const) : ('different' as const) }];
    });
    return labelledFigures(judged, judge);
  }
}

type Judged = Omit<LabelledFigures['wrong'][number], never>;
/** Precision, recall and review rate on decided pairs, with those it gets most wrong. */
export function labelledFigures(judged: readonly Judged[], { match, review }: Thresholds): LabelledFigures {
  const same = judged.filter(({ decided }) => decided === 'same');
  const linked = judged.filter(({ weight }) => weight >= match);
  const right = linked.filter(({ decided }) => decided === 'same').length;
  const asked = judged.filter(({ weight }) => weight >= review && weight < match).length;
  const distance = ({ weight, decided }: Judged) => (decided === 'same' ? review - weight : weight - match);
  return {
    pairs: judged.length,
    same: same.length,
    different: judged.length - same.length,
    precision: linked.length === 0 ? null : right / linked.length,
    recall: same.length === 0 ? null : right / same.length,
    reviewRate: judged.length === 0 ? null : asked / judged.length,
    wrong: judged
      .filter((one) => distance(one) > 0 || (one.decided === 'different' && one.weight >= match))
      .sort((a, b) => distance(b) - distance(a))
      .slice(0, WRONG_SHOWN),
  };
}

type Rest = { thresholds: Thresholds; note: string; madeBy: string; madeAt: Date | null };
function viewOf({
  version,
  content,
  records,
  active,
  thresholds,
  note,
  madeBy,
  madeAt,
}: Rest & { version: number; content: StoredModel; records: number; active: boolean }): MatchModel {
  const judge = createJudge(content, { thresholds, records });
  return {
    version,
    active,
    note,
    madeBy,
    madeAt: madeAt?.toISOString() ?? null,
    trainedOn: {
      records: content.records,
      pairs: content.pairs,
      links: content.links,
      decisions: content.decisions,
    },
    prior: judge.prior,
    ...thresholds,
    comparisons: ENTERPRISE_SETTINGS.comparisons.map(({ name }, at) => {
      const words = COMPARISON_TITLES[name];
      const weights = content.weights[at] ?? [];
      return {
        name,
        title: words?.title ?? { zh: name, en: name },
        levels: weights
          .map((weight, level) => ({
            level,
            label: words?.levels[weights.length - 1 - level] ?? { zh: '', en: '' },
            m: content.m[at]?.[level] ?? 0,
            u: content.u[at]?.[level] ?? 0,
            weight,
          }))
          .reverse(),
      };
    }),
    rules: ENTERPRISE_SETTINGS.blocking.map((rule, number) => ({
      title: ruleTitle(rule),
      blockMax: blockMaxOf(number),
    })),
  };
}
