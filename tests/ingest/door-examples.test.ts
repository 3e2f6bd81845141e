import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { DoorList, IngestStats } from '@ronghe/contracts';
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  DOOR_NAMES,
  type DoorName,
  type Example,
  examplesOf,
  KEY_PLACEHOLDER,
  placesOf,
} from '../../web/src/features/ingest/door-examples.ts';
import { find, type Platform, skipReason, startPlatform } from './platform.ts';
import { type Prometheus, startPrometheus } from './prometheus.ts';

const run = promisify(execFile);

let platform: Platform;
let prometheus: Prometheus | undefined;
beforeAll(async () => {
  platform = await startPlatform();
});
afterAll(async () => {
  await prometheus?.stop();
  await platform?.stop();
});

/** The examples as the portal shows them, with the key put in. */
async function shown(door: DoorName): Promise<Example[]> {
  const doors = await platform.admin.get<DoorList>('/api/ingest/doors');
  const examples = examplesOf(door, placesOf(doors, platform.url));
  return examples.map(({ name, text }) => ({ name, text: text.replaceAll(KEY_PLACEHOLDER, platform.key) }));
}
const textOf = async (door: DoorName, name: string): Promise<string> => {
  const example = (await shown(door)).find((candidate) => candidate.name === name);
  if (!example) throw new Error(`${door} shows no example ${name}`);
  return example.text;
};
const newest = async (key: string): Promise<unknown> => {
  const point = (await platform.points(key)).find((candidate) => candidate.key === key);
  return point ? (await platform.observations(point.id)).at(-1)?.value : undefined;
};

type Case = { door: DoorName; name: string; status?: number; points: Record<string, unknown> };
/** What a person sees after pasting the example into a shell. */
const CASES: Case[] = [
  {
    door: 'influx2',
    name: 'curl',
    status: 204,
    points: { 'boiler,line=1.temperature': 81.5, 'boiler,line=1.pressure': 0.62 },
  },
  {
    door: 'influx1',
    name: 'curl',
    status: 204,
    points: { 'boiler,line=2.temperature': 79.8, 'boiler,line=2.pressure': 0.61 },
  },
  { door: 'otlp', name: 'curl', status: 200, points: { 'furnace.temperature.value': 812.4 } },
  {
    door: 'json',
    name: 'curl',
    status: 200,
    points: { 'press-4.temperature': 81.5, 'press-4.running': true },
  },
  {
    door: 'json',
    name: 'curl (ThingsBoard)',
    status: 200,
    // the key is the device
    points: { 'ingest-test.temperature': 81.5, 'ingest-test.running': true },
  },
  {
    door: 'mqtt',
    name: 'mosquitto_pub (JSON)',
    points: { 'hall-2.press-4.temperature': 81.5, 'hall-2.press-4.running': true },
  },
  {
    door: 'mqtt',
    name: 'mosquitto_pub (Line Protocol)',
    points: { 'press,hall=2.force': 12.5, 'press,hall=2.running': true },
  },
  { door: 'sparkplug', name: 'mosquitto_pub (NBIRTH)', points: { 'plant/press-4:Temperature': 81.5 } },
];

for (const { door, name, status, points } of CASES) {
  const [program = ''] = name.split(' ');
  const absent = find(program) === null;
  const note = absent ? ` — ${skipReason(program)}` : '';
  it.skipIf(absent)(`${door}: ${name} works as the portal shows it${note}`, async () => {
    const { stdout } = await run('sh', ['-c', await textOf(door, name)]);
    if (status !== undefined) expect(stdout).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `, 'm'));
    for (const [key, value] of Object.entries(points)) await expect.poll(() => newest(key)).toBe(value);
  });
}

const absent = find('prometheus') === null;
it.skipIf(absent)(
  `prometheus: prometheus.yml works as the portal shows it${absent ? ` — ${skipReason('prometheus')}` : ''}`,
  async () => {
    const text = await textOf('prometheus', 'prometheus.yml');
    // Only what is the reader's own differs: the port of Prometheus, and an interval that a test can wait for.
    const configure = (port: number) =>
      text
        .replace('localhost:9090', `localhost:${port}`)
        .replace('scrape_interval: 15s', 'scrape_interval: 1s');
    prometheus = await startPrometheus(configure);
    const ups = async () => (await platform.points('up,')).map(({ key }) => key);
    await expect
      .poll(ups, { timeout: 30_000 })
      .toEqual([expect.stringMatching(/^up,instance=localhost:\d+,job=prometheus\.value$/)]);
  },
  60_000,
);

it('shows no command that is not run here', async () => {
  const tried = new Set(CASES.map(({ door, name }) => `${door} ${name}`));
  for (const door of DOOR_NAMES) {
    const commands = (await shown(door)).filter(({ name }) => /^(curl|mosquitto_pub)/.test(name));
    for (const { name } of commands) expect(tried).toContain(`${door} ${name}`);
  }
  const { rejected } = await platform.admin.get<IngestStats>('/api/ingest/stats');
  expect(rejected).toBe(0);
});
