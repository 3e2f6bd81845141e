import type { Page, Point, Reject } from '@ronghe/contracts';
import mqtt, { type IClientOptions, type MqttClient } from 'mqtt';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { call, OTHER_PLANT, PLANT, startTestIngest, type TestIngest, until } from '../ingest.fixture.ts';
import { payloadBytes, type TestMetric } from './sparkplug-bytes.fixture.ts';
import { decodePayload } from './sparkplug-codec.ts';

let server: TestIngest;
const readers = { copper: '', magnet: '' };
beforeAll(async () => {
  server = await startTestIngest({ sparkplugRole: 'primary', sparkplugReorderMs: 300 });
  const { auth, scope } = server.platform;
  for (const [name, organisation] of [
    ['copper', PLANT],
    ['magnet', OTHER_PLANT],
  ] as const) {
    const permissions = ['ingest:observation:read' as const, 'ingest:observation:write' as const];
    readers[name] = (await auth.addKey(scope(), { name, organisation, permissions, expiresAt: null })).key;
  }
});
afterAll(() => server.stop());

const clients: MqttClient[] = [];
afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.endAsync(true)));
});

let connections = 0;
const connect = async (password: string, options: IClientOptions = {}): Promise<MqttClient> => {
  connections += 1;
  const clientId = `edge-${connections}`;
  const client = mqtt.connect(server.mqttUrl, {
    username: 'x',
    password,
    reconnectPeriod: 0,
    clientId,
    ...options,
  });
  client.on('error', () => undefined);
  clients.push(client);
  await new Promise<void>((resolve, reject) => {
    client.once('connect', () => resolve());
    client.once('close', () => reject(new Error('closed')));
  });
  return client;
};

const NOW_MS = Date.now() - 60_000;
const death = (bdSeq: number) =>
  payloadBytes({ metrics: [{ name: 'bdSeq', datatype: 8, long: BigInt(bdSeq) }] });
/** An edge node with its will, its command topic and a counter for `seq`. */
async function edgeNode(node: string, { bdSeq = 0, key = server.keys.copper } = {}) {
  const topic = (type: string, device?: string) =>
    `spBv1.0/plant/${type}/${node}${device === undefined ? '' : `/${device}`}`;
  const will = { topic: topic('NDEATH'), payload: death(bdSeq), qos: 1 as const, retain: false };
  const client = await connect(key, { will });
  const commands: string[] = [];
  client.on('message', (_topic, payload) =>
    commands.push(...decodePayload(payload).metrics.map(({ name }) => name ?? '')),
  );
  await client.subscribeAsync(topic('NCMD'));
  let seq = 0;
  const send = (
    type: string,
    metrics: TestMetric[],
    more: { device?: string; seq?: number; at?: number } = {},
  ) => {
    seq = type === 'NBIRTH' ? 0 : (more.seq ?? (seq + 1) % 256);
    const payload = payloadBytes({ timestampMs: NOW_MS + (more.at ?? 0), seq, metrics });
    return client.publishAsync(topic(type, more.device), payload, { qos: 0 });
  };
  const birth = (metrics: TestMetric[], at = 0) =>
    send('NBIRTH', [{ name: 'bdSeq', datatype: 8, long: BigInt(bdSeq) }, CONTROL, ...metrics], { at });
  return { client, commands, send, birth, topic, die: () => client.stream.destroy() };
}
const CONTROL: TestMetric = { name: 'Node Control/Rebirth', datatype: 11, boolean: false };

const list = async (point: string, organisation = PLANT) => {
  const scope = server.platform.scope({ organisation });
  const query = { point, from: new Date(0).toISOString(), limit: 1000, order: 'ascending' as const };
  try {
    const { items } = await server.ingest.observations.list(scope, query);
    return items.map(({ value, quality, reason }) => [value, quality, reason] as const);
  } catch (error) {
    if ((error as { code?: string }).code === 'POINT_UNKNOWN') return [];
    throw error;
  }
};
const good = (...values: unknown[]) => values.map((value) => [value, 'good', null]);
const STALE = [null, 'bad', 'stale'];
const sees = (point: string, expected: unknown[], organisation = PLANT) =>
  expect.poll(() => list(point, organisation), { timeout: 10_000 }).toEqual(expected);
