import { type House, isTest, lineAt } from '../house.ts';

/** `Date.now` called or handed on, `new Date()` and `Date()` without an argument. */
const WALL_CLOCK = /\bDate\.now\b|\bnew Date\b(?!\s*\(\s*[^\s)])|(?<!new )\bDate\(\s*\)/g;
const CLOCK = 'edge/src/clock.ts';

/**
 * A collector meets clocks that are set by years. Only the handed-in clock tells its time, so that everyone who asks has to
 * choose between the time of day and a time that is measured, and a test can set it.
 */
export function timeIsHandedIn(house: House): string[] {
  return house.files
    .filter((path) => /^edge\/src\/.*\.ts$/.test(path) && !isTest(path) && path !== CLOCK)
    .flatMap((path) => {
      const text = house.text(path);
      return [...text.matchAll(WALL_CLOCK)].map(
        (match) =>
          `${path}:${lineAt(text, match.index)} reads the wall clock by itself; take clock.now() for a time of day, clock.elapsedMs() for a duration`,
      );
    });
}
