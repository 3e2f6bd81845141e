import { clamp, energyKwh, lag, type Model, shown } from '../simulation.ts';

const SPINDLES = 1008;
/** A bobbin is full after this time and is doffed; compressed from hours. */
const BOBBIN_SECONDS = 1500;
const DOFF_SECONDS = 90;
/** Breaks per thousand spindle hours at nominal speed, as mills count them; exaggerated ten times for the demo. */
const BREAKS_PER_SPINDLE_HOUR = 0.25;
const NOMINAL_SPEED = 15_000;
const PIECED_SECONDS = 60;
const RATED_POWER_KW = 68;

export type SpinningState = {
  speed: number;
  bobbinSeconds: number;
  current: number;
  motorTemperature: number;
  humidity: number;
  breaks: number;
  endsDown: number;
  yarnKilometres: number;
  doffs: number;
  powerKw: number;
  energyKwh: number;
};

/** Ring spinning frame: a faster spindle breaks more yarn, a fuller bobbin draws more current, the motor warms slowly. */
export const spinning: Model<SpinningState> = {
  initial: (hours) => ({
    speed: 14_800,
    bobbinSeconds: (hours * 3600) % BOBBIN_SECONDS,
    current: 92,
    motorTemperature: 61,
    humidity: 60,
    breaks: Math.ceil(hours * SPINDLES * BREAKS_PER_SPINDLE_HOUR * 2),
    endsDown: 4,
    yarnKilometres: hours * SPINDLES * 1.4,
    doffs: Math.floor((hours * 3600) / BOBBIN_SECONDS),
    powerKw: 50,
    energyKwh: hours * RATED_POWER_KW,
  }),
  advance(state, step) {
    const { seconds } = step;
    const bobbinSeconds = (state.bobbinSeconds + seconds) % BOBBIN_SECONDS;
    const doffing = bobbinSeconds > BOBBIN_SECONDS - DOFF_SECONDS;
    const speed = lag(state.speed, doffing ? 0 : step.setpoint, { seconds, constant: doffing ? 6 : 10 });
    const ratio = speed / NOMINAL_SPEED;
    const fullness = bobbinSeconds / BOBBIN_SECONDS;
    const expected = (BREAKS_PER_SPINDLE_HOUR * SPINDLES * seconds * ratio ** 3) / 3600;
    const broken = poisson(expected, step.chance(1));
    const pieced = (state.endsDown * seconds) / PIECED_SECONDS;
    const current = lag(state.current, 8 + ratio ** 2 * (72 + fullness * 18), { seconds, constant: 3 });
    const heating = (current / 100) ** 2 * 46 + (step.fault ? 70 : 0);
    const powerKw = clamp(current * 0.58, 0, RATED_POWER_KW);
    return {
      speed,
      bobbinSeconds,
      current,
      motorTemperature: lag(state.motorTemperature, 30 + heating, {
        seconds,
        constant: step.fault ? 60 : 240,
      }),
      humidity: clamp(lag(state.humidity, 60, { seconds, constant: 300 }) + step.noise(2) * 0.03, 45, 75),
      breaks: state.breaks + broken,
      endsDown: clamp(state.endsDown + broken - pieced, 0, SPINDLES),
      yarnKilometres: state.yarnKilometres + (SPINDLES * (speed / 900) * seconds) / 60_000,
      doffs: state.doffs + (bobbinSeconds < state.bobbinSeconds ? 1 : 0),
      powerKw,
      energyKwh: state.energyKwh + energyKwh(powerKw, seconds),
    };
  },
  readings: (state, step) => ({
    'frame-1.spindle-speed': Math.max(0, shown(state.speed + step.noise(3) * 12, 0)),
    'frame-1.running': state.speed > 1000,
    'frame-1.motor-current': shown(Math.max(0, state.current + step.noise(4) * 0.4), 2),
    'frame-1.motor-temperature': shown(state.motorTemperature + step.noise(5) * 0.1, 1),
    'frame-1.yarn-breaks': state.breaks,
    'frame-1.ends-down': Math.round(state.endsDown),
    'frame-1.yarn-length': Math.floor(state.yarnKilometres),
    'frame-1.doffs': state.doffs,
    'room-1.temperature': shown(29 + state.powerKw * 0.02 + step.noise(6) * 0.1, 1),
    'room-1.humidity': shown(state.humidity, 1),
    'energy-1.active-power': shown(state.powerKw, 2),
    'energy-1.total': shown(state.energyKwh, 1),
  }),
};

/** Count of rare events from one uniform number, by inversion. */
function poisson(mean: number, chance: number): number {
  let count = 0;
  let term = Math.exp(-mean);
  let sum = term;
  while (chance > sum && count < 50) {
    count += 1;
    term *= mean / count;
    sum += term;
  }
  return count;
}
