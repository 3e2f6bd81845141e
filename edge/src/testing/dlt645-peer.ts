import { createServer, type Socket } from 'node:net';
import { freePort } from './tcp-proxy.ts';

/** Meters of DL/T 645-2007 on one RS-485 line behind a transparent TCP gateway. */
export type Dlt645Peer = {
  port: number;
  /** Gives a meter an item: its digits as the standard writes them, without the point; `-` in front sets the top bit. */
  set(meter: string, id: string, digits: string): void;
  /** Gives a meter an item of raw bytes, lowest first. */
  setBytes(meter: string, id: string, bytes: Uint8Array): void;
  /** An item that is answered by an error word. */
  refuse(meter: string, id: string, error: number): void;
  /** An item, or with id null a whole meter, that does not answer; or does again. */
  silence(meter: string, id: string | null, isSilent: boolean): void;
  /** Answers for this item come so much later, also when something else has been asked meanwhile. */
  delay(meter: string, id: string, timeMs: number): void;
  /** Requests as `meter/id`, or `meter/id#seq` for following frames. */
  requests: string[];
  stop(): Promise<void>;
};

export type Dlt645PeerOptions = {
  port?: number;
  /** bytes FE in front of answers */
  preamble?: number;
  /** most data bytes in one answer; the rest comes in following frames */
  pieceBytes?: number;
  /** sends every request back first, as a gateway with a two-wire loop does */
  echoes?: boolean;
  /** answers byte by byte */
  dribbles?: boolean;
};

export async function startDlt645Peer(options: Dlt645PeerOptions = {}): Promise<Dlt645Peer> {
  const meters = new Map<string, Map<string, Uint8Array>>();
  const errors = new Map<string, number>();
  const silent = new Set<string>();
  const delays = new Map<string, number>();
  const requests: string[] = [];
  const sockets = new Set<Socket>();
  const itemsOf = (meter: string) => {
    const items = meters.get(meter) ?? new Map<string, Uint8Array>();
    meters.set(meter, items);
    return items;
  };

  const respond = (request: Uint8Array): Uint8Array | null => {
    const meter = hex(request.slice(1, 7).reverse());
    const control = request[8] ?? 0;
    const data = request.slice(10, -2).map((byte) => byte - 0x33);
    const id = hex(data.slice(0, 4).reverse());
    const sequence = control === 0x12 ? (data[4] ?? 0) : 0;
    requests.push(sequence === 0 ? `${meter}/${id}` : `${meter}/${id}#${sequence}`);
    // A meter that is not on the line says nothing, whatever is asked.
    if (!meters.has(meter) || silent.has(meter) || silent.has(`${meter}/${id}`)) return null;
    if (control !== 0x11 && control !== 0x12) return frame(meter, control | 0xc0, [0x01]);
    const item = itemsOf(meter).get(id);
    const error = errors.get(`${meter}/${id}`) ?? (item === undefined ? 0x02 : undefined);
    if (error !== undefined || item === undefined) return frame(meter, control | 0xc0, [error ?? 0x02]);
    const size = options.pieceBytes ?? 200;
    const piece = item.slice(sequence * size, (sequence + 1) * size);
    const more = item.length > (sequence + 1) * size ? 0x20 : 0;
    const tail = sequence === 0 ? [] : [sequence];
    return frame(meter, control | 0x80 | more, [...data.slice(0, 4), ...piece, ...tail]);
  };

  const server = createServer((socket) => {
    sockets.add(socket);
    socket.setNoDelay(true);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => undefined);
    let held: number[] = [];
    socket.on('data', (bytes) => {
      held.push(...bytes);
      for (;;) {
        const start = held.indexOf(0x68);
        held = start === -1 ? [] : held.slice(start);
        const length = 12 + (held[9] ?? 255);
        if (held.length < length) return;
        const request = Uint8Array.from(held.slice(0, length));
        held = held.slice(length);
        if (sum(request.slice(0, -2)) !== request[length - 2] || request[length - 1] !== 0x16) continue;
        if (options.echoes === true) socket.write(request);
        const answer = respond(request);
        if (answer === null) continue;
        const whole = [...Array<number>(options.preamble ?? 4).fill(0xfe), ...answer];
        const lateMs = delays.get(requests.at(-1) ?? '');
        if (lateMs !== undefined) setTimeout(() => write(socket, whole), lateMs);
        else if (options.dribbles === true) dribble(socket, whole);
        else write(socket, whole);
      }
    });
  });
  const port = options.port ?? (await freePort());
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  return {
    port,
    requests,
    set(meter, id, digits) {
      const isNegative = digits.startsWith('-');
      const bytes = Uint8Array.from(Buffer.from(digits.replace('-', ''), 'hex')).reverse();
      const top = bytes.length - 1;
      if (isNegative) bytes[top] = (bytes[top] ?? 0) | 0x80;
      itemsOf(meter).set(id, bytes);
    },
    setBytes: (meter, id, bytes) => void itemsOf(meter).set(id, bytes),
    refuse: (meter, id, error) => void errors.set(`${meter}/${id}`, error),
    silence(meter, id, isSilent) {
      const what = id === null ? meter : `${meter}/${id}`;
      if (isSilent) silent.add(what);
      else silent.delete(what);
    },
    delay: (meter, id, timeMs) => void delays.set(`${meter}/${id}`, timeMs),
    async stop() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

/** Each byte by itself; one timer after the other, since timers of different lengths may overtake each other under load. */
function dribble(socket: Socket, bytes: number[]): void {
  write(socket, bytes.slice(0, 1));
  if (bytes.length > 1) setTimeout(() => dribble(socket, bytes.slice(1)), 1);
}

function write(socket: Socket, bytes: number[]): void {
  if (socket.writable) socket.write(Uint8Array.from(bytes));
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex').toUpperCase();
const sum = (bytes: Uint8Array): number => bytes.reduce((total, byte) => (total + byte) % 256, 0);

/** 68 A0…A5 68 C L DATA CS 16, data with 33H added. */
function frame(meter: string, control: number, data: number[]): Uint8Array {
  const address = [...Buffer.from(meter, 'hex')].reverse();
  const body = [0x68, ...address, 0x68, control, data.length, ...data.map((byte) => (byte + 0x33) % 256)];
  return Uint8Array.from([...body, sum(Uint8Array.from(body)), 0x16]);
}
