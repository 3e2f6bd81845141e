import type { Area } from './s7.address.ts';

/**
 * Frames of ISO-on-TCP: TPKT (RFC 1006, section 6), in it transport class 0 (ISO 8073, X.224 section 13), in it
 * S7comm. Siemens has never published S7comm; field meanings are those of the Wireshark dissector and of snap7.
 */

/** Bytes came that are no frame of these protocols; the connection cannot be trusted any longer. */
export class S7FormatError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'S7FormatError';
  }
}

const TPKT_VERSION = 3;
const TPKT_BYTES = 4;
/** TPKT, length indicator and two bytes of the shortest TPDU. */
const FRAME_BYTES_MIN = 7;
/** We ask for TPDUs of at most 1024 bytes; some peers send a whole PDU however long, so there is room for that. */
const FRAME_BYTES_MAX = 4_096;
/** Code of the TPDU size that we ask for: 2^10. */
const TPDU_SIZE_CODE = 0x0a;
/** PDU size that we ask for; S7-1500 allows 960, S7-300 and S7-1200 240, S7-400 480. */
export const PDU_BYTES_WANTED = 960;
/** Jobs at a time that we ask for. */
export const JOBS_WANTED = 8;
/** Below this not even one value of 32 bytes fits. */
const PDU_BYTES_MIN = 50;
/** Most variables of one request that an S7-300 takes. */
export const ITEMS_MAX = 20;

/** What a request and its answer cost beside the data, in bytes; see `readRequest` and `parseReadAnswer`. */
export const REQUEST_BYTES = { head: 12, item: 12 } as const;
export const ANSWER_BYTES = { head: 14, item: 4 } as const;

/** Cuts a stream into the contents of its TPKT frames. Throws S7FormatError. Holds less than one frame. */
export function createFrameReader(): { push(chunk: Buffer): Buffer[] } {
  let rest: Buffer = Buffer.alloc(0);
  return {
    push(chunk) {
      const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
      const frames: Buffer[] = [];
      let at = 0;
      while (bytes.length - at >= TPKT_BYTES) {
        const version = bytes.readUInt8(at);
        const length = bytes.readUInt16BE(at + 2);
        if (version !== TPKT_VERSION) throw new S7FormatError(`not ISO-on-TCP: version ${version}`);
        if (length < FRAME_BYTES_MIN || length > FRAME_BYTES_MAX)
          throw new S7FormatError(`a frame of ${length} bytes`);
        if (bytes.length - at < length) break;
        frames.push(bytes.subarray(at + TPKT_BYTES, at + length));
        at += length;
      }
      // A copy, so that the rest of a frame does not keep the whole chunk.
      rest = Buffer.from(bytes.subarray(at));
      return frames;
    },
  };
}

/** One unit of the transport protocol. */
export type Tpdu =
  | { kind: 'connected'; tpduBytes: number }
  | { kind: 'data'; last: boolean; bytes: Buffer }
  | { kind: 'disconnect'; reason: number }
  | { kind: 'error'; cause: number };

/** The content of a TPKT frame (X.224 sections 13.3 to 13.12). Throws S7FormatError. */
export function parseTpdu(frame: Buffer): Tpdu {
  const head = frame.subarray(1, 1 + byteAt(frame, 0));
  if (1 + byteAt(frame, 0) > frame.length) throw new S7FormatError('a header longer than its frame');
  switch (byteAt(head, 0) & 0xf0) {
    case 0xd0:
      return { kind: 'connected', tpduBytes: tpduBytesOf(head.subarray(6)) };
    case 0xf0:
      return { kind: 'data', last: (byteAt(head, 1) & 0x80) !== 0, bytes: frame.subarray(1 + head.length) };
    case 0x80:
      return { kind: 'disconnect', reason: byteAt(head, 5) };
    case 0x70:
      return { kind: 'error', cause: byteAt(head, 3) };
    default:
      throw new S7FormatError(`a TPDU of code ${byteAt(head, 0)}`);
  }
}

/** The size among the parameters of a connection confirm: 2^7 to 2^13; what we asked for when none is told. */
function tpduBytesOf(parameters: Buffer): number {
  for (let at = 0; at + 2 <= parameters.length; at += 2 + byteAt(parameters, at + 1)) {
    if (byteAt(parameters, at) !== 0xc0) continue;
    const code = byteAt(parameters, at + 2);
    if (code < 7 || code > 13) throw new S7FormatError(`a TPDU size of code ${code}`);
    return 2 ** code;
  }
  return 2 ** TPDU_SIZE_CODE;
}

