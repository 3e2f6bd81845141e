import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AppError } from '#platform/errors/errors.ts';
import { BLOCK_RATIO_MAX, inBlocks, readBlocks, writeBlock } from './blocks.ts';
import { cityHash128 } from './city-hash.ts';
import { inLz4Frame } from './lz4-frame.ts';

const QUERY = `select 1 as x, '${'a'.repeat(40)}' as y`;
/** The same query as ClickHouse's Go client (ch-go 0.75.0) writes it. */
const MADE_BY_CLICKHOUSE = {
  LZ4: 'a1b312ff4c10184735b465eb9bba8e47822f0000003e000000ff0273656c656374203120617320782c20276101000a000200c0616161616161272061732079',
  ZSTD: 'f2507b43063f6e1b68516abf83e9ffec90350000003e00000028b52ffd0400fd0000740173656c656374203120617320782c2027612720617320790154100222119ab2edc9',
  NONE: '20bb59be0dd42d337851a19b603c23bc02470000003e00000073656c656374203120617320782c202761616161616161616161616161616161616161616161616161616161616161616161616161616161272061732079',
};
const BYTES_MAX = 1_048_576;
const bytesOf = (hex: string) => Uint8Array.from(Buffer.from(hex, 'hex'));

/** A block with its header and a right checksum, whatever is in it. */
function block(method: number, data: Uint8Array, length: number, told = data.length + 9): Uint8Array {
  const made = Buffer.alloc(25 + data.length);
  made.writeUInt8(method, 16);
  made.writeUInt32LE(told, 17);
  made.writeUInt32LE(length, 21);
  made.set(data, 25);
  made.set(cityHash128(made.subarray(16)));
  return made;
}
const failure = (work: () => unknown): unknown[] => {
  try {
    return ['no error', work()];
  } catch (error) {
    const { values } = error as AppError;
    return [values.number, values.name];
  }
};

