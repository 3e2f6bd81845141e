import { codesFit, type KnownRecord, type KnownRecords, type RecordIdentity } from './identity.ts';
import { type Counts, type Judge, linkage, onlyCodeAgrees } from './judge.ts';

/** An enterprise that shares a key with a record: the mean weight over its records, and the record that agrees best. */
export type Candidate = { enterprise: string; mean: number; best: number; record: KnownRecord };
type Model = { judge: Judge; counts: Counts };

/** Enterprises that a record has something in common with, best mean first. The older of two equal ones is first. */
export function candidatesOf(
  record: RecordIdentity,
  known: KnownRecords,
  { judge, counts }: Model,
): Candidate[] {
  const found = new Set<string>();
  for (const key of record.keys) for (const other of known.byKey(key)) found.add(other.enterprise);
  const candidates: Candidate[] = [];
  for (const enterprise of found) {
    const members = known.of(enterprise);
    const { mean, best, bestRight } = linkage(
      [record.traits],
      members.map(({ traits }) => traits),
      (left, right) => judge.weigh(left, right, counts),
    );
    const member = members[bestRight];
    if (member) candidates.push({ enterprise, mean, best, record: member });
  }
  return candidates.sort((a, b) => b.mean - a.mean || known.ageOf(a.enterprise) - known.ageOf(b.enterprise));
}

/**
 * The record shares a code with an enterprise and nothing else with any record there that has it: the code alone does not make them one.
 */
export function isDisputed(record: RecordIdentity, members: readonly KnownRecord[]): boolean {
  const sharing = members.filter(
    ({ code, joinKey }) =>
      (record.code !== null && code === record.code) ||
      (record.joinKey !== null && joinKey === record.joinKey),
  );
  return sharing.length > 0 && sharing.every(({ traits }) => onlyCodeAgrees(record.traits, traits));
}

/** A present record of a source that holds each enterprise once is behind the enterprise already. */
export const isTaken = (known: KnownRecords, enterprise: string, onceIn: string | null): boolean =>
  onceIn !== null && known.of(enterprise).some(({ source, gone }) => source === onceIn && !gone);

/** What the model says of other enterprises once a record has its place: they are one with it, or a person is asked. */
export type Alike = { merge: string[]; review: Candidate[] };

/**
 * Holds the enterprise where a record belongs now against the others that the record has something in common with. They become one only when
 * all their records hold together in the mean; where only the record itself is alike, a person decides. Enterprises with different valid codes and what
 * people keep apart are neither; a person is always asked where one valid code stands for two that share nothing else.
 */
export function alikeTo(
  record: RecordIdentity,
  enterprise: string,
  known: KnownRecords,
  {
    judge,
    counts,
    mayJoin,
    onceIn = null,
  }: Model & { mayJoin: (a: string, b: string) => boolean; onceIn?: string | null },
): Alike {
  const review: Candidate[] = [];
  const merge: Candidate[] = [];
  const own = [record.traits, ...known.of(enterprise).map(({ traits }) => traits)];
  for (const candidate of candidatesOf(record, known, { judge, counts })) {
    const other = candidate.enterprise;
    const disputed = isDisputed(record, known.of(other));
    if (other === enterprise || (candidate.best < judge.review && !disputed)) continue;
    if (!codesAllow(record, enterprise, other, known) || !mayJoin(enterprise, other)) continue;
    if (!disputed && isTaken(known, other, onceIn)) continue;
    const { mean } = linkage(
      own,
      known.of(other).map(({ traits }) => traits),
      (left, right) => judge.weigh(left, right, counts),
    );
    if (mean >= judge.match && !disputed) merge.push(candidate);
    else review.push(candidate);
  }
  // two that cannot be one with each other: which of them it is, a person says
  const torn = merge.filter((one) =>
    merge.some((other) => other !== one && !codesFit(known, one.enterprise, other.enterprise)),
  );
  return {
    merge: merge.filter((one) => !torn.includes(one)).map((one) => one.enterprise),
    review: [...torn, ...review],
  };
}

function codesAllow(record: RecordIdentity, enterprise: string, other: string, known: KnownRecords): boolean {
  if (!codesFit(known, enterprise, other)) return false;
  if (record.code === null) return true;
  const codes = known.of(other).flatMap(({ code }) => code ?? []);
  return codes.length === 0 || codes.includes(record.code);
}
