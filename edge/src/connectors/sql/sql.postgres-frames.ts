/** What arrives is not the protocol of PostgreSQL. */
export class FrameError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'FrameError';
  }
}

const HEADER_BYTES = 5;
/** Most bytes of a message that holds names or texts of the server itself; rows are not collected. */
const CHECKED_BYTES_MAX = 1_048_576;
/** What a server may send (PostgreSQL manual, 55.7, message formats), by the first byte. */
const KNOWN = 'RKZCDEITNSAtnsv123GHWdcV';

/**
 * Looks at messages on their way to the library, whose parser searches for the end of a text beyond the end of its
 * message and, when there is no zero byte at all, for ever: the whole process would stand still. Returns a function
 * that takes pieces as they arrive and throws FrameError. Rows are only counted, so it costs little.
 */
export function checkFrames(): (piece: Buffer) => void {
  let header = Buffer.alloc(0);
  let type = '';
  let left = 0;
  let collected: Buffer[] = [];
  return (piece) => {
    let at = 0;
    while (at < piece.length) {
      if (type === '') {
        const taken = piece.subarray(at, at + HEADER_BYTES - header.length);
        header = Buffer.concat([header, taken]);
        at += taken.length;
        if (header.length < HEADER_BYTES) return;
        type = header.toString('latin1', 0, 1);
        left = header.readUInt32BE(1) - 4;
        header = Buffer.alloc(0);
        if (!KNOWN.includes(type)) throw new FrameError(`a message of the unknown type ${type}`);
        if (left < 0) throw new FrameError('a message shorter than its own length');
        if (CHECKS[type] !== undefined && left > CHECKED_BYTES_MAX)
          throw new FrameError(`a message of ${left} bytes`);
      }
      const body = piece.subarray(at, at + left);
      at += body.length;
      left -= body.length;
      const check = CHECKS[type];
      if (check !== undefined) collected.push(Buffer.from(body));
      if (left > 0) return;
      if (check !== undefined && !check(Buffer.concat(collected)))
        throw new FrameError(`a message of type ${type} that does not end where it should`);
      collected = [];
      type = '';
    }
  };
}

/** Position behind the zero that ends the text here; past the end when there is none. */
const afterText = (bytes: Buffer, at: number): number => {
  const zero = bytes.indexOf(0, at);
  return zero === -1 ? bytes.length + 1 : zero + 1;
};

/** Error and notice: pairs of a code and a text, ended by a zero. */
function hasFields(bytes: Buffer): boolean {
  let at = 0;
  while (at < bytes.length && bytes[at] !== 0) at = afterText(bytes, at + 1);
  return at === bytes.length - 1;
}

/** Columns: a text and 18 bytes for each. */
function hasColumns(bytes: Buffer): boolean {
  if (bytes.length < 2) return false;
  let at = 2;
  for (let left = bytes.readUInt16BE(0); left > 0 && at <= bytes.length; left -= 1)
    at = afterText(bytes, at) + 18;
  return bytes.readUInt16BE(0) < 0x8000 && at === bytes.length;
}

/** Sign-in: of its kinds only the list of SASL mechanisms holds texts, and an empty one ends it. */
function isSignIn(bytes: Buffer): boolean {
  if (bytes.length < 4) return false;
  return bytes.readUInt32BE(0) !== 10 || (bytes.length >= 6 && bytes.readUInt16BE(bytes.length - 2) === 0);
}

/** So many texts behind so many bytes, and nothing more. */
const hasTexts =
  (count: number, from: number) =>
  (bytes: Buffer): boolean => {
    let at = from;
    for (let left = count; left > 0 && at <= bytes.length; left -= 1) at = afterText(bytes, at);
    return at === bytes.length;
  };

const CHECKS: Readonly<Record<string, ((bytes: Buffer) => boolean) | undefined>> = {
  E: hasFields,
  N: hasFields,
  T: hasColumns,
  R: isSignIn,
  S: hasTexts(2, 0),
  C: hasTexts(1, 0),
  A: hasTexts(2, 4),
};
