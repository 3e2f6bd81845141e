/**
 * The shortest decimal that is this float32: 21.3, not 21.299999237060547. Digits that the device never had would be
 * shown to people and cost room in the store.
 */
export function shortFloat(value: number): number {
  for (let digits = 6; digits < 9; digits += 1) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === value) return short;
  }
  return value;
}
