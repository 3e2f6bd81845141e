import type { EncodedColumn } from '#platform/db/columns.ts';

/**
 * Columns as one block of ClickHouse's Native format, the way it travels over HTTP: counts of columns and rows, then per
 * column its name, its type and the values in little-endian order; text as length and bytes.
 * Source: ClickHouse documentation, Native format.
 */
export function nativeBlock(columns: readonly EncodedColumn[]): Uint8Array[] {
  const rows = columns[0]?.rows ?? 0;
  const parts: Uint8Array[] = [Buffer.concat([variableInteger(columns.length), variableInteger(rows)])];
  for (const column of columns) parts.push(text(column.name), text(column.type), values(column));
  return parts;
}

function values({ type, bytes, offsets, rows }: EncodedColumn): Uint8Array {
  if (offsets) return lengthPrefixed(bytes, offsets, rows);
  // encoded as 32-bit days for Arrow; ClickHouse itself keeps 16 bits
  if (type === 'Date')
    return new Uint8Array(Uint16Array.from(new Int32Array(bytes.buffer, bytes.byteOffset, rows)).buffer);
  return bytes;
}

function lengthPrefixed(bytes: Uint8Array, offsets: Int32Array, rows: number): Uint8Array {
  const target = Buffer.allocUnsafe(bytes.length + rows * 5);
  let end = 0;
  for (let row = 0; row < rows; row++) {
    const [from, to] = [offsets[row] ?? 0, offsets[row + 1] ?? 0];
    end = writeVariableInteger(target, end, to - from);
    target.set(bytes.subarray(from, to), end);
    end += to - from;
  }
  return target.subarray(0, end);
}

function text(value: string): Uint8Array {
  const bytes = Buffer.from(value);
  return Buffer.concat([variableInteger(bytes.length), bytes]);
}

function variableInteger(value: number): Uint8Array {
  const target = Buffer.alloc(10);
  return target.subarray(0, writeVariableInteger(target, 0, value));
}

/** LEB128: seven bits a byte, lowest first. */
function writeVariableInteger(target: Uint8Array, position: number, value: number): number {
  let [rest, at] = [value, position];
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) target[at++] = (rest % 0x80) | 0x80;
  target[at++] = rest;
  return at;
}
