import type { AddressInfo } from 'node:net';
import { createServer, type Socket } from 'node:net';

/**
 * An S7 server over memory, for tests. Written from the protocol (RFC 1006, X.224, the Wireshark dissector's field
 * meanings), with nothing of the connector, and strict: what a PLC would not take is counted in `violations`.
 */
export type S7Peer = {
  port: number;
  /** Memory of data blocks by number, of other areas by letter: I, Q, M, C, T. */
  memory: Map<number | string, Buffer>;
  /** Reads that were asked for, one entry a request, each like `DB1.0+20`. */
  reads: string[][];
  /** Most jobs that were waiting for an answer at a time. */
  jobsMost: number;
  violations: string[];
  /** TSAPs of the last caller: own, called. */
  tsaps: [number, number] | null;
  /** How often a connection was set up. */
  setups: number;
  /** What may be changed while it runs. */
  options: S7PeerOptions;
  /** Sends bytes to all callers. */
  send(bytes: Buffer): void;
  stop(): Promise<void>;
};

export type S7PeerOptions = {
  port?: number;
  pduBytes?: number;
  jobs?: number;
  /** Size code of TPDUs in the connection confirm: 7 is 128 bytes; null leaves the parameter out. */
  tpduCode?: number | null;
  /** Refuses the transport connection. */
  refuses?: boolean;
  /** Data blocks that may not be read. */
  denied?: number[];
  /** Error of the header for every read, as PUT/GET forbidden gives 0x8104. */
  jobError?: number;
  /** Error of the header for a read in which this data block is asked for together with others or not. */
  jobErrorFor?: { db: number; error: number };
  /** Answers so much later. */
  delayMs?: number;
  /** Reads left without an answer. */
  silentReads?: number;
  /** Closes the connection at a read. */
  hangsUp?: boolean;
};

/** Starts on the given port, or a free one. The memory has DB1 with 1000 bytes and 256 bytes of every other area. */
export async function startS7Peer(options: S7PeerOptions = {}): Promise<S7Peer> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => undefined);
    serve(socket, peer);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, '127.0.0.1', resolve);
  });
  const memory = new Map<number | string, Buffer>([[1, Buffer.alloc(1_000)]]);
  for (const area of ['I', 'Q', 'M', 'C', 'T']) memory.set(area, Buffer.alloc(256));
  const peer: S7Peer = {
    port: (server.address() as AddressInfo).port,
    memory,
    reads: [],
    jobsMost: 0,
    violations: [],
    tsaps: null,
    setups: 0,
    options: { ...options },
    send: (bytes) => sockets.forEach((socket) => void socket.write(bytes)),
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
  return peer;
}

type Session = { pduBytes: number; tpduBytes: number; jobs: number; running: number };

function serve(socket: Socket, peer: S7Peer): void {
  const session: Session = { pduBytes: 0, tpduBytes: 1_024, jobs: 1, running: 0 };
  let received = Buffer.alloc(0);
  let pdu = Buffer.alloc(0);
  socket.on('data', (chunk) => {
    received = Buffer.concat([received, chunk]);
    while (received.length >= 4 && received.length >= received.readUInt16BE(2)) {
      const frame = received.subarray(0, received.readUInt16BE(2));
      received = received.subarray(frame.length);
      if (frame[0] !== 3) peer.violations.push('no TPKT');
      const code = frame[5];
      if (code === 0xe0) confirm(socket, peer, session, frame);
      else if (code === 0xf0) {
        if (frame.length - 4 > session.tpduBytes) peer.violations.push('TPDU too long');
        pdu = Buffer.concat([pdu, frame.subarray(7)]);
        if (((frame[6] ?? 0) & 0x80) === 0) continue;
        answer(socket, peer, session, pdu);
        pdu = Buffer.alloc(0);
      } else peer.violations.push(`TPDU ${code}`);
    }
  });
}

function sendFrame(socket: Socket, content: Buffer): void {
  const head = Buffer.from([3, 0, 0, 0]);
  head.writeUInt16BE(content.length + 4, 2);
  if (socket.writable) socket.write(Buffer.concat([head, content]));
}

function sendPdu(socket: Socket, session: Session, pdu: Buffer): void {
  const most = session.tpduBytes - 3;
  for (let at = 0; at < pdu.length; at += most) {
    const part = pdu.subarray(at, at + most);
    sendFrame(socket, Buffer.concat([Buffer.from([2, 0xf0, at + most >= pdu.length ? 0x80 : 0]), part]));
  }
}

function confirm(socket: Socket, peer: S7Peer, session: Session, frame: Buffer): void {
  let [own, called, code] = [0, 0, 0];
  for (let at = 11; at < frame.length; at += 2 + (frame[at + 1] ?? 0)) {
    if (frame[at] === 0xc0) code = frame[at + 2] ?? 0;
    if (frame[at] === 0xc1) own = frame.readUInt16BE(at + 2);
    if (frame[at] === 0xc2) called = frame.readUInt16BE(at + 2);
  }
  peer.tsaps = [own, called];
  const source = frame.subarray(8, 10);
  // Disconnect request, reason 3: session entity not attached to the address.
  if (peer.options.refuses === true) {
    sendFrame(socket, Buffer.from([6, 0x80, ...source, 0, 0, 3]));
    return;
  }
  const tpduCode = peer.options.tpduCode === undefined ? code : peer.options.tpduCode;
  session.tpduBytes = 2 ** (tpduCode ?? code);
  const size = tpduCode === null ? [] : [0xc0, 1, tpduCode];
  const rest = [0xc1, 2, own >> 8, own & 0xff, 0xc2, 2, called >> 8, called & 0xff];
  const body = [0xd0, ...source, 0, 7, 0, ...size, ...rest];
  sendFrame(socket, Buffer.from([body.length, ...body]));
}

