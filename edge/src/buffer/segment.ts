import { type FileHandle, open } from 'node:fs/promises';
import type { Age } from './ages.ts';
import { readAt } from './files.ts';
import { decodeRecord, RECORD_HEADER_BYTES, recordBytes } from './record.ts';

/** What is known of one segment file without reading it again. */
export type Segment = {
  number: number;
  path: string;
  /** Bytes of whole, synced records; what follows in the file is not data. */
  bytes: number;
  samples: number;
  /** Samples of records the cursor has passed. */
  samplesPassed: number;
  /** What it holds is counted as lost; it is about to leave the disk. */
  givenUp?: boolean;
  ages: Age[];
};

const NAME = /^segment-(\d{12})\.log$/;

/** `segment-000000000007.log` */
export const segmentName = (number: number): string => `segment-${String(number).padStart(12, '0')}.log`;

/** The number in a segment's file name, or null for another file. */
export function segmentNumber(name: string): number | null {
  const digits = NAME.exec(name)?.[1];
  return digits === undefined ? null : Number(digits);
}

export type ScannedSegment = {
  bytes: number;
  samples: number;
  samplesPassed: number;
  lastSequence: number;
  /** Bytes after the last good record. */
  bytesAfter: number;
  lastBody: { body: Buffer; gzipped: boolean } | null;
};

/**
 * Reads a segment record by record up to the first one that is not whole. `passedTo` is the cursor's offset in this
 * segment (Infinity for a segment before it). Memory: one record at a time.
 */
export async function scanSegment(path: string, passedTo: number): Promise<ScannedSegment> {
  const handle = await open(path, 'r');
  try {
    const { size } = await handle.stat();
    const found: ScannedSegment = {
      bytes: 0,
      samples: 0,
      samplesPassed: 0,
      lastSequence: 0,
      bytesAfter: 0,
      lastBody: null,
    };
    for (;;) {
      const record = await readRecord(handle, found.bytes);
      if (record === null) break;
      found.bytes += record.bytes;
      found.samples += record.samples;
      if (found.bytes <= passedTo) found.samplesPassed += record.samples;
      found.lastSequence = record.sequence;
      found.lastBody = { body: record.body, gzipped: record.gzipped };
    }
    found.bytesAfter = size - found.bytes;
    return found;
  } finally {
    await handle.close();
  }
}

/** The record at a position with its length on disk, or null when there is no whole, undamaged one. */
export async function readRecord(handle: FileHandle, position: number) {
  const header = await readAt(handle, position, RECORD_HEADER_BYTES);
  const bytes = recordBytes(header);
  if (bytes === null) return null;
  const whole = await readAt(handle, position, bytes);
  const record = decodeRecord(whole);
  return record === null ? null : { ...record, bytes };
}
