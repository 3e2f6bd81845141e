/** What a client says when it comes (MQTT 3.1.1, 3.1): who it is, and whether it wants a session that outlives it. */
export type ConnectPacket = {
  /** 3 is MQTT 3.1, 4 is 3.1.1, 5 is 5.0 */
  level: number;
  /** the rest is empty when the level is not known here */
  clean: boolean;
  clientId: string;
  username: string | null;
  password: string | null;
};

const CONNECT = 0x10;
const LENGTH_BYTES_MAX = 4;
/** Bridges of other brokers mark themselves with the highest bit of the level. */
const BRIDGE = 0x80;
const NAMES: Readonly<Record<string, readonly number[]>> = { MQIsdp: [3], MQTT: [4, 5] };

/**
 * Reads the first packet of a connection, so that the client's organisation is known before a broker takes over.
 * @returns 'partial' while bytes are missing, 'malformed' when this cannot become a CONNECT packet of at most `bytesMax`
 */
export function readConnect(bytes: Uint8Array, bytesMax: number): ConnectPacket | 'partial' | 'malformed' {
  if (bytes.length === 0) return 'partial';
  if (bytes[0] !== CONNECT) return 'malformed';
  const header = readLength(bytes);
  if (typeof header === 'string') return header;
  if (header.at + header.length > bytesMax) return 'malformed';
  if (bytes.length < header.at + header.length) return 'partial';
  return readBody(Buffer.from(bytes.subarray(header.at, header.at + header.length))) ?? 'malformed';
}

function readLength(bytes: Uint8Array): { at: number; length: number } | 'partial' | 'malformed' {
  let length = 0;
  for (let index = 0; index < LENGTH_BYTES_MAX; index += 1) {
    const byte = bytes[index + 1];
    if (byte === undefined) return 'partial';
    length += (byte & 0x7f) * 128 ** index;
    if (byte < 0x80) return { at: index + 2, length };
  }
  return 'malformed';
}

function readBody(body: Buffer): ConnectPacket | null {
  let at = 0;
  const field = (): Buffer | null => {
    if (at + 2 > body.length) return null;
    const start = at + 2;
    const end = start + body.readUInt16BE(at);
    if (end > body.length) return null;
    at = end;
    return body.subarray(start, end);
  };
  const name = field()?.toString();
  const [level, flags] = [body[at], body[at + 1]];
  at += 4;
  if (name === undefined || level === undefined || flags === undefined || at > body.length) return null;
  const known = (level & ~BRIDGE) >>> 0;
  const packet = { level: known, clean: (flags & 0x02) !== 0, clientId: '', username: null, password: null };
  if (!NAMES[name]?.includes(known)) return { ...packet, level: 0 };
  if (known === 5) return packet;
  const clientId = field();
  if (clientId === null) return null;
  if ((flags & 0x04) !== 0 && (field() === null || field() === null)) return null;
  const username = (flags & 0x80) !== 0 ? field() : undefined;
  const password = (flags & 0x40) !== 0 ? field() : undefined;
  if (username === null || password === null) return null;
  return {
    ...packet,
    clientId: clientId.toString(),
    username: username?.toString() ?? null,
    password: password?.toString() ?? null,
  };
}
