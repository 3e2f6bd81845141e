import { Batch, type BatchPoint, HOUR_COUNTS_MAX, type Sample, sampleCrc } from '@ronghe/contracts';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { systemClock } from '../clock.ts';
import type { PointDescriptor, Reading } from '../connector.ts';
import { createConditioner } from './conditioner.ts';
import { Conditions } from './options.ts';
import { createTally } from './tally.ts';

const START_MS = Date.UTC(2026, 0, 5, 10, 59, 0);
const HOUR_MS = 3_600_000;
beforeEach(() => void vi.useFakeTimers({ now: START_MS }));
afterEach(() => void vi.useRealTimers());

const temperature: PointDescriptor = { key: 'kiln.temperature', type: 'number', unit: 'Cel' };
const text: PointDescriptor = { key: 'kiln.batch', type: 'text' };

function open(options: Record<string, object>, checksClock = true) {
  const out: Reading[] = [];
  const tally = createTally();
  const conditioner = createConditioner({
    emit: (some) => out.push(...some),
    conditions: new Map(Object.entries(options).map(([key, told]) => [key, Conditions.parse(told)])),
    tally,
    clock: systemClock,
    checksClock,
  });
  const put = (point: PointDescriptor, ...samples: Sample[]) =>
    conditioner.emit(samples.map((sample) => ({ point, sample })));
  return { out, tally, conditioner, put, samples: () => out.map(({ sample }) => sample) };
}

test('without options everything goes on as it came', () => {
  const { put, samples, conditioner } = open({});
  put(temperature, [START_MS, 1, 'good'], [START_MS, 1, 'good']);
  put(text, [START_MS, '007', 'good'], [START_MS + 1, null, 'bad', 'stale']);
  expect(samples()).toEqual([
    [START_MS, 1, 'good'],
    [START_MS, 1, 'good'],
    [START_MS, '007', 'good'],
    [START_MS + 1, null, 'bad', 'stale'],
  ]);
  conditioner.stop();
});

test('a sample that is not good goes out at once, behind what the door held, and the next good one is kept', () => {
  const { put, samples, conditioner } = open({ 'kiln.temperature': { swingingDoor: { deviation: 1 } } });
  put(temperature, [START_MS, 5, 'good'], [START_MS + 1, 5, 'good'], [START_MS + 2, 5, 'good']);
  put(temperature, [START_MS + 3, null, 'bad', 'stale'], [START_MS + 4, 5, 'good']);
  expect(samples().map(([timeMs]) => timeMs - START_MS)).toEqual([0, 2, 3, 4]);
  conditioner.stop();
});

test('what the door holds goes out at the heartbeat, also when nothing more comes, and when it stops', () => {
  const { put, samples, conditioner } = open({
    'kiln.temperature': { swingingDoor: { deviation: 1, heartbeatMs: 5_000 } },
  });
  put(temperature, [START_MS, 5, 'good'], [START_MS + 10, 5, 'good']);
  expect(samples()).toHaveLength(1);
  vi.advanceTimersByTime(6_000);
  expect(samples().at(-1)).toEqual([START_MS + 10, 5, 'good']);
  put(temperature, [START_MS + 3_000, 5, 'good']);
  expect(samples()).toHaveLength(2);
  conditioner.stop();
  expect(samples().at(-1)).toEqual([START_MS + 3_000, 5, 'good']);
});

describe('a point that should speak', () => {
  const condition = { 'kiln.temperature': { expectedIntervalMs: 2_000 } };
  const silent = (samples: Sample[]) => samples.filter((sample) => sample[3] === 'silent');

  test('and does not for three intervals is bad, once, until it speaks again', () => {
    const { put, samples, conditioner } = open(condition);
    put(temperature, [START_MS, 5, 'good']);
    vi.advanceTimersByTime(6_000);
    expect(silent(samples())).toEqual([]);
    vi.advanceTimersByTime(20_000);
    expect(silent(samples())).toHaveLength(1);
    expect(conditioner.silent()).toBe(1);
    put(temperature, [Date.now(), 6, 'good']);
    expect(conditioner.silent()).toBe(0);
    vi.advanceTimersByTime(20_000);
    expect(silent(samples())).toHaveLength(2);
    conditioner.stop();
  });

  test('and is stale already is not told twice', () => {
    const { put, samples, conditioner } = open(condition);
    put(temperature, [START_MS, 5, 'good'], [START_MS + 1, null, 'bad', 'stale']);
    vi.advanceTimersByTime(60_000);
    expect(silent(samples())).toEqual([]);
    conditioner.stop();
  });
});

test('a point that is described anew stays one point: what was left out before is known, and it does not fall silent', () => {
  const { put, samples, conditioner } = open({
    'kiln.temperature': { deadband: { absolute: 1 }, expectedIntervalMs: 2_000 },
  });
  put(temperature, [START_MS, 5, 'good']);
  vi.advanceTimersByTime(4_000);
  put({ ...temperature, name: 'born again' }, [START_MS + 4_000, 5.5, 'good']);
  expect(samples()).toEqual([[START_MS, 5, 'good']]);
  vi.advanceTimersByTime(4_000);
  expect(conditioner.silent()).toBe(0);
  conditioner.stop();
});

