import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { type EdgeProcess, startEdgeFiles } from './testing/edge-process.ts';
import { startModbusPeer } from './testing/modbus-peer.ts';
import { startPlatformDouble } from './testing/platform-double.ts';
import { until } from './testing/wait.ts';

const undo: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const work of undo.splice(0).reverse()) await work();
});

type Wanted = { collector: string; url: string; port: number; buffer?: string };
async function gateway(wanted: readonly Wanted[]): Promise<{ folder: string; edge: EdgeProcess }> {
  const folder = await mkdtemp(join(tmpdir(), 'ronghe-gateway-'));
  undo.push(() => rm(folder, { recursive: true, force: true }));
  const files: string[] = [];
  for (const [index, { collector, url, port, buffer = `./buffer-${index}` }] of wanted.entries()) {
    const file = join(folder, `${index}.yaml`);
    const point = { key: `${collector}.pressure`, address: 'holding:100', encoding: 'float32' };
    await writeFile(
      file,
      stringify({
        collector,
        server: { url, key: `rk_${collector}` },
        buffer: { folder: buffer, flushMs: 20 },
        connections: [
          {
            name: 'press',
            protocol: 'modbus',
            endpoint: `tcp://127.0.0.1:${port}`,
            intervalMs: 50,
            points: [point],
          },
        ],
      }),
    );
    files.push(file);
  }
  const edge = startEdgeFiles(folder, files);
  undo.push(() => edge.kill());
  return { folder, edge };
}

async function two(): Promise<{ folder: string; edge: EdgeProcess; platform: Platform }> {
  const platform = await startPlatformDouble();
  undo.push(() => platform.stop());
  const wanted: Wanted[] = [];
  for (const collector of ['press-plant', 'spinning-plant']) {
    const peer = await startModbusPeer();
    undo.push(() => peer.stop());
    peer.setFloat(100, collector.length);
    wanted.push({ collector, url: platform.url, port: peer.port });
  }
  const started = await gateway(wanted);
  await until('both are ready', () => started.edge.output().stdout.split('\n').length === 3, 60_000);
  return { ...started, platform };
}
type Platform = Awaited<ReturnType<typeof startPlatformDouble>>;

test('two collectors in one process deliver and report each for itself, and SIGTERM ends both', {
  timeout: 180_000,
}, async () => {
  const { folder, edge, platform } = await two();
  expect(edge.output().stdout.trim().split('\n').sort()).toEqual([
    'edge ready press-plant',
    'edge ready spinning-plant',
  ]);
  for (const collector of ['press-plant', 'spinning-plant']) {
    const delivered = await until(
      `a value of ${collector}`,
      () =>
        platform.deliveries.find(
          ({ batch }) =>
            batch.source === collector &&
            batch.points.some(({ samples }) => samples.some((sample) => sample[1] === collector.length)),
        ),
      60_000,
    );
    expect(delivered.key).toBe(`Bearer rk_${collector}`);
    expect(delivered.batch.points.map(({ key }) => key)).toEqual([`${collector}.pressure`]);
    await until(
      'its report',
      () => platform.reports.some((report) => report.collector === collector),
      60_000,
    );
  }
  const epochs = new Set(platform.deliveries.map(({ batch }) => `${batch.source} ${batch.epoch}`));
  expect(epochs.size).toBe(2);
  edge.child.kill('SIGTERM');
  expect(await edge.exited).toBe(0);
  expect(edge.output().stderr).not.toContain('stopping took too long');
  for (const buffer of ['buffer-0', 'buffer-1'])
    expect(await readdir(join(folder, buffer))).not.toContain('lock');
});

test('they end when the program that started them closes its channel', { timeout: 180_000 }, async () => {
  const { folder, edge } = await two();
  edge.child.disconnect();
  expect(await edge.exited).toBe(0);
  expect(await readdir(join(folder, 'buffer-0'))).not.toContain('lock');
});

const at = { url: 'http://127.0.0.1:1', port: 1 };
test.each([
  ['a wrong file', { ...at, collector: 'Not A Name' }, 'collector: "Not A Name" is not allowed'],
  ['the same collector', { ...at, collector: 'first' }, 'collector: first is used by'],
  ['the same buffer', { ...at, collector: 'second', buffer: './buffer-0' }, 'buffer.folder'],
])(
  'none starts when one has %s, and the message names its file',
  {
    timeout: 120_000,
  },
  async (_, second, message) => {
    const { folder, edge } = await gateway([{ ...at, collector: 'first' }, second]);
    expect(await edge.exited).toBe(1);
    expect(edge.output().stderr).toContain(`${join(folder, '1.yaml')}: ${message}`);
    expect(edge.output().stdout).toBe('');
    expect(await readdir(folder)).not.toContain('buffer-0');
  },
);
