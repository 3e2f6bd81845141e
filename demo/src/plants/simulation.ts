import { gaussian, seedOf, uniform } from '../province/random.ts';

/** Longest physical step; a process that slept (a suspended laptop) goes on from where it was instead of jumping. */
export const STEP_SECONDS_MAX = 5;
/** Moment from which counters are counted, so that a restarted plant never shows a smaller total than before. */
const COUNTERS_SINCE_MS = Date.UTC(2025, 0, 1);

/** What one reading is: the protocol servers know how to carry these three. */
export type Reading = number | boolean | string;
export type Readings = Readonly<Record<string, Reading>>;

/** What a model sees of the world in one step. */
export type Step = {
  timeMs: number;
  seconds: number;
  setpoint: number;
  /** about normal noise of this step; another channel is another, independent noise */
  noise(channel: number): number;
  /** in [0, 1) */
  chance(channel: number): number;
  /** true while the scenario `overheat` drives the process away */
  fault: boolean;
};

/** Physics of one plant: pure functions, the next state from the state before and the step. */
export type Model<State> = {
  /** @param hours since counters are counted; what counters start from */
  initial(hours: number): State;
  advance(state: State, step: Step): State;
  readings(state: State, step: Step): Readings;
};

/** A running plant: a model with its clock, its setpoint and its fault. */
export type Simulation = {
  /** Moves to a moment, in UTC milliseconds; earlier moments are refused silently (the clock was set back). */
  advance(timeMs: number): void;
  /** Values of all points of the plant by key, the setpoint included. */
  readings(): Readings;
  setpoint(): number;
  /** Writes the setpoint as an operator at the device would; outside the limits it is clamped. */
  setSetpoint(value: number): void;
  setFault(fault: boolean): void;
};

export type SimulationOptions<State> = {
  model: Model<State>;
  /** name that seeds the noise */
  name: string;
  startMs: number;
  setpoint: { key: string; value: number; low: number; high: number };
};

/** Starts a plant at a moment. The same name, moments and setpoints give the same readings on every machine. */
export function createSimulation<State>(options: SimulationOptions<State>): Simulation {
  const { model, setpoint: limits, startMs } = options;
  const seed = seedOf(options.name);
  let setpoint = limits.value;
  let fault = false;
  let state = model.initial(Math.max(0, startMs - COUNTERS_SINCE_MS) / 3_600_000);
  let step = stepAt(startMs, 0);
  function stepAt(timeMs: number, seconds: number): Step {
    const tick = Math.floor(timeMs / 100);
    return {
      timeMs,
      seconds,
      setpoint,
      fault,
      noise: (channel) => gaussian(seed, channel, tick),
      chance: (channel) => uniform(seed, 1000 + channel, tick),
    };
  }
  return {
    advance(timeMs) {
      const seconds = Math.min((timeMs - step.timeMs) / 1000, STEP_SECONDS_MAX);
      if (seconds <= 0) return;
      step = stepAt(timeMs, seconds);
      state = model.advance(state, step);
    },
    readings: () => ({ ...model.readings(state, step), [limits.key]: setpoint }),
    setpoint: () => setpoint,
    setSetpoint(value) {
      if (Number.isFinite(value)) setpoint = clamp(value, limits.low, limits.high);
    },
    setFault(value) {
      fault = value;
    },
  };
}

/** Keeps a value inside limits. */
export const clamp = (value: number, low: number, high: number): number =>
  Math.min(high, Math.max(low, value));

/** First-order lag: what `value` is `seconds` later on its way to `target` with a time constant. */
export const lag = (
  value: number,
  target: number,
  { seconds, constant }: { seconds: number; constant: number },
) => target + (value - target) * Math.exp(-seconds / constant);

/** Rounds to what the instrument shows. */
export const shown = (value: number, decimals: number): number => {
  const factor = 10 ** decimals;
  return Math.round(value * factor) / factor;
};

/** Kilowatt hours of a power over seconds. */
export const energyKwh = (powerKw: number, seconds: number): number => (powerKw * seconds) / 3600;
