import type { Organisation, OrganisationPath } from '@ronghe/contracts';
import { cityOf } from '../standards/divisions.ts';

type Where = { code: string | null; codeValid: boolean; division: string | null };
/** Which node of the organisation tree an enterprise belongs to, never outside `home`. */
export type Belonging = (enterprise: Where, home: OrganisationPath) => OrganisationPath;

/** True when `path` is `home` or lies below it. */
export const isWithin = (path: OrganisationPath, home: OrganisationPath): boolean =>
  path === home || path.startsWith(`${home}.`);

/** Codes of enterprises that are nodes of the tree themselves: of all others the code says nothing of where they belong. */
export const nodeCodesOf = (organisations: readonly Organisation[]): string[] =>
  organisations.flatMap(({ kind, code }) => (kind === 'enterprise' && code !== null ? [code] : []));

/**
 * An enterprise belongs to the node with its own (valid) code, else to the county or city node of its division, the closest
 * one. `home` is the organisation whose source tells of it: what such a source says cannot move it elsewhere.
 */
export function createBelonging(organisations: readonly Organisation[]): Belonging {
  const byCode = new Map<string, OrganisationPath>();
  const byDivision = new Map<string, OrganisationPath>();
  // shortest first, so that of two nodes with one division the upper one stays
  const byDepth = [...organisations].sort((a, b) => a.path.length - b.path.length);
  for (const { path, kind, code, division } of byDepth) {
    if (kind === 'enterprise' && code !== null && !byCode.has(code)) byCode.set(code, path);
    if ((kind === 'county' || kind === 'city') && division !== null && !byDivision.has(division))
      byDivision.set(division, path);
  }
  return ({ code, codeValid, division }, home) => {
    const own = code !== null && codeValid ? byCode.get(code) : undefined;
    const county = division === null ? undefined : byDivision.get(division);
    const path = own ?? county ?? byDivision.get(cityOf(division) ?? '') ?? home;
    return isWithin(path, home) ? path : home;
  };
}
