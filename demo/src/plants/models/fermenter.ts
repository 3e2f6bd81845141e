import { clamp, energyKwh, lag, type Model, shown } from '../simulation.ts';

/** One batch, compressed to two hours: inoculation, growth, production, emptying. */
const BATCH_SECONDS = 7200;
const PHASES = [
  { name: '接种', untilSeconds: 900 },
  { name: '生长', untilSeconds: 3600 },
  { name: '发酵', untilSeconds: 6600 },
  { name: '放罐', untilSeconds: BATCH_SECONDS },
] as const;
/** Biomass, g/L: logistic growth in a batch. */
const BIOMASS_LOW = 0.8;
const BIOMASS_HIGH = 28;
const GROWTH_PER_SECOND = 0.0021;
const OXYGEN_TARGET = 30;
const AGITATOR_LOW = 120;
const AGITATOR_HIGH = 420;
const PH_LOW = 6.75;
const PH_HIGH = 6.95;
const RATED_POWER_KW = 95;

export type FermenterState = {
  biomass: number;
  temperature: number;
  jacket: number;
  ph: number;
  dosing: boolean;
  oxygen: number;
  agitator: number;
  baseLitres: number;
  batchSeconds: number;
  batches: number;
  energyKwh: number;
};

/** Stirred fermenter: cells grow, breathe and sour the broth; agitator, cooling jacket and base pump answer. */
export const fermenter: Model<FermenterState> = {
  initial: (hours) => ({
    biomass: biomassAfter((hours * 3600) % BATCH_SECONDS),
    temperature: 36.9,
    jacket: 33,
    ph: 6.85,
    dosing: false,
    oxygen: 42,
    agitator: 190,
    baseLitres: 20,
    batchSeconds: (hours * 3600) % BATCH_SECONDS,
    batches: Math.floor((hours * 3600) / BATCH_SECONDS),
    energyKwh: hours * RATED_POWER_KW,
  }),
  advance(state, step) {
    const { seconds } = step;
    const batchSeconds = (state.batchSeconds + seconds) % BATCH_SECONDS;
    const fresh = batchSeconds < state.batchSeconds;
    const biomass = fresh
      ? BIOMASS_LOW
      : clamp(
          state.biomass * (1 + GROWTH_PER_SECOND * (1 - state.biomass / BIOMASS_HIGH) * seconds),
          BIOMASS_LOW,
          BIOMASS_HIGH,
        );
    const uptake = biomass / BIOMASS_HIGH;
    const agitator = lag(
      state.agitator,
      clamp(130 + (OXYGEN_TARGET - state.oxygen) * 6 + uptake * 220, AGITATOR_LOW, AGITATOR_HIGH),
      { seconds, constant: 6 },
    );
    const oxygenTarget = clamp(100 - uptake * 96 + (agitator - AGITATOR_LOW) * 0.13, 4, 100);
    // The fault is a jammed cooling valve: the jacket follows the heat of the cells instead of removing it.
    const jacketTarget = step.fault
      ? state.temperature + 6
      : clamp(state.temperature - 2 - uptake * 3 - (state.temperature - step.setpoint) * 9, 8, 60);
    const jacket = lag(state.jacket, jacketTarget, { seconds, constant: 30 });
    const heating = uptake * 0.0045 + agitator * 0.0000035 * agitator * 0.002;
    const temperature = clamp(
      state.temperature + seconds * (heating + (jacket - state.temperature) * 0.0016),
      8,
      70,
    );
    const dosing = state.ph < PH_LOW ? true : state.ph > PH_HIGH ? false : state.dosing;
    return {
      biomass,
      temperature,
      jacket,
      ph: fresh ? 6.9 : clamp(state.ph + seconds * ((dosing ? 0.012 : 0) - uptake * 0.0035), 5, 9),
      dosing,
      oxygen: lag(state.oxygen, oxygenTarget, { seconds, constant: 20 }),
      agitator,
      baseLitres: fresh ? 0 : state.baseLitres + (dosing ? 0.02 * seconds : 0),
      batchSeconds,
      batches: state.batches + (fresh ? 1 : 0),
      energyKwh: state.energyKwh + energyKwh(powerKw(agitator), seconds),
    };
  },
  readings: (state, step) => ({
    'fermenter-1.temperature': shown(state.temperature + step.noise(1) * 0.03, 2),
    'fermenter-1.jacket-temperature': shown(state.jacket + step.noise(2) * 0.08, 2),
    'fermenter-1.ph': shown(state.ph + step.noise(3) * 0.006, 3),
    'fermenter-1.dissolved-oxygen': shown(clamp(state.oxygen + step.noise(4) * 0.4, 0, 100), 1),
    'fermenter-1.agitator-speed': shown(state.agitator + step.noise(5) * 0.6, 0),
    'fermenter-1.agitator-current': shown(
      12 + (state.agitator / AGITATOR_HIGH) ** 2 * 78 + step.noise(6) * 0.5,
      1,
    ),
    'fermenter-1.pressure': shown(52 + step.noise(7) * 0.5, 1),
    'fermenter-1.base-added': shown(state.baseLitres, 2),
    'fermenter-1.base-pump': state.dosing,
    'fermenter-1.phase': PHASES.find((phase) => state.batchSeconds < phase.untilSeconds)?.name ?? '放罐',
    'fermenter-1.batches': state.batches,
    'energy-1.active-power': shown(powerKw(state.agitator) + step.noise(8) * 0.2, 1),
    'energy-1.total': shown(state.energyKwh, 2),
  }),
};

/** Logistic growth in closed form, so that a plant started in the middle of a batch looks like one. */
const biomassAfter = (seconds: number): number =>
  BIOMASS_HIGH / (1 + (BIOMASS_HIGH / BIOMASS_LOW - 1) * Math.exp(-GROWTH_PER_SECOND * seconds));

/** Power of an agitator grows with the cube of its speed. */
const powerKw = (agitator: number): number => 14 + (agitator / AGITATOR_HIGH) ** 3 * 76;
