import { writeFile } from 'node:fs/promises';

/** xorshift with a fixed seed, so that every run makes the same people. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

const FIRST =
  'anna ben carla david emma frank greta hugo ines jakob karin leo maria nils olga paul ruth simon tanja ulrich'.split(
    ' ',
  );
const LAST =
  'abel brandt conrad decker ehlers fischer gruber hartmann isken jansen keller lorenz maurer neumann otto petersen quandt richter schubert thiel'.split(
    ' ',
  );
const TOWNS = 'aachen bonn celle dresden essen fulda goslar hagen ilmenau jena'.split(' ');

export type Person = {
  id: string;
  first: string;
  last: string;
  born: string;
  town: string;
  phone: string;
  entity: string;
};

/** People, each up to three times, with slips of the pen and fields left empty. */
export function people(entities: number, seed = 2463534242): Person[] {
  const next = random(seed);
  const pick = (list: readonly string[]) => list[Math.floor(next() * list.length)] ?? '';
  const slip = (text: string) => {
    const at = Math.floor(next() * text.length);
    return next() < 0.12 ? text.slice(0, at) + text.slice(at + 1) : text;
  };
  const rows: Person[] = [];
  for (let entity = 0; entity < entities; entity += 1) {
    const one = {
      first: pick(FIRST),
      last: pick(LAST) + pick(['', '', 'son', 'er']),
      born: `${1940 + Math.floor(next() * 60)}-${String(1 + Math.floor(next() * 12)).padStart(2, '0')}-${String(1 + Math.floor(next() * 28)).padStart(2, '0')}`,
      town: pick(TOWNS),
      phone: `0${Math.floor(next() * 9e8 + 1e8)}`,
    };
    for (let copy = 0; copy < 1 + Math.floor(next() * 3); copy += 1)
      rows.push({
        id: `p${rows.length}`,
        first: slip(one.first),
        last: slip(one.last),
        born: next() < 0.1 ? '' : one.born,
        town: next() < 0.1 ? pick(TOWNS) : one.town,
        phone: next() < 0.3 ? '' : one.phone,
        entity: `e${entity}`,
      });
  }
  return rows;
}

export async function writeTable(
  path: string,
  rows: readonly Readonly<Record<string, string>>[],
  separator = ',',
): Promise<void> {
  const columns = Object.keys(rows[0] ?? {});
  const lines = rows.map((row) => columns.map((column) => row[column] ?? '').join(separator));
  await writeFile(path, [columns.join(separator), ...lines].join('\n'));
}
