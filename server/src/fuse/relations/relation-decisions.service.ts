import { RELATION_KINDS, type RelationDecision, type RelationStatement } from '@ronghe/contracts';
import type { Transaction } from 'kysely';
import { demand, type Scope } from '#platform/auth/scope.ts';
import { AppError } from '#platform/errors/errors.ts';
import type { Platform } from '#platform/platform.ts';
import { commonOrganisation } from '../decisions/policy.ts';
import type { FuseTables } from '../fuse.tables.ts';
import {
  createRelationDecisionStore,
  type RelationDecisionStore,
  type StoredDecision,
} from './relation-decisions.store.ts';
import {
  createRelationStore,
  type FoundEnterprise,
  findEnterprise,
  type RelationStore,
} from './relations.store.ts';
import type { Joined } from './seen.ts';

/** Most relations of one enterprise that a statement is held against. */
const ROWS_MAX = 5_000;

type Inside = {
  transaction: Transaction<FuseTables>;
  decisions: RelationDecisionStore;
  relations: RelationStore;
};

/** What people say of relations: add, reject, undo. Each is audited in the transaction that makes it. */
export function createRelationDecisions({
  relational,
  audit,
  clock,
  ids,
}: Pick<Platform, 'relational' | 'audit' | 'clock' | 'ids'>) {
  const db = relational.as<FuseTables>();

  /** Changes what people say of relations, one after the other. */
  async function deciding<Answer>(scope: Scope, work: (inside: Inside) => Promise<Answer>): Promise<Answer> {
    return db.transaction().execute(async (transaction) => {
      const decisions = createRelationDecisionStore(transaction);
      await decisions.lockUntilCommit(scope);
      return work({ transaction, decisions, relations: createRelationStore(transaction) });
    });
  }

  async function say(
    scope: Scope,
    act: 'add' | 'reject',
    id: string,
    statement: RelationStatement,
  ): Promise<RelationDecision> {
    demand(scope, 'fuse:relation:write');
    return deciding(scope, async ({ relations, decisions, transaction }) => {
      const [own, other] = [
        await findEnterprise(relations, scope, id),
        await findEnterprise(relations, scope, statement.other),
      ];
      const { subject, object } = sidesOf({ own, other, statement });
      const asked = { numbers: [own.number], limit: ROWS_MAX };
      const ends = { kind: statement.kind, subject: subject.number, object: object.number };
      const [rows, others] = [await relations.around(scope, asked), await decisions.around(scope, asked)];
      demandOpen(act, {
        isDerived: rows.some((row) => isBetween(row, ends)),
        said: others.find(({ kind, subject_number, object_number }) =>
          isBetween({ kind, subject: subject_number, object: object_number }, ends),
        )?.act,
      });
      if (statement.share !== null && statement.kind !== 'shareholder_of')
        throw new AppError('RELATION_INVALID', {
          reason: '只有持股关系有出资比例 / only a shareholding has a share',
        });
      const decision = {
        ...{ id: ids.next(), act, kind: statement.kind, share: act === 'add' ? statement.share : null },
        ...{ subject: subject.id, subject_name: subject.name, object: object.id, object_name: object.name },
        ...{ reason: statement.reason, made_by: scope.actor.name, made_at: clock.now() },
      };
      await decisions.add(scope, decision);
      await audit.record(
        scope,
        {
          action: `fuse:relation:${act}`,
          target: `relation:${decision.id}`,
          organisation: commonOrganisation([subject.organisation, object.organisation]),
          after: {
            ...{ kind: statement.kind, subject: subject.id, object: object.id },
            ...{ share: decision.share, reason: statement.reason },
          },
        },
        transaction,
      );
      return toDecision({ ...decision, ...NOT_WITHDRAWN });
    });
  }

  return {
    /** A relation that a person knows of. Audited. @throws NOT_FOUND (either end), RELATION_INVALID, RELATION_SETTLED */
    add: (scope: Scope, id: string, statement: RelationStatement) => say(scope, 'add', id, statement),

    /** A relation that rows make and a person knows is none; it stays rejected until that is undone. Audited. @throws as `add` */
    reject: (scope: Scope, id: string, statement: RelationStatement) => say(scope, 'reject', id, statement),

    /** Takes back what a person said. Audited. @throws NOT_FOUND, RELATION_SETTLED */
    async undo(scope: Scope, decision: string, reason: string): Promise<RelationDecision> {
      demand(scope, 'fuse:relation:write');
      return deciding(scope, async ({ decisions, transaction }) => {
        const stored = await decisions.find(scope, decision);
        if (!stored) throw new AppError('NOT_FOUND', { thing: `relation decision ${decision}` });
        if (stored.withdrawn_at !== null)
          throw new AppError('RELATION_SETTLED', { reason: '已撤销 / it was undone already' });
        const at = clock.now();
        await decisions.withdraw(scope, decision, { reason, at });
        await audit.record(
          scope,
          {
            action: 'fuse:relation:undo',
            target: `relation:${decision}`,
            before: { act: stored.act, kind: stored.kind, subject: stored.subject, object: stored.object },
            after: { reason },
          },
          transaction,
        );
        const withdrawn = { withdrawn_by: scope.actor.name, withdrawn_at: at, withdrawn_for: reason };
        return toDecision({ ...stored, ...withdrawn });
      });
    },
  };
}

const NOT_WITHDRAWN = { withdrawn_by: null, withdrawn_at: null, withdrawn_for: null };

type Sides = { own: FoundEnterprise; other: FoundEnterprise; statement: RelationStatement };
/** @throws RELATION_INVALID when both ends are one enterprise */
function sidesOf({ own, other, statement }: Sides): { subject: FoundEnterprise; object: FoundEnterprise } {
  if (own.id === other.id)
    throw new AppError('RELATION_INVALID', { reason: '两端是同一家企业 / both ends are one enterprise' });
  return statement.as === 'subject' ? { subject: own, object: other } : { subject: other, object: own };
}

type Between = Pick<Joined, 'kind' | 'subject' | 'object'>;
const isBetween = (one: Between, { kind, subject, object }: Between): boolean =>
  one.kind === kind &&
  ((one.subject === subject && one.object === object) ||
    (RELATION_KINDS[kind].symmetric && one.subject === object && one.object === subject));

type Standing = { isDerived: boolean; said: 'add' | 'reject' | undefined };
/** @throws RELATION_SETTLED, RELATION_INVALID */
function demandOpen(act: 'add' | 'reject', { isDerived, said }: Standing): void {
  if (said === 'reject') throw new AppError('RELATION_SETTLED', { reason: '已被否定 / it was rejected' });
  if (said === 'add')
    throw new AppError('RELATION_SETTLED', { reason: '已由人添加 / a person added it already' });
  if (act === 'add' && isDerived)
    throw new AppError('RELATION_SETTLED', { reason: '已由数据得出 / it follows from data already' });
  if (act === 'reject' && !isDerived)
    throw new AppError('RELATION_INVALID', { reason: '没有这条关系 / there is no such relation' });
}

export const toDecision = (row: Omit<StoredDecision, 'number'>): RelationDecision => ({
  ...{ id: row.id, act: row.act, kind: row.kind, share: row.share, reason: row.reason },
  ...{ subject: row.subject, subjectName: row.subject_name, object: row.object, objectName: row.object_name },
  ...{ madeBy: row.made_by, madeAt: row.made_at.toISOString() },
  withdrawnBy: row.withdrawn_by,
  withdrawnAt: row.withdrawn_at?.toISOString() ?? null,
  withdrawnFor: row.withdrawn_for,
});
