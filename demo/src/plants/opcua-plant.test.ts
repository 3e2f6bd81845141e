import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  AttributeIds,
  type ClientSession,
  ClientSubscription,
  DataType,
  type DataValue,
  MessageSecurityMode,
  OPCUACertificateManager,
  OPCUAClient,
  SecurityPolicy,
  StatusCodes,
  TimestampsToReturn,
} from 'node-opcua';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { plantOf } from '../province/plants.ts';
import { startOpcuaPlant } from './opcua-plant.ts';
import type { RunningPlant } from './plant-server.ts';

const SUBSCRIPTION = {
  publishingEnabled: true,
  requestedPublishingInterval: 200,
  requestedLifetimeCount: 1000,
  requestedMaxKeepAliveCount: 50,
  maxNotificationsPerPublish: 0,
  priority: 0,
};
let folder: string;
let plant: RunningPlant;
let client: OPCUAClient;
let session: ClientSession;
const userFolder = join(homedir(), '.config', 'node-opcua-default-nodejs');
const userFolderBefore = existsSync(userFolder);

const openClient = (securityMode: MessageSecurityMode, securityPolicy: SecurityPolicy) =>
  OPCUAClient.create({
    endpointMustExist: false,
    securityMode,
    securityPolicy,
    transportTimeout: 5000,
    clientCertificateManager: new OPCUACertificateManager({
      rootFolder: join(folder, 'client-pki'),
      automaticallyAcceptUnknownCertificate: true,
      disableFileWatchers: true,
    }),
  });
const endpoint = () => `opc.tcp://127.0.0.1:${plant.port}`;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ronghe-opcua-'));
  plant = await startOpcuaPlant({ plant: 'yuzhang-copper', port: 0, folder: join(folder, 'plant') });
  client = openClient(MessageSecurityMode.None, SecurityPolicy.None);
  await client.connect(endpoint());
  session = await client.createSession();
}, 60_000);
afterAll(async () => {
  await session.close().catch(() => undefined);
  await client.disconnect();
  await plant.stop();
  await rm(folder, { recursive: true, force: true });
}, 30_000);

const read = (key: string) => session.read({ nodeId: `ns=1;s=${key}`, attributeId: AttributeIds.Value });

const write = (key: string, value: number) =>
  session.write({
    nodeId: `ns=1;s=${key}`,
    attributeId: AttributeIds.Value,
    value: { value: { dataType: DataType.Double, value } },
  });

it('serves every point of the plant with a good status and a fresh source time', async () => {
  for (const point of plantOf('yuzhang-copper').points) {
    const value = await read(point.key);
    expect(value.statusCode, point.key).toBe(StatusCodes.Good);
    expect(Math.abs(Date.now() - (value.sourceTimestamp?.getTime() ?? 0)), point.key).toBeLessThan(5000);
    const dataType = { number: DataType.Double, boolean: DataType.Boolean, text: DataType.String }[
      point.type
    ];
    expect(value.value.dataType, point.key).toBe(dataType);
  }
});

it('tells engineering unit and range', async () => {
  const path = async (name: string) => {
    const { references } = await session.browse('ns=1;s=furnace-1.temperature');
    return references?.find(({ browseName }) => browseName.name === name)?.nodeId.toString() ?? '';
  };
  const value = async (name: string) =>
    (await session.read({ nodeId: await path(name), attributeId: AttributeIds.Value })).value.value;
  expect(await value('EngineeringUnits')).toMatchObject({ unitId: 4_408_652, displayName: { text: '°C' } });
  expect(await value('EURange')).toMatchObject({ low: 0, high: 1800 });
});

it('reports changes to a subscription about once a second', async () => {
  const subscription = ClientSubscription.create(session, SUBSCRIPTION);
  const item = await subscription.monitor(
    { nodeId: 'ns=1;s=furnace-1.temperature', attributeId: AttributeIds.Value },
    { samplingInterval: 100, queueSize: 10 },
    TimestampsToReturn.Source,
  );
  const times: number[] = [];
  await new Promise<void>((resolve) => {
    item.on('changed', (value: DataValue) => {
      times.push(value.sourceTimestamp?.getTime() ?? 0);
      if (times.length === 4) resolve();
    });
  });
  await subscription.terminate();
  expect(times).toEqual([...times].sort());
  expect((times[3] ?? 0) - (times[1] ?? 0)).toBeGreaterThan(1500);
}, 20_000);

it('takes a setpoint from a client, shows it at once and acts on it', async () => {
  const status = await write('furnace-1.setpoint', 1234);
  expect(status).toBe(StatusCodes.Good);
  expect((await read('furnace-1.setpoint')).value.value).toBe(1234);
  expect(plant.simulation.setpoint()).toBe(1234);
});

it('refuses to write what is measured', async () => {
  const status = await write('furnace-1.temperature', 0);
  expect(status).toBe(StatusCodes.BadNotWritable);
});

it('accepts a signed and encrypted session', async () => {
  const secure = openClient(MessageSecurityMode.SignAndEncrypt, SecurityPolicy.Basic256Sha256);
  await secure.connect(endpoint());
  const secureSession = await secure.createSession();
  const value = await secureSession.read({
    nodeId: 'ns=1;s=furnace-1.phase',
    attributeId: AttributeIds.Value,
  });
  expect(value.statusCode).toBe(StatusCodes.Good);
  await secureSession.close();
  await secure.disconnect();
}, 30_000);

it('is away when its link is cut, and back for the same client when it is restored', async () => {
  const lost = new Promise<void>((resolve) => client.once('connection_lost', () => resolve()));
  const back = new Promise<void>((resolve) => client.once('connection_reestablished', () => resolve()));
  await plant.command('cut');
  await lost;
  await plant.command('restore');
  await back;
  await expect
    .poll(async () => (await read('furnace-1.temperature')).statusCode.name, { timeout: 10_000 })
    .toBe('Good');
}, 60_000);

it('keeps the time of its last values while it is silent', async () => {
  await plant.command('silence');
  const first = (await read('furnace-1.temperature')).sourceTimestamp?.getTime();
  await new Promise((resolve) => setTimeout(resolve, 2100));
  expect((await read('furnace-1.temperature')).sourceTimestamp?.getTime()).toBe(first);
  await plant.command('resume');
  await expect
    .poll(async () => (await read('furnace-1.temperature')).sourceTimestamp?.getTime(), { timeout: 5000 })
    .toBeGreaterThan(first ?? 0);
}, 20_000);

it('keeps its certificates in the folder it was given', async () => {
  expect(await readdir(join(folder, 'plant'))).toContain('server-pki');
  expect(existsSync(userFolder)).toBe(userFolderBefore);
});