const rejects = async (search: string): Promise<Reject[]> => {
  const token = await server.platform.signIn({ organisation: 'jx', role: 'administrator' });
  const path = `/api/ingest/rejects?search=${encodeURIComponent(search)}`;
  return ((await call(server, path, { key: token })).body as Page<Reject>).items;
};

describe('an edge node', () => {
  it('is followed from birth to death, its device and its aliases with it', async () => {
    const node = await edgeNode('line1');
    await node.birth([{ name: 'power', alias: 1, datatype: 10, double: 1.5, unit: 'kW' }]);
    const device = 'furnace';
    await node.send('DBIRTH', [{ name: 'temperature', alias: 2, datatype: 1, int: 250 }], { device });
    await node.send('NDATA', [{ alias: 1, double: 2.5 }], { at: 1_000 });
    await node.send('DDATA', [{ alias: 2, int: 0xff, quality: 192 }], { device, at: 1_000 });
    await node.send('DDATA', [{ alias: 2, int: 3, quality: 0 }], { device, at: 2_000 });
    await sees('plant/line1:power', good(1.5, 2.5));
    await sees('plant/line1/furnace:temperature', [...good(-6, -1), [3, 'bad', 'quality 0']]);
    await node.send('DDEATH', [], { device, at: 3_000 });
    await sees('plant/line1/furnace:temperature', [...good(-6, -1), [3, 'bad', 'quality 0'], STALE]);
    node.die();
    await sees('plant/line1:power', [...good(1.5, 2.5), STALE]);
    expect(await list('plant/line1/furnace:temperature'), 'stale only once').toHaveLength(4);
    const point = await server.collect.points.get(server.platform.scope(), 'plant/line1:power');
    expect(point).toMatchObject({ unit: 'kW', equipment: 'line1', type: 'number' } satisfies Partial<Point>);
    expect(node.commands).toEqual([]);
  });

  it('is valid again when it is born again with its old value', async () => {
    const first = await edgeNode('again', { bdSeq: 1 });
    await first.birth([{ name: 'state', datatype: 12, string: 'on' }]);
    await sees('plant/again:state', good('on'));
    first.die();
    await sees('plant/again:state', [...good('on'), STALE]);
    const second = await edgeNode('again', { bdSeq: 2 });
    await second.birth([{ name: 'state', datatype: 12, string: 'on' }]);
    await sees('plant/again:state', [...good('on'), STALE, ...good('on')]);
  });

  it('is not buried by the will of its earlier connection', async () => {
    const old = await edgeNode('moved', { bdSeq: 7 });
    await old.birth([{ name: 'level', alias: 1, datatype: 3, int: 1 }]);
    const young = await edgeNode('moved', { bdSeq: 8 });
    await young.birth([{ name: 'level', alias: 1, datatype: 3, int: 2 }], 1_000);
    await sees('plant/moved:level', good(1, 2));
    const watcher = await connect(readers.copper);
    const deaths: string[] = [];
    watcher.on('message', (topic) => deaths.push(topic));
    await watcher.subscribeAsync('spBv1.0/+/NDEATH/moved');
    old.die();
    await expect.poll(() => deaths).toHaveLength(1);
    await young.send('NDATA', [{ alias: 1, int: 3 }], { at: 2_000 });
    await sees('plant/moved:level', good(1, 2, 3));
  });

  it('keeps apart from one of the same name in another organisation', async () => {
    const own = await edgeNode('twin');
    const other = await edgeNode('twin', { key: server.keys.magnet });
    await own.birth([{ name: 'a', alias: 1, datatype: 3, int: 1 }]);
    await other.birth([{ name: 'b', alias: 1, datatype: 3, int: 10 }]);
    await own.send('NDATA', [{ alias: 1, int: 2 }], { at: 1_000 });
    await other.send('NDATA', [{ alias: 1, int: 20 }], { at: 1_000 });
    await sees('plant/twin:a', good(1, 2));
    await sees('plant/twin:b', good(10, 20), OTHER_PLANT);
    expect(await list('plant/twin:b')).toEqual([]);
    expect(await list('plant/twin:a', OTHER_PLANT)).toEqual([]);
    other.die();
    await sees('plant/twin:b', [...good(10, 20), STALE], OTHER_PLANT);
    expect(await list('plant/twin:a')).toEqual(good(1, 2));
  });
});

