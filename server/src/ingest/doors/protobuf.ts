import protobuf from 'protobufjs/light.js';
import { AppError } from '#platform/errors/errors.ts';

/** Where a message lies inside the bytes. */
export type Range = readonly [start: number, end: number];
export type Wire = protobuf.Reader;

/**
 * Requests are walked by field number instead of being decoded into objects: two bytes can stand for an object of a
 * hundred, and a request of many megabytes would not fit into memory. A tag is `field * 8 + wire type`; what is not
 * looked for is skipped, as protobuf asks.
 */
export const tagOf = (field: number, wire: 0 | 1 | 2 | 5): number => field * 8 + wire;

/** @throws REQUEST_INVALID when `read` runs out of the bytes or meets what protobuf does not know */
export function readMessage<Result>(bytes: Buffer, read: (wire: Wire, range: Range) => Result): Result {
  try {
    return read(protobuf.Reader.create(bytes), [0, bytes.length]);
  } catch (error) {
    // What is not about the bytes is a fault of ours and must not be told to a sender as one of his.
    if (error instanceof AppError || error instanceof TypeError || error instanceof ReferenceError)
      throw error;
    const details = [
      { path: 'body', message: `is not the protobuf message it should be: ${reasonOf(error)}` },
    ];
    throw new AppError('REQUEST_INVALID', {}, { details, cause: error });
  }
}

const reasonOf = (error: unknown): string =>
  error instanceof Error ? error.message.slice(0, 100) : 'unreadable';

/** Calls `take` at each field; it reads the value and returns true, or returns false to skip it. */
export function eachField(wire: Wire, [start, end]: Range, take: (tag: number) => boolean): void {
  wire.pos = start;
  while (wire.pos < end) {
    const tag = wire.uint32();
    if (tag < 8) throw new RangeError('field number 0');
    if (!take(tag)) wire.skipType(tag & 7);
  }
  if (wire.pos !== end) throw new RangeError('a field ends outside its message');
}

/** Steps over a message, a text or a packed list and tells where it is. */
export function rangeAt(wire: Wire): Range {
  const length = wire.uint32();
  const start = wire.pos;
  if (start + length > wire.len) throw new RangeError('a message is longer than the body');
  wire.pos = start + length;
  return [start, start + length];
}

/** Enters a message whose length comes next; returns where it ends. For loops that a call for each field would slow down. */
export function startMessage(wire: Wire): number {
  const length = wire.uint32();
  const end = wire.pos + length;
  if (end > wire.len) throw new RangeError('a message is longer than the body');
  return end;
}
export function endMessage(wire: Wire, end: number): void {
  if (wire.pos !== end) throw new RangeError('a field ends outside its message');
}

/** A 64-bit number as the library hands it out: a number where it has no type for more, else two halves. */
type Halves = { low: number; high: number; unsigned: boolean };
const HALF = 4_294_967_296;

/** A 64-bit number; beyond 2^53 the nearest double. */
export const numberOf = (value: number | Halves): number =>
  typeof value === 'number'
    ? value
    : (value.unsigned ? value.high >>> 0 : value.high) * HALF + (value.low >>> 0);

/** An unsigned 64-bit number with every digit. */
export const bigOf = (value: number | Halves): bigint =>
  typeof value === 'number' ? BigInt(value) : (BigInt(value.high >>> 0) << 32n) | BigInt(value.low >>> 0);
