import type { PointType, SampleValue } from '@ronghe/contracts';

// DL/T 645-2007, clause 5: 68 A0…A5 68 C L DATA CS 16, after up to four FE; data is sent with 33H added to every byte.
const START = 0x68;
const END = 0x16;
const SHIFT = 0x33;
const HEAD_BYTES = 10;
/** Longest frame: a head, 255 bytes of data, checksum and end. */
export const FRAME_BYTES_MAX = HEAD_BYTES + 255 + 2;
/** Most bytes of one item over all follow frames, and most of these. The longest item of the standard has under 200 bytes. */
export const ITEM_BYTES_MAX = 2_048;
export const FOLLOW_FRAMES_MAX = 16;

/** Control codes of what is asked here (5.2.3 and 7.1): the answer has bit 7, an abnormal one bit 6, one with more to come bit 5. */
export const READ = 0x11;
export const READ_FOLLOWING = 0x12;

/** What was asked cannot be put into a frame. */
export class Dlt645Error extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'Dlt645Error';
  }
}

/** One frame; `data` has had 33H taken off. */
export type Frame = { meter: string; control: number; data: Buffer };
/** Finds frames in a stream of bytes, skipping what is none. Holds at most one frame. Never throws. */
export type FrameReader = { push(bytes: Buffer): Frame[]; reset(): void; held(): number };

/** A byte that could begin a frame and does not is skipped alone, so that a frame behind garbage is found. */
export function createFrameReader(): FrameReader {
  let held: Buffer = Buffer.alloc(0);
  return {
    held: () => held.length,
    reset() {
      held = Buffer.alloc(0);
    },
    push(bytes) {
      const whole = held.length === 0 ? bytes : Buffer.concat([held, bytes]);
      const frames: Frame[] = [];
      let at = 0;
      for (;;) {
        const start = whole.indexOf(START, at);
        if (start === -1) {
          at = whole.length;
          break;
        }
        const end = endOf(whole, start);
        if (end === 'more') {
          at = start;
          break;
        }
        if (end !== null) frames.push(frameOf(whole.subarray(start, end)));
        at = end ?? start + 1;
      }
      held = Buffer.from(whole.subarray(at));
      return frames;
    },
  };
}

/** Where the frame that begins at `start` ends; null when none does, `more` when that cannot be told yet. */
function endOf(bytes: Buffer, start: number): number | null | 'more' {
  const second = bytes[start + 7];
  if (second === undefined) return 'more';
  if (second !== START) return null;
  const length = bytes[start + 9];
  if (length === undefined) return 'more';
  const end = start + HEAD_BYTES + length + 2;
  if (bytes.length < end) return 'more';
  if (bytes[end - 1] !== END || bytes[end - 2] !== checksum(bytes.subarray(start, end - 2))) return null;
  return end;
}

function frameOf(bytes: Buffer): Frame {
  return {
    meter: bytes.subarray(1, 7).reverse().toString('hex').toUpperCase(),
    control: bytes[8] ?? 0,
    data: Buffer.from(bytes.subarray(HEAD_BYTES, bytes.length - 2).map((byte) => byte - SHIFT)),
  };
}

function checksum(bytes: Uint8Array): number {
  let sum = 0;
  for (const byte of bytes) sum = (sum + byte) & 0xff;
  return sum;
}

/**
 * The request for an item, or for what follows of it under a sequence number (7.1). `preamble` is the number of FE that
 * wake the line. Throws Dlt645Error when meter or identifier are not what they must be.
 */
export function encodeRead(options: {
  meter: string;
  id: string;
  sequence?: number;
  preamble: number;
}): Buffer {
  const { meter, id, sequence, preamble } = options;
  if (!/^\d{12}$/.test(meter)) throw new Dlt645Error(`${meter} is not the number of a meter`);
  if (!/^[0-9A-F]{8}$/.test(id)) throw new Dlt645Error(`${id} is not a data identifier`);
  const asked = [...Buffer.from(id, 'hex').reverse(), ...(sequence === undefined ? [] : [sequence])];
  const frame = [
    START,
    ...Buffer.from(meter, 'hex').reverse(),
    START,
    sequence === undefined ? READ : READ_FOLLOWING,
    asked.length,
    ...asked.map((byte) => (byte + SHIFT) & 0xff),
  ];
  return Buffer.from([
    ...Array<number>(preamble).fill(0xfe),
    ...frame,
    checksum(Uint8Array.from(frame)),
    END,
  ]);
}

/** What a frame is to a request: its data, a refusal with the meter's reasons, or null when it answers something else. */
export type Answer = { data: Buffer; hasMore: boolean } | { refused: string } | null;

