import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { createGathering } from '../doors/keys.ts';
import { payloadBytes, type TestMetric } from './sparkplug-bytes.fixture.ts';
import { decodePayload, encodeRebirth, SPARKPLUG_METRICS_MAX } from './sparkplug-codec.ts';
import { createEdgeNode } from './sparkplug-node.ts';
import { keyOfMetric, parseTopic } from './sparkplug-topic.ts';
import { metricValue } from './sparkplug-values.ts';

const RUNS = Number(process.env.RONGHE_FUZZ_RUNS ?? 3_000);
// A million runs take minutes.
vi.setConfig({ testTimeout: 30_000 + RUNS });
const value = (metric: TestMetric, datatype: number) => {
  const [decoded] = decodePayload(payloadBytes({ metrics: [metric] })).metrics;
  return decoded === undefined ? undefined : metricValue(decoded, datatype);
};

describe('the codec', () => {
  it('gives signed integers their sign back by the type of the birth', () => {
    fc.assert(
      fc.property(fc.constantFrom(8, 16, 32), fc.integer(), (bits, whole) => {
        const signed = Number(BigInt.asIntN(bits, BigInt(whole)));
        const unsigned = Number(BigInt.asUintN(bits, BigInt(whole)));
        const datatype = Math.log2(bits) - 2;
        expect(value({ int: signed >>> 0 }, datatype)).toBe(signed);
        expect(value({ int: unsigned }, datatype)).toBe(signed);
        expect(value({ int: unsigned }, datatype + 4)).toBe(unsigned);
      }),
    );
    expect(value({ long: -5n }, 4)).toBe(-5);
    expect(value({ long: 2n ** 63n }, 8)).toBe(2 ** 63);
    expect(value({ long: 1_700_000_000_000n }, 13)).toBe(1_700_000_000_000);
  });

  it('keeps zero, false and the empty text, and knows no value from them', () => {
    expect(value({ int: 0 }, 3)).toBe(0);
    expect(value({ double: 0 }, 10)).toBe(0);
    expect(value({ boolean: false }, 11)).toBe(false);
    expect(value({ string: '' }, 12)).toBe('');
    expect(value({ isNull: true, int: 0 }, 3)).toBeNull();
    expect(value({}, 3)).toBeNull();
    expect(value({ float: 21.3 }, 9)).toBe(21.3);
  });

  it.each([
    ['Int8Array', 22, Buffer.from([0xff, 1]), '[-1,1]'],
    ['UInt16Array', 27, Buffer.from([1, 0, 0xff, 0xff]), '[1,65535]'],
    ['Int64Array beyond 2^53', 25, Buffer.from('ffffffffffffff7f', 'hex'), '["9223372036854775807"]'],
    ['FloatArray', 30, Buffer.from('6666aa41', 'hex'), '[21.3]'],
    [
      'BooleanArray',
      32,
      Buffer.from([10, 0, 0, 0, 0b1010_0000, 0b0100_0000]),
      '[true,false,true,false,false,false,false,false,false,true]',
    ],
    ['StringArray', 33, Buffer.from('one\0two\0'), '["one","two"]'],
    ['an empty array', 31, Buffer.alloc(0), '[]'],
  ])('writes %s as JSON text', (_name, datatype, bytes, text) => {
    expect(value({ bytes }, datatype)).toBe(text);
  });

  it.each([
    ['half a number', 24, Buffer.from([1, 2, 3])],
    ['a wrong count', 32, Buffer.from([255, 255, 255, 255, 1])],
    ['no count', 32, Buffer.from([1])],
    ['a text without end', 33, Buffer.from('one')],
  ])('refuses an array with %s', (_name, datatype, bytes) => {
    expect(() => value({ bytes }, datatype)).toThrow();
  });

  it('refuses a payload of too many metrics before it makes objects of them', () => {
    const bytes = Buffer.alloc(2 * (SPARKPLUG_METRICS_MAX + 1));
    for (let at = 0; at < bytes.length; at += 2) bytes[at] = 0x12;
    expect(() => decodePayload(bytes)).toThrow(/metrics/);
    expect(() => decodePayload(Buffer.alloc(5_000_000))).toThrow(/bytes/);
  });

  it('asks for a birth as the specification writes it', () => {
    const { metrics, seq } = decodePayload(encodeRebirth(5));
    expect(seq).toBeNull();
    expect(metrics).toMatchObject([{ name: 'Node Control/Rebirth', datatype: 11, raw: { boolean: true } }]);
  });
});

