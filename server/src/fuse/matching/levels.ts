import type { LevelTest, LinkComparison } from '@ronghe/contracts';

/** Standardised parts of a record by their names (`name`, `name.core`, …); a part that says nothing is left out. */
export type Traits = Readonly<Record<string, string>>;

/**
 * The level that two records reach in a comparison, as `linking/comparing.ts` computes it in SQL: the best level all of whose tests hold, 0 for
 * none, -1 where a side tells nothing in any part that the comparison looks at. Tests of numbers and dates are not for enterprises.
 */
export function levelOf(comparison: LinkComparison, left: Traits, right: Traits): number {
  if ('text' in comparison) throw new TypeError('texts are compared by the linker only');
  const { levels } = comparison;
  if (!tells(levels, left) || !tells(levels, right)) return -1;
  const at = levels.findIndex(({ all }) => all.every((test) => holds(test, left, right)));
  return at === -1 ? 0 : levels.length - at;
}

type Levels = Extract<LinkComparison, { levels: unknown }>['levels'];
const tells = (levels: Levels, side: Traits): boolean =>
  levels.some(({ all }) =>
    all.some((test) => {
      if (test.is === 'same') return false;
      return (side[test.on] ?? '') !== '' || (test.is === 'crossed' && (side[test.to] ?? '') !== '');
    }),
  );

function holds(test: LevelTest, left: Traits, right: Traits): boolean {
  const [l, r] = [left[test.on] ?? '', right[test.on] ?? ''];
  switch (test.is) {
    case 'equal':
      return l !== '' && l === r;
    case 'same':
      return l === r;
    case 'crossed':
      return (l !== '' && l === (right[test.to] ?? '')) || (r !== '' && r === (left[test.to] ?? ''));
    case 'edits': {
      if (l === '' || r === '') return false;
      const [one, two] = [[...l], [...r]];
      return one.length > test.most && editsWithin(one, two, test.most);
    }
    case 'characters':
      return l !== '' && r !== '' && sharedCharacters(l, r) >= test.least;
    default:
      throw new TypeError(`the test ${test.is} is not for enterprises`);
  }
}

/** True when so many insertions, deletions and replacements at most make one of the other (Levenshtein, in a band). */
function editsWithin(one: readonly string[], two: readonly string[], most: number): boolean {
  if (Math.abs(one.length - two.length) > most) return false;
  let before = Array.from({ length: two.length + 1 }, (_value, at) => at);
  for (let row = 1; row <= one.length; row += 1) {
    const now = new Array<number>(two.length + 1).fill(most + 1);
    now[0] = row;
    let least = row;
    const [from, to] = [Math.max(1, row - most), Math.min(two.length, row + most)];
    for (let at = from; at <= to; at += 1) {
      const replaced = (before[at - 1] ?? 0) + (one[row - 1] === two[at - 1] ? 0 : 1);
      const value = Math.min(replaced, (before[at] ?? most + 1) + 1, (now[at - 1] ?? most + 1) + 1);
      now[at] = value;
      least = Math.min(least, value);
    }
    if (least > most) return false;
    before = now;
  }
  return (before[two.length] ?? most + 1) <= most;
}

/** Share of different characters that both texts have (Jaccard, code points). */
function sharedCharacters(left: string, right: string): number {
  const [one, two] = [new Set(left), new Set(right)];
  let shared = 0;
  for (const character of one) if (two.has(character)) shared += 1;
  const all = one.size + two.size - shared;
  return all === 0 ? 0 : shared / all;
}
