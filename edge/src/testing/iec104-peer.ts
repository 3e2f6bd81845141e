import type { AddressInfo } from 'node:net';
import { createServer, type Socket } from 'node:net';

/**
 * A controlled station of IEC 60870-5-104 for tests, written from the standard alone: it shares no code with the
 * connector. Its clock shows the time of China (UTC+8), which has no summer time.
 */
export type Iec104Peer = {
  port: number;
  /** Gives an object (short float) a value and reports it spontaneously, with a time tag; kept while nobody listens. */
  set(objectAddress: number, value: number, timeMs?: number): void;
  /** Sends an ASDU, given as its octets, at once or when the transfer is started; kept until it is acknowledged. */
  send(asdu: Buffer): void;
  /** What an interrogation of the station brings; each entry is an ASDU with the octets after the common address. */
  answers: { type: number; qualifier: number; octets: Buffer; commonAddress?: number }[];
  /** What a counter interrogation brings. */
  counters: { type: number; qualifier: number; octets: Buffer }[];
  /** Commands that came: type identification, cause and common address, and the octets after the object address. */
  commands: { type: number; cause: number; originator: number; commonAddress: number; element: Buffer }[];
  /** U functions that came, by their first octet, and how many I frames were not acknowledged then. */
  controls: { octet: number; inFlight: number }[];
  /** ASDUs that wait for an acknowledgement. */
  unacknowledged(): number;
  /** How commands are answered. `silent` stations do not answer interrogations, `refusing` ones negatively. */
  behaviour: {
    interrogation: 'answer' | 'silent' | 'refuse' | 'unending';
    testFrames: 'answer' | 'silent';
  };
  /** Sends these octets as they are, whatever they are. */
  raw(octets: Buffer): void;
  /** Ends the connections, as a device does that loses power, but keeps its memory. */
  drop(): void;
  stop(): Promise<void>;
};

export type Iec104PeerOptions = {
  port?: number;
  commonAddress?: number;
  /** I frames that may be sent without acknowledgement, and received ones before one is sent. */
  k?: number;
  w?: number;
};

const CHINA_MS = 8 * 3_600_000;
const EVENTS_MAX = 100_000;

/** Octets of a CP56Time2a: milliseconds of the minute, minute, hour, day and weekday, month, year of the century. */
export function chinaTime(timeMs: number): Buffer {
  const shown = new Date(timeMs + CHINA_MS);
  const milliseconds = shown.getUTCSeconds() * 1_000 + shown.getUTCMilliseconds();
  const weekday = shown.getUTCDay() === 0 ? 7 : shown.getUTCDay();
  return Buffer.from([
    milliseconds % 256,
    Math.floor(milliseconds / 256),
    shown.getUTCMinutes(),
    shown.getUTCHours(),
    weekday * 32 + shown.getUTCDate(),
    shown.getUTCMonth() + 1,
    shown.getUTCFullYear() % 100,
  ]);
}

/** Three octets, lowest first. */
export const objectOctets = (address: number): Buffer =>
  Buffer.from([address % 256, Math.floor(address / 256) % 256, Math.floor(address / 65_536)]);

/** An ASDU of one station: type, qualifier, cause, then what follows the common address. */
export function asduOf(parts: {
  type: number;
  qualifier?: number;
  cause: number;
  commonAddress?: number;
  octets: Buffer;
}): Buffer {
  const commonAddress = parts.commonAddress ?? 1;
  return Buffer.concat([
    Buffer.from([parts.type, parts.qualifier ?? 1, parts.cause, 0]),
    Buffer.from([commonAddress % 256, Math.floor(commonAddress / 256)]),
    parts.octets,
  ]);
}

const floatOctets = (value: number): Buffer => {
  const octets = Buffer.alloc(5);
  octets.writeFloatLE(value, 0);
  return octets;
};