describe('what is missing', () => {
  it('is waited for: messages in the wrong order are put right, and nobody is asked', async () => {
    const node = await edgeNode('order');
    await node.birth([{ name: 'n', alias: 1, datatype: 3, int: 0 }]);
    const device = 'd';
    // The data come before the birth that gives their alias a meaning.
    await node.send('DDATA', [{ alias: 2, int: 5 }], { device, seq: 2, at: 2_000 });
    await node.send('DBIRTH', [{ name: 'm', alias: 2, datatype: 3, int: 4 }], { device, seq: 1, at: 1_000 });
    await sees('plant/order/d:m', good(4, 5));
    expect(node.commands).toEqual([]);
  });

  it('is asked for when it does not come, once a second at most, and what came is stored as uncertain', async () => {
    const node = await edgeNode('gap');
    await node.birth([{ name: 'n', alias: 1, datatype: 3, int: 0 }]);
    await node.send('NDATA', [{ alias: 1, int: 2 }], { seq: 2, at: 2_000 });
    await node.send('NDATA', [{ alias: 1, int: 4 }], { seq: 4, at: 4_000 });
    const doubtful = [2, 4].map((value) => [value, 'uncertain', 'birth-unconfirmed']);
    await sees('plant/gap:n', [...good(0), ...doubtful]);
    expect(node.commands).toEqual(['Node Control/Rebirth']);
    await node.birth([{ name: 'n', alias: 1, datatype: 3, int: 5 }], 5_000);
    await node.send('NDATA', [{ alias: 1, int: 6 }], { at: 6_000 });
    await sees('plant/gap:n', [...good(0), ...doubtful, ...good(5, 6)]);
    expect(node.commands).toEqual(['Node Control/Rebirth']);
  });

  it('is put aside and asked for when no birth has named an alias', async () => {
    const node = await edgeNode('unborn');
    await node.send(
      'NDATA',
      [
        { alias: 77, int: 1 },
        { name: 'named', datatype: 1, int: 0xff },
      ],
      { seq: 9 },
    );
    await sees('plant/unborn:named', good(-1));
    await until(
      () => node.commands,
      (commands) => commands.length === 1,
    );
    const found = await until(
      () => rejects('plant/unborn'),
      (items) => items.length > 0,
    );
    expect(found).toMatchObject([{ door: 'sparkplug-b', code: 'SAMPLE_INVALID', organisation: PLANT }]);
    expect(found[0]?.sample).toContain('77');
  });

  it('is better than wrong: an alias that two metrics have is nobody’s', async () => {
    const node = await edgeNode('clash');
    await node.birth([
      { name: 'a', alias: 1, datatype: 3, int: 1 },
      { name: 'b', alias: 1, datatype: 3, int: 2 },
    ]);
    await node.send('NDATA', [{ alias: 1, int: 9 }], { at: 1_000 });
    await until(
      () => rejects('alias 1 is also'),
      (items) => items.length === 1,
    );
    await until(
      () => rejects('no birth has named'),
      (items) => items.some(({ point }) => point === 'plant/clash'),
    );
    expect(await list('plant/clash:a')).toEqual(good(1));
    expect(await list('plant/clash:b')).toEqual(good(2));
    // A birth may give an alias to another metric, and from then on it is that one’s.
    await node.birth([{ name: 'b', alias: 1, datatype: 3, int: 3 }], 2_000);
    await node.send('NDATA', [{ alias: 1, int: 4 }], { at: 3_000 });
    await sees('plant/clash:b', good(2, 3, 4));
    expect((await list('plant/clash:a')).at(-1), 'no longer named').toEqual(STALE);
  });
});

