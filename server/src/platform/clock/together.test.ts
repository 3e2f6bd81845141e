import { expect, it } from 'vitest';
import { askedTogether } from './together.ts';

/** A thing whose state is read by hand-held questions. */
function watched() {
  let state = 0;
  const asked: (() => void)[] = [];
  const ask = askedTogether(
    () =>
      new Promise<number>((resolve) => {
        const seen = state;
        asked.push(() => resolve(seen));
      }),
  );
  const answer = async () => {
    asked.shift()?.();
    // the shared question begins some turns later
    for (let turn = 0; turn < 5; turn += 1) await Promise.resolve();
  };
  return { ask, answer, asked, change: () => (state += 1) };
}

it('asks once for all who wait, and never answers with what was read before one came', async () => {
  const { ask, answer, asked, change } = watched();
  const first = ask();
  change();
  const [second, third] = [ask(), ask()];
  expect(asked).toHaveLength(1);
  await answer();
  expect(await first).toBe(0);
  expect(asked).toHaveLength(1);
  change();
  const fourth = ask();
  await answer();
  expect(await Promise.all([second, third])).toEqual([1, 1]);
  await answer();
  expect(await fourth).toBe(2);
});

it('fails for those who asked, and asks again for the next', async () => {
  let times = 0;
  const ask = askedTogether(async () => {
    times += 1;
    if (times === 1) throw new Error('away');
    return times;
  });
  const [one, two] = await Promise.allSettled([ask(), ask()]);
  expect([one, two]).toMatchObject([{ status: 'rejected' }, { status: 'fulfilled', value: 2 }]);
  expect(await ask()).toBe(3);
});