/** Listens on the loopback interface; one controlling station at a time is served from the start of its transfer. */
export async function startIec104Peer(options: Iec104PeerOptions = {}): Promise<Iec104Peer> {
  const commonAddress = options.commonAddress ?? 1;
  const values = new Map<number, number>();
  const events: Outgoing[] = [];
  let master: Master | null = null;
  const sockets = new Set<Socket>();

  const peer: Iec104Peer = {
    port: 0,
    set(objectAddress, value, timeMs = Date.now()) {
      values.set(objectAddress, value);
      const octets = Buffer.concat([objectOctets(objectAddress), floatOctets(value), chinaTime(timeMs)]);
      peer.send(asduOf({ type: 36, cause: 3, commonAddress, octets }));
    },
    send(asdu) {
      if (events.length < EVENTS_MAX) events.push({ asdu, isEvent: true });
      master?.pump();
    },
    answers: [],
    counters: [],
    commands: [],
    controls: [],
    unacknowledged: () => events.length,
    behaviour: { interrogation: 'answer', testFrames: 'answer' },
    raw: (octets) => master?.raw(octets),
    drop() {
      for (const socket of sockets) socket.destroy();
    },
    async stop() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      peer.drop();
      await closed;
    },
  };

  const answer = (...asdus: Buffer[]): void => {
    events.push(...asdus.map((asdu) => ({ asdu, isEvent: false })));
  };
  const interrogated = (): Buffer[] => [
    ...[...values].map(([address, value]) =>
      asduOf({
        type: 13,
        cause: 20,
        commonAddress,
        octets: Buffer.concat([objectOctets(address), floatOctets(value)]),
      }),
    ),
    ...peer.answers.map((each) => asduOf({ commonAddress, ...each, cause: 20 })),
  ];

  const counted = (): Buffer[] => peer.counters.map((each) => asduOf({ commonAddress, ...each, cause: 37 }));

  const command = (asdu: Buffer): void => {
    const [type = 0, , cause = 0, originator = 0] = asdu;
    const asked = asdu.readUInt16LE(4);
    peer.commands.push({ type, cause, originator, commonAddress: asked, element: asdu.subarray(9) });
    /** The command itself with another cause, and the address of this station for one that was for all. */
    const mirror = (withCause: number): void => {
      const same = Buffer.from(asdu);
      same[2] = withCause;
      if (asked === 65_535) same.writeUInt16LE(commonAddress, 4);
      answer(same);
    };
    const { interrogation } = peer.behaviour;
    if (asked !== commonAddress && asked !== 65_535) mirror(46 + 64);
    else if (type === 103) mirror(7);
    else if (type !== 100 && type !== 101) mirror(44 + 64);
    else if (interrogation === 'refuse') mirror(7 + 64);
    else if (interrogation !== 'silent') {
      mirror(7);
      answer(...(type === 100 ? interrogated() : counted()));
      if (interrogation !== 'unending') mirror(10);
    }
  };

  const server = createServer((socket) => {
    sockets.add(socket);
    const kept = events.filter(({ isEvent }) => isEvent);
    events.splice(0, events.length, ...kept);
    const mine = serve({ socket, events, peer, command, k: options.k ?? 12, w: options.w ?? 8 });
    master = mine;
    socket.on('close', () => {
      sockets.delete(socket);
      if (master === mine) master = null;
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, '127.0.0.1', resolve);
  });
  peer.port = (server.address() as AddressInfo).port;
  return peer;
}

/** An ASDU that no controlling station has acknowledged. Only events outlast the connection, answers do not. */
type Outgoing = { asdu: Buffer; isEvent: boolean };

type Master = { pump(): void; raw(octets: Buffer): void };

/** One connection from a controlling station, until it ends or breaks a rule. */
function serve(scene: {
  socket: Socket;
  /** oldest first; the first `inFlight` of them have been sent */
  events: Outgoing[];
  peer: Iec104Peer;
  command: (asdu: Buffer) => void;
  k: number;
  w: number;
}): Master {
  const { socket, events, peer } = scene;
  let isStarted = false;
  let input: Buffer = Buffer.alloc(0);
  /** Number of the next I frame to send, the next to receive, and how many sent ones are not acknowledged. */
  let sending = 0;
  let receiving = 0;
  let inFlight = 0;
  let owed = 0;

  const write = (octets: Buffer): void => {
    if (socket.writable) socket.write(octets);
  };
  const low = (number: number): number => (number % 128) * 2;
  const high = (number: number): number => Math.floor(number / 128);
  const pump = (): void => {
    while (isStarted && inFlight < scene.k && inFlight < events.length) {
      const asdu = events[inFlight]?.asdu ?? Buffer.alloc(0);
      const control = [low(sending), high(sending), low(receiving), high(receiving)];
      write(Buffer.concat([Buffer.from([0x68, asdu.length + 4, ...control]), asdu]));
      sending = (sending + 1) % 32_768;
      inFlight += 1;
      owed = 0;
    }
  };
  const unnumbered = (octet: number): void => write(Buffer.from([0x68, 4, octet, 0, 0, 0]));

  const acknowledge = (number: number): void => {
    const oldest = (sending - inFlight + 32_768) % 32_768;
    const count = (number - oldest + 32_768) % 32_768;
    // The controlling station acknowledges what was never sent.
    if (count > inFlight) {
      socket.destroy();
      return;
    }
    events.splice(0, count);
    inFlight -= count;
  };
  const numberAt = (apdu: Buffer, at: number): number =>
    Math.floor((apdu[at] ?? 0) / 2) + (apdu[at + 1] ?? 0) * 128;

  const take = (apdu: Buffer): void => {
    const octet = apdu[2] ?? 0;
    if (octet % 4 === 3) {
      peer.controls.push({ octet, inFlight });
      if (octet === 0x07) {
        isStarted = true;
        unnumbered(0x0b);
      } else if (octet === 0x13) {
        isStarted = false;
        unnumbered(0x23);
      } else if (octet === 0x43 && peer.behaviour.testFrames === 'answer') unnumbered(0x83);
      return;
    }
    acknowledge(numberAt(apdu, 4));
    if (octet % 2 === 1) return;
    if (!isStarted || numberAt(apdu, 2) !== receiving) {
      socket.destroy();
      return;
    }
    receiving = (receiving + 1) % 32_768;
    owed += 1;
    scene.command(apdu.subarray(6));
    pump();
    if (owed < scene.w) return;
    owed = 0;
    write(Buffer.from([0x68, 4, 1, 0, low(receiving), high(receiving)]));
  };

  socket.setNoDelay(true);
  socket.on('error', () => undefined);
  socket.on('data', (data) => {
    input = Buffer.concat([input, data]);
    for (;;) {
      const length = (input[1] ?? 0) + 2;
      if (input.length < 6 || input.length < length) break;
      if (input[0] !== 0x68) {
        socket.destroy();
        break;
      }
      take(input.subarray(0, length));
      input = input.subarray(length);
    }
    pump();
  });
  return { pump, raw: write };
}
