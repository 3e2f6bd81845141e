import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PLANTS, plantOf } from '../province/plants.ts';
import { simulatePlant } from './plant-simulation.ts';
import type { Readings, Simulation } from './simulation.ts';

const START_MS = Date.UTC(2026, 10, 22, 8);
const COUNTERS = /total$|heats$|batches$|breaks$|length$|doffs$|strokes$|boards$|parts$/;

/** Runs a plant second by second and gives what it showed. */
function run(simulation: Simulation, { seconds, fromMs }: { seconds: number; fromMs: number }): Readings[] {
  return Array.from({ length: seconds }, (_, index) => {
    simulation.advance(fromMs + (index + 1) * 1000);
    return simulation.readings();
  });
}
const numbers = (shown: readonly Readings[], key: string) => shown.map((readings) => Number(readings[key]));
const correlation = (left: readonly number[], right: readonly number[]) => {
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [l, r] = [mean(left), mean(right)];
  const product = (a: readonly number[], am: number, b: readonly number[], bm: number) =>
    a.reduce((sum, value, index) => sum + (value - am) * ((b[index] ?? 0) - bm), 0);
  return product(left, l, right, r) / Math.sqrt(product(left, l, left, l) * product(right, r, right, r));
};

describe.each(PLANTS.map(({ key }) => key))('%s', (key) => {
  const plant = plantOf(key);

  it('shows exactly the points of its list, each of its type', () => {
    const readings = simulatePlant(key, START_MS).readings();
    expect(Object.keys(readings).sort()).toEqual(plant.points.map((point) => point.key).sort());
    const types = { number: 'number', boolean: 'boolean', text: 'string' };
    for (const point of plant.points) expect(typeof readings[point.key], point.key).toBe(types[point.type]);
  });

  it('is the same for the same moments', () => {
    const once = run(simulatePlant(key, START_MS), { seconds: 60, fromMs: START_MS });
    expect(run(simulatePlant(key, START_MS), { seconds: 60, fromMs: START_MS })).toEqual(once);
  });

  it('stays inside the limits of its instruments, whatever the setpoint and the fault', () => {
    fc.assert(
      fc.property(
        fc.nat(1_000_000),
        fc.double({ min: -1e6, max: 1e6 }),
        fc.boolean(),
        (minutes, setpoint, fault) => {
          const fromMs = START_MS + minutes * 60_000;
          const simulation = simulatePlant(key, fromMs);
          simulation.setSetpoint(setpoint);
          simulation.setFault(fault);
          // gathered first: two million expectations take forty seconds
          const outside: [string, number][] = [];
          for (const readings of run(simulation, { seconds: 300, fromMs }))
            for (const { key: point, range } of plant.points) {
              const value = readings[point];
              if (typeof value !== 'number') continue;
              const fits =
                Number.isFinite(value) && value >= (range?.[0] ?? 0) && value <= (range?.[1] ?? 1e9);
              if (!fits) outside.push([point, value]);
            }
          expect(outside).toEqual([]);
        },
      ),
      { numRuns: 15 },
    );
  }, 30_000);

  it('has counters that only rise, over a restart too', () => {
    const first = run(simulatePlant(key, START_MS), { seconds: 7300, fromMs: START_MS });
    const laterMs = START_MS + 7_360_000;
    const second = run(simulatePlant(key, laterMs), { seconds: 60, fromMs: laterMs });
    const counters = plant.points.filter((point) => COUNTERS.test(point.key));
    expect(counters.length).toBeGreaterThanOrEqual(2);
    for (const { key: counter } of counters) {
      const shown = numbers([...first, ...second], counter);
      const falls = [...shown.entries()].filter(([index, value]) => !(value >= (shown[index - 1] ?? 0)));
      expect(falls, counter).toEqual([]);
      expect(shown.at(-1), counter).toBeGreaterThan(shown[0] ?? Number.POSITIVE_INFINITY);
    }
  }, 30_000);

  it('shows a written setpoint at once and keeps it inside its limits', () => {
    const simulation = simulatePlant(key, START_MS);
    const { low, high, key: setpoint } = plant.setpoint;
    const wanted = (low + high) / 2;
    simulation.setSetpoint(wanted);
    expect(simulation.readings()[setpoint]).toBe(wanted);
    simulation.setSetpoint(high * 2);
    expect(simulation.readings()[setpoint]).toBe(high);
    simulation.setSetpoint(Number.NaN);
    expect(simulation.readings()[setpoint]).toBe(high);
  });
});

it('lets a furnace follow its setpoint slowly: thermal inertia', () => {
  const simulation = simulatePlant('yuzhang-copper', START_MS);
  run(simulation, { seconds: 1200, fromMs: START_MS });
  simulation.setSetpoint(1240);
  const melt = numbers(
    run(simulation, { seconds: 600, fromMs: START_MS + 1_200_000 }),
    'furnace-1.melt-temperature',
  );
  const [first = 0] = melt;
  expect(melt.every((value, index) => Math.abs(value - (melt[index - 1] ?? value)) < 4)).toBe(true);
  expect((melt[10] ?? 0) - first).toBeLessThan(8);
  expect((melt.at(-1) ?? 0) - first).toBeGreaterThan(20);
});

it('overheats the furnace to its alarm within about a minute, and recovers', () => {
  const simulation = simulatePlant('yuzhang-copper', START_MS);
  simulation.setFault(true);
  const hot = run(simulation, { seconds: 120, fromMs: START_MS });
  expect(hot.some((readings) => readings['furnace-1.over-temperature'] === true)).toBe(true);
  simulation.setFault(false);
  const cooling = run(simulation, { seconds: 3600, fromMs: START_MS + 120_000 });
  expect(cooling.at(-1)?.['furnace-1.over-temperature']).toBe(false);
});

it.each([
  ['yuzhang-copper', 'furnace-1.gas-flow', 'energy-1.active-power', 0.7],
  ['langxi-biopharma', 'fermenter-1.agitator-speed', 'fermenter-1.agitator-current', 0.9],
  ['pengli-textile', 'frame-1.spindle-speed', 'frame-1.motor-current', 0.8],
  ['zhangcheng-machinery', 'press-1.pressure', 'pump-1.current', 0.8],
  ['ganpo-aviation', 'spindle-1.load', 'spindle-1.vibration', 0.9],
])('moves related signals of %s together: %s and %s', (key, left, right, least) => {
  const shown = run(simulatePlant(key, START_MS), { seconds: 3600, fromMs: START_MS });
  expect(correlation(numbers(shown, left), numbers(shown, right))).toBeGreaterThan(least);
});
