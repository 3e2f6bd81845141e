import type { BatchPoint } from '@ronghe/contracts';
import { expect, test } from 'vitest';
import { systemClock } from '../clock.ts';
import type { PointDescriptor, Reading } from '../connector.ts';
import { silentLog } from '../log.ts';
import { until } from '../testing/wait.ts';
import { createBatcher, toBatches } from './batcher.ts';

const point = (key: string): PointDescriptor => ({ key, type: 'number' });
const reading = (of: PointDescriptor, time: number): Reading => ({ point: of, sample: [time, time, 'good'] });

test('readings are grouped by point, in order, and cut at the largest batch', () => {
  const [a, b] = [point('a'), point('b')];
  const readings = [1, 2, 3, 4, 5].flatMap((time) => [reading(a, time), reading(b, time)]);
  const batches = toBatches(readings, 4);
  expect(
    batches.map((batch) => batch.map((each) => [each.key, each.samples.map((sample) => sample[0])])),
  ).toEqual([
    [
      ['a', [1, 2]],
      ['b', [1, 2]],
    ],
    [
      ['a', [3, 4]],
      ['b', [3, 4]],
    ],
    [
      ['a', [5]],
      ['b', [5]],
    ],
  ]);
});

test('long texts make smaller batches', () => {
  const text: PointDescriptor = { key: 't', type: 'text' };
  const readings: Reading[] = Array.from({ length: 1_000 }, (_, time) => ({
    point: text,
    sample: [time, 'x'.repeat(4_000), 'good'],
  }));
  const batches = toBatches(readings, 20_000);
  expect(batches.length).toBeGreaterThan(5);
  expect(batches.flatMap((batch) => batch.flatMap((each) => each.samples)).length).toBe(1_000);
});

test('readings are written after flushMs, and those that come during a write are written next', async () => {
  const written: (readonly BatchPoint[][])[] = [];
  let release: () => void = () => undefined;
  const batcher = createBatcher({
    tally: { attach: () => undefined },
    append: (batches) => {
      written.push(batches);
      return new Promise((resolve) => {
        release = resolve;
      });
    },
    flushMs: 20,
    batchSamplesMax: 100,
    clock: systemClock,
    log: silentLog(),
  });
  const a = point('a');
  batcher.emit([reading(a, 1)]);
  expect(written.length).toBe(0);
  await until('the first write', () => written.length === 1);
  batcher.emit([reading(a, 2)]);
  batcher.emit([reading(a, 3)]);
  const flushed = batcher.flush();
  release();
  await until('the second write', () => written.length === 2);
  release();
  await flushed;
  expect(written.map((batches) => batches[0]?.[0]?.samples.map((sample) => sample[0]))).toEqual([
    [1],
    [2, 3],
  ]);
  expect(batcher.counts()).toEqual({ samplesRead: 3, samplesDropped: 0 });
});

test('while the disk stands still the memory is bounded, and what is given up is counted', () => {
  const batcher = createBatcher({
    tally: { attach: () => undefined },
    append: () => new Promise(() => undefined),
    flushMs: 10,
    batchSamplesMax: 10,
    clock: systemClock,
    log: silentLog(),
  });
  const a = point('a');
  const thousand = Array.from({ length: 1_000 }, (_, time) => reading(a, time));
  for (let round = 0; round < 250; round += 1) batcher.emit(thousand);
  const { samplesRead, samplesDropped } = batcher.counts();
  expect(samplesRead).toBe(250_000);
  expect(samplesDropped).toBeGreaterThanOrEqual(40_000);
  expect(samplesDropped).toBeLessThanOrEqual(50_000);
});

type Write = { done(): void; fail(error: Error): void };

/** A batcher whose writes the test ends, one by one. */
function heldBatcher(flushMs: number) {
  const writes: Write[] = [];
  const batcher = createBatcher({
    tally: { attach: () => undefined },
    append: () => new Promise((done, fail) => writes.push({ done, fail })),
    flushMs,
    batchSamplesMax: 100_000,
    clock: systemClock,
    log: silentLog(),
  });
  const outcomes: string[] = [];
  const keep = (name: string, options?: { now: boolean }) =>
    void batcher.kept(options).then(
      () => outcomes.push(`${name} kept`),
      (error: Error) => outcomes.push(`${name}: ${error.message}`),
    );
  return { batcher, writes, outcomes, keep };
}

test('many wait for one write, and those who come during it for the next', async () => {
  const { batcher, writes, outcomes, keep } = heldBatcher(20);
  await batcher.kept();
  const a = point('a');
  for (const name of ['first', 'second']) {
    batcher.emit([reading(a, 1)]);
    keep(name);
  }
  await until('the write', () => writes.length === 1);
  keep('asked during it');
  batcher.emit([reading(a, 3)]);
  keep('third');
  expect(outcomes).toEqual([]);
  writes[0]?.done();
  await until('the next write', () => writes.length === 2);
  expect(outcomes).toEqual(['first kept', 'second kept', 'asked during it kept']);
  writes[1]?.fail(new Error('closed'));
  await until('the third knows', () => outcomes.length === 4);
  expect(outcomes[3]).toBe('third: what was read could not be kept on disk');
});

test('the write can be asked for at once, and a stop ends the waiting', async () => {
  const { batcher, writes, outcomes, keep } = heldBatcher(10_000);
  batcher.emit([reading(point('a'), 1)]);
  keep('hurried', { now: true });
  expect(writes.length).toBe(1);
  batcher.emit([reading(point('a'), 2)]);
  keep('last');
  writes[0]?.done();
  const flushed = batcher.flush();
  await until('the last write', () => writes.length === 2);
  writes[1]?.done();
  await flushed;
  expect(outcomes).toEqual(['hurried kept', 'last kept']);
});

test('who waits for what was given up is told', async () => {
  const { batcher, writes, outcomes, keep } = heldBatcher(10_000);
  const a = point('a');
  batcher.emit([reading(a, 0)]);
  void batcher.flush();
  batcher.emit([reading(a, 1)]);
  keep('the oldest');
  batcher.emit(Array.from({ length: 200_000 }, (_, time) => reading(a, time)));
  writes[0]?.done();
  await until('the rest is written', () => writes.length === 2);
  writes[1]?.done();
  await until('told', () => outcomes.length === 1);
  expect(outcomes[0]).toContain('given up');
});
