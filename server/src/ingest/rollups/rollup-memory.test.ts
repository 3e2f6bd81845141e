import { expect, it } from 'vitest';
import { createRollupMemory, ROLLUP_MEMORY_MS } from './rollup-memory.ts';

const state = (watermarkS: number) => ({ watermarkS, rawFromUs: 0, minuteFromUs: 0, hourFromUs: 0 });

it('asks once a second, and at once after a change of this process', async () => {
  let [reads, nowMs] = [0, 0];
  const memory = createRollupMemory(
    async () => state(++reads),
    () => nowMs,
  );
  expect([await memory.state(), await memory.state()]).toEqual([state(1), state(1)]);
  nowMs = ROLLUP_MEMORY_MS;
  expect(await memory.state()).toEqual(state(2));
  memory.forget();
  expect(await memory.state()).toEqual(state(3));
});

it('does not give an answer that was under way before a change', async () => {
  const answers: ((told: ReturnType<typeof state>) => void)[] = [];
  const memory = createRollupMemory(() => new Promise((resolve) => answers.push(resolve)));
  const early = memory.state();
  memory.forget();
  const late = memory.state();
  answers[0]?.(state(1));
  answers[1]?.(state(2));
  expect([await early, await late, await memory.state()]).toEqual([state(1), state(2), state(2)]);
});

it('does not remember a failure', async () => {
  let reads = 0;
  const memory = createRollupMemory(async () => {
    reads += 1;
    if (reads === 1) throw new Error('the database is away');
    return state(reads);
  });
  await expect(memory.state()).rejects.toThrow('away');
  expect(await memory.state()).toEqual(state(2));
});
