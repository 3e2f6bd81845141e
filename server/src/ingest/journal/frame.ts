import type { OrganisationPath } from '@ronghe/contracts';
import type { LedgerEntry } from '../ledger/ledger.ts';
import type { Row } from '../observations/observations.ts';
import type { RejectDraft } from '../rejects/rejects.ts';
import { bytesOfColumns, type PackedColumns, viewColumns } from './columns.ts';

/** A numbered batch of a collector. It counts as recorded together with its rows, and so do its rejects. */
export type Batch = {
  epoch: string;
  sequence: number;
  /** hash of what it delivers */
  content: string;
  rejected: number;
  rejects: readonly RejectDraft[];
  /** what became of samples on the way, for the ledger of completeness; absent in frames of before there was one */
  ledger?: readonly LedgerEntry[];
};

/** What one request brought, as it waits in the journal and in memory. */
export type Frame = {
  organisation: OrganisationPath;
  door: string;
  /** collector, or null when the door knows none */
  source: string | null;
  /** only with a source */
  batch: Batch | null;
  receivedMs: number;
  columns: PackedColumns;
  /** rows that have no place in the columns: texts, and numbers with a reason or the time of a device's server */
  texts: readonly Row[];
  reasoned: readonly Row[];
};

const VERSION = 2;
const HEAD_BYTES = 24;

type Head = Omit<Frame, 'columns' | 'reasoned'> & {
  // JSON has no NaN, which is "no value"
  reasoned: (Omit<Row, 'value'> & { value: number | null })[];
};

/**
 * A frame as bytes, in two parts: a head and the columns as they are in memory. The head is version, bytes of its text, rows,
 * runs and whether there are qualities (uint32 each, little-endian, one unused), then JSON filled up to 8 bytes with spaces.
 */
export function encodeFrame(frame: Frame): [head: Buffer, columns: Uint8Array] {
  const { columns, ...rest } = frame;
  const head: Head = {
    ...rest,
    reasoned: rest.reasoned.map((row) => ({ ...row, value: finite(row.value) })),
  };
  const json = Buffer.from(JSON.stringify(head));
  const textBytes = Math.ceil(json.length / 8) * 8;
  const bytes = Buffer.alloc(HEAD_BYTES + textBytes, ' ');
  const { rows, runs, quality } = columns;
  for (const [at, value] of [VERSION, textBytes, rows, runs, quality ? 1 : 0, 0].entries())
    bytes.writeUInt32LE(value, at * 4);
  json.copy(bytes, HEAD_BYTES);
  return [bytes, columns.bytes];
}

/** @throws Error when the bytes are not a frame of this version */
export function decodeFrame(content: Buffer): Frame {
  const version = content.readUInt32LE(0);
  if (version !== VERSION)
    throw new Error(
      `frame of version ${version}, this server reads ${VERSION}: start and stop the server that wrote it once`,
    );
  const [textBytes, rows, runs, qualities] = [4, 8, 12, 16].map((at) => content.readUInt32LE(at)) as [
    number,
    number,
    number,
    number,
  ];
  const start = HEAD_BYTES + textBytes;
  const head = JSON.parse(content.toString('utf8', HEAD_BYTES, start)) as Head;
  const hasQuality = qualities === 1;
  // A copy, because views need their alignment, and because the whole segment would stay in memory otherwise.
  const size = bytesOfColumns(runs, rows, hasQuality);
  if (start + size !== content.length)
    throw new Error(`frame of ${content.length} bytes that says it has ${start + size}`);
  const bytes = new Uint8Array(size);
  bytes.set(content.subarray(start, start + bytes.length));
  const columns = viewColumns({ bytes, release: () => undefined }, { runs, rows, hasQuality });
  const reasoned = head.reasoned.map((row) => ({ ...row, value: row.value ?? Number.NaN }));
  return { ...head, reasoned, columns };
}

/** Rows of a frame, all kinds. */
export const rowsOf = ({ columns, texts, reasoned }: Frame): number =>
  columns.rows + texts.length + reasoned.length;

/** What a row of the columns takes while it waits; everything else counts as so many of them. */
const ROW_BYTES = 16;
/** A row as an object, without its texts; and a reject, whose sample and words are short. */
const OBJECT_BYTES = 128;
const REJECT_BYTES = 1_024;
/** A character takes two bytes as soon as one of its text is Chinese. */
const CHARACTER_BYTES = 2;

/**
 * What a frame takes of the room for rows that wait: its rows, but a text counts by its length, so that the memory of what
 * waits is bounded whatever is sent.
 */
export function weightOf({ columns, texts, reasoned, batch }: Frame): number {
  const characters = [...texts, ...reasoned].reduce(
    (sum, { value, reason }) => sum + reason.length + (typeof value === 'string' ? value.length : 0),
    0,
  );
  const bytes =
    (texts.length + reasoned.length) * OBJECT_BYTES +
    characters * CHARACTER_BYTES +
    (batch?.rejects.length ?? 0) * REJECT_BYTES +
    (batch?.ledger?.length ?? 0) * OBJECT_BYTES;
  // Never nothing: a batch without rows has to be waited for too, because its number is recorded.
  return Math.max(1, columns.rows + Math.ceil(bytes / ROW_BYTES));
}

const finite = (value: number | string): number | null =>
  typeof value === 'number' && Number.isFinite(value) ? value : null;
