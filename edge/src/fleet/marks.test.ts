import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { SECRET_NAMES } from '../config-issues.ts';
import { PROTOCOLS, schemaOf } from '../connectors/registry.ts';
import { fieldsOf, type MarkedSchema, markedTexts } from '../schema-marks.ts';

const namesOf = async (protocol: string, mark: string): Promise<string[]> => [
  ...new Set(
    fieldsOf(await schemaOf(protocol))
      .filter(({ schema }) => schema[mark] === true)
      .map(({ field }) => field),
  ),
];
const all = async (mark: string): Promise<Record<string, string[]>> =>
  Object.fromEntries(
    await Promise.all(PROTOCOLS.map(async (name) => [name, await namesOf(name, mark)] as const)),
  );

test('every secret of every protocol is marked', async () => {
  expect(await all('secret')).toEqual({
    opcua: ['security.password', 'security.privateKeyPassphrase'],
    modbus: [],
    s7: [],
    iec104: [],
    dlt645: [],
    hj212: ['stations[].password'],
    mqtt: ['password'],
    sparkplug: ['password'],
    http: [
      'headers.*',
      'body',
      'authentication.password',
      'authentication.token',
      'authentication.login.body',
    ],
    sql: ['password'],
    file: [],
  });
});

test('every path of this machine is marked', async () => {
  expect(await all('localPath')).toEqual({
    opcua: ['security.certificateFile', 'security.privateKeyFile'],
    modbus: [],
    s7: [],
    iec104: [],
    dlt645: [],
    hj212: [],
    mqtt: ['tls.caFile', 'tls.certificateFile', 'tls.keyFile'],
    sparkplug: [],
    http: ['tls.caFile', 'tls.certFile', 'tls.keyFile'],
    sql: ['passwordFile', 'caFile'],
    file: ['endpoint', 'doneFolder', 'failedFolder'],
  });
});

/** Fields that are named like a secret, or like a path of this machine, and are neither. */
const HARMLESS = new Set(['http.authentication.login.tokenPath', 'http.authentication.header']);

test('a field that is named like a secret or a file has its mark', async () => {
  for (const protocol of PROTOCOLS)
    for (const { field, schema } of fieldsOf(await schemaOf(protocol))) {
      const name = field.split('.').at(-1) ?? '';
      if (HARMLESS.has(`${protocol}.${field}`) || !mayBeText(schema)) continue;
      if (/passw|passphrase|secret|token|credential|apikey|header|^body$/i.test(name) && !/File$/.test(name))
        expect(schema.secret, `${protocol}: ${field} needs .meta({ secret: true })`).toBe(true);
      if (/(file|folder|directory)$/i.test(name))
        expect(schema.localPath, `${protocol}: ${field} needs .meta({ localPath: true })`).toBe(true);
    }
});
const mayBeText = ({ type }: MarkedSchema): boolean => type === undefined || type === 'string';

test('a message about a configuration shows no value of a secret', async () => {
  for (const [protocol, fields] of Object.entries(await all('secret')))
    for (const field of fields) {
      const names = field.split(/[.[\]]+/);
      expect(
        names.some((name) => SECRET_NAMES.has(name)),
        `${protocol}: ${field}`,
      ).toBe(true);
    }
});

test('the schemas stand by themselves, tell what fields mean, and hold what a person writes', async () => {
  for (const protocol of PROTOCOLS) {
    const schema = await schemaOf(protocol);
    for (const [, reference] of JSON.stringify(schema).matchAll(/"\$ref":"([^"]*)"/g))
      expect(reference, protocol).toMatch(/^#\/\$defs\/\w+$/);
    expect(schema.$schema).toBe('https://json-schema.org/draft/2020-12/schema');
    const fields = fieldsOf(schema);
    expect(fields.find(({ field }) => field === 'name')?.schema.description).toContain(
      'name of the connection',
    );
    expect(JSON.stringify(schema).length).toBeLessThan(100_000);
  }
  const mqtt = fieldsOf(await schemaOf('mqtt'));
  expect(mqtt.find(({ field }) => field === 'tls.caFile')?.schema.description).toContain('PEM');
  const opcua = await schemaOf('opcua');
  expect(opcua.required).toEqual(['name', 'protocol', 'endpoint', 'points']);
});

test('marked texts are found in lists, records and alternatives, and in nothing else', async () => {
  const http = {
    name: 'mes',
    protocol: 'http',
    mode: 'poll',
    endpoint: 'https://mes/api',
    headers: { 'x-api-key': 'k' },
    authentication: { kind: 'login', login: { url: 'https://mes/login', body: 'b', tokenPath: '/t' } },
  };
  expect(markedTexts(await schemaOf('http'), http, 'secret')).toEqual([
    { path: ['headers', 'x-api-key'], text: 'k' },
    { path: ['authentication', 'login', 'body'], text: 'b' },
  ]);
  const hj212 = { stations: [{ mn: 'a' }, { mn: 'b', password: 'p' }, null, 7] };
  expect(markedTexts(await schemaOf('hj212'), hj212, 'secret')).toEqual([
    { path: ['stations', 1, 'password'], text: 'p' },
  ]);
});

/** npm packages that a file loads, by itself or through others. */
async function packagesOf(file: URL, seen = new Set<string>()): Promise<string[]> {
  if (seen.has(file.href)) return [];
  seen.add(file.href);
  const imports = (await readFile(file, 'utf8')).matchAll(/^(?:import|\} from)(?! type) ?.*?'([^']+)';$/gm);
  const found: string[] = [];
  for (const [, name = ''] of imports)
    if (name.startsWith('.')) found.push(...(await packagesOf(new URL(name, file), seen)));
    else if (!name.startsWith('node:')) found.push(name);
  return found;
}

test('a schema is told without loading the library of its protocol', async () => {
  for (const protocol of PROTOCOLS) {
    const file = new URL(`../connectors/${protocol}/${protocol}.config.ts`, import.meta.url);
    expect([...new Set(await packagesOf(file))].sort(), protocol).toEqual([
      '@ronghe/contracts',
      'yaml',
      'zod',
    ]);
  }
  const modbus = new URL('../connectors/modbus/modbus.ts', import.meta.url);
  expect(await packagesOf(modbus)).toContain('modbus-serial');
});
