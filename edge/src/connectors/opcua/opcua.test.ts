import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { systemClock } from '../../clock.ts';
import type { Reading } from '../../connector.ts';
import { silentLog } from '../../log.ts';
import { connectorContract } from '../../testing/connector-contract.ts';
import { DataType, StatusCodes, startOpcuaPeer } from '../../testing/opcua-peer.ts';
import { until } from '../../testing/wait.ts';
import { OpcuaConfig } from './opcua.config.ts';
import { createOpcua } from './opcua.ts';

describe('opcua keeps the contract of connectors:', () => {
  // A device that loses power forgets its value; a restarted OPC UA server of ours remembers the last one.
  let last = 0;
  const contract = connectorContract({
    async startPeer(port) {
      const peer = await startOpcuaPeer(port === undefined ? {} : { port });
      peer.set('Value', last);
      const set = (value: number) => {
        last = value;
        peer.set('Value', value);
      };
      return { port: peer.port, set, stop: peer.stop };
    },
    create: (port, context, host) =>
      createOpcua({
        ...context,
        config: OpcuaConfig.parse({
          name: 'furnace',
          protocol: 'opcua',
          endpoint: `opc.tcp://${host}:${port}`,
          publishingIntervalMs: 50,
          timeoutMs: 2_000,
          points: [
            { key: 'contract.value', address: 'ns=1;s=Value', unit: 'Cel' },
            { key: 'contract.missing', address: 'ns=1;s=Missing' },
          ],
        }),
      }),
  });
  for (const { title, run } of contract) test(title, { timeout: 120_000 }, run);
});

const undo: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const work of undo.splice(0).reverse()) await work();
});

async function scene(points: object[], rest: object = {}) {
  const peer = await startOpcuaPeer();
  undo.push(() => peer.stop());
  const folder = await mkdtemp(join(tmpdir(), 'ronghe-opcua-'));
  undo.push(() => rm(folder, { recursive: true, force: true }));
  const readings: Reading[] = [];
  const connector = createOpcua({
    config: OpcuaConfig.parse({
      name: 'furnace',
      protocol: 'opcua',
      endpoint: `opc.tcp://127.0.0.1:${peer.port}`,
      publishingIntervalMs: 50,
      retryMs: 1_000,
      points,
      ...rest,
    }),
    emit: (some) => readings.push(...some),
    gap: () => undefined,
    log: silentLog(),
    clock: systemClock,
    folder,
  });
  undo.push(() => connector.stop());
  return {
    peer,
    connector,
    values: (key: string) => readings.filter((each) => each.point.key === key),
  };
}

test('types, status, source and server time arrive as the server has them', { timeout: 60_000 }, async () => {
  const { peer, connector, values } = await scene([
    { key: 'd', address: 'ns=1;s=Double' },
    { key: 'i', address: 'ns=1;s=Int64' },
    { key: 'b', address: 'nsu=urn:none;s=Boolean', type: 'boolean' },
    { key: 'b2', address: 'ns=1;s=Boolean', type: 'boolean' },
    { key: 't', address: 'ns=1;s=Text', type: 'text' },
    { key: 'u', address: 'ns=1;s=Uncertain' },
    { key: 'x', address: 'ns=1;s=Bad' },
  ]);
  const time = new Date('2026-01-02T03:04:05.678Z');
  peer.set('Double', 12.5, { time });
  peer.set('Int64', [0xffffffff, 0xfffffffb], { time, type: DataType.Int64 });
  peer.set('Boolean', true, { time, type: DataType.Boolean });
  const serverTime = new Date('2026-01-02T03:10:00.000Z');
  peer.set('Text', '00123', { time, serverTime, type: DataType.String });
  peer.set('Uncertain', 1, { time, status: StatusCodes.UncertainSensorNotAccurate });
  peer.set('Bad', 1, { time, status: StatusCodes.BadSensorFailure });
  await connector.start();
  const sample = async (key: string) => (await until(key, () => values(key)[0])).sample;
  expect(await sample('d')).toEqual([time.getTime(), 12.5, 'good']);
  expect(await sample('i')).toEqual([time.getTime(), -5, 'good']);
  expect((await sample('b')).slice(1)).toEqual([null, 'bad', 'BadNodeIdUnknown']);
  expect(await sample('b2')).toEqual([time.getTime(), true, 'good']);
  expect(await sample('t')).toEqual([time.getTime(), '00123', 'good', '', serverTime.getTime()]);
  expect(await sample('u')).toEqual([time.getTime(), 1, 'uncertain', 'UncertainSensorNotAccurate']);
  expect(await sample('x')).toEqual([time.getTime(), null, 'bad', 'BadSensorFailure']);
});

test('a refused point is tried again and comes when the server has it', { timeout: 60_000 }, async () => {
  const { peer, connector, values } = await scene([{ key: 'late', address: 'ns=1;s=Late' }]);
  await connector.start();
  await until('it is refused', () => values('late')[0]?.sample[3] === 'BadNodeIdUnknown');
  expect(connector.state().pointsFailed).toBe(1);
  peer.set('Late', 5);
  await until('it arrives', () => values('late').at(-1)?.sample[1] === 5);
  await until('it is no longer counted', () => connector.state().pointsFailed === 0);
});

describe('security', () => {
  for (const mode of ['Sign', 'SignAndEncrypt']) {
    test(`${mode} with Basic256Sha256 and a user name works`, { timeout: 60_000 }, async () => {
      const security = {
        mode,
        policy: 'Basic256Sha256',
        username: 'operator',
        password: 'secret',
        acceptUnknownServer: true,
      };
      const { peer, connector, values } = await scene([{ key: 'v', address: 'ns=1;s=V' }], { security });
      peer.set('V', 8);
      await connector.start();
      await until('the value', () => values('v')[0]?.sample[1] === 8, 30_000);
    });
  }

  test('a wrong password is told and nothing is read', { timeout: 60_000 }, async () => {
    const security = { username: 'operator', password: 'wrong' };
    const { peer, connector, values } = await scene([{ key: 'v', address: 'ns=1;s=V' }], { security });
    peer.set('V', 8);
    await connector.start();
    const error = await until('the error', () => connector.state().lastError, 30_000);
    expect(error).toMatch(/BadIdentityTokenRejected|BadUserAccessDenied/);
    expect(values('v').filter((each) => each.sample[2] === 'good')).toEqual([]);
  });
});
