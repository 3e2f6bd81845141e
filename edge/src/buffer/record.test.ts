import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeRecord, encodeRecord, RECORD_HEADER_BYTES } from './record.ts';

const record = fc.record({
  sequence: fc.maxSafeNat(),
  samples: fc.nat({ max: 20_000 }),
  gzipped: fc.boolean(),
  body: fc.uint8Array({ maxLength: 2_000 }).map((bytes) => Buffer.from(bytes)),
});

test('what is encoded is decoded, whatever follows it', () => {
  fc.assert(
    fc.property(record, fc.uint8Array({ maxLength: 50 }), (given, after) => {
      expect(decodeRecord(Buffer.concat([encodeRecord(given), after]))).toEqual(given);
    }),
  );
});

test('a record that is cut off anywhere is no record', () => {
  fc.assert(
    fc.property(record, fc.nat(), (given, cut) => {
      const bytes = encodeRecord(given);
      expect(decodeRecord(bytes.subarray(0, cut % bytes.length))).toBeNull();
    }),
  );
});

test('a record with one changed bit is no record', () => {
  fc.assert(
    fc.property(record, fc.nat(), (given, bit) => {
      const bytes = encodeRecord(given);
      const at = bit % (bytes.length * 8);
      bytes[at >> 3] = (bytes[at >> 3] ?? 0) ^ (1 << (at & 7));
      expect(decodeRecord(bytes)).toBeNull();
    }),
  );
});

test('random bytes are no record and never throw', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: RECORD_HEADER_BYTES, maxLength: 200 }), (bytes) => {
      expect(decodeRecord(Buffer.from(bytes))).toBeNull();
    }),
  );
});
