/** A piece of a text, and whether the other text has it too. */
export type Piece = { text: string; same: boolean };

/** Texts longer than this are compared as wholes: the table below grows with the product of both. */
const CHARACTERS_MAX = 400;
/** Below this share of common characters, marks on single ones hide more than they show. */
const COMMON_MIN = 0.3;

/** Where two texts differ, character by character, after their longest common subsequence. */
export function textDiff(a: string, b: string): { a: Piece[]; b: Piece[] } {
  const [one, two] = [Array.from(a), Array.from(b)];
  const whole = { a: whollyOf(a, a === b), b: whollyOf(b, a === b) };
  if (a === b || one.length > CHARACTERS_MAX || two.length > CHARACTERS_MAX) return whole;
  const { inOne, inTwo, length } = common(one, two);
  if (length < COMMON_MIN * Math.max(one.length, two.length)) return whole;
  return { a: pieces(one, inOne), b: pieces(two, inTwo) };
}

const whollyOf = (text: string, same: boolean): Piece[] => (text === '' ? [] : [{ text, same }]);

/** Which characters of each belong to the longest common subsequence. */
function common(one: readonly string[], two: readonly string[]) {
  const width = two.length + 1;
  const lengths = new Uint16Array((one.length + 1) * width);
  const at = (i: number, j: number): number => lengths[i * width + j] ?? 0;
  for (let i = one.length - 1; i >= 0; i -= 1) {
    for (let j = two.length - 1; j >= 0; j -= 1)
      lengths[i * width + j] =
        one[i] === two[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
  }
  const inOne = new Set<number>();
  const inTwo = new Set<number>();
  for (let i = 0, j = 0; i < one.length && j < two.length; ) {
    if (one[i] === two[j]) {
      inOne.add(i);
      inTwo.add(j);
      i += 1;
      j += 1;
    } else if (at(i + 1, j) >= at(i, j + 1)) i += 1;
    else j += 1;
  }
  return { inOne, inTwo, length: at(0, 0) };
}

function pieces(characters: readonly string[], shared: ReadonlySet<number>): Piece[] {
  const found: Piece[] = [];
  characters.forEach((character, index) => {
    const same = shared.has(index);
    const last = found.at(-1);
    if (last?.same === same) last.text += character;
    else found.push({ text: character, same });
  });
  return found;
}
