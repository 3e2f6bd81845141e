const DISTANCE_MAX = 3;
const NEAR_MAX = 3;

/** Edits that turn one text into the other. */
function distance(a: string, b: string): number {
  let before = Array.from({ length: b.length + 1 }, (_cell, index) => index);
  for (let row = 1; row <= a.length; row++) {
    const now = [row];
    for (let column = 1; column <= b.length; column++)
      now[column] = Math.min(
        (before[column] ?? 0) + 1,
        (now[column - 1] ?? 0) + 1,
        (before[column - 1] ?? 0) + (a[row - 1] === b[column - 1] ? 0 : 1),
      );
    before = now;
  }
  return before[b.length] ?? 0;
}

/** Names that somebody may have meant, the nearest first. */
export function nearNames(name: string, names: readonly string[]): string[] {
  return names
    .map((known) => ({ known, edits: known.includes(name) ? 0 : distance(name, known) }))
    .filter(({ edits }) => edits <= DISTANCE_MAX)
    .sort((a, b) => a.edits - b.edits || (a.known < b.known ? -1 : 1))
    .slice(0, NEAR_MAX)
    .map(({ known }) => known);
}
