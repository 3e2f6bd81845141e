/**
 * One-to-one assignment with the largest sum (Kuhn 1955 and Munkres 1957, in the form with potentials, O(n²m)). `gain[i][j]`
 * is what row i is worth in column j; a row may stay without a column, which is worth 0.
 * @returns for each row its column, or null
 */
export function assign(gain: readonly (readonly number[])[]): (number | null)[] {
  const rows = gain.length;
  const real = gain[0]?.length ?? 0;
  // one place to stay out for each row, so that nothing is forced
  const columns = real + rows;
  const cost = (row: number, column: number) =>
    column <= real ? -Math.max(0, gain[row - 1]?.[column - 1] ?? 0) : 0;
  const rowPotential = new Float64Array(rows + 1);
  const columnPotential = new Float64Array(columns + 1);
  const rowOf = new Int32Array(columns + 1);
  for (let row = 1; row <= rows; row += 1) augment(row);
  const result: (number | null)[] = Array.from({ length: rows }, () => null);
  for (let column = 1; column <= real; column += 1) {
    const row = rowOf[column] ?? 0;
    if (row > 0 && (gain[row - 1]?.[column - 1] ?? 0) > 0) result[row - 1] = column - 1;
  }
  return result;

  /** Finds the cheapest way to give one more row a column, moving others. */
  function augment(row: number): void {
    const least = new Float64Array(columns + 1).fill(Number.POSITIVE_INFINITY);
    const used = new Uint8Array(columns + 1);
    const way = new Int32Array(columns + 1);
    let at = 0;
    rowOf[0] = row;
    do {
      used[at] = 1;
      const current = rowOf[at] ?? 0;
      let [delta, next] = [Number.POSITIVE_INFINITY, 0];
      for (let column = 1; column <= columns; column += 1) {
        if (used[column]) continue;
        const reduced = cost(current, column) - (rowPotential[current] ?? 0) - (columnPotential[column] ?? 0);
        if (reduced < (least[column] ?? 0)) {
          least[column] = reduced;
          way[column] = at;
        }
        if ((least[column] ?? 0) < delta) {
          delta = least[column] ?? 0;
          next = column;
        }
      }
      for (let column = 0; column <= columns; column += 1) {
        if (used[column]) {
          rowPotential[rowOf[column] ?? 0] = (rowPotential[rowOf[column] ?? 0] ?? 0) + delta;
          columnPotential[column] = (columnPotential[column] ?? 0) - delta;
        } else least[column] = (least[column] ?? 0) - delta;
      }
      at = next;
    } while (rowOf[at] !== 0);
    while (at !== 0) {
      const before = way[at] ?? 0;
      rowOf[at] = rowOf[before] ?? 0;
      at = before;
    }
  }
}
