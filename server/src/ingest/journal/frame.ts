import type { OrganisationPath } from '@ronghe/contracts';
import type { Row } from '../observations/observations.ts';

/** Numbers and booleans of many points, one row each; the arrays have `length` rows and must not change any more. */
export type Columns = {
  length: number;
  series: Uint32Array;
  /** microseconds since 1970 UTC */
  time: BigInt64Array;
  value: Float64Array;
  /** index into QUALITIES */
  quality: Uint8Array;
};
/** What one request brought, as it waits in the journal and in memory. */
export type Frame = {
  organisation: OrganisationPath;
  door: string;
  receivedMs: number;
  columns: Columns;
  /** rows that have no place in the columns: texts, and numbers with a reason */
  texts: readonly Row[];
  reasoned: readonly Row[];
};

const VERSION = 1;
const HEAD_BYTES = 16;
/** series 4, time 8, value 8, quality 1 */
const ROW_BYTES = 21;

type Head = Omit<Frame, 'columns' | 'reasoned'> & {
  // JSON has no NaN, which is "no value"
  reasoned: (Omit<Row, 'value'> & { value: number | null })[];
};

/**
 * A frame as bytes: version, length of the JSON head and count of rows (uint32 each), the head filled up to 8 bytes with
 * spaces, then times, values, series and qualities as little-endian arrays.
 * @returns the bytes, and the frame's columns as views of these very bytes, so that they exist once in memory
 */
export function encodeFrame(frame: Frame): { bytes: Buffer; columns: Columns } {
  const { columns, ...rest } = frame;
  const head: Head = {
    ...rest,
    reasoned: rest.reasoned.map((row) => ({ ...row, value: finite(row.value) })),
  };
  const json = Buffer.from(JSON.stringify(head));
  const headBytes = Math.ceil(json.length / 8) * 8;
  const rows = columns.length;
  // Not from the pool: the views need the alignment of a buffer of their own.
  const bytes = Buffer.from(new ArrayBuffer(HEAD_BYTES + headBytes + rows * ROW_BYTES));
  bytes.writeUInt32LE(VERSION, 0);
  bytes.writeUInt32LE(headBytes, 4);
  bytes.writeUInt32LE(rows, 8);
  bytes.fill(0x20, HEAD_BYTES, HEAD_BYTES + headBytes);
  json.copy(bytes, HEAD_BYTES);
  const views = viewsOf(bytes.buffer as ArrayBuffer, HEAD_BYTES + headBytes, rows);
  views.time.set(columns.time);
  views.value.set(columns.value);
  views.series.set(columns.series);
  views.quality.set(columns.quality);
  return { bytes, columns: views };
}

/** @throws Error when the bytes are not a frame of this version */
export function decodeFrame(content: Buffer): Frame {
  const version = content.readUInt32LE(0);
  if (version !== VERSION) throw new Error(`frame of version ${version}, this server reads ${VERSION}`);
  const headBytes = content.readUInt32LE(4);
  const rows = content.readUInt32LE(8);
  const head = JSON.parse(content.toString('utf8', HEAD_BYTES, HEAD_BYTES + headBytes)) as Head;
  const start = HEAD_BYTES + headBytes;
  const copy = new Uint8Array(rows * ROW_BYTES);
  copy.set(content.subarray(start, start + rows * ROW_BYTES));
  const reasoned = head.reasoned.map((row) => ({ ...row, value: row.value ?? Number.NaN }));
  return { ...head, reasoned, columns: viewsOf(copy.buffer, 0, rows) };
}

/** Rows of a frame, all kinds. */
export const rowsOf = ({ columns, texts, reasoned }: Frame): number =>
  columns.length + texts.length + reasoned.length;

function viewsOf(buffer: ArrayBuffer, start: number, rows: number): Columns {
  return {
    length: rows,
    time: new BigInt64Array(buffer, start, rows),
    value: new Float64Array(buffer, start + rows * 8, rows),
    series: new Uint32Array(buffer, start + rows * 16, rows),
    quality: new Uint8Array(buffer, start + rows * 20, rows),
  };
}

const finite = (value: number | string): number | null =>
  typeof value === 'number' && Number.isFinite(value) ? value : null;
