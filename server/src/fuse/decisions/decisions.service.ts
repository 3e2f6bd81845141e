import { DECISION_STATES, type Decision, type NewDecision, type RecordRef } from '@ronghe/contracts';
import type { Transaction } from 'kysely';
import { demand, type Scope } from '#platform/auth/scope.ts';
import type { Ids } from '#platform/clock/clock.ts';
import type { Analytics } from '#platform/db/analytics.ts';
import { AppError } from '#platform/errors/errors.ts';
import type { Platform } from '#platform/platform.ts';
import { createUnscopedFusingStore } from '../enterprises/fusing.store.ts';
import type { Cause } from '../enterprises/fusing.ts';
import { createGoldenChange, type GoldenChange } from '../enterprises/golden-change.service.ts';
import type { DecisionDetail, FuseTables } from '../fuse.tables.ts';
import { createUnscopedDoubtStore } from '../review/pairs.store.ts';
import { createDecisionStore, createUnscopedPairStore, type StoredDecision } from './decisions.store.ts';
import { createEffects } from './effects.service.ts';
import { createUnscopedEventStore } from './events.store.ts';
import { type Ask, createPlanning, type Plan } from './planning.service.ts';
import { commonOrganisation, needsSecondPerson } from './policy.ts';
import { createDecisionReading } from './reading.service.ts';
import { createUndoing } from './undo.service.ts';

type Parts = { platform: Platform; system: Scope };

/** Use cases of decisions: merge, split, tell two records apart or one; confirm what somebody else proposed; undo. */
export function createDecisions({ platform, system }: Parts) {
  const { analytics, audit, config, ids } = platform;
  const change = createGoldenChange({ platform, system });
  const { get, ...reading } = createDecisionReading(platform);

  async function make(scope: Scope, ask: Ask, reason: string): Promise<Decision> {
    demand(scope, 'fuse:decision:write');
    const id = ids.next();
    await change(async (changing) => {
      const { transaction, at } = changing;
      const plan = await createPlanning({ transaction, analytics, scope, decision: id })(ask);
      const sides = [plan.enterprise, ...(plan.other ? [plan.other] : [])];
      const waits = needsSecondPerson(
        config.fuseSecondPerson,
        sides.map(({ size }) => size),
      );
      const organisation = commonOrganisation(sides.map((side) => side.organisation));
      await createDecisionStore(transaction).add(scope, {
        id,
        ...{ act: plan.act, state: waits ? 'proposed' : 'confirmed', organisation, reason },
        ...{ enterprise: plan.enterprise.id, other: plan.other?.id ?? null },
        detail: JSON.stringify(await detailOf({ transaction, analytics }, plan)),
        ...{ made_by_id: scope.actor.id, made_by: scope.actor.name, made_at: at },
        ...{ confirmed_by: null, confirmed_at: null, withdrawn_by: null, withdrawn_at: null },
        ...{ withdrawn_for: null, undo: null },
      });
      await createUnscopedPairStore(transaction).add(plan.pairs, { holds: !waits });
      const cause = { run: null, decision: id, actor: scope.actor.name, reason };
      const other = waits ? (plan.other?.id ?? null) : await take(changing, { plan, cause, ids });
      await createDecisionStore(transaction).setSides(scope, id, { enterprise: plan.enterprise.id, other });
      await audit.record(
        scope,
        {
          action: `fuse:decision:${waits ? 'propose' : plan.act}`,
          target: `decision:${id}`,
          organisation,
          after: { act: plan.act, enterprise: plan.enterprise.id, other, reason, pairs: plan.pairs.length },
        },
        transaction,
      );
    });
    return get(scope, id);
  }

  return {
    ...reading,

    /** Makes two enterprises one; the older keeps its id. @throws NOT_FOUND, DECISION_INVALID, DECISION_CONTRADICTS, ENTERPRISES_BUSY */
    merge: (scope: Scope, enterprise: string, { other, reason }: { other: string; reason: string }) =>
      make(scope, { act: 'merge', enterprise, other }, reason),

    /** Takes records off an enterprise. @throws as `merge`, and DECISION_OUTDATED */
    split: (
      scope: Scope,
      enterprise: string,
      { records, reason }: { records: RecordRef[]; reason: string },
    ) => make(scope, { act: 'split', enterprise, records }, reason),

    /** Tells that two records are one enterprise, or never are. @throws as `merge` */
    decide: (scope: Scope, { act, a, b, reason }: NewDecision) =>
      make(scope, { act, records: [a, b] }, reason),

    /** Confirms what somebody else proposed; everything is checked again. @throws DECISION_OWN, DECISION_SETTLED, and as `merge` */
    async confirm(scope: Scope, id: string, { reason }: { reason: string }): Promise<Decision> {
      demand(scope, 'fuse:decision:confirm');
      await change(async (changing) => {
        const { transaction, at } = changing;
        const decision = await locked(scope, transaction, id);
        if (decision.state !== 'proposed') throw settled(decision);
        if (decision.made_by_id === scope.actor.id) throw new AppError('DECISION_OWN');
        const plan = await createPlanning({ transaction, analytics, scope, decision: id })(askOf(decision));
        const [decisions, pairs] = [createDecisionStore(transaction), createUnscopedPairStore(transaction)];
        await pairs.removeOf(id);
        await pairs.add(plan.pairs, { holds: true });
        await decisions.confirm(scope, id, { by: scope.actor.name, at });
        const actor = `${decision.made_by} + ${scope.actor.name}`;
        const other = await take(changing, {
          plan,
          ids,
          cause: { run: null, decision: id, actor, reason: decision.reason },
        });
        await decisions.setSides(scope, id, { enterprise: plan.enterprise.id, other });
        await audit.record(
          scope,
          {
            action: 'fuse:decision:confirm',
            target: `decision:${id}`,
            organisation: decision.organisation,
            before: { proposedBy: decision.made_by },
            after: { act: decision.act, enterprise: plan.enterprise.id, other, reason },
          },
          transaction,
        );
      });
      return get(scope, id);
    },

    /** Withdraws a decision and takes its effect back as far as that can be; the answer says how far. @throws DECISION_SETTLED */
    async undo(scope: Scope, id: string, { reason }: { reason: string }): Promise<Decision> {
      demand(scope, 'fuse:decision:write');
      await change(async ({ transaction, at, refreshed }) => {
        const decision = await locked(scope, transaction, id);
        if (decision.state === 'withdrawn') throw settled(decision);
        await createUnscopedPairStore(transaction).setHolding(id, false);
        await createUnscopedDoubtStore(transaction).reopen(id);
        const cause = { run: null, decision: id, actor: scope.actor.name, reason };
        const effects = createEffects({ transaction, ids, cause, at });
        const event = await createUnscopedEventStore(transaction).effectOf(id);
        const undone = event ? await createUndoing({ transaction, analytics, scope, effects })(event) : null;
        if (undone) await refreshed(undone.touched, cause);
        const withdrawn = { by: scope.actor.name, at, reason, undo: undone?.report ?? null };
        await createDecisionStore(transaction).withdraw(scope, id, withdrawn);
        await audit.record(
          scope,
          {
            action: 'fuse:decision:undo',
            target: `decision:${id}`,
            organisation: decision.organisation,
            before: { act: decision.act, state: decision.state },
            after: { reason, ...undone?.report },
          },
          transaction,
        );
      });
      return get(scope, id);
    },
  };
}
export type Decisions = ReturnType<typeof createDecisions>;

