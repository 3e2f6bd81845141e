import { X509Certificate } from 'node:crypto';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { OPCUACertificateManager } from 'node-opcua';
import { afterEach, describe, expect, test } from 'vitest';
import { DataType } from '../../testing/opcua-peer.ts';
import { until } from '../../testing/wait.ts';
import { OpcuaConfig } from './opcua.config.ts';
import { openScene } from './opcua.fixture.ts';
import { listUnknownCertificates, trustCertificate } from './opcua.trust.ts';

const undo: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const work of undo.splice(0).reverse()) await work();
});

describe('reading in turn', () => {
  test('brings every change it sees, and each once', { timeout: 60_000 }, async () => {
    const points = Array.from({ length: 30 }, (_, index) => ({
      key: `p${index}`,
      address: `ns=1;s=P${index}`,
    }));
    points.push({ key: 'missing', address: 'ns=1;s=Missing' });
    const scene = await openScene(
      undo,
      points,
      { mode: 'poll', pollIntervalMs: 50 },
      { limits: { maxNodesPerRead: 10 } },
    );
    for (const [index] of points.entries()) if (index < 30) scene.peer.set(`P${index}`, index);
    await scene.connector.start();
    await until('the last', () => scene.good('p29')[0] === 29, 20_000);
    expect(scene.peer.subscriptions()).toBe(0);
    await until('the missing one is counted', () => scene.connector.state().pointsFailed === 1);
    scene.peer.set('P29', 100);
    await until('the change', () => scene.good('p29').includes(100));
    expect(scene.values('p29')).toHaveLength(2);
    scene.peer.set('Missing', 5);
    await until('it is there', () => scene.good('missing').includes(5));
    await until('it is no longer counted', () => scene.connector.state().pointsFailed === 0);
  });

  test('becomes stale with the link, states unchanged points again, and fills the gap', {
    timeout: 60_000,
  }, async () => {
    const scene = await openScene(
      undo,
      [
        { key: 'v', address: 'ns=1;s=V' },
        { key: 'still', address: 'ns=1;s=Still' },
      ],
      { mode: 'poll', pollIntervalMs: 50 },
      { history: new Map() },
    );
    scene.peer.set('V', 1);
    scene.peer.set('Still', 1);
    await scene.connector.start();
    await until('both', () => scene.good('v')[0] === 1 && scene.good('still')[0] === 1);
    await scene.proxy.cut();
    await until('stale', () => scene.values('still').at(-1)?.sample[3] === 'stale');
    for (let value = 2; value <= 9; value += 1) {
      scene.peer.set('V', value);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    await scene.proxy.mend();
    await until('the gap', () => scene.gaps.length > 0, 20_000);
    expect(scene.gaps[0]).toMatchObject({ points: 2, filled: 7 });
    expect(scene.values('still').at(-1)?.sample.slice(1)).toEqual([1, 'good']);
    expect([...new Set(scene.good('v'))]).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });
});

test('browsing shows folders and points with type, unit and description, and no more than asked', {
  timeout: 60_000,
}, async () => {
  const scene = await openScene(
    undo,
    [{ key: 'v', address: 'ns=1;s=Level' }],
    {},
    { limits: { maxNodesPerBrowse: 1 } },
  );
  const { peer, connector } = scene;
  await expect(connector.browse?.({ node: null, limit: 10 })).rejects.toThrow('not connected');
  peer.set('Level', 1, { unit: { unitId: 4408652, displayName: '°C', range: 100 }, description: '炉温' });
  peer.set('Odd', 1, { unit: { unitId: -1, displayName: 'furlong', range: 100 } });
  peer.set('On', true, { type: DataType.Boolean });
  peer.set('Text', 'x', { type: DataType.String });
  peer.set('Count', [0, 5], { type: DataType.UInt64 });
  await connector.start();
  await scene.connected();
  const top = (await connector.browse?.({ node: null, limit: 100 })) ?? [];
  const machine = top.find(({ name }) => name === 'Machine');
  expect(machine).toMatchObject({ kind: 'folder', type: null, unit: null });
  expect(machine?.id).toMatch(/^nsu=urn:.+;s=Machine$/);
  expect(top.map(({ id }) => id)).toContain('i=2253');
  const below = (await connector.browse?.({ node: machine?.id ?? '', limit: 100 })) ?? [];
  const shown = below.map(({ name, kind, type, unit, description }) => ({
    name,
    kind,
    type,
    unit,
    description,
  }));
  expect(shown).toEqual([
    { name: 'Level', kind: 'point', type: 'number', unit: 'Cel', description: '炉温' },
    { name: 'Odd', kind: 'point', type: 'number', unit: 'furlong', description: null },
    { name: 'On', kind: 'point', type: 'boolean', unit: null, description: null },
    { name: 'Text', kind: 'point', type: 'text', unit: null, description: null },
    { name: 'Count', kind: 'point', type: 'number', unit: null, description: null },
  ]);
  // What browsing calls a point is what the configuration takes.
  for (const { id } of below)
    expect(OpcuaConfig.shape.points.safeParse([{ key: 'k', address: id }]).success).toBe(true);
  expect(await connector.browse?.({ node: machine?.id ?? '', limit: 2 })).toHaveLength(2);
  await expect(connector.browse?.({ node: 'ns=1;s=Nowhere', limit: 2 })).rejects.toThrow('BadNodeIdUnknown');
});

test('a connection without points stays up, to be looked through', { timeout: 60_000 }, async () => {
  const scene = await openScene(undo, []);
  scene.peer.set('A', 1);
  await scene.connector.start();
  await scene.connected();
  const beganMs = Date.now();
  // Longer than silence of a subscription is borne with this patience.
  await until('time has passed', () => Date.now() - beganMs > 9_000);
  expect(scene.connector.state()).toMatchObject({ state: 'connected', recoveries: 0, lastError: null });
  expect(await scene.connector.browse?.({ node: null, limit: 10 })).not.toEqual([]);
});

test('the server’s own deadband holds small changes back, and a server that has none sends all', {
  timeout: 60_000,
}, async () => {
  const scene = await openScene(undo, [
    { key: 'absolute', address: 'ns=1;s=A', serverDeadband: 5 },
    { key: 'percent', address: 'ns=1;s=P', serverDeadband: '10%' },
    { key: 'without', address: 'ns=1;s=W', serverDeadband: '10%' },
  ]);
  const set = (value: number) => {
    scene.peer.set('A', value);
    scene.peer.set('P', value, { unit: { unitId: -1, displayName: 'u', range: 100 } });
    scene.peer.set('W', value);
  };
  set(50);
  await scene.connector.start();
  for (const key of ['absolute', 'percent', 'without'])
    await until(key, () => scene.good(key).includes(50), 20_000);
  set(53);
  await until('the small change without a range', () => scene.good('without').includes(53));
  set(80);
  for (const key of ['absolute', 'percent', 'without']) await until(key, () => scene.good(key).includes(80));
  expect(scene.good('absolute')).toEqual([50, 80]);
  expect(scene.good('percent')).toEqual([50, 80]);
  expect(scene.connector.state().pointsFailed).toBe(0);
});

describe('security', () => {
  for (const policy of ['Aes128_Sha256_RsaOaep', 'Aes256_Sha256_RsaPss'])
    test(`${policy} works, and survives a cut`, { timeout: 60_000 }, async () => {
      const scene = await openScene(undo, [{ key: 'v', address: 'ns=1;s=V' }], {
        security: {
          mode: 'SignAndEncrypt',
          policy,
          acceptUnknownServer: true,
          username: 'operator',
          password: 'secret',
        },
      });
      scene.peer.set('V', 1);
      await scene.connector.start();
      await until('the value', () => scene.good('v')[0] === 1, 30_000);
      await scene.proxy.cut();
      await until('it is noticed', () => scene.connector.state().state !== 'connected');
      scene.peer.set('V', 2);
      await scene.proxy.mend();
      await until('the next', () => scene.good('v').includes(2), 30_000);
      expect(Object.keys(scene.connector.state().steps ?? {})).toEqual(['channel']);
    });

  test('signs in with a certificate, once the server trusts it', { timeout: 60_000 }, async () => {
    const scene = await openScene(undo, [{ key: 'v', address: 'ns=1;s=V' }], {
      security: {
        mode: 'SignAndEncrypt',
        policy: 'Basic256Sha256',
        acceptUnknownServer: true,
        certificateFile: 'user.pem',
        privateKeyFile: 'user-key.pem',
      },
    });
    await makeUser(scene.folder);
    scene.peer.set('V', 1);
    await scene.connector.start();
    const error = await until('it is refused', () => scene.connector.state().lastError, 30_000);
    expect(error).toMatch(/BadIdentityToken|BadUserAccessDenied|BadCertificate/);
    expect(scene.good('v')).toEqual([]);
    const certificate = new X509Certificate(await readFile(join(scene.folder, 'user.pem'))).raw;
    // The server may still be putting it to the refused ones.
    await until(
      'the value',
      async () => {
        await scene.peer.trustUser(certificate);
        await new Promise((resolve) => setTimeout(resolve, 300));
        return scene.good('v')[0] === 1;
      },
      40_000,
    );
  });

  test('an unknown server certificate is listed, and trusted by its thumbprint', {
    timeout: 60_000,
  }, async () => {
    const security = { mode: 'Sign', policy: 'Basic256Sha256' };
    const scene = await openScene(undo, [{ key: 'v', address: 'ns=1;s=V' }], { security });
    expect(await listUnknownCertificates(scene.folder)).toEqual([]);
    scene.peer.set('V', 1);
    await scene.connector.start();
    await until('the error', () => scene.connector.state().lastError, 30_000);
    const [unknown] = await until('it is listed', async () => {
      const listed = await listUnknownCertificates(scene.folder);
      return listed.length > 0 && listed;
    });
    expect(unknown?.thumbprint).toMatch(/^[0-9a-f]{40}$/);
    expect(unknown?.applicationUri).toMatch(/^urn:/);
    expect(scene.good('v')).toEqual([]);
    await writeFile(join(scene.folder, 'pki', 'rejected', 'stray.pem'), 'no certificate');
    await expect(trustCertificate(scene.folder, 'ab'.repeat(20))).rejects.toThrow('no unknown certificate');
    const written = (unknown?.thumbprint ?? '').toUpperCase().replace(/(..)(?=.)/g, '$1:');
    await trustCertificate(scene.folder, written);
    await until('the value', () => scene.good('v')[0] === 1, 40_000);
    expect(await listUnknownCertificates(scene.folder)).toEqual([]);
  });

  test('1,500 points are monitored over an encrypted channel', { timeout: 60_000 }, async () => {
    const points = Array.from({ length: 1_500 }, (_, index) => ({
      key: `p${index}`,
      address: `ns=1;s=P${index}`,
    }));
    const scene = await openScene(
      undo,
      points,
      {
        timeoutMs: 5_000,
        security: { mode: 'SignAndEncrypt', policy: 'Basic256Sha256', acceptUnknownServer: true },
      },
      { limits: { maxMonitoredItemsPerCall: 400, maxNodesPerRead: 300 } },
    );
    for (const [index] of points.entries()) scene.peer.set(`P${index}`, index);
    await scene.connector.start();
    const latest = () => new Map(scene.readings.map(({ point, sample }) => [point.key, sample[1]]));
    await until('all of them', () => latest().size === 1_500, 40_000);
    for (const [index] of points.entries()) scene.peer.set(`P${index}`, index + 0.5);
    await until(
      'all changes',
      () => [...latest().values()].every((value) => Number(value) % 1 === 0.5),
      40_000,
    );
    expect(scene.connector.state().pointsFailed).toBe(0);
  });
});

/** A self-signed certificate of a user with its key, in the folder of the connection. */
async function makeUser(folder: string): Promise<void> {
  const manager = new OPCUACertificateManager({ rootFolder: join(folder, 'user-pki') });
  await manager.initialize();
  await manager.createSelfSignedCertificate({
    applicationUri: 'urn:operator',
    subject: '/CN=operator',
    dns: [],
    startDate: new Date(Date.now() - 60_000),
    validity: 30,
    outputFile: join(folder, 'user.pem'),
  });
  await rename(manager.privateKey, join(folder, 'user-key.pem'));
  await manager.dispose();
}
