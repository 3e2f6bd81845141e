import { clamp, energyKwh, lag, type Model, shown } from '../simulation.ts';

/** One heat: charging, melting, oxidising, reducing, casting; compressed to half an hour for the demo. */
const PHASES = [
  { name: '加料', untilSeconds: 360 },
  { name: '熔化', untilSeconds: 1080 },
  { name: '氧化', untilSeconds: 1380 },
  { name: '还原', untilSeconds: 1560 },
  { name: '浇铸', untilSeconds: 1800 },
] as const;
const HEAT_SECONDS = 1800;
const BATH_TONNES = 80;
const CHARGE_TONNES = 3;
/** kJ of a kelvin of the bath: liquid copper 0.5 kJ/(kg·K). */
const BATH_KJ_PER_KELVIN = BATH_TONNES * 1000 * 0.5;
/** kJ to bring one tonne of cold copper to the bath's temperature, melting included. */
const CHARGE_KJ_PER_TONNE = 790_000;
const AMBIENT = 30;
const WALL_KW_PER_KELVIN = 2.6;
const GAS_KW_PER_CUBIC_METRE_HOUR = 10.3;
const BURNER_EFFICIENCY = 0.5;
const GAS_LOW = 120;
const GAS_HIGH = 1900;
/** Heat of the fault `overheat`: a stuck gas valve, exaggerated so that the alarm comes within about a minute. */
const FAULT_KW = 55_000;
const CEILING = 1460;
const ALARM_ABOVE_SETPOINT = 60;
const RATED_POWER_KW = 420;

export type FurnaceState = {
  melt: number;
  chamber: number;
  gasFlow: number;
  coolingOutlet: number;
  heatSeconds: number;
  heats: number;
  powerKw: number;
  energyKwh: number;
};

/** Reverberatory furnace of a copper smelter: a heavy bath, a gas burner under control, a charge that cools it. */
export const furnace: Model<FurnaceState> = {
  initial: (hours) => ({
    melt: 1195,
    chamber: 1290,
    gasFlow: 600,
    coolingOutlet: 36,
    heatSeconds: (hours * 3600) % HEAT_SECONDS,
    heats: Math.floor((hours * 3600) / HEAT_SECONDS),
    powerKw: 300,
    energyKwh: hours * RATED_POWER_KW,
  }),
  advance(state, step) {
    const { seconds } = step;
    const heatSeconds = (state.heatSeconds + seconds) % HEAT_SECONDS;
    const charging = heatSeconds < PHASES[0].untilSeconds;
    const demand = 560 + (step.setpoint - state.melt) * 45;
    const gasFlow = lag(state.gasFlow, clamp(step.fault ? GAS_HIGH : demand, GAS_LOW, GAS_HIGH), {
      seconds,
      constant: 8,
    });
    const heatKw =
      gasFlow * GAS_KW_PER_CUBIC_METRE_HOUR * BURNER_EFFICIENCY +
      (step.fault ? FAULT_KW * clamp((CEILING - state.melt) / 60, 0, 1) : 0);
    const lossKw = WALL_KW_PER_KELVIN * (state.melt - AMBIENT);
    const chargeKw = charging ? (CHARGE_TONNES * CHARGE_KJ_PER_TONNE) / PHASES[0].untilSeconds : 0;
    const melt = state.melt + ((heatKw - lossKw - chargeKw) * seconds) / BATH_KJ_PER_KELVIN;
    const powerKw = clamp(150 + gasFlow * 0.12 + (charging ? 40 : 0) + step.noise(1) * 2, 0, RATED_POWER_KW);
    return {
      melt,
      chamber: lag(state.chamber, melt + gasFlow * 0.16, { seconds, constant: 25 }),
      gasFlow,
      coolingOutlet: lag(state.coolingOutlet, 26 + lossKw * 0.0035, { seconds, constant: 90 }),
      heatSeconds,
      heats: state.heats + (heatSeconds < state.heatSeconds ? 1 : 0),
      powerKw,
      energyKwh: state.energyKwh + energyKwh(powerKw, seconds),
    };
  },
  readings: (state, step) => ({
    'furnace-1.melt-temperature': shown(state.melt + step.noise(2) * 0.4, 1),
    'furnace-1.temperature': shown(state.chamber + step.noise(3) * 1.2, 1),
    'furnace-1.gas-flow': shown(state.gasFlow + step.noise(4) * 4, 0),
    'furnace-1.draft-pressure': shown(-25 - state.gasFlow * 0.018 + step.noise(5) * 1.5, 1),
    'furnace-1.flue-oxygen': shown(clamp(6.4 - state.gasFlow * 0.0028 + step.noise(6) * 0.12, 0.5, 20.9), 2),
    'furnace-1.charge-mass': shown(chargeMass(state.heatSeconds), 2),
    'furnace-1.phase': phaseName(state.heatSeconds),
    'furnace-1.heats': state.heats,
    'furnace-1.over-temperature': state.melt > step.setpoint + ALARM_ABOVE_SETPOINT,
    'cooling-1.outlet-temperature': shown(state.coolingOutlet + step.noise(7) * 0.1, 1),
    'energy-1.active-power': shown(state.powerKw, 1),
    'energy-1.total': shown(state.energyKwh, 2),
  }),
};

const phaseName = (heatSeconds: number): string =>
  PHASES.find((phase) => heatSeconds < phase.untilSeconds)?.name ?? '浇铸';

/** Rises while charging, falls while casting. */
function chargeMass(heatSeconds: number): number {
  const [charging, , , reducing, casting] = PHASES;
  if (heatSeconds < charging.untilSeconds)
    return BATH_TONNES - CHARGE_TONNES + (CHARGE_TONNES * heatSeconds) / charging.untilSeconds;
  const cast = (heatSeconds - reducing.untilSeconds) / (casting.untilSeconds - reducing.untilSeconds);
  return BATH_TONNES - CHARGE_TONNES * clamp(cast, 0, 1);
}
