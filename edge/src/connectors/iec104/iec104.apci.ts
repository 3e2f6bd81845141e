/** Start octet of every APDU, and most octets that follow the length octet (IEC 60870-5-104, 5.1). */
const START = 0x68;
const LENGTH_MAX = 253;
const CONTROL_OCTETS = 4;

/** Send and receive sequence numbers have 15 bits (IEC 60870-5-104, 5.2). */
export const SEQUENCE_MODULUS = 32_768;

/** Bytes are not what IEC 60870-5-104 allows; the only error that the pure parts of this connector throw. */
export class Iec104Error extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'Iec104Error';
  }
}

/** Unnumbered control functions by the first control octet (IEC 60870-5-104, 5.1, figure 8). */
const FUNCTIONS = {
  'startdt-act': 0x07,
  'startdt-con': 0x0b,
  'stopdt-act': 0x13,
  'stopdt-con': 0x23,
  'testfr-act': 0x43,
  'testfr-con': 0x83,
} as const;
export type ControlFunction = keyof typeof FUNCTIONS;
const FUNCTION_OF = new Map<number, ControlFunction>(
  Object.entries(FUNCTIONS).map(([name, octet]) => [octet, name as ControlFunction]),
);

/** One APDU: information with its ASDU, a bare acknowledgement, or a control function. */
export type Frame =
  | { kind: 'information'; sent: number; received: number; asdu: Buffer }
  | { kind: 'supervisory'; received: number }
  | { kind: 'control'; function: ControlFunction };

/**
 * All whole APDUs at the beginning of `bytes`, and the rest, which is always shorter than one APDU (255 octets).
 * Throws Iec104Error where no APDU can begin; a TCP stream that has lost its frames does not find them again.
 */
export function takeFrames(bytes: Buffer): { frames: Frame[]; rest: Buffer } {
  const frames: Frame[] = [];
  let at = 0;
  while (at < bytes.length) {
    if (bytes[at] !== START) throw new Iec104Error('an APDU does not begin with 68 hex');
    const length = bytes[at + 1];
    if (length === undefined) break;
    if (length < CONTROL_OCTETS || length > LENGTH_MAX)
      throw new Iec104Error(`an APDU cannot have the length ${length}`);
    const end = at + 2 + length;
    if (end > bytes.length) break;
    frames.push(frameOf(bytes.subarray(at + 2, end)));
    at = end;
  }
  return { frames, rest: bytes.subarray(at) };
}

function frameOf(body: Buffer): Frame {
  const first = body.readUInt8(0);
  const received = body.readUInt16LE(2) >> 1;
  if ((first & 0x01) === 0) {
    checkReceived(body);
    return { kind: 'information', sent: body.readUInt16LE(0) >> 1, received, asdu: body.subarray(4) };
  }
  if (body.length !== CONTROL_OCTETS) throw new Iec104Error('an S or U frame carries no ASDU');
  if ((first & 0x03) === 0x01) {
    if (body.readUInt16LE(0) !== 0x01) throw new Iec104Error('an S frame with other bits set');
    checkReceived(body);
    return { kind: 'supervisory', received };
  }
  const name = FUNCTION_OF.get(first);
  if (name === undefined || body.readUIntLE(1, 3) !== 0)
    throw new Iec104Error('a U frame with no control function, or more than one');
  return { kind: 'control', function: name };
}

function checkReceived(body: Buffer): void {
  if ((body.readUInt8(2) & 0x01) !== 0)
    throw new Iec104Error('the receive sequence number has its lowest bit set');
}

/** An APDU with an ASDU of at most 249 octets. */
export function informationFrame(sent: number, received: number, asdu: Buffer): Buffer {
  const head = Buffer.alloc(6);
  head.writeUInt8(START, 0);
  head.writeUInt8(CONTROL_OCTETS + asdu.length, 1);
  head.writeUInt16LE(sent << 1, 2);
  head.writeUInt16LE(received << 1, 4);
  return Buffer.concat([head, asdu]);
}

/** Acknowledges everything before `received`. */
export function supervisoryFrame(received: number): Buffer {
  return Buffer.from([START, CONTROL_OCTETS, 0x01, 0x00, (received << 1) & 0xff, received >> 7]);
}

export function controlFrame(name: ControlFunction): Buffer {
  return Buffer.from([START, CONTROL_OCTETS, FUNCTIONS[name], 0x00, 0x00, 0x00]);
}

/** How far a sequence number lies ahead of another, modulo 32768. */
export const sequenceDistance = (from: number, to: number): number =>
  (to - from + SEQUENCE_MODULUS) % SEQUENCE_MODULUS;
