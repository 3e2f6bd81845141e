import { DECISION_PAIRS_MAX, type DecisionAct, type RecordRef } from '@ronghe/contracts';
import type { Kysely } from 'kysely';
import type { Scope } from '#platform/auth/scope.ts';
import type { Analytics } from '#platform/db/analytics.ts';
import { AppError } from '#platform/errors/errors.ts';
import { createEnterpriseStore } from '../enterprises/enterprises.store.ts';
import type { StoredEnterprise } from '../enterprises/golden.store.ts';
import type { FuseTables } from '../fuse.tables.ts';
import {
  contradictionIn,
  createConstraints,
  type DecidedPair,
  idOfRecord,
  type PairKind,
} from '../matching/constraints.ts';
import { createUnscopedLinkStore, type Link } from '../matching/links.store.ts';
import { createSourceStore } from '../sources/sources.store.ts';
import { createDecisionStore, createUnscopedPairStore } from './decisions.store.ts';

/** What a person asks for, as it is kept while it waits for a second one. */
export type Ask =
  | { act: 'merge'; enterprise: string; other: string }
  | { act: 'split'; enterprise: string; records: readonly RecordRef[] }
  | { act: 'same' | 'different'; records: readonly RecordRef[] };

/** What follows from it now: pairs that shall hold, and what happens to the enterprises. */
export type Plan = {
  act: DecisionAct;
  /** of a merge the one that stays, of a split the one that is parted */
  enterprise: StoredEnterprise;
  other: StoredEnterprise | null;
  records: readonly Link[];
  pairs: readonly DecidedPair[];
  effect:
    | { does: 'join'; from: string; into: string; records: readonly Link[] }
    | { does: 'separate'; enterprise: string; leaving: readonly Link[] }
    | null;
};

type Reason = { zh: string; en: string };
const invalid = (reason: Reason) =>
  new AppError('DECISION_INVALID', { reason: reason.en, 'reason.zh': reason.zh, 'reason.en': reason.en });
const outdated = (reason: Reason) =>
  new AppError('DECISION_OUTDATED', { reason: reason.en, 'reason.zh': reason.zh, 'reason.en': reason.en });
const GONE = { zh: '企业已没有现存的来源记录', en: 'no present record stands behind the enterprise' };

type Parts = { transaction: Kysely<FuseTables>; analytics: Analytics; scope: Scope; decision: string };

/**
 * Turns what a person asks for into decided pairs and an effect, checked against what is there: inside the transaction that
 * holds the lock of golden records, and only for enterprises inside the person's scope.
 */
