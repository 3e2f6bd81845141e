import { createServer, type Socket } from 'node:net';
import { Aedes } from 'aedes';
import { plantOf } from '../province/plants.ts';
import { type PlantOptions, type ProtocolServer, type RunningPlant, runPlant } from './plant-server.ts';
import type { Simulation } from './simulation.ts';
import { SPARKPLUG_NODE, sparkplugGroup } from './sparkplug-names.ts';
import { createSparkplugNode } from './sparkplug-node.ts';

const CONNECTIONS_MAX = 50;

/** Starts a plant with its own MQTT broker on the loopback address and a Sparkplug B edge node behind it. */
export const startSparkplugPlant = (options: PlantOptions): Promise<RunningPlant> =>
  runPlant(options, startServer);

async function startServer(options: PlantOptions, simulation: Simulation): Promise<ProtocolServer> {
  const plant = plantOf(options.plant);
  const broker = await startBroker(options.port);
  const node = createSparkplugNode({
    brokerUrl: `mqtt://127.0.0.1:${broker.port}`,
    group: sparkplugGroup(plant.key),
    node: SPARKPLUG_NODE,
    points: plant.points,
    writable: plant.setpoint.key,
    onWrite: (value) => simulation.setSetpoint(value),
  });
  await node.connect();
  let silent = false;
  return {
    port: broker.port,
    publish(readings, timeMs) {
      if (!silent) node.publish(readings, timeMs);
    },
    cut: () => node.drop(),
    restore: () => node.connect(),
    silence: (value) => {
      silent = value;
    },
    async stop() {
      await node.leave();
      await broker.stop();
    },
  };
}

async function startBroker(port: number): Promise<{ port: number; stop(): Promise<void> }> {
  const broker = await Aedes.createBroker({ concurrency: 100 });
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    broker.handle(socket);
  });
  server.maxConnections = CONNECTIONS_MAX;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port, host: '127.0.0.1' }, resolve);
  });
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : port,
    async stop() {
      await new Promise<void>((resolve) => broker.close(() => resolve()));
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
