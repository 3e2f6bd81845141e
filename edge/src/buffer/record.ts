import { crc32, gunzipSync } from 'node:zlib';
import { Batch } from '@ronghe/contracts';

/**
 * One record of the segment log is one batch, exactly as it is delivered, so that a retry after any crash carries
 * identical bytes. Little endian:
 *
 * | offset | bytes | field |
 * |---|---|---|
 * | 0 | 4 | CRC-32 (zlib's polynomial) of everything after it |
 * | 4 | 4 | length of the body |
 * | 8 | 1 | flags: bit 0 = the body is gzip |
 * | 9 | 4 | samples in the batch |
 * | 13 | 8 | sequence |
 * | 21 | n | body, the JSON of a `Batch` |
 */
export type BufferRecord = { sequence: number; samples: number; gzipped: boolean; body: Buffer };

export const RECORD_HEADER_BYTES = 21;
/** Largest body; a longer length in a header can only be damage. */
export const RECORD_BODY_BYTES_MAX = 32 * 1024 * 1024;
const GZIPPED = 1;

/** The bytes of one record. Throws RangeError for a body over the limit. */
export function encodeRecord(record: BufferRecord): Buffer {
  if (record.body.length > RECORD_BODY_BYTES_MAX) throw new RangeError('the batch is too large for a record');
  const bytes = Buffer.allocUnsafe(RECORD_HEADER_BYTES + record.body.length);
  bytes.writeUInt32LE(record.body.length, 4);
  bytes.writeUInt8(record.gzipped ? GZIPPED : 0, 8);
  bytes.writeUInt32LE(record.samples, 9);
  bytes.writeBigUInt64LE(BigInt(record.sequence), 13);
  record.body.copy(bytes, RECORD_HEADER_BYTES);
  bytes.writeUInt32LE(crc32(bytes.subarray(4)), 0);
  return bytes;
}

/** Length of the whole record whose header starts here, or null when the header is cut off or cannot be one. */
export function recordBytes(header: Buffer): number | null {
  if (header.length < RECORD_HEADER_BYTES) return null;
  const bodyBytes = header.readUInt32LE(4);
  return bodyBytes > RECORD_BODY_BYTES_MAX ? null : RECORD_HEADER_BYTES + bodyBytes;
}

/** The record at the start of these bytes, or null when it is torn or damaged. Never throws. */
export function decodeRecord(bytes: Buffer): BufferRecord | null {
  const length = recordBytes(bytes);
  if (length === null || bytes.length < length) return null;
  if (crc32(bytes.subarray(4, length)) !== bytes.readUInt32LE(0)) return null;
  const sequence = bytes.readBigUInt64LE(13);
  if (sequence > BigInt(Number.MAX_SAFE_INTEGER)) return null;
  return {
    sequence: Number(sequence),
    samples: bytes.readUInt32LE(9),
    gzipped: (bytes.readUInt8(8) & GZIPPED) !== 0,
    body: bytes.subarray(RECORD_HEADER_BYTES, length),
  };
}

/** The JSON of the batch inside a record. */
export const textIn = ({ body, gzipped }: Pick<BufferRecord, 'body' | 'gzipped'>): string =>
  (gzipped ? gunzipSync(body) : body).toString('utf8');

/** The batch inside a record. Throws what zod says when it is none. */
export const batchIn = (record: Pick<BufferRecord, 'body' | 'gzipped'>): Batch =>
  Batch.parse(JSON.parse(textIn(record))) as Batch;
