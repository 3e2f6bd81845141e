import { clamp, energyKwh, lag, type Model, shown } from '../simulation.ts';

/** One part: loading, roughing, finishing, measuring. Loads in percent of the spindle's rating. */
const OPERATIONS = [
  { name: '装夹', untilSeconds: 40, speed: 0, load: 0, feed: 0 },
  { name: '粗铣', untilSeconds: 200, speed: 6000, load: 62, feed: 1800 },
  { name: '精铣', untilSeconds: 330, speed: 12_000, load: 34, feed: 1200 },
  { name: '测量', untilSeconds: 360, speed: 0, load: 0, feed: 300 },
] as const;
const PART_SECONDS = 360;
const TABLE_MM = 1200;
/** Tool life in parts; a worn tool needs more load and vibrates more until it is changed. */
const TOOL_PARTS = 40;
const RATED_POWER_KW = 32;
const IDLE = OPERATIONS[0];

export type SpindleState = {
  partSeconds: number;
  speed: number;
  load: number;
  feed: number;
  position: number;
  spindleTemperature: number;
  coolantTemperature: number;
  wear: number;
  parts: number;
  powerKw: number;
  energyKwh: number;
};

/** CNC milling of aircraft parts: load, vibration, heat and power rise together with the cut and with tool wear. */
export const spindle: Model<SpindleState> = {
  initial: (hours) => ({
    partSeconds: (hours * 3600) % PART_SECONDS,
    speed: 0,
    load: 0,
    feed: 0,
    position: 0,
    spindleTemperature: 34,
    coolantTemperature: 24,
    wear: 0.3,
    parts: Math.floor((hours * 3600) / PART_SECONDS),
    powerKw: 3,
    energyKwh: hours * RATED_POWER_KW,
  }),
  advance(state, step) {
    const { seconds } = step;
    const override = step.setpoint / 100;
    const partSeconds = (state.partSeconds + seconds) % PART_SECONDS;
    const done = partSeconds < state.partSeconds;
    const operation = operationAt(partSeconds);
    const speed = lag(state.speed, operation.speed * override, { seconds, constant: 2 });
    const load = lag(state.load, operation.load * (0.4 + 0.6 * override) * (1 + state.wear * 0.35), {
      seconds,
      constant: 1.5,
    });
    const feed = lag(state.feed, operation.feed * override, { seconds, constant: 1 });
    const powerKw = clamp(2.4 + load * 0.26 + speed * 0.00025, 0, RATED_POWER_KW);
    const wear = done && state.wear >= 1 ? 0 : state.wear + (load / 100) * (seconds / (TOOL_PARTS * 130));
    const warmth = powerKw * 1.35 + (step.fault ? 45 : 0);
    return {
      partSeconds,
      speed,
      load,
      feed,
      position: (TABLE_MM / 2) * (1 + Math.sin(partSeconds / 9)) * (feed > 50 ? 1 : 0.02),
      spindleTemperature: lag(state.spindleTemperature, 26 + warmth, {
        seconds,
        constant: step.fault ? 60 : 300,
      }),
      coolantTemperature: lag(state.coolantTemperature, 22 + powerKw * 0.35, { seconds, constant: 500 }),
      wear: clamp(wear + (step.fault ? seconds / 120 : 0), 0, 1.2),
      parts: state.parts + (done ? 1 : 0),
      powerKw,
      energyKwh: state.energyKwh + energyKwh(powerKw, seconds),
    };
  },
  readings: (state, step) => ({
    'spindle-1.speed': Math.max(0, shown(state.speed + step.noise(1) * (state.speed > 100 ? 8 : 0), 0)),
    'spindle-1.load': shown(Math.max(0, state.load + step.noise(2) * (state.load > 1 ? 1.2 : 0.05)), 1),
    'spindle-1.vibration': shown(
      Math.max(0.05, 0.15 + state.load * 0.022 + (state.load * state.wear) / 28 + step.noise(3) * 0.06),
      3,
    ),
    'spindle-1.temperature': shown(state.spindleTemperature + step.noise(4) * 0.1, 1),
    'axis-x.position': shown(state.position, 3),
    'axis-x.feed': Math.max(0, shown(state.feed, 0)),
    'tool-1.wear': shown(state.wear * 100, 2),
    'coolant-1.temperature': shown(state.coolantTemperature + step.noise(5) * 0.05, 1),
    'machine-1.operation': operationAt(state.partSeconds).name,
    'machine-1.cutting': state.load > 5,
    'machine-1.parts': state.parts,
    'energy-1.active-power': shown(state.powerKw, 2),
    'energy-1.total': shown(state.energyKwh, 2),
  }),
};

const operationAt = (partSeconds: number) =>
  OPERATIONS.find((operation) => partSeconds < operation.untilSeconds) ?? IDLE;
