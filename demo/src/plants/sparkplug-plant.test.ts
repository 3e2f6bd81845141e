import { tmpdir } from 'node:os';
import fc from 'fast-check';
import { connectAsync, type MqttClient } from 'mqtt';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { plantOf } from '../province/plants.ts';
import type { RunningPlant } from './plant-server.ts';
import { decodePayload, encodePayload, type SparkplugPayload } from './sparkplug-codec.ts';
import { startSparkplugPlant } from './sparkplug-plant.ts';

type Heard = { type: string; device: string | undefined; payload: SparkplugPayload };
let plant: RunningPlant;
let client: MqttClient;
let heard: Heard[];

beforeEach(async () => {
  plant = await startSparkplugPlant({ plant: 'luling-electronics', port: 0, folder: tmpdir() });
  heard = [];
  client = await connectAsync(`mqtt://127.0.0.1:${plant.port}`, { clean: true });
  client.on('message', (topic, bytes) => {
    const [, , type = '', , device] = topic.split('/');
    if (!type.endsWith('CMD')) heard.push({ type, device, payload: decodePayload(bytes) });
  });
  await client.subscribeAsync('spBv1.0/luling/#', { qos: 1 });
});
afterEach(async () => {
  await client.endAsync(true);
  await plant.stop();
});

const wait = async (type: string, after = 0): Promise<Heard> => {
  await expect
    .poll(() => heard.slice(after).some((each) => each.type === type), { timeout: 8000 })
    .toBe(true);
  const found = heard.slice(after).find((each) => each.type === type);
  if (!found) throw new Error(type);
  return found;
};
const command = (topic: string, metrics: SparkplugPayload['metrics']) =>
  client.publishAsync(`spBv1.0/luling/${topic}`, encodePayload({ timestampMs: Date.now(), metrics }), {
    qos: 0,
  });
const rebirth = () => command('NCMD/line-1', [{ name: 'Node Control/Rebirth', datatype: 11, value: true }]);

it('answers a rebirth command with NBIRTH of sequence 0 and a DBIRTH of every device with all its points', async () => {
  await rebirth();
  const birth = await wait('NBIRTH');
  expect(birth.payload.sequence).toBe(0);
  expect(birth.payload.metrics.map(({ name }) => name)).toEqual(['bdSeq', 'Node Control/Rebirth']);
  await expect.poll(() => heard.filter(({ type }) => type === 'DBIRTH').length).toBe(2);
  const births = heard.filter(({ type }) => type === 'DBIRTH');
  expect(births.map(({ payload }) => payload.sequence)).toEqual([1, 2]);
  const names = births.flatMap(({ device, payload }) =>
    payload.metrics.map(({ name }) => `${device}.${name}`),
  );
  expect(names.sort()).toEqual(
    plantOf('luling-electronics')
      .points.map(({ key }) => key)
      .sort(),
  );
  const metrics = births.flatMap(({ payload }) => payload.metrics);
  expect(new Set(metrics.map(({ alias }) => alias)).size).toBe(metrics.length);
  for (const metric of metrics)
    expect(metric).toMatchObject({ datatype: expect.any(Number), value: expect.anything() });
  expect(metrics.find(({ name }) => name === 'zone-5.temperature')?.unit).toBe('Cel');
}, 20_000);

it('sends data by alias without names, with a sequence that has no gap', async () => {
  await rebirth();
  await wait('NBIRTH');
  await expect
    .poll(() => heard.filter(({ type }) => type === 'DDATA').length, { timeout: 8000 })
    .toBeGreaterThan(5);
  const from = heard.findIndex(({ type }) => type === 'NBIRTH');
  const sequences = heard.slice(from).map(({ payload }) => payload.sequence);
  expect(sequences).toEqual(sequences.map((_, index) => index % 256));
  const data = heard.slice(from).filter(({ type }) => type === 'DDATA');
  for (const { payload } of data)
    for (const metric of payload.metrics) {
      expect(metric.name).toBeUndefined();
      expect(metric.datatype).toBeUndefined();
      expect(metric.alias).toBeGreaterThan(0);
    }
}, 20_000);

it('takes a setpoint by DCMD and reports it', async () => {
  await command('DCMD/line-1/oven-1', [{ name: 'setpoint', datatype: 10, value: 251 }]);
  await expect.poll(() => plant.simulation.setpoint(), { timeout: 3000 }).toBe(251);
  const reported = () =>
    heard.some(({ type, payload }) => type === 'DDATA' && payload.metrics.some(({ value }) => value === 251));
  await expect.poll(reported, { timeout: 5000 }).toBe(true);
}, 20_000);

it('dies with the bdSeq of its birth when the link is cut, and is born with the next one', async () => {
  await rebirth();
  const birth = await wait('NBIRTH');
  const bdSeq = (each: Heard) => each.payload.metrics.find(({ name }) => name === 'bdSeq')?.value;
  const before = heard.length;
  await plant.command('cut');
  const death = await wait('NDEATH', before);
  expect(bdSeq(death)).toBe(bdSeq(birth));
  expect(death.payload.sequence).toBeUndefined();
  await plant.command('restore');
  expect(bdSeq(await wait('NBIRTH', before))).toBe(Number(bdSeq(birth)) + 1);
}, 20_000);

it('says nothing while it is silent, not even a death', async () => {
  await wait('DDATA');
  await plant.command('silence');
  const before = heard.length;
  await new Promise((resolve) => setTimeout(resolve, 2500));
  expect(heard.length - before).toBeLessThanOrEqual(1);
  await plant.command('resume');
  await wait('DDATA', before);
}, 20_000);

it('is not brought down by a command that is not Sparkplug', async () => {
  await client.publishAsync('spBv1.0/luling/NCMD/line-1', Buffer.from([255, 255, 255]), { qos: 1 });
  const before = heard.length;
  await wait('DDATA', before);
}, 20_000);

it('decodes what it encodes', () => {
  const metric = fc.record({
    name: fc.string(),
    alias: fc.nat(),
    timestampMs: fc.nat(),
    datatype: fc.constant(10),
    value: fc.oneof(fc.double({ noNaN: true }), fc.boolean(), fc.string()),
  });
  fc.assert(
    fc.property(
      fc.nat(),
      fc.nat(255),
      fc.array(metric, { maxLength: 5 }),
      (timestampMs, sequence, metrics) => {
        const payload = { timestampMs, sequence, metrics };
        expect(decodePayload(encodePayload(payload))).toEqual(payload);
      },
    ),
  );
});
