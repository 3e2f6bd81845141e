/** Bytes that a broker may not send, or a packet larger than allowed: the connection has to be closed. */
export class MqttFault extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'MqttFault';
  }
}

/** Protocol levels as they stand in CONNECT: 3.1.1 and 5. */
export type MqttLevel = 4 | 5;

type Kind = {
  name: string;
  flags: number | null;
  bytesMin: number;
  bytesMax: number;
  levels: readonly MqttLevel[];
};
const both: readonly MqttLevel[] = [4, 5];
const any = Number.POSITIVE_INFINITY;

/**
 * What a broker may send (MQTT 3.1.1 and 5, sections 2.1.2 and 2.1.3): packet type, flags (null: those of PUBLISH) and the
 * bytes that may follow in 3.1.1; in 5 properties make most of them longer.
 */
const KINDS: Readonly<Record<number, Kind>> = {
  2: { name: 'CONNACK', flags: 0, bytesMin: 2, bytesMax: 2, levels: both },
  3: { name: 'PUBLISH', flags: null, bytesMin: 3, bytesMax: any, levels: both },
  4: { name: 'PUBACK', flags: 0, bytesMin: 2, bytesMax: 2, levels: both },
  5: { name: 'PUBREC', flags: 0, bytesMin: 2, bytesMax: 2, levels: both },
  6: { name: 'PUBREL', flags: 2, bytesMin: 2, bytesMax: 2, levels: both },
  7: { name: 'PUBCOMP', flags: 0, bytesMin: 2, bytesMax: 2, levels: both },
  9: { name: 'SUBACK', flags: 0, bytesMin: 3, bytesMax: any, levels: both },
  11: { name: 'UNSUBACK', flags: 0, bytesMin: 2, bytesMax: 2, levels: both },
  13: { name: 'PINGRESP', flags: 0, bytesMin: 0, bytesMax: 0, levels: both },
  14: { name: 'DISCONNECT', flags: 0, bytesMin: 0, bytesMax: any, levels: [5] },
  15: { name: 'AUTH', flags: 0, bytesMin: 0, bytesMax: any, levels: [5] },
};
const CONNACK = 2;
const AUTH = 15;
const PINGRESP = 13;
const LENGTH_BYTES_MAX = 4;

/**
 * Follows the packets in a stream of bytes from a broker without keeping any of them. MQTT.js waits for the end of
 * whatever length a packet claims, up to 256 MB, and takes everything that comes meanwhile as part of it.
 */
export type PacketWatch = {
  /** Returns how many packets became whole with these bytes. Throws MqttFault; the stream is lost from then on. */
  take(bytes: Uint8Array): number;
};

/** For one connection, from its first byte. `packetBytesMax` counts what follows the fixed header. */
export function createPacketWatch(options: { level: MqttLevel; packetBytesMax: number }): PacketWatch {
  let kind: { type: number; limits: Kind } | null = null;
  let lengthBytes = 0;
  let length = 0;
  let missing = 0;
  let isFirst = true;

  const begin = (byte: number): void => {
    kind = { type: byte >> 4, limits: kindOf(byte, options.level) };
    if (isFirst && kind.type !== CONNACK && !(kind.type === AUTH && options.level === 5))
      throw new MqttFault(`the broker began with ${kind.limits.name} instead of CONNACK`);
    isFirst = false;
    [lengthBytes, length] = [0, 0];
  };

  /** Section 2.2.3: seven bits a byte, the lowest first, at most four bytes. True when the length is complete. */
  const lengthened = (byte: number): boolean => {
    length += (byte & 0x7f) * 128 ** lengthBytes;
    lengthBytes += 1;
    if ((byte & 0x80) === 0) return true;
    if (lengthBytes === LENGTH_BYTES_MAX) throw new MqttFault('the length of a packet never ends');
    return false;
  };

  return {
    take(bytes) {
      let whole = 0;
      let at = 0;
      while (at < bytes.length) {
        if (missing > 0) {
          const some = Math.min(missing, bytes.length - at);
          missing -= some;
          at += some;
        } else if (kind === null) {
          begin(bytes[at] ?? 0);
          at += 1;
          continue;
        } else {
          const isComplete = lengthened(bytes[at] ?? 0);
          at += 1;
          if (!isComplete) continue;
          checkLength(kind, length, options);
          missing = length;
        }
        if (missing > 0) continue;
        kind = null;
        whole += 1;
      }
      return whole;
    },
  };
}

function kindOf(byte: number, level: MqttLevel): Kind {
  const limits = KINDS[byte >> 4];
  if (limits === undefined || !limits.levels.includes(level))
    throw new MqttFault(`a broker does not send packets of type ${byte >> 4}`);
  const flags = byte & 0x0f;
  if (limits.flags !== null && flags !== limits.flags)
    throw new MqttFault(`${limits.name} has the wrong flags ${flags}`);
  // Section 3.3.1: QoS 3 does not exist, and DUP goes with QoS 1 and 2 only.
  const qos = (flags >> 1) & 3;
  if (limits.flags === null && (qos === 3 || (qos === 0 && (flags & 8) !== 0)))
    throw new MqttFault(`${limits.name} has the wrong flags ${flags}`);
  return limits;
}

function checkLength(
  kind: { type: number; limits: Kind },
  length: number,
  options: { level: MqttLevel; packetBytesMax: number },
): void {
  const { name, bytesMin, bytesMax } = kind.limits;
  if (length > options.packetBytesMax)
    throw new MqttFault(`${name} of ${length} bytes is over the limit of ${options.packetBytesMax}`);
  const isExact = options.level === 4 || kind.type === PINGRESP;
  if (length < bytesMin || (isExact && length > bytesMax))
    throw new MqttFault(`${name} has the wrong length ${length}`);
}
