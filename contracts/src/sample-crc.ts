import type { SampleValue } from './ingest.ts';
import { QUALITIES, type Quality } from './quality.ts';

const NUMBER_BYTES = 17;
const numbers = new Uint8Array(NUMBER_BYTES);
const view = new DataView(numbers.buffer);
const texts = new TextEncoder();

/** What each byte does to the remainder, for the polynomial 0xEDB88320 (ISO-HDLC, as zlib and ClickHouse have it). */
const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let remainder = byte;
  for (let bit = 0; bit < 8; bit += 1)
    remainder = remainder & 1 ? (remainder >>> 1) ^ 0xedb88320 : remainder >>> 1;
  return remainder;
});

function crc32(bytes: Uint8Array, before = 0): number {
  let remainder = ~before;
  for (let at = 0; at < bytes.length; at += 1)
    remainder = (TABLE[(remainder ^ (bytes[at] as number)) & 0xff] as number) ^ (remainder >>> 8);
  return ~remainder >>> 0;
}

/**
 * CRC-32 by which both ends know that they have the same sample: of the time in whole microseconds (int64), the value
 * (float64 of a number, 1 or 0 of a boolean, 0 for none; UTF-8 of a text) and the quality's place in `QUALITIES` (one byte),
 * all little-endian. ClickHouse computes the same from what is stored.
 */
export function sampleCrc(timeUs: number, value: SampleValue, quality: Quality): number {
  view.setBigInt64(0, BigInt(timeUs), true);
  const place = QUALITIES.indexOf(quality);
  // A text that is not good and empty is how "no text" is stored.
  if (typeof value === 'string' && (value !== '' || quality === 'good'))
    return crc32(Uint8Array.of(place), crc32(texts.encode(value), crc32(numbers.subarray(0, 8))));
  // JSON has no -0; adding 0 makes it 0 here as well.
  view.setFloat64(8, Number(value ?? 0) + 0, true);
  numbers[16] = place;
  return crc32(numbers);
}
