import { createRequire } from 'node:module';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { AppError } from '#platform/errors/errors.ts';
import { createBodyGate } from './body-gate.ts';
import { FUZZ_RUNS, FUZZ_TIMEOUT_MS } from './doors.fixture.ts';
import { uncompressSnappy } from './snappy.ts';

vi.setConfig({ testTimeout: FUZZ_TIMEOUT_MS });

const { compress } = createRequire(import.meta.url)('snappyjs') as { compress(bytes: Buffer): Buffer };
const limit = { bytesMax: 1_000_000 };
const codeOf = (body: Uint8Array, bytesMax = limit.bytesMax): string => {
  try {
    return `${uncompressSnappy(body, { bytesMax }).length} bytes`;
  } catch (error) {
    if (error instanceof AppError) return error.code;
    throw error;
  }
};

describe('Snappy in the block format', () => {
  it('gives back what another implementation compressed', () => {
    const text = fc
      .tuple(fc.uint8Array({ maxLength: 300 }), fc.nat({ max: 400 }))
      .map(([bytes, times]) => Buffer.concat(Array.from({ length: times }, () => Buffer.from(bytes))));
    fc.assert(
      fc.property(text, (bytes) => {
        expect(uncompressSnappy(compress(bytes), limit).equals(bytes)).toBe(true);
      }),
      { numRuns: Math.min(500, FUZZ_RUNS) },
    );
  });

  it('reads every kind of element', () => {
    const long = Buffer.alloc(70_000, 7);
    const literal = (size: number, bytes: number) => {
      const length = Buffer.alloc(4);
      length.writeUInt32LE(size - 1);
      return Buffer.concat([
        Buffer.from([(59 + bytes) << 2]),
        length.subarray(0, bytes),
        long.subarray(0, size),
      ]);
    };
    const literals: [size: number, bytes: number][] = [
      [61, 1],
      [300, 2],
      [70_000, 3],
      [70_000, 4],
    ];
    for (const [size, bytes] of literals) {
      const head: number[] = [];
      for (let rest = size; ; rest = Math.floor(rest / 128)) {
        head.push(rest >= 128 ? (rest % 128) + 128 : rest);
        if (rest < 128) break;
      }
      const body = Buffer.concat([Buffer.from(head), literal(size, bytes)]);
      expect(uncompressSnappy(body, limit).equals(long.subarray(0, size))).toBe(true);
    }
    // "ab", then a copy of 6 from 2 back with an offset of one, two and four bytes
    const copies = [
      [0b000_010_01, 2],
      [0b000101_10, 2, 0],
      [0b000101_11, 2, 0, 0, 0],
    ];
    for (const copy of copies)
      expect(uncompressSnappy(Buffer.from([8, 4, 97, 98, ...copy]), limit).toString()).toBe('abababab');
  });

  it.each([
    ['nothing', []],
    ['a length that does not end', [0xff, 0xff, 0xff, 0xff, 0xff, 0xff]],
    ['a length it cannot have', [0xff, 0xff, 0x7f, 0]],
    ['a literal that is cut off', [5, 16, 97]],
    ['a literal beyond the length', [1, 4, 97, 98]],
    ['a copy from before the beginning', [8, 4, 97, 98, 0b000_010_01, 3]],
    ['a copy from nowhere', [8, 4, 97, 98, 0b000_010_01, 0]],
    ['a copy beyond the length', [4, 4, 97, 98, 0b000_010_01, 2]],
    ['a copy without its offset', [8, 4, 97, 98, 0b000101_11, 2]],
    ['fewer bytes than it said', [8, 4, 97, 98]],
    // Bytes at which snappyjs 0.7.0 walks backwards for ever.
    ['a literal of 4 GB', [100, 0xfc, 0xf0, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0, 0, 0, 0]],
  ])('refuses %s', (_name, bytes) => {
    expect(codeOf(Uint8Array.from(bytes))).toBe('REQUEST_INVALID');
  });

  it('refuses what would be larger than allowed before it is inflated', () => {
    expect(codeOf(compress(Buffer.alloc(1_000_001)))).toBe('REQUEST_TOO_LARGE');
    expect(codeOf(compress(Buffer.alloc(1_000_000)))).toBe('1000000 bytes');
  });

  it('never throws anything but an error of the catalog, and always ends', () => {
    const honest = compress(Buffer.from('temperature{host="a"} 20.5\n'.repeat(40)));
    const broken = fc
      .array(fc.tuple(fc.nat({ max: honest.length - 1 }), fc.integer({ min: 0, max: 255 })), { maxLength: 8 })
      .map((changes) => {
        const bytes = Buffer.from(honest);
        for (const [at, value] of changes) bytes[at] = value;
        return new Uint8Array(bytes);
      });
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 200 }), broken), (bytes) => {
        expect(codeOf(bytes)).toMatch(/bytes|REQUEST_INVALID|REQUEST_TOO_LARGE/);
      }),
      { numRuns: FUZZ_RUNS },
    );
  });
});

describe('the gate of bodies', () => {
  it('holds as many bytes as it may, all together, and takes again what is given back', () => {
    const gate = createBodyGate({ bytesMax: 100 });
    const [one, two] = [gate.lease('a'), gate.lease('b')];
    one.take(50);
    two.take(50);
    expect(() => two.take(1)).toThrow(expect.objectContaining({ code: 'INGEST_OVERLOADED' }));
    one.release();
    one.release();
    expect(gate.bytes()).toBe(50);
    two.release();
    expect(gate.bytes()).toBe(0);
  });

  it('gives one owner half of it at most, so that uploads that stand still do not shut out others', () => {
    const gate = createBodyGate({ bytesMax: 100 });
    const held = [gate.lease('a'), gate.lease('a')];
    for (const lease of held) lease.take(25);
    expect(() => gate.lease('a').take(1)).toThrow(expect.objectContaining({ code: 'INGEST_OVERLOADED' }));
    gate.lease('b').take(50);
    held[0]?.release();
    gate.lease('a').take(25);
    expect(gate.bytes()).toBe(100);
  });

  it('gives nothing to a request that has ended', () => {
    const gate = createBodyGate({ bytesMax: 100 });
    const lease = gate.lease('a');
    lease.release();
    expect(() => lease.take(1)).toThrow(expect.objectContaining({ code: 'INGEST_OVERLOADED' }));
    expect(gate.bytes()).toBe(0);
  });
});
