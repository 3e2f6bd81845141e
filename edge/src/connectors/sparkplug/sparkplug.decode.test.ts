import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { stillClock } from '../../testing/clocks.ts';
import { payloadBytes, type TestMetric } from '../../testing/sparkplug-bytes.ts';
import { SparkplugConfig } from './sparkplug.config.ts';
import { decodePayload, encodeRebirth, metricValue } from './sparkplug.decode.ts';
import { createNodes } from './sparkplug.nodes.ts';

// Each folder: config.yaml, input.json (messages in order, payloads in hex), expected.jsonl (what each one says).
const cases = new URL('./testcases/', import.meta.url);
for (const name of readdirSync(cases)) {
  test(`golden: ${name}`, async () => {
    const folder = new URL(`${name}/`, cases);
    const config = SparkplugConfig.parse(parse(await readFile(new URL('config.yaml', folder), 'utf8')));
    const messages: { topic: string; payload: string }[] = JSON.parse(
      await readFile(new URL('input.json', folder), 'utf8'),
    );
    const nodes = createNodes(
      config,
      stillClock(() => 9_999_999),
    );
    const lines = messages.map(({ topic, payload }) => {
      const { readings, rebirth } = nodes.take(topic, Buffer.from(payload, 'hex'));
      return JSON.stringify({
        topic,
        rebirth,
        readings: readings.map(({ point, sample }) => [point.key, point.type, point.unit ?? null, sample]),
      });
    });
    await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot(new URL('expected.jsonl', folder).pathname);
  });
}

const value = (metric: TestMetric, datatype: number) => {
  const [decoded] = decodePayload(payloadBytes({ metrics: [metric] })).metrics;
  return decoded === undefined ? undefined : metricValue(decoded, datatype);
};

test('signed integers get their sign back by the type of the birth', () => {
  fc.assert(
    fc.property(fc.constantFrom(8, 16, 32), fc.integer(), (bits, whole) => {
      const signed = Number(BigInt.asIntN(bits, BigInt(whole)));
      const datatype = Math.log2(bits) - 2;
      // Some senders extend the sign to 32 bits, others send only the bits of the type.
      expect(value({ int: signed >>> 0 }, datatype)).toBe(signed);
      expect(value({ int: Number(BigInt.asUintN(bits, BigInt(signed))) }, datatype)).toBe(signed);
      expect(value({ int: Number(BigInt.asUintN(bits, BigInt(signed))) }, datatype + 4)).toBe(
        Number(BigInt.asUintN(bits, BigInt(signed))),
      );
    }),
  );
  expect(value({ long: -5n }, 4)).toBe(-5);
  expect(value({ long: 2n ** 63n }, 8)).toBe(2 ** 63);
});

test('zero, false and the empty text are values, and null is none', () => {
  expect(value({ int: 0 }, 3)).toBe(0);
  expect(value({ long: 0n }, 4)).toBe(0);
  expect(value({ float: 0 }, 9)).toBe(0);
  expect(value({ double: 0 }, 10)).toBe(0);
  expect(value({ boolean: false }, 11)).toBe(false);
  expect(value({ string: '' }, 12)).toBe('');
  expect(value({ isNull: true, int: 5 }, 3)).toBeNull();
  expect(value({}, 3)).toBeNull();
});

test('floats are the decimals that the device meant', () => {
  expect(value({ float: 21.3 }, 9)).toBe(21.3);
});

test('any bytes are a payload or an error, never a crash of the process', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      try {
        expect(Array.isArray(decodePayload(bytes).metrics)).toBe(true);
      } catch (error) {
        expect(error).toBeInstanceOf(Error);
      }
    }),
  );
});

test('the rebirth command is the bytes that the specification asks for', () => {
  const expected = payloadBytes({
    timestampMs: 1_000,
    metrics: [{ name: 'Node Control/Rebirth', timestampMs: 1_000, datatype: 11, boolean: true }],
  });
  expect(Buffer.from(encodeRebirth(1_000)).toString('hex')).toBe(expected.toString('hex'));
});