/** A late answer to an earlier request is told by meter, identifier and sequence number; our own echo by the direction bit. */
export function readAnswer(frame: Frame, request: { meter: string; id: string; sequence?: number }): Answer {
  const code = request.sequence === undefined ? READ : READ_FOLLOWING;
  if (frame.meter !== request.meter || (frame.control & 0x9f) !== (0x80 | code)) return null;
  if ((frame.control & 0x40) !== 0)
    return frame.data.length === 1 ? { refused: refusalOf(frame.data[0] ?? 0) } : null;
  const id = Buffer.from(frame.data.subarray(0, 4)).reverse().toString('hex').toUpperCase();
  if (id !== request.id) return null;
  const hasMore = (frame.control & 0x20) !== 0;
  if (request.sequence === undefined) return { data: frame.data.subarray(4), hasMore };
  if (frame.data.length < 5 || frame.data[frame.data.length - 1] !== request.sequence) return null;
  return { data: frame.data.subarray(4, -1), hasMore };
}

/** Bits of the error word ERR, from bit 0 on. */
const REFUSALS = [
  'other-error',
  'no-requested-data',
  'not-authorised',
  'rate-not-changeable',
  'too-many-time-zones',
  'too-many-periods',
  'too-many-tariffs',
  'error-bit-7',
];

/** The reasons in an error word, joined by `+`. */
export function refusalOf(error: number): string {
  const reasons = REFUSALS.filter((_, bit) => ((error >> bit) & 1) === 1);
  return reasons.length === 0 ? 'refused' : reasons.join('+');
}

/** How the bytes of an item are read. */
export type Format =
  | { kind: 'number'; bytes: number; decimals: number }
  | { kind: 'digits'; bytes: number }
  | { kind: 'moment'; bytes: number; pattern: string };

const MOMENTS: readonly string[] = ['YYMMDDWW', 'YYMMDD', 'hhmmss', 'hhmm', 'YYMMDDhhmm', 'YYMMDDhhmmss'];
/** More digits do not fit a double. */
const NUMBER_DIGITS_MAX = 15;

/**
 * A format as the standard writes it: `XXXXXX.XX` and `NN` are numbers, or digits kept as text when `asText`;
 * `YYMMDDWW`, `hhmmss` and their like are moments. Null when it is none of these.
 */
export function parseFormat(text: string, asText = false): Format | null {
  if (MOMENTS.includes(text)) return { kind: 'moment', bytes: text.length / 2, pattern: text };
  const found = /^([XN]{1,64})(?:\.([XN]{1,15}))?$/.exec(text);
  if (found === null) return null;
  const decimals = found[2]?.length ?? 0;
  const digits = (found[1]?.length ?? 0) + decimals;
  if (digits % 2 !== 0) return null;
  if (asText) return decimals === 0 ? { kind: 'digits', bytes: digits / 2 } : null;
  return digits <= NUMBER_DIGITS_MAX ? { kind: 'number', bytes: digits / 2, decimals } : null;
}

/** The type of a format's values. */
export const typeOfFormat = (format: Format): PointType => (format.kind === 'number' ? 'number' : 'text');

/** The value of an item, or why it has none. */
export type Decoded = { value: Exclude<SampleValue, null> } | { bad: string };

/** Bytes as sent, lowest first, by format; `signed` takes the top bit for a minus. */
export function decodeItem(data: Uint8Array, format: Format, signed: boolean): Decoded {
  if (data.length !== format.bytes) return { bad: 'length-mismatch' };
  if (data.length > 0 && data.every((byte) => byte === 0xff)) return { bad: 'no-data' };
  const bytes = Uint8Array.from(data).reverse();
  const isNegative = signed && ((bytes[0] ?? 0) & 0x80) !== 0;
  if (isNegative) bytes[0] = (bytes[0] ?? 0) & 0x7f;
  const digits = Buffer.from(bytes).toString('hex');
  if (!/^\d*$/.test(digits)) return { bad: 'not-decimal' };
  switch (format.kind) {
    case 'digits':
      return { value: digits };
    case 'moment':
      return decodeMoment(digits, format.pattern);
    case 'number': {
      const whole = digits.slice(0, digits.length - format.decimals);
      const part = digits.slice(digits.length - format.decimals);
      // By way of decimal text, for 1 × 0.1 three times is not 0.3.
      const value = Number(`${whole}.${part === '' ? '0' : part}`);
      return { value: isNegative && value !== 0 ? -value : value };
    }
  }
}

/** `2026-11-29`, `14:05:00`, or both with a space between. The day of the week is left out. */
function decodeMoment(digits: string, pattern: string): Decoded {
  const field = (name: string): string | null => {
    const at = pattern.indexOf(name);
    return at === -1 ? null : digits.slice(at, at + 2);
  };
  // MM is the month, mm the minute.
  const [year, month, day] = [field('YY'), field('MM'), field('DD')];
  const [hour, minute, second] = [field('hh'), field('mm'), field('ss')];
  const isDay = year === null || (between(month, 1, 12) && between(day, 1, 31));
  const isTime = hour === null || (between(hour, 0, 23) && between(minute, 0, 59) && between(second, 0, 59));
  if (!isDay || !isTime) return { bad: 'not-a-moment' };
  const date = year === null ? '' : `20${year}-${month}-${day}`;
  const time = hour === null ? '' : [hour, minute, second].filter((each) => each !== null).join(':');
  return { value: [date, time].filter((each) => each !== '').join(' ') };
}

const between = (digits: string | null, low: number, high: number): boolean =>
  digits === null || (Number(digits) >= low && Number(digits) <= high);
