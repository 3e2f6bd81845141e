import { readdir, readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { parseEdgeConfig } from './config.ts';
import { openConnector, PROTOCOLS } from './connectors/registry.ts';

const good = {
  collector: 'plant',
  server: { url: 'http://127.0.0.1:8080', key: 'rk_x' },
  connections: [{ name: 'a', protocol: 'modbus' }],
};

test('what is left out has its default', () => {
  expect(parseEdgeConfig(good)).toMatchObject({
    server: { transport: 'http' },
    buffer: { folder: './buffer', bytesMax: 1_000_000_000, flushMs: 200, batchSamplesMax: 5_000 },
  });
});

test('the key may come from the environment, and must come from somewhere', () => {
  const without = { ...good, server: { url: 'http://h' } };
  expect(parseEdgeConfig(without, { RONGHE_EDGE_KEY: 'rk_y' }).server.key).toBe('rk_y');
  expect(() => parseEdgeConfig(without)).toThrow(/server\.key: is missing/);
});

const faults: [string, unknown, RegExp][] = [
  [
    'an unknown key',
    { ...good, bufer: {} },
    /bufer: there is no such key; allowed: collector, server, buffer/,
  ],
  [
    'an unknown key deeper',
    { ...good, buffer: { bytes: 1 } },
    /buffer\.bytes: there is no such key; allowed: folder, bytesMax/,
  ],
  ['a wrong name', { ...good, collector: 'Plant 1' }, /collector: "Plant 1" is not allowed; a-z, 0-9 and -/],
  [
    'a wrong choice',
    { ...good, server: { ...good.server, transport: 'ftp' } },
    /transport: "ftp" is not allowed; allowed: http, mqtt/,
  ],
  [
    'mqtt without an address',
    { ...good, server: { ...good.server, transport: 'mqtt' } },
    /server\.mqttUrl: .*needs the address/,
  ],
  [
    'too small a buffer',
    { ...good, buffer: { bytesMax: 5 } },
    /buffer\.bytesMax: 5 is not allowed; at least 1000000/,
  ],
  ['nothing', null, /\(whole file\): null is not allowed; expected: object/],
  ['no connections', { ...good, connections: [] }, /connections: \[\] is not allowed; at least 1/],
  [
    'a name twice',
    { ...good, connections: [good.connections[0], good.connections[0]] },
    /the name a is used twice/,
  ],
];
for (const [title, input, message] of faults)
  test(`${title} is refused with key, value and what is allowed`, () => {
    expect(() => parseEdgeConfig(input)).toThrow(message);
  });

test('a wrong key is never shown', () => {
  expect(() => parseEdgeConfig({ ...good, server: { ...good.server, key: 12345 } })).toThrow(
    /server\.key: the value is not allowed/,
  );
});

test('an unknown protocol is refused with the ones there are', async () => {
  await expect(openConnector({ name: 'x', protocol: 'fieldbus' }, 2)).rejects.toThrow(
    `connections[2].protocol: "fieldbus" is not allowed; allowed: ${PROTOCOLS.join(', ')}`,
  );
});

const pointFaults: [string, object, RegExp][] = [
  [
    'a text address',
    { address: 'register 5' },
    /points\[0\]\.address: "register 5" is not allowed; like holding:100/,
  ],
  ['an address over the end', { address: 'holding:70000' }, /runs from 0 to 65535/],
  ['a bit of a coil', { address: 'coil:3.2' }, /has no bits to pick/],
  ['a float in a coil', { address: 'coil:3', encoding: 'float32' }, /always boolean/],
  ['bit without its number', { address: 'holding:3', encoding: 'bit' }, /needs the bit in the address/],
  ['the wrong type', { address: 'holding:3', type: 'boolean' }, /give number/],
];
for (const [title, point, message] of pointFaults)
  test(`modbus refuses ${title}`, async () => {
    const input = {
      name: 'a',
      protocol: 'modbus',
      endpoint: 'tcp://127.0.0.1:502',
      points: [{ key: 'p', ...point }],
    };
    await expect(openConnector(input, 0)).rejects.toThrow(message);
  });

test('opcua refuses a policy without a mode, and the same key twice', async () => {
  const points = [
    { key: 'p', address: 'ns=1;s=A' },
    { key: 'p', address: 'ns=1;s=B' },
  ];
  const input = {
    name: 'a',
    protocol: 'opcua',
    endpoint: 'opc.tcp://h:4840',
    security: { policy: 'Basic256Sha256' },
    points,
  };
  await expect(openConnector(input, 0)).rejects.toThrow(
    /mode None goes with policy None[\s\S]*points\[1\]\.key: .*used by points\[0\]/,
  );
});

test('a fault does not show the credentials of an address', async () => {
  const input = { name: 'a', protocol: 'mqtt', endpoint: 'mqtt://reader:s3cret@10.0.0.1:1883', points: [] };
  const fault = await openConnector(input, 0).catch((error: unknown) => String(error));
  expect(fault).toContain('mqtt://…@10.0.0.1:1883');
  expect(fault).not.toContain('s3cret');
});

for (const protocol of PROTOCOLS) {
  const folder = new URL(`./connectors/${protocol}/`, import.meta.url);
  test(`the sample of ${protocol} is a valid configuration and its README names every option`, async () => {
    const sample = parse(await readFile(new URL('sample.yaml', folder), 'utf8'));
    const config = parseEdgeConfig(sample, { RONGHE_EDGE_KEY: 'rk_x' });
    for (const [index, connection] of config.connections.entries()) await openConnector(connection, index);
    expect(config.connections.map((connection) => connection.protocol)).toContain(protocol);
    const readme = await readFile(new URL('README.md', folder), 'utf8');
    const schema = await readFile(new URL(`${protocol}.config.ts`, folder), 'utf8');
    const options = [...schema.matchAll(/^ {2,4}(\w+): (?:z|identifier)\b/gm)].map((match) => match[1]);
    expect(options.length).toBeGreaterThan(5);
    for (const option of options)
      expect(readme, `${protocol} README names ${option}`).toMatch(new RegExp(`\`([\\w.]+\\.)?${option}\``));
    expect((await readdir(new URL('testcases/', folder))).length).toBeGreaterThan(0);
  });
}
