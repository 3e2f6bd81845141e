import type { OrganisationPath } from '@ronghe/contracts';

/** True when the path is the organisation or lies below it. */
export const isWithin = (path: OrganisationPath, organisation: OrganisationPath): boolean =>
  path === organisation || path.startsWith(`${organisation}.`);

/** What two subtrees have in common: the lower one, or nothing. */
export function commonSubtree(a: OrganisationPath, b: OrganisationPath): OrganisationPath | null {
  if (isWithin(a, b)) return a;
  return isWithin(b, a) ? b : null;
}

/** The fewest organisations with the same subtrees, in order. */
export function topsOf(organisations: Iterable<OrganisationPath>): OrganisationPath[] {
  const tops: OrganisationPath[] = [];
  for (const path of [...new Set(organisations)].sort()) {
    // a path below another does not come right behind it: `a-b` sorts between `a` and `a.b`
    if (!tops.some((top) => isWithin(path, top))) tops.push(path);
  }
  return tops;
}

/** The organisation and everything above it, the organisation first. */
export function upwards(organisation: OrganisationPath): OrganisationPath[] {
  const labels = organisation.split('.');
  return labels.map((_label, index) => labels.slice(0, labels.length - index).join('.'));
}
