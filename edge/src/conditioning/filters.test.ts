import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createDeadband, createSwingingDoor, type Filter, type GoodSample } from './filters.ts';
import { Deadband } from './options.ts';

const HEARTBEAT_MS = 60_000;
const good = (timeMs: number, value: number): GoodSample => [timeMs, value, 'good'] as GoodSample;

/** Everything that goes out and everything that is dropped, in the order it happened. */
function run(filter: Filter, samples: readonly GoodSample[]) {
  const dropped: GoodSample[] = [];
  const kept = samples.flatMap((sample) => filter.take(sample, (lost) => dropped.push(lost)));
  kept.push(...filter.flush());
  return { kept, dropped };
}

const values = fc.oneof(
  fc.double({ min: -1e6, max: 1e6, noNaN: true }),
  fc.integer({ min: -20, max: 20 }).map((step) => step / 4),
);
const series = fc
  .array(fc.tuple(fc.integer({ min: 1, max: 5_000 }), values), { minLength: 1, maxLength: 200 })
  .map((steps) => {
    let timeMs = 1_700_000_000_000;
    return steps.map(([elapsed, value]) => {
      timeMs += elapsed;
      return good(timeMs, value);
    });
  });
const widths = fc.double({ min: 1e-3, max: 1e5, noNaN: true });

/** The value at a time on straight lines between samples. */
function onLines(kept: readonly GoodSample[], timeMs: number): number {
  const after = kept.findIndex((sample) => sample[0] >= timeMs);
  const [one, other] = [kept[Math.max(0, after - 1)], kept[after]];
  if (!one || !other) throw new Error(`nothing was kept around ${timeMs}`);
  if (other[0] === timeMs) return other[1];
  return one[1] + ((other[1] - one[1]) * (timeMs - one[0])) / (other[0] - one[0]);
}

