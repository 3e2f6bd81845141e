import { tmpdir } from 'node:os';
import modbus from 'modbus-serial';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { plantOf } from '../province/plants.ts';
import { startModbusPlant } from './modbus-plant.ts';
import { encodeWords, parsePlace } from './modbus-registers.ts';
import type { RunningPlant } from './plant-server.ts';

type Client = InstanceType<typeof modbus.default>;
const clients: Client[] = [];
async function connectTo(port: number): Promise<Client> {
  const client = new modbus.default();
  await client.connectTCP('127.0.0.1', { port });
  client.setID(1);
  client.setTimeout(500);
  clients.push(client);
  return client;
}
afterEach(async () => {
  for (const client of clients.splice(0)) await new Promise<void>((resolve) => client.close(() => resolve()));
});

describe.each(['pengli-textile', 'zhangcheng-machinery'])('%s', (key) => {
  let plant: RunningPlant;
  beforeAll(async () => {
    plant = await startModbusPlant({ plant: key, port: 0, folder: tmpdir() });
  });
  afterAll(() => plant.stop());

  it('serves every point where its list says, as the physics shows it', async () => {
    const client = await connectTo(plant.port);
    for (const point of plantOf(key).points) {
      if (!point.modbus) throw new Error(`${point.key} has no place`);
      const { table, offset, encoding, scale = 1, wordOrder } = parsePlace(point.modbus);
      const shown = Number(plant.simulation.readings()[point.key]);
      const length = encoding === 'float32' || encoding === 'uint32' ? 2 : 1;
      if (table === 'coil') expect((await client.readCoils(offset, 1)).data[0]).toBeTypeOf('boolean');
      else if (table === 'discrete')
        expect((await client.readDiscreteInputs(offset, 1)).data[0]).toBeTypeOf('boolean');
      else {
        const { buffer } =
          table === 'input'
            ? await client.readInputRegisters(offset, length)
            : await client.readHoldingRegisters(offset, length);
        const bytes =
          wordOrder === 'little' ? Buffer.concat([buffer.subarray(2), buffer.subarray(0, 2)]) : buffer;
        const raw =
          encoding === 'float32'
            ? bytes.readFloatBE()
            : encoding === 'uint32'
              ? bytes.readUInt32BE()
              : encoding === 'int16'
                ? bytes.readInt16BE()
                : bytes.readUInt16BE();
        // A tick may lie between the two readings: the same order of magnitude is enough to see a wrong encoding.
        expect(raw * scale, point.key).toBeGreaterThanOrEqual(Math.min(0, shown) - 1);
        expect(raw * scale, point.key).toBeLessThanOrEqual(Math.abs(shown) * 1.5 + 700);
      }
    }
  });

  it('takes a setpoint in one write of two registers and shows it at once', async () => {
    const client = await connectTo(plant.port);
    const { setpoint, points } = plantOf(key);
    const place = points.find((point) => point.key === setpoint.key)?.modbus;
    if (!place) throw new Error('the setpoint has no place');
    const wanted = setpoint.high - 1.5;
    await client.writeRegisters(100, encodeWords(wanted, place));
    expect(plant.simulation.setpoint()).toBeCloseTo(wanted, 3);
    const { buffer } = await client.readHoldingRegisters(100, 2);
    expect(buffer.readFloatBE()).toBeCloseTo(wanted, 3);
  });

  it('answers an address it does not have, read or write, with exception 2', async () => {
    const client = await connectTo(plant.port);
    await expect(client.readHoldingRegisters(9000, 1)).rejects.toMatchObject({ modbusCode: 2 });
    await expect(client.writeRegisters(9000, [1])).rejects.toMatchObject({ modbusCode: 2 });
  });

  it('does not answer while it is silent, though the connection stands', async () => {
    const client = await connectTo(plant.port);
    await plant.command('silence');
    await expect(client.readHoldingRegisters(100, 2)).rejects.toMatchObject({
      name: 'TransactionTimedOutError',
    });
    expect(client.isOpen).toBe(true);
    await plant.command('resume');
    expect((await client.readHoldingRegisters(100, 2)).data).toHaveLength(2);
  });

  it('drops and refuses connections while the link is cut, and serves on the same port again', async () => {
    await plant.command('cut');
    await expect(connectTo(plant.port)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    await plant.command('restore');
    const client = await connectTo(plant.port);
    expect((await client.readHoldingRegisters(100, 2)).data).toHaveLength(2);
  });
});
