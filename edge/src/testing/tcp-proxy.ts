import type { AddressInfo } from 'node:net';
import { connect, createServer, type Server, type Socket } from 'node:net';

/** A link that can be cut and frozen, between a connector and its real peer. */
export type TcpProxy = {
  port: number;
  /** Resets all connections and refuses new ones. */
  cut(): Promise<void>;
  /** Lets connections through again. */
  mend(): Promise<void>;
  /** Connections stay open and nothing passes, as when a switch loses power. */
  freeze(): void;
  thaw(): void;
  /** From now on every piece passes so much later, in both directions. */
  delay(timeMs: number): void;
  /** Once, the next piece from this side arrives with its bytes changed; what follows is whole again. */
  garble(from: 'caller' | 'target'): void;
  /** Once, only the first half of the next piece from this side arrives, and nothing of it after that. */
  halve(from: 'caller' | 'target'): void;
  close(): Promise<void>;
};

/** Starts on a free port of the loopback interface; `host` is where it listens, `targetHost` where it connects to. */
export async function startTcpProxy(
  targetPort: number,
  { host = '127.0.0.1', targetHost = '127.0.0.1' } = {},
): Promise<TcpProxy> {
  const pairs = new Set<[Socket, Socket]>();
  let frozen = false;
  let delayMs = 0;
  let garbles: 'caller' | 'target' | null = null;
  let halves: 'caller' | 'target' | null = null;
  let server: Server = createServer();

  const pair = (near: Socket): void => {
    const far = connect({ host: targetHost, port: targetPort });
    const both: [Socket, Socket] = [near, far];
    pairs.add(both);
    for (const [one, other] of [both, [far, near] as const]) {
      one.on('data', (data) => {
        const side = one === far ? 'target' : 'caller';
        const isGarbled = garbles === side;
        if (isGarbled) garbles = null;
        const isHalved = halves === side;
        if (isHalved) halves = null;
        const whole = isGarbled ? changed(data) : data;
        const piece = isHalved ? whole.subarray(0, Math.ceil(whole.length / 2)) : whole;
        if (delayMs === 0) other.write(piece);
        else setTimeout(() => other.writable && other.write(piece), delayMs);
      });
      one.on('error', () => undefined);
      one.on('close', () => {
        pairs.delete(both);
        other.destroy();
      });
      if (frozen) one.pause();
    }
  };
  const listen = async (port: number): Promise<void> => {
    server = createServer(pair);
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, host, resolve);
    });
  };
  const cut = async (): Promise<void> => {
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    for (const both of pairs) for (const socket of both) socket.destroy();
    await closed;
  };

  await listen(0);
  const { port } = server.address() as AddressInfo;
  return {
    port,
    cut,
    mend: () => listen(port),
    freeze() {
      frozen = true;
      for (const both of pairs) for (const socket of both) socket.pause();
    },
    thaw() {
      frozen = false;
      for (const both of pairs) for (const socket of both) socket.resume();
    },
    delay(timeMs) {
      delayMs = timeMs;
    },
    garble(from) {
      garbles = from;
    },
    halve(from) {
      halves = from;
    },
    close: cut,
  };
}

/** Every byte another one; lengths and marks of frames too. */
const changed = (data: Buffer): Buffer => Buffer.from(data.map((byte) => byte ^ 0x5a));

/** A port that nobody listens on at this moment. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