/** The frame that asks for a transport connection. */
export function connectRequest(tsaps: { localTsap: number; remoteTsap: number }): Buffer {
  const tsap = (code: number, value: number) => [code, 2, value >> 8, value & 0xff];
  // CR, destination reference 0 (not known yet), source reference 1, class 0 without options.
  const fixed = [0xe0, 0, 0, 0, 1, 0];
  const variable = [0xc0, 1, TPDU_SIZE_CODE, ...tsap(0xc1, tsaps.localTsap), ...tsap(0xc2, tsaps.remoteTsap)];
  return tpkt(Buffer.from([fixed.length + variable.length, ...fixed, ...variable]));
}

/** The frames that carry one PDU, each at most as long as the peer takes. */
export function dataFrames(pdu: Buffer, tpduBytes: number): Buffer {
  const partBytes = tpduBytes - 3;
  const frames: Buffer[] = [];
  for (let at = 0; at < pdu.length; at += partBytes) {
    const last = at + partBytes >= pdu.length;
    frames.push(
      tpkt(Buffer.concat([Buffer.from([2, 0xf0, last ? 0x80 : 0]), pdu.subarray(at, at + partBytes)])),
    );
  }
  return Buffer.concat(frames);
}

function tpkt(content: Buffer): Buffer {
  const head = Buffer.from([TPKT_VERSION, 0, 0, 0]);
  head.writeUInt16BE(TPKT_BYTES + content.length, 2);
  return Buffer.concat([head, content]);
}

/** What a PLC sends back: the job it belongs to, an error of the whole job (0 is none), parameters and data. */
export type Answer = { job: number; error: number; parameters: Buffer; data: Buffer };

const PROTOCOL_ID = 0x32;
const JOB = 1;
const ACKNOWLEDGEMENT = 2;
const ACKNOWLEDGEMENT_WITH_DATA = 3;
const ANSWER_HEAD_BYTES = 12;
const SETUP = 0xf0;
const READ = 0x04;

/** A PDU; null for a kind that we never asked for, such as an alarm. Throws S7FormatError. */
export function parsePdu(pdu: Buffer): Answer | null {
  if (byteAt(pdu, 0) !== PROTOCOL_ID) throw new S7FormatError(`not S7: protocol ${byteAt(pdu, 0)}`);
  const kind = byteAt(pdu, 1);
  if (kind !== ACKNOWLEDGEMENT && kind !== ACKNOWLEDGEMENT_WITH_DATA) return null;
  if (pdu.length < ANSWER_HEAD_BYTES) throw new S7FormatError('an answer without its header');
  const dataAt = ANSWER_HEAD_BYTES + pdu.readUInt16BE(6);
  const end = dataAt + pdu.readUInt16BE(8);
  if (end > pdu.length) throw new S7FormatError('an answer shorter than it says');
  return {
    job: pdu.readUInt16BE(4),
    error: pdu.readUInt16BE(10),
    parameters: pdu.subarray(ANSWER_HEAD_BYTES, dataAt),
    data: pdu.subarray(dataAt, end),
  };
}

function jobPdu(job: number, parameters: Buffer): Buffer {
  const head = Buffer.from([PROTOCOL_ID, JOB, 0, 0, 0, 0, 0, 0, 0, 0]);
  head.writeUInt16BE(job, 4);
  head.writeUInt16BE(parameters.length, 6);
  return Buffer.concat([head, parameters]);
}

/** The PDU that settles how long PDUs are and how many jobs run at a time. */
export function setupRequest(job: number): Buffer {
  const parameters = Buffer.from([SETUP, 0, 0, JOBS_WANTED, 0, JOBS_WANTED, 0, 0]);
  parameters.writeUInt16BE(PDU_BYTES_WANTED, 6);
  return jobPdu(job, parameters);
}

