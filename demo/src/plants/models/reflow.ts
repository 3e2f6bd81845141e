import { clamp, energyKwh, lag, type Model, shown } from '../simulation.ts';

/** Six zones of a reflow oven; each is held at its share of the peak setpoint. */
const ZONES = [
  { key: 'oven-1.zone-1.temperature', share: 0.5 },
  { key: 'oven-1.zone-2.temperature', share: 0.62 },
  { key: 'oven-1.zone-3.temperature', share: 0.7 },
  { key: 'oven-1.zone-4.temperature', share: 0.82 },
  { key: 'oven-1.zone-5.temperature', share: 1 },
  { key: 'oven-1.zone-6.temperature', share: 0.45 },
] as const;
const BELT_METRES_PER_MINUTE = 0.85;
const BOARD_SECONDS = 22;
/** A panel change now and then leaves the belt empty; boards take heat out of the zones, so both are seen together. */
const RUN_SECONDS = 900;
const EMPTY_SECONDS = 60;
const AMBIENT = 26;
const RATED_POWER_KW = 48;

export type ReflowState = {
  zones: readonly number[];
  seconds: number;
  boardSeconds: number;
  belt: number;
  oxygen: number;
  boards: number;
  powerKw: number;
  energyKwh: number;
};

/** Reflow oven of a circuit board line: heated zones, a belt, nitrogen, a board counter. */
export const reflow: Model<ReflowState> = {
  initial: (hours) => ({
    zones: ZONES.map((zone) => zone.share * 243),
    seconds: 0,
    boardSeconds: 0,
    belt: BELT_METRES_PER_MINUTE,
    oxygen: 600,
    boards: Math.ceil((hours * 3600) / BOARD_SECONDS),
    powerKw: 24,
    energyKwh: hours * RATED_POWER_KW,
  }),
  advance(state, step) {
    const { seconds } = step;
    const elapsed = (state.seconds + seconds) % RUN_SECONDS;
    const loaded = elapsed < RUN_SECONDS - EMPTY_SECONDS;
    const zones = state.zones.map((temperature, index) => {
      const share = ZONES[index]?.share ?? 1;
      const wanted = step.setpoint * share - (loaded ? 2.5 : 0) + (step.fault && index === 4 ? 55 : 0);
      return lag(temperature, Math.max(AMBIENT, wanted), { seconds, constant: 45 });
    });
    const boardSeconds = loaded ? state.boardSeconds + seconds : 0;
    const losses = zones.reduce((sum, temperature) => sum + (temperature - AMBIENT) * 0.018, 0);
    const powerKw = clamp(losses + (loaded ? 5 : 0) + step.noise(1) * 0.2, 0, RATED_POWER_KW);
    return {
      zones,
      seconds: elapsed,
      boardSeconds: boardSeconds >= BOARD_SECONDS ? boardSeconds - BOARD_SECONDS : boardSeconds,
      belt: BELT_METRES_PER_MINUTE,
      oxygen: clamp(
        lag(state.oxygen, loaded ? 820 : 480, { seconds, constant: 30 }) + step.noise(2) * 3,
        50,
        3000,
      ),
      boards: state.boards + (boardSeconds >= BOARD_SECONDS ? 1 : 0),
      powerKw,
      energyKwh: state.energyKwh + energyKwh(powerKw, seconds),
    };
  },
  readings: (state, step) => ({
    ...Object.fromEntries(
      ZONES.map((zone, index) => [
        zone.key,
        shown((state.zones[index] ?? AMBIENT) + step.noise(10 + index) * 0.15, 1),
      ]),
    ),
    'oven-1.belt-speed': shown(state.belt + step.noise(3) * 0.002, 3),
    'oven-1.oxygen': Math.round(state.oxygen),
    'oven-1.boards': state.boards,
    'oven-1.loaded': state.seconds < RUN_SECONDS - EMPTY_SECONDS,
    'energy-1.active-power': shown(state.powerKw, 2),
    'energy-1.total': shown(state.energyKwh, 2),
  }),
};