function reply(job: Buffer, error: number, parameters: Buffer, data: Buffer): Buffer {
  // An error of the whole job comes as a bare acknowledgement.
  const head = Buffer.from([0x32, error === 0 ? 3 : 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
  job.copy(head, 4, 4, 6);
  head.writeUInt16BE(parameters.length, 6);
  head.writeUInt16BE(data.length, 8);
  head.writeUInt16BE(error, 10);
  return Buffer.concat([head, parameters, data]);
}

const NOTHING = Buffer.alloc(0);

function answer(socket: Socket, peer: S7Peer, session: Session, job: Buffer): void {
  if (job[0] !== 0x32 || job[1] !== 1) return void peer.violations.push('not a job');
  const parameters = job.subarray(10, 10 + job.readUInt16BE(6));
  if (parameters[0] === 0xf0) {
    peer.setups += 1;
    session.pduBytes = Math.min(peer.options.pduBytes ?? 240, parameters.readUInt16BE(6));
    session.jobs = Math.min(peer.options.jobs ?? 1, parameters.readUInt16BE(2));
    const settled = Buffer.from([0xf0, 0, 0, session.jobs, 0, session.jobs, 0, 0]);
    settled.writeUInt16BE(session.pduBytes, 6);
    sendPdu(socket, session, reply(job, 0, settled, NOTHING));
    return;
  }
  if (peer.options.hangsUp === true) return void socket.destroy();
  session.running += 1;
  peer.jobsMost = Math.max(peer.jobsMost, session.running);
  if (session.running > session.jobs) peer.violations.push('too many jobs');
  const pdu = readVariables(peer, session, job, parameters);
  if ((peer.options.silentReads ?? 0) > 0) {
    peer.options.silentReads = (peer.options.silentReads ?? 0) - 1;
    session.running -= 1;
    return;
  }
  setTimeout(() => {
    session.running -= 1;
    sendPdu(socket, session, pdu);
  }, peer.options.delayMs ?? 0);
}

const AREAS: ReadonlyMap<number, string> = new Map([
  [0x81, 'I'],
  [0x82, 'Q'],
  [0x83, 'M'],
  [0x1c, 'C'],
  [0x1d, 'T'],
]);

function readVariables(peer: S7Peer, session: Session, job: Buffer, parameters: Buffer): Buffer {
  const count = parameters[1] ?? 0;
  const answers: Buffer[] = [];
  const asked: string[] = [];
  let wrong = parameters[0] !== 4 || count > 20 || parameters.length !== 2 + 12 * count;
  let error = peer.options.jobError ?? 0;
  for (let index = 0; index < count && !wrong; index += 1) {
    const item = parameters.subarray(2 + 12 * index, 14 + 12 * index);
    wrong = item[0] !== 0x12 || item[1] !== 10 || item[2] !== 0x10;
    const area = item[8] ?? 0;
    const elements = area === 0x1c || area === 0x1d;
    const db = item.readUInt16BE(6);
    const length = item.readUInt16BE(4) * (elements ? 2 : 1);
    const start = elements ? item.readUIntBE(9, 3) * 2 : item.readUIntBE(9, 3) / 8;
    if (item[3] !== (elements ? area : 2)) wrong = true;
    asked.push(`${AREAS.get(area) ?? `DB${db}`}.${elements ? start / 2 : start}+${item.readUInt16BE(4)}`);
    if (peer.options.jobErrorFor?.db === db) error = peer.options.jobErrorFor.error;
    const bytes = peer.memory.get(AREAS.get(area) ?? db);
    const code = peer.options.denied?.includes(db)
      ? 0x03
      : bytes === undefined
        ? 0x0a
        : start + length > bytes.length
          ? 0x05
          : 0xff;
    if (code !== 0xff || bytes === undefined) answers.push(Buffer.from([code, 0, 0, 0]));
    else {
      const head = Buffer.from([0xff, elements ? 9 : 4, 0, 0]);
      head.writeUInt16BE(elements ? length : length * 8, 2);
      answers.push(head, bytes.subarray(start, start + length));
      if (length % 2 === 1 && index < count - 1) answers.push(Buffer.from([0]));
    }
  }
  peer.reads.push(asked);
  const pdu = reply(job, 0, Buffer.from([4, count]), Buffer.concat(answers));
  if (wrong || job.length > session.pduBytes || pdu.length > session.pduBytes) {
    peer.violations.push(wrong ? 'wrong request' : `PDU of ${job.length} for ${pdu.length} bytes`);
    error = 0x8500;
  }
  return error === 0 ? pdu : reply(job, error, NOTHING, NOTHING);
}
