import { plantOf } from '../province/plants.ts';
import { simulatePlant } from './plant-simulation.ts';
import type { Readings, Simulation } from './simulation.ts';

/** How often a plant computes and offers new values. */
export const UPDATE_MS = 1000;

/** What a protocol server does for a plant; the plant itself is the same behind all three. */
export type ProtocolServer = {
  /** port on the loopback address where collectors connect */
  port: number;
  /** new values of all points, about once a second */
  publish(readings: Readings, timeMs: number): void;
  cut(): Promise<void>;
  restore(): Promise<void>;
  /** true: stays connected but gives no more values, as a hung controller does */
  silence(silent: boolean): void;
  stop(): Promise<void>;
};

export type PlantOptions = {
  plant: string;
  /** TCP port; 0 takes a free one */
  port: number;
  /** folder a server may keep certificates in */
  folder: string;
};

/** A plant as a process runs it. */
export type RunningPlant = {
  protocol: string;
  port: number;
  simulation: Simulation;
  /** Carries out one command of the control channel. @throws RangeError for an unknown one */
  command(name: PlantCommand): Promise<void>;
  stop(): Promise<void>;
};

/** Commands of the control channel (messages of the orchestrator to a plant's process). */
export const PLANT_COMMANDS = ['cut', 'restore', 'silence', 'resume', 'fault', 'normal'] as const;
export type PlantCommand = (typeof PLANT_COMMANDS)[number];
export const isPlantCommand = (value: unknown): value is PlantCommand =>
  PLANT_COMMANDS.some((command) => command === value);

/** Builds the server of one protocol around a simulation. */
export type StartProtocol = (options: PlantOptions, simulation: Simulation) => Promise<ProtocolServer>;

/** Starts physics and protocol of a plant; the first values are there before it returns. */
export async function runPlant(options: PlantOptions, startProtocol: StartProtocol): Promise<RunningPlant> {
  const { protocol } = plantOf(options.plant);
  const simulation = simulatePlant(options.plant, Date.now());
  let publish = () => {};
  const server = await startProtocol(options, {
    ...simulation,
    setSetpoint(value) {
      const before = simulation.setpoint();
      simulation.setSetpoint(value);
      // An operator's change is seen at once. Only a change: a server may report our own publishing as a write.
      if (simulation.setpoint() !== before) publish();
    },
  });
  publish = () => server.publish(simulation.readings(), Date.now());
  const update = () => {
    simulation.advance(Date.now());
    publish();
  };
  update();
  const timer = setInterval(update, UPDATE_MS);
  const commands: Record<PlantCommand, () => Promise<void> | void> = {
    cut: () => server.cut(),
    restore: () => server.restore(),
    silence: () => server.silence(true),
    resume: () => server.silence(false),
    fault: () => simulation.setFault(true),
    normal: () => simulation.setFault(false),
  };
  return {
    protocol,
    port: server.port,
    simulation,
    command: async (name) => {
      await commands[name]();
    },
    async stop() {
      clearInterval(timer);
      await server.stop();
    },
  };
}