describe('blocks of ClickHouse', () => {
  it.each(Object.entries(MADE_BY_CLICKHOUSE))('reads what a client wrote with %s', (_method, hex) => {
    expect(Buffer.from(readBlocks(bytesOf(hex), BYTES_MAX)).toString()).toBe(QUERY);
  });

  it('reads several blocks as one text', () => {
    const body = Buffer.concat(Object.values(MADE_BY_CLICKHOUSE).map(bytesOf));
    expect(Buffer.from(readBlocks(body, BYTES_MAX)).toString()).toBe(QUERY.repeat(3));
  });

  it('gives back whatever it wrote', () => {
    const text = fc.string({ unit: 'grapheme', maxLength: 50 }).map((part) => Buffer.from(part.repeat(40)));
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 3_000 }), text), (bytes) => {
        expect(Buffer.compare(readBlocks(writeBlock(bytes), BYTES_MAX), bytes)).toBe(0);
      }),
      { seed: 11, numRuns: 400 },
    );
  });

  it('answers every spoiled byte with an error of ClickHouse, and nothing else', () => {
    const whole = bytesOf(MADE_BY_CLICKHOUSE.LZ4);
    for (let at = 0; at < whole.length; at++) {
      const spoiled = whole.map((byte, place) => (place === at ? byte ^ 0x55 : byte));
      expect([
        [40, 'CHECKSUM_DOESNT_MATCH'],
        [33, 'CANNOT_READ_ALL_DATA'],
        [39, 'TOO_LARGE_SIZE_COMPRESSED'],
        [246, 'CORRUPTED_DATA'],
      ]).toContainEqual(failure(() => readBlocks(spoiled, BYTES_MAX)));
    }
  });

  it('answers a body that is cut anywhere', () => {
    const whole = bytesOf(MADE_BY_CLICKHOUSE.LZ4);
    for (let length = 1; length < whole.length; length++)
      expect(failure(() => readBlocks(whole.subarray(0, length), BYTES_MAX))).toEqual([
        33,
        'CANNOT_READ_ALL_DATA',
      ]);
  });

  it.each<[string, Uint8Array, number]>([
    ['an unknown method', block(0x91, Uint8Array.of(1, 2, 3), 3), 432],
    ['LZ4 that is none', block(0x82, Uint8Array.of(0xf0, 1, 2), 100), 271],
    ['LZ4 that points before its beginning', block(0x82, Uint8Array.of(0x10, 65, 9, 0, 0), 20), 271],
    ['LZ4 of another length', block(0x82, Uint8Array.of(0x10, 65), 2), 271],
    ['ZSTD that is none', block(0x90, Buffer.alloc(40), 40), 271],
    ['bytes as they are of another length', block(0x02, Uint8Array.of(65), 2), 271],
    ['a header that is shorter than a header', block(0x82, Uint8Array.of(65), 1, 8), 246],
    ['a bomb by its size', block(0x82, Buffer.alloc(4_000), BYTES_MAX + 1), 39],
    ['a bomb by its ratio', block(0x90, Buffer.alloc(20), 29 * BLOCK_RATIO_MAX + 1), 39],
    ['a size that ClickHouse does not take', block(0x82, Uint8Array.of(65), 1, 0x40000001), 39],
  ])('refuses %s', (_what, body, number) => {
    expect(failure(() => readBlocks(body, BYTES_MAX))[0]).toBe(number);
  });

  it('refuses frames of ZSTD that say they need much memory, or go on behind their end', () => {
    const frame = bytesOf(MADE_BY_CLICKHOUSE.ZSTD).subarray(25);
    expect(
      failure(() => readBlocks(block(0x90, Buffer.concat([frame, frame]), QUERY.length), BYTES_MAX))[0],
    ).toBe(271);
    // a window of two gigabytes, one empty block
    const greedy = Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0x00, 0xa8, 0x01, 0x00, 0x00);
    expect(failure(() => readBlocks(block(0x90, greedy, 0), BYTES_MAX))[0]).toBe(271);
    // a run of 128 KiB in a frame that was announced as 100 bytes
    const run = Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0x20, 0x64, 0x03, 0x00, 0x10, 0x41);
    expect(failure(() => readBlocks(block(0x90, run, 100), BYTES_MAX))[0]).toBe(271);
  });

  it('never reads rubbish for long, and never as something else than an error or bytes of the length told', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(0x82, 0x90),
        fc.uint8Array({ maxLength: 300 }),
        fc.nat(2_000),
        (method, data, length) => {
          const bytes = method === 0x90 ? Buffer.concat([Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd), data]) : data;
          const told = failure(() => readBlocks(block(method, bytes, length), BYTES_MAX));
          if (told[0] === 'no error') expect((told[1] as Uint8Array).length).toBe(length);
          else expect([271, 39]).toContain(told[0]);
        },
      ),
      { seed: 3, numRuns: 3_000 },
    );
  });
});

describe('streams', () => {
  async function* chunks(...sizes: number[]) {
    for (const [place, size] of sizes.entries()) yield Buffer.alloc(size, `${place} some text; `);
  }
  const all = async (stream: AsyncIterable<Uint8Array>) => {
    const parts: Uint8Array[] = [];
    for await (const part of stream) parts.push(part);
    return parts;
  };

  it('puts small chunks together and cuts large ones, and nothing is lost', async () => {
    const sizes = [10, 1_000, 90_000, 3_000_000, 7];
    const parts = await all(inBlocks(chunks(...sizes)));
    expect(parts).toHaveLength(5);
    const read = readBlocks(Buffer.concat(parts), 10_000_000);
    expect(Buffer.compare(read, Buffer.concat(await all(chunks(...sizes))))).toBe(0);
    expect(await all(inBlocks(chunks()))).toEqual([]);
  });

  it('makes frames of LZ4 as its own tools read them', async () => {
    const [header, first, end, ...rest] = await all(inLz4Frame(chunks(100_000)));
    // the checksum of the header is one byte of its xxHash, known from the frames of LZ4 1.10
    expect(Buffer.from(header ?? []).toString('hex')).toBe('04224d18606051');
    expect(new DataView((first ?? new Uint8Array(4)).buffer).getUint32(0, true)).toBe(
      (first?.length ?? 0) - 4,
    );
    expect([...(end ?? [])]).toEqual([0, 0, 0, 0]);
    expect(rest).toEqual([]);
  });
});