/** What was settled, never more than we asked for. Throws S7FormatError. */
export function parseSetup(answer: Answer): { pduBytes: number; jobsMax: number } {
  const { parameters } = answer;
  if (parameters.length < 8 || byteAt(parameters, 0) !== SETUP)
    throw new S7FormatError('the answer to the setup is another one');
  const jobs = Math.min(parameters.readUInt16BE(2), parameters.readUInt16BE(4), JOBS_WANTED);
  const pduBytes = Math.min(parameters.readUInt16BE(6), PDU_BYTES_WANTED);
  if (pduBytes < PDU_BYTES_MIN) throw new S7FormatError(`a PDU size of ${pduBytes} bytes`);
  return { pduBytes, jobsMax: Math.max(1, jobs) };
}

/** One variable of a request: `length` bytes from byte `start`; counters and timers count elements of two bytes. */
export type Item = { area: Area; db: number; start: number; length: number };

const AREA_CODES: Readonly<Record<Area, number>> = {
  input: 0x81,
  output: 0x82,
  memory: 0x83,
  db: 0x84,
  counter: 0x1c,
  timer: 0x1d,
};
const BYTE = 0x02;

/** Bytes of one step of `start` and `length` in an area. */
export const unitBytes = (area: Area): number => (area === 'counter' || area === 'timer' ? 2 : 1);

/** The PDU that reads up to `ITEMS_MAX` variables. */
export function readRequest(job: number, items: readonly Item[]): Buffer {
  const parameters = [Buffer.from([READ, items.length])];
  for (const { area, db, start, length } of items) {
    const code = AREA_CODES[area];
    const elements = unitBytes(area) === 2;
    // Variable specification of 10 bytes, syntax "any pointer"; addresses of memory count bits, those of elements do not.
    const item = Buffer.from([0x12, 10, 0x10, elements ? code : BYTE, 0, 0, 0, 0, code, 0, 0, 0]);
    item.writeUInt16BE(length, 4);
    item.writeUInt16BE(db, 6);
    item.writeUIntBE(elements ? start : start * 8, 9, 3);
    parameters.push(item);
  }
  return jobPdu(job, Buffer.concat(parameters));
}

/** Why the PLC gave no data for one variable (return codes of S7comm), as reasons of samples. */
const RETURN_CODES: Readonly<Record<number, string>> = {
  1: 'hardware-error',
  3: 'access-denied',
  5: 'address-out-of-range',
  6: 'data-type-not-supported',
  7: 'data-type-inconsistent',
  10: 'object-does-not-exist',
};
const RETURN_GOOD = 0xff;

/** One variable as the PLC gave it, or why it did not. */
export type ItemAnswer = { bytes: Buffer } | { refused: string };

/** The variables of an answer in the order they were asked for. Throws S7FormatError when it is not their answer. */
export function parseReadAnswer(answer: Answer, items: readonly Item[]): ItemAnswer[] {
  const { parameters, data } = answer;
  if (parameters.length < 2 || byteAt(parameters, 0) !== READ || byteAt(parameters, 1) !== items.length)
    throw new S7FormatError('the answer belongs to another request');
  let at = 0;
  return items.map(({ area, length }): ItemAnswer => {
    const code = byteAt(data, at);
    const dataType = byteAt(data, at + 1);
    const lengthTold = (byteAt(data, at + 2) << 8) | byteAt(data, at + 3);
    at += ANSWER_BYTES.item;
    // A refusal says data type 0 and carries nothing, whatever its length says.
    const size = dataType === 0 ? 0 : sizeOf(dataType, lengthTold);
    const bytes = data.subarray(at, at + size);
    if (bytes.length < size) throw new S7FormatError('an answer with less data than it says');
    // Data of odd length has a byte more, except at the end.
    at += size + (size % 2);
    if (code !== RETURN_GOOD)
      return { refused: RETURN_CODES[code] ?? `return-code-0x${code.toString(16).padStart(2, '0')}` };
    return size === length * unitBytes(area) ? { bytes } : { refused: 'wrong-length' };
  });
}

/** Lengths are in bits for bit (3), byte and word (4) and integer (5), and in bytes for the others. */
const sizeOf = (dataType: number, length: number): number =>
  dataType >= 3 && dataType <= 5 ? Math.ceil(length / 8) : length;

function byteAt(bytes: Buffer, at: number): number {
  const byte = bytes[at];
  if (byte === undefined) throw new S7FormatError('a frame shorter than it must be');
  return byte;
}
