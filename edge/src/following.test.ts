import { expect, test } from 'vitest';
import { createBackoff, pause } from './backoff.ts';
import { systemClock } from './clock.ts';
import { trackConnection } from './connection.ts';
import { createFollowing } from './following.ts';
import { until } from './testing/wait.ts';

function scene(outcomes: (Error | null)[]) {
  const told: string[] = [];
  const tracker = trackConnection({
    name: 'line',
    protocol: 'p',
    endpoint: 'tcp://h:1',
    points: 0,
    clock: systemClock,
  });
  const following = createFollowing({
    tracker,
    backoff: createBackoff({ firstMs: 5, mostMs: 5 }),
    prepare: async () => void told.push('prepared'),
    async follow(signal) {
      told.push('followed');
      const outcome = outcomes.shift();
      if (outcome !== undefined) throw outcome;
      await pause(60_000, signal);
      throw new Error('stopped');
    },
    lost: (reason) => told.push(`lost: ${(reason as Error).message}`),
    finish: () => void told.push('finished'),
  });
  return { told, tracker, following };
}

test('each connection is followed to its end and told lost, and the next is tried', async () => {
  const { told, tracker, following } = scene([new Error('cut'), new Error('refused')]);
  await following.start();
  expect(tracker.state().state).toBe('connecting');
  await until('the third', () => told.filter((each) => each === 'followed').length === 3);
  await following.stop();
  expect(told).toEqual([
    'prepared',
    'followed',
    'lost: cut',
    'followed',
    'lost: refused',
    'followed',
    'finished',
  ]);
  expect(tracker.state().state).toBe('stopped');
});

test('what was never started stops', async () => {
  const { told, tracker, following } = scene([]);
  await following.stop();
  expect(told).toEqual(['finished']);
  expect(tracker.state().state).toBe('stopped');
});
