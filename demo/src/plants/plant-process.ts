import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { isPlantCommand, type PlantOptions, type RunningPlant } from './plant-server.ts';

/**
 * The frame of a process with plants of one protocol, which share the protocol's library: reads `--plant KEY[=PORT]` (as
 * often as there are plants) and `--folder DIR`, starts them, prints `plants ready <protocol> <key>=<port> …`, obeys
 * messages `{ plant, command }` of its parent, and ends cleanly with SIGTERM, SIGINT or when the parent is gone.
 */
export async function plantProcess(
  start: (options: PlantOptions) => Promise<RunningPlant>,
  defaultPlant: string,
): Promise<void> {
  const { values } = parseArgs({
    options: { plant: { type: 'string', multiple: true }, folder: { type: 'string' } },
  });
  const folder = values.folder ?? join(tmpdir(), 'ronghe-demo-plants');
  const wanted = (values.plant ?? [defaultPlant]).map(readPlant);
  const plants = new Map<string, RunningPlant>();
  await Promise.all(
    wanted.map(async ({ plant, port }) => {
      plants.set(plant, await start({ plant, port, folder: join(folder, plant) }));
    }),
  );
  endOnRequest(plants);
  process.on('message', (message) => obey(plants, message));
  const places = wanted.map(({ plant }) => `${plant}=${plants.get(plant)?.port}`);
  console.log(`plants ready ${plants.values().next().value?.protocol} ${places.join(' ')}`);
}

/** `yuzhang-copper=4840`; without a port a free one. @throws RangeError when the port is none */
function readPlant(text: string): { plant: string; port: number } {
  const [plant = '', port = '0'] = text.split('=');
  if (!/^\d{1,5}$/.test(port)) throw new RangeError(`--plant ${text}: KEY or KEY=PORT`);
  return { plant, port: Number(port) };
}

function obey(plants: ReadonlyMap<string, RunningPlant>, message: unknown): void {
  const { plant, command } = message as { plant?: unknown; command?: unknown };
  if (typeof plant !== 'string' || !isPlantCommand(command)) return;
  const running = plants.get(plant);
  if (!running) {
    console.error(`plant ${plant} is not in this process`);
    return;
  }
  running.command(command).then(
    () => console.log(`plant ${plant} ${command}`),
    (error: unknown) => console.error(`plant ${plant} ${command} failed: ${String(error)}`),
  );
}

function endOnRequest(plants: ReadonlyMap<string, RunningPlant>): void {
  let stopping = false;
  const stop = async () => {
    if (stopping) return;
    stopping = true;
    await Promise.allSettled([...plants.values()].map((plant) => plant.stop()));
    process.exit(0);
  };
  process.on('SIGTERM', () => void stop());
  process.on('SIGINT', () => void stop());
  process.on('disconnect', () => void stop());
  if (process.connected === false) void stop();
}
