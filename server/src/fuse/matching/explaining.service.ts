import type { Bilingual, MatchExplain, MatchExplanation, MatchSide } from '@ronghe/contracts';
import { demand, type Scope } from '#platform/auth/scope.ts';
import { AppError } from '#platform/errors/errors.ts';
import type { Platform } from '#platform/platform.ts';
import { createUnscopedPairStore } from '../decisions/decisions.store.ts';
import { createUnscopedFusingStore, type Head } from '../enterprises/fusing.store.ts';
import type { FuseTables } from '../fuse.tables.ts';
import { createUnscopedCandidateStore } from './candidates.store.ts';
import { isDisputed } from './candidates.ts';
import { createConstraints, type DecidedPair, idOfRecord, type RecordId } from './constraints.ts';
import { createExplainingStore } from './explaining.store.ts';
import { judgeInUse } from './judge.service.ts';
import { createUnscopedLinkStore, type Link } from './links.store.ts';
import { MATCHING_RULES } from './matching.ts';
import { keyViews, waterfallView } from './views.ts';

type Side = { link: Link; side: MatchSide };

/** Explains any two records: every bar of the weight, the keys that bring them together or do not, and what decided in the end. */
export function createExplaining({ relational, analytics }: Platform) {
  const db = relational.as<FuseTables>();
  const [links, candidates, store, records, pairs] = [
    createUnscopedLinkStore(db),
    createUnscopedCandidateStore(db),
    createExplainingStore(db),
    createUnscopedFusingStore(db, analytics),
    createUnscopedPairStore(db),
  ];

  async function sideOf(scope: Scope, id: RecordId): Promise<Side> {
    const [found, [link], heads] = await Promise.all([
      store.side(scope, id),
      links.ofRecords([id]),
      records.heads(id.source, [id.entityKey]),
    ]);
    if (!found || !link) throw new AppError('NOT_FOUND', { thing: `record ${id.entityKey}` });
    const head = heads.get(id.entityKey);
    const side: MatchSide = {
      source: link.source,
      entityKey: link.entityKey,
      sourceName: found.sourceName,
      rowKey: link.rowKey,
      name: head?.clean.values.name?.value ?? link.traits.name ?? link.code ?? link.rowKey,
      gone: link.gone,
      enterprise: found.enterprise,
      enterpriseName: found.enterpriseName,
      values: valuesOf(head),
    };
    return { link, side };
  }

  return {
    /** @throws NOT_FOUND when one of the two is no record behind an enterprise inside the scope */
    async explain(scope: Scope, { a, b }: MatchExplain): Promise<MatchExplanation> {
      demand(scope, 'fuse:enterprise:read');
      const [one, two] = [await sideOf(scope, a), await sideOf(scope, b)];
      const { judge, version } = await judgeInUse(db);
      const [counts = new Map()] = await candidates.counts([one.link.traits]);
      const neighbours = await candidates.neighbours([one.link, two.link]);
      const waterfall = judge.waterfall(one.link.traits, two.link.traits, counts);
      const around = await links.ofEnterprises([one.side.enterprise, two.side.enterprise]);
      const constraints = createConstraints(await pairs.touching(around));
      const apart = constraints.between([idOfRecord(one.link)], [idOfRecord(two.link)]);
      const tied = constraints.chain(idOfRecord(one.link), idOfRecord(two.link));
      const verdict = judge.verdict(waterfall.weight);
      const together = one.side.enterprise === two.side.enterprise;
      return {
        a: one.side,
        b: two.side,
        waterfall: waterfallView(waterfall, one.link.traits, two.link.traits),
        keys: keyViews(one.link.traits, neighbours, two.link.traits),
        match: judge.match,
        review: judge.review,
        verdict,
        together,
        reasons: reasonsOf({ one: one.link, two: two.link, apart, tied, together, verdict }),
        decision: (apart ?? tied?.[0])?.decision ?? null,
        model: version,
      };
    },
  };
}
export type Explaining = ReturnType<typeof createExplaining>;

const valuesOf = (head: Head | undefined): MatchSide['values'] =>
  Object.entries(head?.clean.values ?? {}).map(([attribute, { value, raw }]) => ({
    attribute: attribute as MatchSide['values'][number]['attribute'],
    value,
    raw,
  }));

type Why = {
  one: Link;
  two: Link;
  apart: DecidedPair | null;
  tied: DecidedPair[] | null;
  together: boolean;
  verdict: MatchExplanation['verdict'];
};

/** What decided, in the order in which a run asks. */
function reasonsOf({ one, two, apart, tied, together, verdict }: Why): Bilingual[] {
  const reasons: Bilingual[] = [];
  if (apart) reasons.push({ zh: '人工决定：两者不是同一家', en: 'A person decided that they are two' });
  if (tied) reasons.push({ zh: '人工决定：两者是同一家', en: 'A person decided that they are one' });
  if (one.code !== null && two.code !== null)
    reasons.push(
      one.code === two.code
        ? { zh: '统一社会信用代码相同且有效', en: 'Both have the same valid credit code' }
        : { zh: '有效的统一社会信用代码不同', en: 'Their valid credit codes differ' },
    );
  else if (one.joinKey !== null && one.joinKey === two.joinKey)
    reasons.push({ zh: '组织机构代码相同', en: 'Both have the same organisation code' });
  if (isDisputed(one, [two]))
    reasons.push({
      zh: '除代码外没有一项相符，代码可能是抄来的，不据此合并',
      en: 'Nothing but the code agrees; it may have been copied, so it does not join them',
    });
  reasons.push(WEIGHT[verdict]);
  if (together)
    for (const [name, { matchedBy }] of [['A', one] as const, ['B', two] as const])
      reasons.push({
        zh: `记录 ${name} 归入该企业的依据：${MATCHING_RULES[matchedBy].zh}`,
        en: `Record ${name} came to the enterprise by: ${MATCHING_RULES[matchedBy].en}`,
      });
  else if (verdict === 'same' && !apart && (one.code === null || one.code === two.code || two.code === null))
    reasons.push({
      zh: '两条记录本身相符，但两家企业的全部记录合起来不够一致，或来源只对自己的地区负责',
      en: 'The two records agree, but all records of the two enterprises together do not, or a source speaks for its own region only',
    });
  return reasons;
}

const WEIGHT: Readonly<Record<MatchExplanation['verdict'], Bilingual>> = {
  same: { zh: '权重达到自动合并阈值', en: 'The weight reaches the threshold of merging' },
  review: { zh: '权重在人工核对区间', en: 'The weight is where a person is asked' },
  different: { zh: '权重低于核对阈值', en: 'The weight is below the threshold of review' },
};
