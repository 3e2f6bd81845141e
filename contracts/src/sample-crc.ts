// Not in the front door: the portal has no zlib and needs none.
import { crc32 } from 'node:zlib';
import type { SampleValue } from './ingest.ts';
import { QUALITIES, type Quality } from './quality.ts';

const NUMBER_BYTES = 17;
const numbers = Buffer.alloc(NUMBER_BYTES);
const view = new DataView(numbers.buffer, numbers.byteOffset, NUMBER_BYTES);

/**
 * CRC-32 (zlib's polynomial) by which both ends know that they have the same sample: of the time in whole microseconds
 * (int64), the value (float64 of a number, 1 or 0 of a boolean, 0 for none; UTF-8 of a text) and the quality's place in
 * `QUALITIES` (one byte), all little-endian. ClickHouse computes the same from what is stored.
 */
export function sampleCrc(timeUs: number, value: SampleValue, quality: Quality): number {
  view.setBigInt64(0, BigInt(timeUs), true);
  const place = QUALITIES.indexOf(quality);
  // A text that is not good and empty is how "no text" is stored.
  if (typeof value === 'string' && (value !== '' || quality === 'good')) {
    const text = Buffer.from(value);
    return crc32(Uint8Array.of(place), crc32(text, crc32(numbers.subarray(0, 8))));
  }
  // JSON has no -0; adding 0 makes it 0 here as well.
  view.setFloat64(8, Number(value ?? 0) + 0, true);
  numbers[16] = place;
  return crc32(numbers);
}