describe('what is no sample', () => {
  it('is acknowledged once it is in the rejects list', async () => {
    const client = await connect(server.keys.copper);
    await client.publishAsync('spBv1.0/plant/NDATA/garbage', Buffer.from('not protobuf'), { qos: 1 });
    expect(await rejects('spBv1.0/plant/NDATA/garbage')).toMatchObject([{ door: 'sparkplug-b' }]);
    await client.publishAsync('spBv1.0/plant/NOTHING/odd', Buffer.from('x'), { qos: 2 });
    expect(await rejects('spBv1.0/plant/NOTHING/odd')).toMatchObject([{ door: 'sparkplug-b' }]);
  });

  it('does not keep what stands beside it from being stored', async () => {
    const node = await edgeNode('mixed');
    await node.birth([
      { name: 'table', datatype: 16, dataset: Buffer.from([8, 1]) },
      { name: 'list', datatype: 24, bytes: Buffer.from([1, 0, 0, 0, 0xff, 0xff, 0xff, 0xff]) },
      { name: 'broken', datatype: 24, bytes: Buffer.from([1]) },
      { name: 'nothing', datatype: 3, isNull: true },
      { name: 'fine', datatype: 11, boolean: false },
    ]);
    await sees('plant/mixed:fine', good(false));
    await sees('plant/mixed:list', good('[1,-1]'));
    await sees('plant/mixed:nothing', [[null, 'bad', 'null']]);
    await until(
      () => rejects('DataSet is no sample'),
      (items) => items.length === 1,
    );
    expect(await rejects('do not fit the type')).toMatchObject([{ point: 'plant/mixed:broken' }]);
  });
});

describe('the host', () => {
  it('tells that it is there, and nobody else can tell it for it', async () => {
    const client = await connect(server.keys.copper);
    const states: string[] = [];
    client.on('message', (_topic, payload) => states.push(String(payload)));
    await client.subscribeAsync('spBv1.0/STATE/ronghe', { qos: 1 });
    await expect.poll(() => states).toHaveLength(1);
    expect(JSON.parse(states[0] ?? '')).toEqual({ online: true, timestamp: expect.any(Number) });
    const attacker = await connect(server.keys.copper);
    const closed = new Promise<void>((resolve) => attacker.once('close', () => resolve()));
    const lie = JSON.stringify({ online: false, timestamp: Date.now() });
    attacker.publish('spBv1.0/STATE/ronghe', lie, { qos: 1, retain: true }, () => undefined);
    await closed;
    const later = await connect(readers.copper);
    const kept: string[] = [];
    later.on('message', (_topic, payload) => kept.push(String(payload)));
    await later.subscribeAsync('spBv1.0/STATE/#', { qos: 1 });
    await expect.poll(() => kept).toEqual([states[0]]);
  });

  it('lets a key that may only write hear commands to a node, and nothing else', async () => {
    const client = await connect(server.keys.copper);
    for (const filter of [
      '#',
      'spBv1.0/#',
      'spBv1.0/+/NCMD/+',
      'spBv1.0/plant/NDATA/line1',
      'spBv1.0/plant/NCMD/#',
    ])
      await expect(client.subscribeAsync(filter), filter).rejects.toThrow();
    await client.subscribeAsync('spBv1.0/plant/NCMD/line1');
  });
});
