import fc from 'fast-check';
import { expect, test } from 'vitest';
import { S7Config } from './s7.config.ts';
import { ANSWER_BYTES, ITEMS_MAX, REQUEST_BYTES, unitBytes } from './s7.frame.ts';
import { type Block, dataBytesMax, packRequests, placeOf, planBlocks, splitBlock } from './s7.plan.ts';

const placesOf = (points: object[]) =>
  S7Config.parse({ name: 'a', protocol: 's7', endpoint: 'tcp://h:102', points }).points.map(placeOf);
const shape = (blocks: Block[]) =>
  blocks.map(({ area, db, start, length }) => `${area}${db}.${start}+${length}`);

test('near addresses are read together, far ones apart', () => {
  const places = placesOf([
    { key: 'a', address: 'DB1.DBD0' },
    { key: 'b', address: 'DB1.DBX20.3' },
    { key: 'c', address: 'DB1.DBW100' },
    { key: 'd', address: 'DB2.DBB0' },
    { key: 'e', address: 'MW4' },
    { key: 'f', address: 'T3' },
    { key: 'g', address: 'T5' },
    { key: 'h', address: 'T20' },
  ]);
  expect(shape(planBlocks(places, 240))).toEqual([
    'db1.0+21',
    'db1.100+2',
    'db2.0+1',
    'memory0.4+2',
    'timer0.3+3',
    'timer0.20+1',
  ]);
});

test('one PDU of 240 bytes carries 222 bytes of data, and 19 items', () => {
  expect(dataBytesMax(240)).toBe(222);
  const far = placesOf(
    Array.from({ length: 40 }, (_, index) => ({ key: `p${index}`, address: `DB${index + 1}.DBW0` })),
  );
  expect(packRequests(planBlocks(far, 240), 240).map((request) => request.parts.length)).toEqual([19, 19, 2]);
  expect(packRequests(planBlocks(far, 960), 960).map((request) => request.parts.length)).toEqual([20, 20]);
});

test('small items fill up what large ones leave', () => {
  const points = [
    { key: 'large-1', address: 'DB1.DBB0', encoding: 'char', length: 150 },
    { key: 'large-2', address: 'DB2.DBB0', encoding: 'char', length: 150 },
    { key: 'small-1', address: 'DB3.DBB0', encoding: 'char', length: 60 },
    { key: 'small-2', address: 'DB4.DBB0', encoding: 'char', length: 60 },
  ];
  expect(packRequests(planBlocks(placesOf(points), 240), 240)).toHaveLength(2);
});

test('a value larger than a PDU is read in parts that lie side by side', () => {
  const [block] = planBlocks(
    placesOf([{ key: 'p', address: 'DB1.DBB2', encoding: 'wstring', length: 254 }]),
    240,
  );
  if (block === undefined) throw new Error('no block');
  const parts = packRequests([block], 240)
    .flatMap((request) => request.parts)
    .sort((left, right) => left.offset - right.offset);
  expect(parts.map(({ offset, item }) => [offset, item.start, item.length])).toEqual([
    [0, 2, 222],
    [222, 224, 222],
    [444, 446, 68],
  ]);
});

const somePoints = fc
  .array(
    fc.record({
      where: fc.constantFrom('DB1.DBB', 'DB2.DBB', 'MB', 'IB', 'QB', 'T', 'C'),
      start: fc.nat({ max: 2_000 }),
      length: fc.integer({ min: 1, max: 600 }),
    }),
    { minLength: 1, maxLength: 80 },
  )
  .map((points) =>
    placesOf(
      points.map(({ where, start, length }, index) => ({
        key: `p${index}`,
        address: `${where}${start}`,
        ...(where.length === 1 ? {} : { encoding: 'char', length }),
      })),
    ),
  );

test('every plan, and every split of it, asks for each point once and keeps to the limits of the PDU', () => {
  fc.assert(
    fc.property(
      somePoints,
      fc.constantFrom(50, 112, 240, 480, 960),
      fc.boolean(),
      (places, pduBytes, alone) => {
        let blocks = planBlocks(places, pduBytes);
        for (let round = 0; round < 8; round += 1) {
          expect(
            blocks.flatMap((block) => block.places.map((place) => place.index)).sort((a, b) => a - b),
          ).toEqual(places.map((_, index) => index));
          for (const block of blocks)
            for (const place of block.places) {
              expect([place.area, place.db]).toEqual([block.area, block.db]);
              expect(place.start).toBeGreaterThanOrEqual(block.start);
              expect(place.start + place.length).toBeLessThanOrEqual(block.start + block.length);
            }
          const read = new Map<Block, number>();
          for (const { parts } of packRequests(blocks, pduBytes, alone)) {
            const bytes = parts.map(({ item }) => item.length * unitBytes(item.area));
            expect(parts.length).toBeLessThanOrEqual(alone ? 1 : ITEMS_MAX);
            expect(REQUEST_BYTES.head + REQUEST_BYTES.item * parts.length).toBeLessThanOrEqual(pduBytes);
            expect(
              bytes.reduce((sum, each) => sum + ANSWER_BYTES.item + each + (each % 2), ANSWER_BYTES.head),
            ).toBeLessThanOrEqual(pduBytes);
            for (const { block, item } of parts) read.set(block, (read.get(block) ?? 0) + item.length);
          }
          for (const block of blocks) expect(read.get(block)).toBe(block.length);
          const before = blocks.length;
          blocks = blocks.flatMap((block) => (block.places.length > 1 ? splitBlock(block) : [block]));
          if (before < places.length) expect(blocks.length).toBeGreaterThan(before);
        }
      },
    ),
    { numRuns: 100 },
  );
});