export function createPlanning({ transaction, analytics, scope, decision }: Parts) {
  const enterprises = createEnterpriseStore(transaction, analytics);
  const links = createUnscopedLinkStore(transaction);

  async function find(id: string): Promise<StoredEnterprise> {
    const found = await enterprises.find(scope, id);
    if (!found) throw new AppError('NOT_FOUND', { thing: `enterprise ${id}` });
    return found;
  }
  const pairOf = (kind: PairKind, a: Link, b: Link): DecidedPair =>
    idOfRecord(a) < idOfRecord(b)
      ? { kind, a: refOf(a), b: refOf(b), decision }
      : { kind, a: refOf(b), b: refOf(a), decision };

  async function merging(a: StoredEnterprise, b: StoredEnterprise) {
    if (a.id === b.id)
      throw invalid({ zh: '两边已经是同一家企业', en: 'both sides are the same enterprise already' });
    const [into, from] = a.number < b.number ? [a, b] : [b, a];
    const [stay, go] = [await links.ofEnterprises([into.id]), await links.ofEnterprises([from.id])];
    return { into, from, stay, go };
  }

  /** The present record of the most trusted source: it stands for its side. */
  async function speakerOf(side: readonly Link[]): Promise<Link | undefined> {
    const sources = await createSourceStore(transaction).namesUnscoped(side.map(({ source }) => source));
    const trustIn = ({ source }: Link) => sources.get(source)?.priority ?? 0;
    return side.filter(isPresent).sort((a, b) => trustIn(b) - trustIn(a))[0];
  }

  async function merge(ask: Extract<Ask, { act: 'merge' }>): Promise<Plan> {
    const { into, from, stay, go } = await merging(await find(ask.enterprise), await find(ask.other));
    const [left, right] = [await speakerOf(stay), await speakerOf(go)];
    if (!left || !right) throw invalid(GONE);
    const pairs = [pairOf('must-link', left, right)];
    await refuseContradiction(pairs, stay, go);
    const effect = { does: 'join' as const, from: from.id, into: into.id, records: go };
    return { act: 'merge', enterprise: into, other: from, records: [], pairs, effect };
  }

  async function split(ask: Extract<Ask, { act: 'split' }>): Promise<Plan> {
    const enterprise = await find(ask.enterprise);
    const all = await links.ofEnterprises([enterprise.id]);
    const wanted = new Set(ask.records.map(idOfRecord));
    const leaving = all.filter((link) => wanted.has(idOfRecord(link)));
    const staying = all.filter((link) => !wanted.has(idOfRecord(link)));
    if (leaving.length < wanted.size)
      throw outdated({ zh: '有记录不属于这家企业', en: 'some records are not behind this enterprise' });
    refuseGone(leaving);
    if (!staying.some(isPresent))
      throw invalid({ zh: '不能拆走全部记录', en: 'one record at least must stay behind the enterprise' });
    if (leaving.length * staying.length > DECISION_PAIRS_MAX)
      throw invalid({ zh: '记录太多，请分次拆分', en: 'too many records; split them in parts' });
    const pairs = leaving.flatMap((a) => staying.map((b) => pairOf('cannot-link', a, b)));
    await refuseContradiction(pairs, all);
    const effect = { does: 'separate' as const, enterprise: enterprise.id, leaving };
    return { act: 'split', enterprise, other: null, records: leaving, pairs, effect };
  }

  async function pair({ act, records }: Extract<Ask, { act: 'same' | 'different' }>): Promise<Plan> {
    const found = await links.ofRecords(records);
    const [a, b] = records.map((record) => found.find((link) => idOfRecord(link) === idOfRecord(record)));
    if (!a || !b) throw new AppError('NOT_FOUND', { thing: 'record' });
    const [left, right] = [await find(a.enterprise), await find(b.enterprise)];
    if (a === b) throw invalid({ zh: '两边是同一条记录', en: 'both are the same record' });
    refuseGone([a, b]);
    const base = { act, records: [a, b] };
    const isOne = left.id === right.id;
    if (act === 'same') {
      const pairs = [pairOf('must-link', a, b)];
      if (isOne) {
        await refuseContradiction(pairs, await links.ofEnterprises([left.id]));
        return { ...base, enterprise: left, other: null, pairs, effect: null };
      }
      const { into, from, stay, go } = await merging(left, right);
      await refuseContradiction(pairs, stay, go);
      const effect = { does: 'join' as const, from: from.id, into: into.id, records: go };
      return { ...base, enterprise: into, other: from, pairs, effect };
    }
    const pairs = [pairOf('cannot-link', a, b)];
    const all = await links.ofEnterprises([left.id, right.id]);
    const constraints = await refuseContradiction(pairs, all);
    if (!isOne) return { ...base, enterprise: left, other: right, pairs, effect: null };
    const tied = new Set([idOfRecord(b), ...constraints.tiedTo(idOfRecord(b))]);
    const leaving = all.filter((link) => tied.has(idOfRecord(link)));
    return {
      ...base,
      enterprise: left,
      other: null,
      pairs,
      effect: { does: 'separate', enterprise: left.id, leaving },
    };
  }

  /** Throws when these pairs cannot hold beside those in force, or when two sides that shall be one must not. */
  async function refuseContradiction(
    added: readonly DecidedPair[],
    side: readonly Link[],
    other: readonly Link[] = [],
  ) {
    const inForce = await createUnscopedPairStore(transaction).touching([...side, ...other]);
    const constraints = createConstraints(inForce);
    const between = constraints.between(side.map(idOfRecord), other.map(idOfRecord));
    const chain = contradictionIn([...inForce, ...added]) ?? (between ? [...added, between] : null);
    if (chain) throw new AppError('DECISION_CONTRADICTS', { chain: await textOf(chain) });
    return createConstraints([...inForce, ...added]);
  }

  /** `园区云平台/3 = 税务/K9 (张三 2026-11-30)`: the same in every language. */
  async function textOf(chain: readonly DecidedPair[]): Promise<string> {
    const names = await createSourceStore(transaction).namesUnscoped(
      chain.flatMap(({ a, b }) => [a.source, b.source]),
    );
    const makers = await createDecisionStore(transaction).makersUnscoped(chain.map((one) => one.decision));
    const recordOf = ({ source, entityKey }: RecordRef) =>
      `${names.get(source)?.name ?? source}/${entityKey}`;
    return chain
      .map(({ kind, a, b, decision: id }) => {
        const maker = makers.get(id);
        const by = maker ? ` (${maker.by} ${maker.at.toISOString().slice(0, 10)})` : '';
        return `${recordOf(a)} ${kind === 'must-link' ? '=' : '≠'} ${recordOf(b)}${by}`;
      })
      .join('; ');
  }

  return (ask: Ask): Promise<Plan> =>
    ask.act === 'merge' ? merge(ask) : ask.act === 'split' ? split(ask) : pair(ask);
}

const isPresent = ({ gone }: Link): boolean => !gone;
const refOf = ({ source, entityKey }: Link): RecordRef => ({ source, entityKey });

function refuseGone(records: readonly Link[]): void {
  if (!records.every(isPresent))
    throw invalid({
      zh: '来源已不再提供其中的记录',
      en: 'the source does not deliver one of the records any more',
    });
}
