import type {
  Page,
  ReviewAnswer,
  ReviewAnswered,
  ReviewDetail,
  ReviewPair,
  ReviewQuery,
} from '@ronghe/contracts';
import { REVIEW_STATES } from '@ronghe/contracts';
import { demand, type Scope } from '#platform/auth/scope.ts';
import { AppError } from '#platform/errors/errors.ts';
import type { Platform } from '#platform/platform.ts';
import type { Decisions } from '../decisions/decisions.service.ts';
import type { FuseTables } from '../fuse.tables.ts';
import type { Explaining } from '../matching/explaining.service.ts';
import { createReviewStore, type StoredPair } from './review.store.ts';

/** How long a pair that somebody put aside stays out of the queue. */
const LATER_MS = 7 * 86_400_000;
const OPEN = { state: 'open', later: false } as const;

type Parts = { platform: Platform; decisions: Decisions; explaining: Explaining };

/** The queue of doubtful pairs: what to look at next, why it is doubtful, and what a person answers. */
export function createReview({ platform, decisions, explaining }: Parts) {
  const store = createReviewStore(platform.relational.as<FuseTables>());
  const now = () => platform.clock.now();

  async function find(scope: Scope, id: string): Promise<StoredPair> {
    const pair = await store.find(scope, id);
    if (!pair) throw new AppError('NOT_FOUND', { thing: `pair ${id}` });
    return pair;
  }
  async function nextAfter(scope: Scope, id: string): Promise<string | null> {
    const { items } = await store.page(scope, OPEN, { limit: 2 }, now());
    return items.find((one) => one.id !== id)?.id ?? null;
  }

  return {
    async list(scope: Scope, { cursor, limit, ...filter }: ReviewQuery): Promise<Page<ReviewPair>> {
      demand(scope, 'fuse:enterprise:read');
      const at = now();
      const { items, next } = await store.page(scope, filter, { cursor, limit }, at);
      return { items: items.map(toPair), next, total: await store.count(scope, filter, at) };
    },

    /** @throws NOT_FOUND */
    async get(scope: Scope, id: string): Promise<ReviewDetail> {
      demand(scope, 'fuse:enterprise:read');
      const pair = await find(scope, id);
      const explanation = await explaining.explain(scope, recordsOf(pair));
      return { pair: toPair(pair), explanation, next: await nextAfter(scope, id) };
    },

    /**
     * Takes an answer: a decision like any other, which waits for a second person where that is configured, or the pair is put aside for a week.
     * @throws NOT_FOUND, DECISION_SETTLED when it was answered before, DECISION_CONTRADICTS and what decisions throw
     */
    async answer(scope: Scope, id: string, { act, reason }: ReviewAnswer): Promise<ReviewAnswered> {
      demand(scope, 'fuse:decision:write');
      const pair = await find(scope, id);
      if (pair.state !== 'open') {
        const { zh, en } = REVIEW_STATES[pair.state];
        throw new AppError('DECISION_SETTLED', { state: en, 'state.zh': zh, 'state.en': en });
      }
      if (act === 'later') {
        await store.putAside(scope, id, new Date(now().getTime() + LATER_MS));
        return {
          pair: toPair(await find(scope, id)),
          decision: null,
          waits: false,
          next: await nextAfter(scope, id),
        };
      }
      const said = reason === '' ? `核对队列：权重 ${pair.weight.toFixed(1)}` : reason;
      const decision = await decisions.decide(scope, { act, ...recordsOf(pair), reason: said });
      await store.answered(scope, id, {
        state: act,
        decision: decision.id,
        decided_by: scope.actor.name,
        decided_at: now(),
      });
      await store.settleBetween(scope, id, pair.enterprise_a, pair.enterprise_b);
      return {
        pair: toPair(await find(scope, id)),
        decision: decision.id,
        waits: decision.state === 'proposed',
        next: await nextAfter(scope, id),
      };
    },
  };
}
export type Review = ReturnType<typeof createReview>;

const recordsOf = (pair: StoredPair) => ({
  a: { source: pair.source_a, entityKey: pair.key_a },
  b: { source: pair.source_b, entityKey: pair.key_b },
});

const toPair = (pair: StoredPair): ReviewPair => ({
  id: pair.id,
  state: pair.state,
  a: {
    ...recordsOf(pair).a,
    ...{ sourceName: pair.source_name_a, name: pair.name_a },
    ...{ enterprise: pair.enterprise_a, enterpriseName: pair.enterprise_name_a },
  },
  b: {
    ...recordsOf(pair).b,
    ...{ sourceName: pair.source_name_b, name: pair.name_b },
    ...{ enterprise: pair.enterprise_b, enterpriseName: pair.enterprise_name_b },
  },
  weight: pair.weight,
  probability: 1 / (1 + 2 ** -pair.weight),
  usefulness: pair.usefulness,
  model: pair.model,
  at: pair.at.toISOString(),
  laterUntil: pair.later_until?.toISOString() ?? null,
  decision: pair.decision,
  decidedBy: pair.decided_by,
  decidedAt: pair.decided_at?.toISOString() ?? null,
});
