import type { OrganisationPath } from '@ronghe/contracts';

const SIZES = ['large', 'medium', 'small', 'micro'] as const;
/** From which size class on a second person confirms: `none` never, `all` always, `medium` for medium and large ones. */
export type SecondPerson = 'none' | (typeof SIZES)[number] | 'all';

/** True when one of the enterprises is so large that a second person must confirm what is decided of it. */
export function needsSecondPerson(from: SecondPerson, sizes: readonly (string | null)[]): boolean {
  if (from === 'none') return false;
  if (from === 'all') return true;
  const least = SIZES.indexOf(from);
  return sizes.some((size) => {
    const at = (SIZES as readonly (string | null)[]).indexOf(size);
    return at >= 0 && at <= least;
  });
}

/** The lowest organisation that all of these lie in: who may see, confirm and undo what was decided of them. */
export function commonOrganisation(paths: readonly OrganisationPath[]): OrganisationPath {
  const [first = [], ...others] = paths.map((path) => path.split('.'));
  const differs = first.findIndex((label, at) => others.some((other) => other[at] !== label));
  return first.slice(0, differs < 0 ? first.length : differs).join('.');
}