/** Lets a plan take effect; answers with the id that a split made. */
async function take(
  { transaction, at, refreshed }: GoldenChange,
  { plan, cause, ids }: { plan: Plan; cause: Cause; ids: Ids },
): Promise<string | null> {
  const { effect } = plan;
  if (!effect) return plan.other?.id ?? null;
  const effects = createEffects({ transaction, ids, cause, at });
  if (effect.does === 'join') {
    await effects.join(effect);
    await refreshed([effect.into], cause);
    return effect.from;
  }
  const made = await effects.separate(effect);
  await refreshed([effect.enterprise, made], cause);
  return made;
}

async function locked(
  scope: Scope,
  transaction: Transaction<FuseTables>,
  id: string,
): Promise<StoredDecision> {
  const found = await createDecisionStore(transaction).findLocked(scope, id);
  if (!found) throw new AppError('NOT_FOUND', { thing: `decision ${id}` });
  return found;
}

const settled = ({ state }: StoredDecision) => {
  const { zh, en } = DECISION_STATES[state];
  return new AppError('DECISION_SETTLED', { state: en, 'state.zh': zh, 'state.en': en });
};

function askOf({ act, enterprise, other, detail }: StoredDecision): Ask {
  if (act === 'merge') return { act, enterprise, other: other ?? enterprise };
  if (act === 'split') return { act, enterprise, records: detail.records };
  return { act, records: detail.records };
}

type Reading = { transaction: Transaction<FuseTables>; analytics: Analytics };
/** The records as people know them, to be shown when they have moved on. */
async function detailOf({ transaction, analytics }: Reading, plan: Plan): Promise<DecisionDetail> {
  const of = [...new Set(plan.records.map(({ enterprise }) => enterprise))];
  const behind = await createUnscopedFusingStore(transaction, analytics).members(of);
  const members = [...behind.values()].flatMap((one) => one.members);
  const nameOf = ({ source, rowKey }: { source: string; rowKey: string }) => {
    const values = members.find((member) => member.source === source && member.rowKey === rowKey)?.values;
    return (values?.name ?? values?.code)?.value ?? rowKey;
  };
  return {
    enterpriseName: plan.enterprise.name,
    otherName: plan.other?.name ?? null,
    records: plan.records.map((link) => ({
      source: link.source,
      entityKey: link.entityKey,
      name: nameOf(link),
    })),
  };
}
