import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { isPlantCommand, type PlantOptions, type RunningPlant } from './plant-server.ts';

/**
 * The frame of a plant's process: reads `--plant KEY --port N --folder DIR`, starts, prints `plant ready <protocol>
 * <port>`, obeys messages `{ command }` of its parent, and ends cleanly with SIGTERM, SIGINT or when the parent is gone.
 */
export async function plantProcess(
  start: (options: PlantOptions) => Promise<RunningPlant>,
  defaultPlant: string,
): Promise<void> {
  const { values } = parseArgs({
    options: {
      plant: { type: 'string', default: defaultPlant },
      port: { type: 'string', default: '0' },
      folder: { type: 'string' },
    },
  });
  const plant = await start({
    plant: values.plant,
    port: Number(values.port),
    folder: values.folder ?? join(tmpdir(), `ronghe-demo-${values.plant}`),
  });
  let stopping = false;
  const stop = async () => {
    if (stopping) return;
    stopping = true;
    await plant.stop();
    process.exit(0);
  };
  process.on('SIGTERM', () => void stop());
  process.on('SIGINT', () => void stop());
  process.on('disconnect', () => void stop());
  process.on('message', (message) => {
    const command = (message as { command?: unknown }).command;
    if (!isPlantCommand(command)) return;
    plant.command(command).then(
      () => console.log(`plant ${values.plant} ${command}`),
      (error: unknown) => console.error(`plant ${values.plant} ${command} failed: ${String(error)}`),
    );
  });
  console.log(`plant ready ${plant.protocol} ${plant.port}`);
}
