import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import modbus from 'modbus-serial';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Child, createChild } from '../orchestrator/child.ts';
import { freePort } from './ports.ts';

const PLANTS = ['pengli-textile', 'zhangcheng-machinery'] as const;
const lines: string[] = [];
const ports: number[] = [];
let folder: string;
let child: Child;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ronghe-plants-'));
  const script = join(folder, 'plants.mjs');
  const source = join(import.meta.dirname, '../children/modbus-plant.ts');
  // The entry point is TypeScript here; tsx is taken from where this test lies.
  await writeFile(
    script,
    `import { register } from ${JSON.stringify(import.meta.resolve('tsx/esm/api'))};
     register(); await import(${JSON.stringify(source)});`,
  );
  for (const _ of PLANTS) ports.push(await freePort());
  child = createChild({
    name: 'modbus-plant',
    script,
    args: [...PLANTS.flatMap((key, index) => ['--plant', `${key}=${ports[index]}`]), '--folder', folder],
    ready: /^plants ready /,
    logFile: join(folder, 'plants.log'),
    onLine: (line) => lines.push(line),
    onDeath: () => undefined,
    restart: false,
  });
}, 60_000);
afterAll(async () => {
  await child.stop();
  await rm(folder, { recursive: true, force: true });
});

async function answers(port: number | undefined): Promise<boolean> {
  const client = new modbus.default();
  try {
    await client.connectTCP('127.0.0.1', { port: port ?? 0 });
    client.setID(1);
    return (await client.readHoldingRegisters(100, 2)).data.length === 2;
  } catch {
    return false;
  } finally {
    client.close(() => undefined);
  }
}

it('serves several plants on their ports, and a command reaches only the plant it names', async () => {
  expect(await child.start()).toBe(
    `plants ready modbus ${PLANTS.map((key, index) => `${key}=${ports[index]}`).join(' ')}`,
  );
  expect([await answers(ports[0]), await answers(ports[1])]).toEqual([true, true]);
  child.send({ plant: 'zhangcheng-machinery', command: 'cut' });
  await expect.poll(() => lines, { timeout: 10_000 }).toContain('plant zhangcheng-machinery cut');
  expect([await answers(ports[0]), await answers(ports[1])]).toEqual([true, false]);
  child.send({ plant: 'zhangcheng-machinery', command: 'restore' });
  await expect.poll(() => answers(ports[1]), { timeout: 10_000 }).toBe(true);
}, 60_000);
