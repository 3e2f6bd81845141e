import type { Point, Thing } from '@ronghe/contracts';

const folded = (text: string): string => text.normalize('NFKC').toLowerCase().replace(/\s/g, '');
const saidOf = ({ values }: Thing, attribute: string): string | null =>
  values.find((one) => one.attribute === attribute)?.value ?? null;

/** Points of each machine of the ledger, by its key: those whose equipment is called as its name or its number. */
export function linkedPoints(
  machines: readonly Thing[],
  points: readonly Point[],
): { of: ReadonlyMap<string, readonly Point[]>; others: readonly Point[] } {
  const byName = new Map<string, string>();
  for (const machine of machines)
    for (const attribute of ['name', 'code']) {
      const name = saidOf(machine, attribute);
      if (name !== null && !byName.has(folded(name))) byName.set(folded(name), machine.key);
    }
  const of = new Map<string, Point[]>();
  const others: Point[] = [];
  for (const point of points) {
    const key = point.equipment === null ? undefined : byName.get(folded(point.equipment));
    if (key === undefined) others.push(point);
    else of.set(key, [...(of.get(key) ?? []), point]);
  }
  return { of, others };
}