describe('the swinging door', () => {
  test('leaves out nothing that straight lines between the kept would miss by more than the deviation', () => {
    fc.assert(
      fc.property(series, widths, (samples, deviation) => {
        const { kept } = run(createSwingingDoor({ deviation, heartbeatMs: HEARTBEAT_MS }), samples);
        for (const [timeMs, value] of samples) {
          const rounding = 1e-9 * (Math.abs(value) + deviation + 1);
          expect(Math.abs(onLines(kept, timeMs) - value)).toBeLessThanOrEqual(deviation + rounding);
        }
      }),
      { numRuns: 500 },
    );
  });

  test('keeps or drops every sample, once, and the kept stay in order', () => {
    fc.assert(
      fc.property(series, widths, (samples, deviation) => {
        const { kept, dropped } = run(createSwingingDoor({ deviation, heartbeatMs: HEARTBEAT_MS }), samples);
        expect(new Set([...kept, ...dropped]).size).toBe(samples.length);
        expect(kept.length + dropped.length).toBe(samples.length);
        expect(kept).toEqual([...kept].sort((a, b) => a[0] - b[0]));
      }),
      { numRuns: 500 },
    );
  });

  test('keeps the ends of a ramp and of a level only', () => {
    const ramp = Array.from({ length: 30 }, (_, at) => good(at * 1000, at * 2));
    const level = Array.from({ length: 20 }, (_, at) => good(30_000 + at * 1000, 58));
    const { kept } = run(createSwingingDoor({ deviation: 0.5, heartbeatMs: HEARTBEAT_MS }), [
      ...ramp,
      ...level,
    ]);
    expect(kept.map(([timeMs]) => timeMs)).toEqual([0, 29_000, 49_000]);
  });

  test('lets a value out at every heartbeat', () => {
    const level = Array.from({ length: 130 }, (_, at) => good(at * 1000, 7));
    const { kept } = run(createSwingingDoor({ deviation: 1, heartbeatMs: HEARTBEAT_MS }), level);
    expect(kept.map(([timeMs]) => timeMs)).toEqual([0, 60_000, 120_000, 129_000]);
  });

  const HOUR_MS = 3_600_000;
  /** A true time that goes on, seen by a clock that is set again and again: by nothing, hours, years. */
  const eras = [0, 2 * HOUR_MS, -3 * HOUR_MS, Date.UTC(2005, 0, 1) - 1_700_000_000_000];
  const stepped = fc
    .array(fc.tuple(fc.constantFrom(...eras), series), { minLength: 2, maxLength: 6 })
    .map((visits) => {
      let pastMs = 0;
      return visits.flatMap(([aheadMs, samples]) => {
        const own = samples.slice(0, 60).map(([timeMs, value]) => good(timeMs + pastMs + aheadMs, value));
        pastMs += 60 * 5_000;
        return own;
      });
    });

  test('keeps its promise when the clock is set, and leaves out as much as before', () => {
    fc.assert(
      fc.property(stepped, widths, (samples, deviation) => {
        const { kept, dropped } = run(createSwingingDoor({ deviation, heartbeatMs: HEARTBEAT_MS }), samples);
        expect(kept.length + dropped.length).toBe(samples.length);
        const inOrder = [...kept].sort((a, b) => a[0] - b[0]);
        for (const [timeMs, value] of dropped) {
          const rounding = 1e-9 * (Math.abs(value) + deviation + 1);
          expect(Math.abs(onLines(inOrder, timeMs) - value)).toBeLessThanOrEqual(deviation + rounding);
        }
      }),
      { numRuns: 500 },
    );
    const level = (startMs: number) => Array.from({ length: 50 }, (_, at) => good(startMs + at * 1000, 7));
    const years = Date.UTC(2040, 0, 1);
    const { kept } = run(createSwingingDoor({ deviation: 1, heartbeatMs: HEARTBEAT_MS }), [
      ...level(years),
      ...level(0),
      ...level(years + 60_000),
      ...level(60_000),
    ]);
    // The two ends of each.
    expect(kept).toHaveLength(8);
  });

  test('what comes late for two times without data is not taken for one line over what lies between', () => {
    const door = createSwingingDoor({ deviation: 0.1, heartbeatMs: HEARTBEAT_MS });
    const out: number[] = [];
    const take = (...samples: GoodSample[]) => {
      for (const sample of samples) out.push(...door.take(sample, () => undefined).map(([timeMs]) => timeMs));
    };
    take(good(1_000, 0));
    door.reset();
    take(good(11_000, 50));
    door.reset();
    take(good(21_000, 0));
    take(good(8_000, 0), good(9_000, 0), good(10_000, 0), good(12_000, 0), good(13_000, 0), good(22_000, 0));
    expect(out).toEqual([1_000, 11_000, 21_000, 8_000, 10_000, 12_000, 13_000, 22_000]);
  });

  test('keeps what comes out of order, and goes on', () => {
    const samples = [good(1000, 1), good(2000, 1), good(1500, 9), good(3000, 1), good(4000, 1)];
    const { kept, dropped } = run(createSwingingDoor({ deviation: 0.1, heartbeatMs: HEARTBEAT_MS }), samples);
    expect(kept).toContainEqual(good(1500, 9));
    expect(kept.length + dropped.length).toBe(samples.length);
  });
});

describe('the deadband', () => {
  test('leaves out nothing that differs from the last kept value by more than the band', () => {
    fc.assert(
      fc.property(series, widths, (samples, absolute) => {
        const { kept, dropped } = run(createDeadband({ absolute, heartbeatMs: HEARTBEAT_MS }), samples);
        expect(kept.length + dropped.length).toBe(samples.length);
        for (const [timeMs, value] of samples) {
          const last = kept.findLast((sample) => sample[0] <= timeMs);
          expect(Math.abs((last?.[1] ?? Number.NaN) - value)).toBeLessThanOrEqual(absolute);
        }
      }),
      { numRuns: 500 },
    );
  });

  test('in percent is of the range', () => {
    const filter = createDeadband(Deadband.parse({ percent: 1, range: [0, 400] }));
    const { kept } = run(filter, [good(0, 100), good(1, 104), good(2, 104.1), good(3, 100.2)]);
    expect(kept.map(([, value]) => value)).toEqual([100, 104.1]);
  });

  test.each([
    [{ percent: 1 }, 'range'],
    [{}, 'either'],
    [{ absolute: 1, percent: 1, range: [0, 1] }, 'either'],
    [{ percent: 1, range: [5, 5] }, 'rise'],
    [{ absolute: 0 }, 'Too small'],
  ])('refuses %j', (options, says) => {
    expect(JSON.stringify(Deadband.safeParse(options).error?.issues)).toContain(says);
  });
});
