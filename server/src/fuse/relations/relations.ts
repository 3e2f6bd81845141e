import { type RelationKind, type RelationRule, SHARED_ENTERPRISES_MAX } from '@ronghe/contracts';
import { regionsFit } from '../standards/names.ts';
import type { Claim, ClaimRole, StoredEvidence } from './claims.ts';

/** A relation as it follows from claims under one key. An end without a number is only named. */
export type Draft = {
  key: string;
  kind: RelationKind;
  subject: number | null;
  subjectName: string;
  object: number | null;
  objectName: string;
  claimant: number | null;
  share: number | null;
  rule: RelationRule;
  evidence: StoredEvidence[];
};

/** Most rows that a relation names as its evidence. */
const EVIDENCE_MAX = 20;
/** From more than this share of the capital on, in percent, a shareholder controls. */
const MAJORITY_PERCENT = 50;
const IDENTITY: readonly ClaimRole[] = ['name', 'code'];

/** True of keys under which enterprises share something, so that each of them concerns all others. */
export const isSharedKey = (key: string): boolean => !key.startsWith('n:') && !key.startsWith('c:');
/** Claims of one key that are asked for: one more than a value may have before it says nothing. */
export const claimsAskedOf = (key: string): number =>
  key.startsWith('g:') || !isSharedKey(key) ? CLAIMS_A_KEY_MAX : SHARED_ENTERPRISES_MAX + 1;
const CLAIMS_A_KEY_MAX = 5_000;

/** What follows from all claims under one key; independent of their order. */
export function relationsOf(key: string, claims: readonly Claim[]): Draft[] {
  const all = [...claims].sort((a, b) => a.enterprise - b.enterprise || (a.role < b.role ? -1 : 1));
  if (key.startsWith('g:')) return groupRelations(key, all);
  if (key.startsWith('a:')) return sharedRelations(key, { all, kind: 'same_address', rule: 'same-address' });
  if (key.startsWith('p:')) return sharedRelations(key, { all, kind: 'same_phone', rule: 'same-phone' });
  if (key.startsWith('l:'))
    return sharedRelations(key, { all, kind: 'same_legal_person', rule: 'same-legal-person' });
  const known = all.filter(({ role }) => IDENTITY.includes(role));
  return all.filter(({ role }) => !IDENTITY.includes(role)).flatMap((claim) => meant(claim, known));
}

/** The relations that one claim about another enterprise makes. A former name that nobody bears now relates to nobody. */
function meant(claim: Claim, known: readonly Claim[]): Draft[] {
  const other = resolve(claim, known);
  const ends = {
    ...{ key: claim.key, claimant: claim.enterprise, share: claim.detail.share },
    evidence: claim.detail.evidence.slice(0, EVIDENCE_MAX),
  };
  const up = { subject: claim.enterprise, subjectName: '', object: other, objectName: claim.detail.name };
  const down = { subject: other, subjectName: claim.detail.name, object: claim.enterprise, objectName: '' };
  switch (claim.role) {
    case 'branch':
      return [{ ...ends, ...up, kind: 'branch_of', rule: 'branch-name' }];
    case 'parent':
      return [{ ...ends, ...up, kind: 'subsidiary_of', rule: 'stated-parent' }];
    case 'former':
      return other === null ? [] : [{ ...ends, ...down, kind: 'former_name_of', rule: 'former-name' }];
    case 'holder':
      return [
        { ...ends, ...down, kind: 'shareholder_of', rule: 'stated-holder' },
        ...((claim.detail.share ?? 0) > MAJORITY_PERCENT && other !== null
          ? [{ ...ends, ...up, share: null, kind: 'subsidiary_of', rule: 'majority-share' } as const]
          : []),
      ];
    default:
      return [];
  }
}

/**
 * Who is meant: the only other enterprise of that code; or of that name where the regions fit, and of several the only one in the
 * city of who says it. Nobody is guessed.
 */
function resolve({ enterprise, key, detail }: Claim, known: readonly Claim[]): number | null {
  const fits = known.filter(
    (one) =>
      one.enterprise !== enterprise &&
      (key.startsWith('c:') || regionsFit(detail.regions, one.detail.regions)),
  );
  const near = fits.filter(({ detail: { city } }) => city !== null && city === detail.city);
  const [only, ...more] = fits.length > 1 ? near : fits;
  return only && more.length === 0 ? only.enterprise : null;
}

/** Members are related with the head of the group; without one, or with several, with the oldest member. */
function groupRelations(key: string, all: readonly Claim[]): Draft[] {
  const heads = all.filter(({ detail }) => detail.head);
  const anchor = heads.length === 1 ? heads[0] : all[0];
  if (!anchor) return [];
  return all
    .filter(({ enterprise }) => enterprise !== anchor.enterprise)
    .map((member) => pairOf(key, { a: anchor, b: member, kind: 'same_group', rule: 'group-name' }));
}

type Sharing = { all: readonly Claim[]; kind: RelationKind; rule: RelationRule };
/** Each with each; nothing when so many share the value that it is an agent's, a park's or a placeholder. */
function sharedRelations(key: string, { all, kind, rule }: Sharing): Draft[] {
  if (all.length > SHARED_ENTERPRISES_MAX) return [];
  return all.flatMap((a, at) => all.slice(at + 1).map((b) => pairOf(key, { a, b, kind, rule })));
}

type Pair = { a: Claim; b: Claim; kind: RelationKind; rule: RelationRule };
const pairOf = (key: string, { a, b, kind, rule }: Pair): Draft => ({
  ...{ key, kind, rule, claimant: null, share: null },
  ...{ subject: Math.min(a.enterprise, b.enterprise), subjectName: '' },
  ...{ object: Math.max(a.enterprise, b.enterprise), objectName: '' },
  evidence: [...a.detail.evidence, ...b.detail.evidence].slice(0, EVIDENCE_MAX),
});

/** Names a relation, whatever it rests on. */
export const idOfDraft = (draft: Omit<Draft, 'evidence' | 'share' | 'claimant'>): string =>
  JSON.stringify([
    ...[draft.key, draft.kind, draft.rule, draft.subject, draft.subjectName, draft.object, draft.objectName],
  ]);

/** Equal for two drafts that say the same with the same evidence. */
export const contentOfDraft = ({
  share,
  claimant,
  evidence,
}: Pick<Draft, 'share' | 'claimant' | 'evidence'>): string =>
  JSON.stringify([
    ...[share, claimant],
    evidence.map((one) => [one.source, one.run, one.rowKey, one.field, one.raw, one.enterprise]),
  ]);
