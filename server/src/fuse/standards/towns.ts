import { TOWNS } from './towns.data.ts';

const NAME_LENGTH_MAX = 20;
/** Names of towns without the remarks of the list, longest wins. */
const COUNTIES: ReadonlyMap<string, readonly string[]> = countiesByTown();

function countiesByTown(): ReadonlyMap<string, readonly string[]> {
  const counties = new Map<string, string[]>();
  for (const [county, towns] of Object.entries(TOWNS))
    for (const town of towns.split(' ')) {
      const name = town.slice(3);
      if (name.length >= 3) counties.set(name, [...(counties.get(name) ?? []), county]);
    }
  return counties;
}

/** The town of Jiangxi whose name stands at a place of a text, with the counties that have one of that name; null when none. */
export function townAt(text: string, from: number): { name: string; counties: readonly string[] } | null {
  for (let length = Math.min(NAME_LENGTH_MAX, text.length - from); length >= 3; length -= 1) {
    const name = text.slice(from, from + length);
    const counties = COUNTIES.get(name);
    if (counties) return { name, counties };
  }
  return null;
}
