import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { ModbusConfig } from './modbus.config.ts';
import {
  BITS_MAX,
  decodePlace,
  decodeRegisters,
  planBlocks,
  REGISTERS_MAX,
  splitBlock,
} from './modbus.decode.ts';

const pointsOf = (points: object[]) =>
  ModbusConfig.parse({ name: 'a', protocol: 'modbus', endpoint: 'tcp://h:1', points }).points;
const pointOf = (point: object) => {
  const [first] = pointsOf([{ key: 'p', address: 'holding:0', ...point }]);
  if (first === undefined) throw new Error('no point');
  return first;
};

// Each folder: config.yaml (points), input.json (what the registers and bits hold), expected.jsonl (values).
const cases = new URL('./testcases/', import.meta.url);
for (const name of readdirSync(cases)) {
  test(`golden: ${name}`, async () => {
    const folder = new URL(`${name}/`, cases);
    const points = pointsOf(parse(await readFile(new URL('config.yaml', folder), 'utf8')).points);
    const input: Record<string, string> = JSON.parse(await readFile(new URL('input.json', folder), 'utf8'));
    const lines: string[] = [];
    for (const block of planBlocks(points)) {
      const memory = input[block.table] ?? '';
      const answer =
        block.table === 'coil' || block.table === 'discrete'
          ? { bits: [...memory].slice(block.start, block.start + block.length).map((bit) => bit === '1') }
          : {
              registers: Buffer.from(memory, 'hex').subarray(
                block.start * 2,
                (block.start + block.length) * 2,
              ),
            };
      for (const place of block.places)
        lines.push(JSON.stringify({ key: place.point.key, value: decodePlace(place, block, answer) }));
    }
    await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot(new URL('expected.jsonl', folder).pathname);
  });
}

const orders = fc.record({
  wordOrder: fc.constantFrom('big', 'little'),
  byteOrder: fc.constantFrom('big', 'little'),
});
/** The registers of big-endian bytes as a device of these orders sends them. */
function wire(bytes: Buffer, order: { wordOrder: string; byteOrder: string }): Buffer {
  const words = Array.from({ length: bytes.length / 2 }, (_, at) =>
    Buffer.from(bytes.subarray(at * 2, at * 2 + 2)),
  );
  if (order.byteOrder === 'little') for (const word of words) word.reverse();
  return Buffer.concat(order.wordOrder === 'little' ? words.reverse() : words);
}

test('every number comes back in every byte and word order', () => {
  fc.assert(
    fc.property(
      orders,
      fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
      fc.double({ noNaN: true }),
      (order, whole, double) => {
        const int32 = Buffer.alloc(4);
        int32.writeInt32BE(whole);
        expect(decodeRegisters(wire(int32, order), pointOf({ encoding: 'int32', ...order }))).toBe(whole);
        expect(decodeRegisters(wire(int32, order), pointOf({ encoding: 'uint32', ...order }))).toBe(
          whole >>> 0,
        );
        const float64 = Buffer.alloc(8);
        float64.writeDoubleBE(double);
        expect(decodeRegisters(wire(float64, order), pointOf({ encoding: 'float64', ...order }))).toBe(
          double,
        );
        const float32 = Buffer.alloc(4);
        float32.writeFloatBE(double);
        const read = decodeRegisters(wire(float32, order), pointOf({ encoding: 'float32', ...order }));
        expect(Math.fround(Number(read)) === Math.fround(double)).toBe(true);
      },
    ),
  );
});

test('a bit is the bit of its number', () => {
  fc.assert(
    fc.property(fc.nat({ max: 0xffff }), fc.nat({ max: 15 }), (word, bit) => {
      const bytes = Buffer.alloc(2);
      bytes.writeUInt16BE(word);
      expect(decodeRegisters(bytes, pointOf({ address: `holding:0.${bit}` }))).toBe(
        ((word >> bit) & 1) === 1,
      );
    }),
  );
});

const somePoints = fc
  .uniqueArray(
    fc.record({
      table: fc.constantFrom('coil', 'discrete', 'input', 'holding'),
      address: fc.nat({ max: 3_000 }),
      encoding: fc.constantFrom('int16', 'int32', 'float64'),
    }),
    { minLength: 1, maxLength: 60, selector: (point) => `${point.table}:${point.address}` },
  )
  .map((points) =>
    pointsOf(
      points.map(({ table, address, encoding }, index) => ({
        key: `p${index}`,
        address: `${table}:${address}`,
        ...(table === 'coil' || table === 'discrete' ? {} : { encoding }),
      })),
    ),
  );

test('a plan asks for every point once, within the limits, and so does every split of it', () => {
  fc.assert(
    fc.property(somePoints, (points) => {
      let blocks = planBlocks(points);
      for (let round = 0; round < 8; round += 1) {
        expect(
          blocks.flatMap((block) => block.places.map((place) => place.index)).sort((a, b) => a - b),
        ).toEqual(points.map((_, index) => index));
        for (const block of blocks) {
          expect(block.length).toBeLessThanOrEqual(
            block.table === 'coil' || block.table === 'discrete' ? BITS_MAX : REGISTERS_MAX,
          );
          for (const place of block.places) {
            expect(place.table).toBe(block.table);
            expect(place.start).toBeGreaterThanOrEqual(block.start);
            expect(place.start + place.length).toBeLessThanOrEqual(block.start + block.length);
          }
        }
        const before = blocks.length;
        blocks = blocks.flatMap((block) => (block.places.length > 1 ? splitBlock(block) : [block]));
        if (before < points.length) expect(blocks.length).toBeGreaterThan(before);
      }
    }),
  );
});

test('an answer that is too short gives no value instead of a wrong one', () => {
  const [block] = planBlocks(pointsOf([{ key: 'p', address: 'holding:0', encoding: 'float32' }]));
  const [place] = block?.places ?? [];
  if (block === undefined || place === undefined) throw new Error('no plan');
  expect(decodePlace(place, block, { registers: Buffer.from([1, 2]) })).toBeNull();
});
