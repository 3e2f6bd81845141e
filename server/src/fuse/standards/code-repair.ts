import { presentCodeOf } from './divisions.ts';
import { bodyOf, CODE_ALPHABET, codeFault, isOrganisationCode } from './uscc.ts';

/**
 * How a candidate differs from what was written: characters that look alike, neighbours that changed places, one
 * character that is another one, one written twice, one left out.
 */
export type RepairKind = 'look-alike' | 'transposed' | 'replaced' | 'doubled' | 'missing';
export type Candidate = {
  code: string;
  kind: RepairKind;
  /** first place that differs, counted from 1 */
  at: number;
  /** what proves it: facts outside the code, or the checks that become right at once; empty while it is only a candidate */
  because: readonly Proof[];
};
/** What proves a correction. */
export type Proof = ProofByItself | 'organisation-code' | 'taxpayer-number' | 'known-code';
/** What else is known of who carries the code. Each agrees with a candidate, disagrees, or is absent. */
export type CodeFacts = {
  /** organisation code of 9 characters, from another field or an old certificate */
  organisationCode?: string | undefined;
  /** 15 characters: places 3 to 17 of the code */
  taxpayerNumber?: string | undefined;
  /** codes that are known for certain, from the register */
  isKnown?: ((code: string) => boolean) | undefined;
};

/** Characters that people and scanners take for one another. The left side never occurs in a code. */
const IMPOSSIBLE: Readonly<Record<string, string>> = { O: '0', I: '1', Z: '2', S: '5', V: 'U' };
const LENGTH = 18;

/** Every valid code that is one step away from what was written; `text` is normalised. At most some hundred are tried. */
export function candidatesFor(text: string): Candidate[] {
  const found = new Map<string, Candidate>();
  const offer = (code: string, kind: RepairKind, at: number) => {
    if (code !== text && !found.has(code) && isPlausible(code))
      found.set(code, { code, kind, at: at + 1, because: [] });
  };
  if (text.length === LENGTH) {
    offerLookAlikes(text, offer);
    offerTranspositions(text, offer);
    offerReplacements(text, offer);
  }
  if (text.length === LENGTH + 1) offerDeletions(text, offer);
  if (text.length === LENGTH - 1) offerInsertions(text, offer);
  return [...found.values()];
}

/** Both check characters are right, the department has such bodies, and the division exists or existed. */
export const isPlausible = (code: string): boolean =>
  codeFault(code) === null && bodyOf(code) !== null && isKnownDivision(code.slice(2, 8));

/**
 * A division of any year, 100000 of the national offices, or a city's own office (its code with 01). Outside Jiangxi only
 * today's divisions are known.
 */
export const isKnownDivision = (code: string): boolean =>
  code === '100000' || presentCodeOf(code.endsWith('01') ? `${code.slice(0, 4)}00` : code) !== null;

/** All characters that no code has, each replaced by the one it looks like. */
export const withoutImpossible = (text: string): string =>
  [...text].map((character) => IMPOSSIBLE[character] ?? character).join('');

/** Proofs that need no fact from outside, by what makes them one. */
export type ProofByItself = 'look-alike-and-checks' | 'both-checks' | 'division-and-checks';

type Offer = (code: string, kind: RepairKind, at: number) => void;

function offerLookAlikes(text: string, offer: Offer): void {
  const first = [...text].findIndex((character) => character in IMPOSSIBLE);
  if (first >= 0) offer(withoutImpossible(text), 'look-alike', first);
}

function offerTranspositions(text: string, offer: Offer): void {
  for (let at = 0; at + 1 < text.length; at += 1) {
    const [left = '', right = ''] = [text[at], text[at + 1]];
    if (left !== right) offer(text.slice(0, at) + right + left + text.slice(at + 2), 'transposed', at);
  }
}

function offerReplacements(text: string, offer: Offer): void {
  for (let at = 0; at < text.length; at += 1)
    for (const other of CODE_ALPHABET) offer(text.slice(0, at) + other + text.slice(at + 1), 'replaced', at);
}

function offerDeletions(text: string, offer: Offer): void {
  for (let at = 0; at < text.length; at += 1)
    if (text[at] === text[at + 1] || text[at] === text[at - 1])
      offer(text.slice(0, at) + text.slice(at + 1), 'doubled', at);
}

function offerInsertions(text: string, offer: Offer): void {
  for (let at = 0; at <= text.length; at += 1)
    for (const other of CODE_ALPHABET) offer(text.slice(0, at) + other + text.slice(at), 'missing', at);
}

/**
 * The one correction that is proven, or null. It must be the only candidate that the facts leave, and have a proof that
 * does not rest on its being the only one:
 * a fact from outside that fits it exactly; or letters no code has, where what they look like makes every check right;
 * or neighbours that changed places in the organisation code, which makes its own check and the code's right at once;
 * or one fault in department or division, which as written do not exist, while the organisation code's check holds.
 * One other wrong character in the organisation code is not proven by the checks: of invented codes every third has
 * exactly one such candidate. Nor is the last character. They are listed, and proven by a fact.
 */
export function provenRepair(
  text: string,
  candidates: readonly Candidate[],
  facts: CodeFacts,
): Candidate | null {
  const left = candidates
    .filter(({ code }) => !contradicts(code, facts))
    .map((candidate) => ({ ...candidate, because: supports(candidate.code, facts) }));
  const supported = left.filter(({ because }) => because.length > 0);
  const [only, second] = supported.length > 0 ? supported : left;
  if (!only || second) return null;
  if (only.because.length > 0) return only;
  const reason = provenByItself(text, only);
  return reason === null ? null : { ...only, because: [reason] };
}

function provenByItself(text: string, { code, kind }: Candidate): ProofByItself | null {
  if (kind === 'look-alike') return 'look-alike-and-checks';
  if (text.length !== LENGTH) return null;
  const headAlone = text.slice(8) === code.slice(8);
  const organisationAlone = text.slice(0, 8) === code.slice(0, 8) && text[17] === code[17];
  if (headAlone)
    return bodyOf(text) === null || !isKnownDivision(text.slice(2, 8)) ? 'division-and-checks' : null;
  return kind === 'transposed' && organisationAlone && !isOrganisationCode(text.slice(8, 17))
    ? 'both-checks'
    : null;
}

function contradicts(code: string, { organisationCode, taxpayerNumber }: CodeFacts): boolean {
  return (
    (organisationCode !== undefined && code.slice(8, 17) !== organisationCode) ||
    (taxpayerNumber !== undefined && code.slice(2, 17) !== taxpayerNumber)
  );
}

function supports(code: string, { organisationCode, taxpayerNumber, isKnown }: CodeFacts): Proof[] {
  return [
    ...(organisationCode === code.slice(8, 17) ? (['organisation-code'] as const) : []),
    ...(taxpayerNumber === code.slice(2, 17) ? (['taxpayer-number'] as const) : []),
    ...(isKnown?.(code) ? (['known-code'] as const) : []),
  ];
}
