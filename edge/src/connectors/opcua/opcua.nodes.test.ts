import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ConfigError, parseConfig } from '../../config-issues.ts';
import { OpcuaConfig, queueSizeOf } from './opcua.config.ts';
import { opcua } from './opcua.library.ts';
import { addressOf, createNamespaces, nodeIdOf, parsePath } from './opcua.nodes.ts';
import { unitOf } from './opcua.units.ts';

const STANDARD = 'http://opcfoundation.org/UA/';

test('paths are split into browse names with their namespaces', () => {
  expect(parsePath('/Objects/2:Plant/3:Furnace1.Temperature')).toEqual([
    { namespace: 0, name: 'Objects' },
    { namespace: 2, name: 'Plant' },
    { namespace: 3, name: 'Furnace1.Temperature' },
  ]);
  expect(parsePath('/0:2:odd/1:a&/b&&c')).toEqual([
    { namespace: 0, name: '2:odd' },
    { namespace: 1, name: 'a/b&c' },
  ]);
  for (const wrong of ['', 'Objects', '/', '//a', '/a/', '/1:/b'])
    expect([wrong, parsePath(wrong)]).toEqual([
      wrong,
      wrong === '/1:/b'
        ? [
            { namespace: 0, name: '1:' },
            { namespace: 0, name: 'b' },
          ]
        : null,
    ]);
});

test('any names come out of a path as they were written into it', () => {
  const step = fc.record({ namespace: fc.nat(65_535), name: fc.string({ minLength: 1, unit: 'grapheme' }) });
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 20 }), (steps) => {
      const path = steps
        .map(({ namespace, name }) => `/${namespace}:${name.replace(/[&/]/g, (sign) => `&${sign}`)}`)
        .join('');
      expect(parsePath(path)).toEqual(steps);
    }),
  );
});

test('no text as a path throws, or takes long', () => {
  fc.assert(fc.property(fc.string({ maxLength: 5_000 }), (text) => void parsePath(text)));
});

describe('namespaces', () => {
  test('an index follows its URI', () => {
    const namespaces = createNamespaces();
    namespaces.learn([STANDARD, 'urn:host:app', 'urn:one', 'urn:two']);
    namespaces.learn([STANDARD, 'urn:host:app', 'urn:new', 'urn:two', 'urn:one']);
    expect([0, 1, 2, 3].map(namespaces.ofWritten)).toEqual([0, 1, 4, 3]);
    expect(namespaces.ofUri('urn:new')).toBe(2);
    expect(namespaces.ofUri('urn:none')).toBeNull();
  });

  test('one that is gone is not mistaken for another, but may have been renamed', () => {
    const namespaces = createNamespaces();
    namespaces.learn([STANDARD, 'urn:host-a:app', 'urn:one', 'urn:two']);
    namespaces.learn([STANDARD, 'urn:host-b:app', 'urn:two']);
    expect(namespaces.ofWritten(1)).toBe(1);
    expect(namespaces.ofWritten(2)).toBeNull();
    expect(namespaces.ofWritten(3)).toBe(2);
    expect(nodeIdOf('ns=2;s=X', namespaces)).toBeNull();
  });

  test('an address that is shown is found again', () => {
    const uris = [STANDARD, 'urn:host:app', 'urn:odd;100%'];
    const namespaces = createNamespaces();
    namespaces.learn(uris);
    for (const text of [
      'ns=0;i=85',
      'ns=1;s=a;b=c',
      'ns=2;i=7',
      'ns=2;s=%3B',
      'ns=1;g=72962B91-FA75-4AE6-8D28-B404DC7DAF63',
      'ns=2;b=SGVsbG8=',
    ]) {
      const node = opcua.resolveNodeId(text);
      const address = addressOf(node, uris);
      expect(nodeIdOf(address, namespaces)?.toString()).toBe(node.toString());
      expect(address.startsWith('ns=')).toBe(false);
    }
  });
});

test('units of UN/CEFACT become UCUM, others stay as they are shown', () => {
  const UNECE = 'http://www.opcfoundation.org/UA/units/un/cefact';
  expect(unitOf({ namespaceUri: UNECE, unitId: 4408652, displayName: '°C' })).toBe('Cel');
  expect(unitOf({ namespaceUri: UNECE, unitId: 20529, displayName: '%' })).toBe('%');
  expect(unitOf({ namespaceUri: 'urn:own', unitId: 4408652, displayName: 'x' })).toBe('x');
  expect(unitOf({ namespaceUri: null, unitId: -1, displayName: '' })).toBeNull();
});

describe('the configuration', () => {
  const parse = (rest: object, point: object = { key: 'k', address: 'i=1' }) =>
    parseConfig(OpcuaConfig, {
      name: 'x',
      protocol: 'opcua',
      endpoint: 'opc.tcp://h',
      points: [point],
      ...rest,
    });

  test('a queue holds at least two publications', () => {
    expect(queueSizeOf(parse({}))).toBe(10);
    expect(queueSizeOf(parse({ publishingIntervalMs: 1_000, samplingIntervalMs: 50 }))).toBe(40);
    expect(queueSizeOf(parse({ samplingIntervalMs: 0, publishingIntervalMs: 500 }))).toBe(100);
    expect(() => parse({ publishingIntervalMs: 1_000, samplingIntervalMs: 50, queueSize: 30 })).toThrow(
      'at least 40',
    );
  });

  test('says what does not go together', () => {
    const cases: [object, object | undefined, string][] = [
      [{}, { key: 'k' }, 'either address or path'],
      [{}, { key: 'k', address: 'i=1', path: '/Objects' }, 'either address or path'],
      [{}, { key: 'k', path: 'Objects' }, 'browse names'],
      [{}, { key: 'k', address: 'i=1', serverDeadband: '5' }, 'serverDeadband'],
      [{ security: { mode: 'Sign' } }, undefined, 'mode None goes with policy None'],
      [{ security: { certificateFile: 'a' } }, undefined, 'go together'],
      [{ security: { certificateFile: 'a', privateKeyFile: 'b', username: 'u' } }, undefined, 'not both'],
      [{ security: { privateKeyPassphrase: 'p' } }, undefined, 'needs a privateKeyFile'],
    ];
    for (const [rest, point, message] of cases) {
      expect(() => parse(rest, point)).toThrow(ConfigError);
      expect(() => parse(rest, point)).toThrow(message);
    }
  });
});
