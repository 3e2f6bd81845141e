import { createHash } from 'node:crypto';
import type { AuditEntry } from '@ronghe/contracts';

/** An entry as it is kept: what the contract shows, and who and which request exactly. */
export type ChainEntry = Omit<AuditEntry, 'hash'> & { actorId: string; requestId: string };

/** Where a chain stands: the last sequence and its hash. The empty chain stands at 0 with an empty hash. */
export type ChainHead = { sequence: number; hash: string };
export const EMPTY_HEAD: ChainHead = { sequence: 0, hash: '' };

/** JSON with the keys of every object in order, so that the same value always gives the same bytes (as RFC 8785 does). */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (typeof value === 'object' && value !== null) {
    const members = Object.entries(value)
      .filter(([, item]) => item !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, item]) => `${JSON.stringify(name)}:${canonicalJson(item)}`);
    return `{${members.join(',')}}`;
  }
  return JSON.stringify(value) ?? 'null';
}

/** SHA-256 over the hash before and the entry, in hexadecimal. */
export const entryHash = (previousHash: string, entry: ChainEntry): string =>
  createHash('sha256')
    .update(`${previousHash}\n${canonicalJson(entry)}`)
    .digest('hex');

/** Why a chain does not hold at a place. */
export type ChainFault = 'missing' | 'altered' | 'beyond-head' | 'head-missing';

/** The first entry of a page that does not follow the head, or the head after the page. */
export function followChain(
  head: ChainHead,
  entries: readonly (ChainEntry & { hash: string })[],
): { head: ChainHead; fault: { at: number; fault: ChainFault } | null } {
  let { sequence, hash } = head;
  for (const { hash: kept, ...entry } of entries) {
    const expected = sequence + 1;
    if (entry.sequence !== expected)
      return { head: { sequence, hash }, fault: { at: expected, fault: 'missing' } };
    if (entryHash(hash, entry) !== kept)
      return { head: { sequence, hash }, fault: { at: expected, fault: 'altered' } };
    sequence = expected;
    hash = kept;
  }
  return { head: { sequence, hash }, fault: null };
}