describe('keys and topics', () => {
  it('never give two metrics the same key', () => {
    const id = fc.stringMatching(/^[a-c:%]{1,4}$/);
    const place = fc.record({ group: id, node: id, device: fc.oneof(id, fc.constant('')) });
    const name = fc.stringMatching(/^[a-c:%/]{1,4}$/);
    fc.assert(
      fc.property(place, name, place, name, (one, oneName, other, otherName) => {
        const same = JSON.stringify([one, oneName]) === JSON.stringify([other, otherName]);
        expect(keyOfMetric(one, oneName) === keyOfMetric(other, otherName)).toBe(same);
      }),
      { numRuns: RUNS },
    );
    const place1 = { group: '铜', node: 'n', device: '' };
    expect(keyOfMetric(place1, '温度')).toBe('铜/n:温度');
  });

  it.each([
    ['spBv1.0/g/NDATA/n', { kind: 'data', type: 'NDATA', group: 'g', node: 'n', device: '' }],
    ['spBv1.0/g/DDATA/n/d', { kind: 'data', type: 'DDATA', group: 'g', node: 'n', device: 'd' }],
    ['spBv1.0/STATE/host', { kind: 'state', host: 'host' }],
    ['spBv1.0/g/DCMD/n/d', { kind: 'command' }],
    ['spBv1.0/g/NDATA/n/d', null],
    ['spBv1.0/g/DDATA/n', null],
    ['spBv1.0/g//n', null],
    ['spBv1.0/g/OTHER/n', null],
  ])('reads %s', (topic, expected) => {
    expect(parseTopic(topic)).toEqual(expected);
  });
});

describe('any bytes', () => {
  const place = { group: 'g', node: 'n' };
  const time = { nowUs: 1e15, futureUsMax: 1e11 };
  const metric = fc.record(
    {
      name: fc.string({ maxLength: 20 }),
      alias: fc.nat(5),
      datatype: fc.nat(40),
      timestampMs: fc.nat(),
      isNull: fc.boolean(),
      int: fc.nat(),
      long: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
      float: fc.float(),
      double: fc.double(),
      boolean: fc.boolean(),
      string: fc.string(),
      bytes: fc.uint8Array({ maxLength: 20 }).map((bytes) => Buffer.from(bytes)),
      quality: fc.nat(600),
      unit: fc.string(),
    },
    { requiredKeys: [] },
  );

  it('are read or refused, and never more than that', () => {
    const good = payloadBytes({
      timestampMs: 1,
      seq: 2,
      metrics: [{ name: 'a', alias: 1, datatype: 3, int: 5, quality: 192, unit: 'kPa' }],
    });
    const broken = fc
      .array(fc.tuple(fc.nat(good.length - 1), fc.integer({ min: 0, max: 255 })), { maxLength: 4 })
      .map((changes) => {
        const bytes = Buffer.from(good);
        for (const [at, byte] of changes) bytes[at] = byte;
        return bytes;
      });
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 200 }), broken), (bytes) => {
        try {
          expect(Array.isArray(decodePayload(bytes).metrics)).toBe(true);
        } catch (error) {
          expect(error).toBeInstanceOf(Error);
          expect(error).not.toBeInstanceOf(TypeError);
        }
      }),
      { numRuns: RUNS },
    );
  });

  it('leave of a message as many samples and faults as it has metrics', () => {
    const types = fc.constantFrom('NBIRTH', 'DBIRTH', 'NDATA', 'DDATA');
    const message = fc.record({ type: types, metrics: fc.array(metric, { maxLength: 5 }) });
    fc.assert(
      fc.property(fc.array(message, { maxLength: 6 }), (messages) => {
        const node = createEdgeNode(place, { used: 0, max: 20 });
        for (const { type, metrics } of messages) {
          const gathering = createGathering();
          const payload = decodePayload(payloadBytes({ metrics: metrics as TestMetric[] }));
          const device = type.startsWith('D') ? 'd' : '';
          node.apply({ type, device, payload }, gathering, time);
          const counted = metrics.filter(({ name }) => !steers(name)).length;
          expect(gathering.received()).toBeGreaterThanOrEqual(counted);
        }
      }),
      { numRuns: Math.ceil(RUNS / 3) },
    );
  });
});

const steers = (name: string | undefined): boolean =>
  name === 'bdSeq' ||
  name?.startsWith('Node Control/') === true ||
  name?.startsWith('Device Control/') === true;
