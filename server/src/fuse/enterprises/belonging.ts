import type { Organisation, OrganisationPath } from '@ronghe/contracts';
import { cityOf } from '../standards/divisions.ts';

type Where = { code: string | null; codeValid: boolean; division: string | null };
/** Which node of the organisation tree an enterprise belongs to; the fallback when no node fits. */
export type Belonging = (enterprise: Where, fallback: OrganisationPath) => OrganisationPath;

/**
 * An enterprise belongs to the node with its own (valid) code, else to the county or park's county or city node of its
 * division, the closest one, else to the organisation of the source that names it.
 */
export function createBelonging(organisations: readonly Organisation[]): Belonging {
  const byCode = new Map<string, OrganisationPath>();
  const byDivision = new Map<string, OrganisationPath>();
  // deepest last, so that of two nodes with one division the upper one stays
  const byDepth = [...organisations].sort((a, b) => a.path.length - b.path.length);
  for (const { path, kind, code, division } of byDepth) {
    if (kind === 'enterprise' && code !== null && !byCode.has(code)) byCode.set(code, path);
    if ((kind === 'county' || kind === 'city') && division !== null && !byDivision.has(division))
      byDivision.set(division, path);
  }
  return ({ code, codeValid, division }, fallback) => {
    const own = code !== null && codeValid ? byCode.get(code) : undefined;
    const county = division === null ? undefined : byDivision.get(division);
    return own ?? county ?? byDivision.get(cityOf(division) ?? '') ?? fallback;
  };
}