test.each([
  ['an hour ahead', START_MS + HOUR_MS, true, ['uncertain', 'clock']],
  ['of the year 2000', Date.UTC(2000, 0, 1), true, ['uncertain', 'clock']],
  ['of the year 2000 in an archive', Date.UTC(2000, 0, 1), false, ['good']],
  ['a minute ahead', START_MS + 60_000, true, ['good']],
  ['of last year', START_MS - 365 * 24 * HOUR_MS, true, ['good']],
])('a clock %s is seen', (_, timeMs, checksClock, expected) => {
  const { put, samples, conditioner } = open({}, checksClock);
  put(temperature, [timeMs, 5, 'good']);
  expect(samples()).toEqual([[timeMs, 5, ...expected]]);
  conditioner.stop();
});

test('the tally tells of more hours than a batch may in the next one, and forgets none', () => {
  const tally = createTally();
  const hours = HOUR_COUNTS_MAX + 10;
  for (let at = 0; at < hours; at += 1) tally.read(temperature.key, at * HOUR_MS);
  const told = [1, 2].map((at): BatchPoint => ({ ...temperature, samples: [[at, 1, 'good']] }));
  for (const point of told) tally.attach([point]);
  expect(told[0]?.counts).toHaveLength(HOUR_COUNTS_MAX);
  const counts = told.flatMap((point) => point.counts ?? []);
  expect(counts.reduce((sum, [, read]) => sum + read, 0)).toBe(hours);
  expect(counts.reduce((sum, [, , , sent]) => sum + sent, 0)).toBe(2);
});

describe('the tally', () => {
  const hour = Math.floor(START_MS / HOUR_MS) * HOUR_MS;
  const batchOf = (out: readonly Reading[]): BatchPoint[] => [
    { ...temperature, samples: out.map(({ sample }) => sample) },
  ];

  test('counts what is read, filtered and sent by hour of source time, and each only once', () => {
    const { put, out, tally, conditioner } = open({ 'kiln.temperature': { deadband: { absolute: 1 } } });
    for (let at = 0; at < 4; at += 1) put(temperature, [START_MS + at * 30_000, 5, 'good']);
    const first = batchOf(out);
    tally.attach(first);
    expect(first[0]?.counts?.map((counts) => counts.slice(0, 5))).toEqual([
      [hour, 2, 1, 1, 0],
      [hour + HOUR_MS, 2, 2, 0, 0],
    ]);
    out.length = 0;
    put(temperature, [START_MS + 120_000, 9, 'good']);
    const second = batchOf(out);
    tally.attach(second);
    expect(second[0]?.counts?.map((counts) => counts.slice(0, 5))).toEqual([[hour + HOUR_MS, 1, 0, 1, 0]]);
    conditioner.stop();
  });

  test('a sample of the same time replaces the earlier one, in its batch and in the next', () => {
    const { put, out, tally, conditioner } = open({});
    const crc = (...samples: [number, number][]) =>
      samples.reduce((sum, [at, value]) => sum + sampleCrc((START_MS + at) * 1_000, value, 'good'), 0);
    const send = (...samples: [number, number][]) => {
      out.length = 0;
      put(temperature, ...samples.map(([at, value]): Sample => [START_MS + at, value, 'good']));
      const batch = batchOf(out);
      tally.attach(batch);
      expect(Batch.shape.points.safeParse(batch).success).toBe(true);
      return batch[0]?.counts;
    };
    expect(send([0, 5], [1, 6], [0, 7])).toEqual([[hour, 3, 1, 2, 0, crc([1, 6], [0, 7])]]);
    // Told again as it was, and corrected.
    expect(send([1, 6])).toEqual([[hour, 1, 1, 0, 0, 0]]);
    expect(send([1, 8], [2, 9])).toEqual([[hour, 2, 1, 1, 0, crc([1, 8], [2, 9]) - crc([1, 6])]]);
    expect(send([3, 1], [4, 2])).toEqual([[hour, 2, 0, 2, 0, crc([3, 1], [4, 2])]]);
    conditioner.stop();
  });

  test('tells what a batch that was given up had told, its samples as lost', () => {
    const { put, out, tally, conditioner } = open({});
    put(temperature, [START_MS, 5, 'good'], [START_MS + 1, 6, 'good']);
    const lost = batchOf(out);
    tally.attach(lost);
    tally.gaveUp(lost);
    out.length = 0;
    put(temperature, [START_MS + 2, 7, 'good']);
    const next = batchOf(out);
    tally.attach(next);
    expect(next[0]?.counts?.map((counts) => counts.slice(0, 5))).toEqual([[hour, 3, 0, 1, 2]]);
    conditioner.stop();
  });
});
