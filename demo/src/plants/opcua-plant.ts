import { plantOf } from '../province/plants.ts';
import { startOpcuaServer } from './opcua-server.ts';
import { type PlantOptions, type ProtocolServer, type RunningPlant, runPlant } from './plant-server.ts';
import type { Simulation } from './simulation.ts';

/** Starts a plant behind OPC UA: values at `ns=1;s=<key>`, source times, units, ranges; the setpoint can be written. */
export const startOpcuaPlant = (options: PlantOptions): Promise<RunningPlant> =>
  runPlant(options, startServer);

async function startServer(options: PlantOptions, simulation: Simulation): Promise<ProtocolServer> {
  const plant = plantOf(options.plant);
  let silent = false;
  const server = await startOpcuaServer({
    port: options.port,
    folder: options.folder,
    name: plant.key,
    variables: plant.points.map((point) => ({ ...point, writable: point.key === plant.setpoint.key })),
    onWrite: (_, value) => simulation.setSetpoint(value),
  });
  return {
    port: server.port,
    publish(readings, timeMs) {
      if (silent) return;
      const sourceTime = new Date(timeMs);
      for (const { key } of plant.points) server.set(key, readings[key] ?? null, sourceTime);
    },
    cut: () => server.cut(),
    restore: () => server.restore(),
    silence: (value) => {
      silent = value;
    },
    stop: () => server.stop(),
  };
}
