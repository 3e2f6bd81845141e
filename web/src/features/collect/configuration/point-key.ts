const KEY_LENGTH_MAX = 256;

/**
 * A key that the platform takes (`PointKey`), made of the names on the way to a point: letters of any script stay, blanks and other signs
 * become `-`. When it is taken, a number follows.
 */
export function suggestKey(names: readonly string[], taken: ReadonlySet<string>): string {
  const parts = names.map(partOf).filter((part) => part !== '');
  const whole = parts.join('.').slice(0, KEY_LENGTH_MAX);
  const key = whole === '' ? 'point' : whole;
  if (!taken.has(key)) return key;
  for (let number = 2; ; number += 1) {
    const tail = `-${number}`;
    const next = `${key.slice(0, KEY_LENGTH_MAX - tail.length)}${tail}`;
    if (!taken.has(next)) return next;
  }
}

const partOf = (name: string): string =>
  name
    .normalize('NFC')
    .replace(/[^\p{L}\p{N}._:%#()@=-]+/gu, '-')
    .replace(/-{2,}/g, '-')
    .replace(/^[^\p{L}\p{N}]+/u, '')
    .replace(/[-.]+$/, '');
