import { clamp, energyKwh, lag, type Model, shown } from '../simulation.ts';

/** One stroke of the press, seconds from its start. */
const STROKE = { approach: 6, press: 10, hold: 18, back: 24, rest: 30 } as const;
const STROKE_SECONDS = STROKE.rest;
const RAM_TRAVEL_MM = 620;
const RAM_WORK_MM = 40;
const IDLE_MPA = 1.2;
const OIL_ALARM = 70;
const RATED_POWER_KW = 110;

export type PressState = {
  strokeSeconds: number;
  pressure: number;
  ram: number;
  oil: number;
  current: number;
  wear: number;
  strokes: number;
  powerKw: number;
  energyKwh: number;
};

/** Hydraulic press: pressure, ram and current follow the stroke, the oil warms with the work done. */
export const press: Model<PressState> = {
  initial: (hours) => ({
    strokeSeconds: (hours * 3600) % STROKE_SECONDS,
    pressure: IDLE_MPA,
    ram: 0,
    oil: 44,
    current: 45,
    wear: 0,
    strokes: Math.floor((hours * 3600) / STROKE_SECONDS),
    powerKw: 30,
    energyKwh: hours * RATED_POWER_KW,
  }),
  advance(state, step) {
    const { seconds } = step;
    const strokeSeconds = (state.strokeSeconds + seconds) % STROKE_SECONDS;
    const pressure = lag(state.pressure, targetPressure(strokeSeconds, step.setpoint), {
      seconds,
      constant: 0.9,
    });
    const current = lag(state.current, 42 + pressure * 5.4, { seconds, constant: 0.7 });
    const powerKw = clamp(current * 0.56, 0, RATED_POWER_KW);
    const oilTarget = 30 + powerKw * 0.28 + (step.fault ? 60 : 0);
    return {
      strokeSeconds,
      pressure,
      ram: ramPosition(strokeSeconds),
      oil: lag(state.oil, oilTarget, { seconds, constant: step.fault ? 60 : 400 }),
      current,
      wear: step.fault ? Math.min(1, state.wear + seconds / 120) : Math.max(0, state.wear - seconds / 60),
      strokes: state.strokes + (strokeSeconds < state.strokeSeconds ? 1 : 0),
      powerKw,
      energyKwh: state.energyKwh + energyKwh(powerKw, seconds),
    };
  },
  readings: (state, step) => ({
    'press-1.pressure': shown(Math.max(0, state.pressure + step.noise(1) * 0.05), 3),
    'press-1.ram-position': shown(state.ram, 1),
    'press-1.oil-temperature': shown(state.oil + step.noise(2) * 0.1, 1),
    'press-1.oil-overheated': state.oil > OIL_ALARM,
    'press-1.strokes': state.strokes,
    'press-1.running': state.strokeSeconds < STROKE.back,
    'pump-1.current': shown(Math.max(0, state.current + step.noise(3) * 0.5), 1),
    'pump-1.vibration': shown(
      Math.max(0.1, 1.4 + state.pressure * 0.06 + state.wear * 6 + step.noise(4) * 0.12),
      2,
    ),
    'energy-1.active-power': shown(state.powerKw, 2),
    'energy-1.voltage': shown(398 - state.powerKw * 0.05 + step.noise(5) * 0.4, 1),
    'energy-1.total': shown(state.energyKwh, 1),
  }),
};

function targetPressure(strokeSeconds: number, setpoint: number): number {
  if (strokeSeconds < STROKE.approach) return IDLE_MPA + 1.5;
  if (strokeSeconds < STROKE.hold) return setpoint;
  return strokeSeconds < STROKE.back ? IDLE_MPA + 3 : IDLE_MPA;
}

/** Millimetres below the top: quick approach, slow work, hold, quick return. */
function ramPosition(strokeSeconds: number): number {
  const approach = RAM_TRAVEL_MM - RAM_WORK_MM;
  if (strokeSeconds < STROKE.approach) return (approach * strokeSeconds) / STROKE.approach;
  if (strokeSeconds < STROKE.press)
    return approach + (RAM_WORK_MM * (strokeSeconds - STROKE.approach)) / (STROKE.press - STROKE.approach);
  if (strokeSeconds < STROKE.hold) return RAM_TRAVEL_MM;
  return RAM_TRAVEL_MM * clamp((STROKE.back - strokeSeconds) / (STROKE.back - STROKE.hold), 0, 1);
}
