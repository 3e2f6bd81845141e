import type { Bilingual } from '@ronghe/contracts';
import type { Issues } from './issues.ts';

/** A node id as the collector takes it: `ns=1;s=Furnace1.Temperature`, `i=2258`, `nsu=http://example.org/plant;s=Furnace1`. */
export const isNodeId = (text: string): boolean => /^(ns=\d{1,5};|nsu=[^;]+;)?[isgb]=.+$/.test(text);

/** Mode and policy as the collector knows them; what has gone out of use becomes Basic256Sha256, and is told. */
export function opcuaSecurity(
  { policy, mode }: { policy: string; mode: string },
  issues: Issues,
  place: Bilingual,
): { mode: string; policy: string } {
  const KNOWN = ['Basic256Sha256', 'Aes128_Sha256_RsaOaep', 'Aes256_Sha256_RsaPss'];
  if (policy === 'None' || mode === 'None') {
    if (policy !== mode)
      issues.warning(place, 'security-check', { value: `${mode}, ${policy}`, used: 'None' });
    return { mode: 'None', policy: 'None' };
  }
  issues.warning(place, 'certificate-by-hand');
  if (KNOWN.includes(policy)) return { mode, policy };
  issues.warning(place, 'security-check', { value: policy, used: 'Basic256Sha256' });
  return { mode, policy: 'Basic256Sha256' };
}
