import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import type { Address } from '#platform/db/foreign-tables.ts';

const CONNECT_TIMEOUT_MS = 10_000;

/**
 * A port on the loopback that leads to one address until the signal is aborted; then every connection through it is cut. The
 * engine's connectors wait inside the source's client library, where no `kill query` reaches them: cutting the line does.
 * They also never see a name, so nothing can lead them elsewhere.
 * @throws Error of the system when nobody takes connections there
 */
export async function openRelay(to: Address, signal: AbortSignal): Promise<Address> {
  await probe(to, signal);
  const open = new Set<Socket>();
  const server = createServer({ pauseOnConnect: true, noDelay: true }, (near) => {
    const far = connect({ host: to.host, port: to.port, noDelay: true });
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      open.add(socket);
      socket.on('error', () => other.destroy());
      socket.on('close', () => {
        open.delete(socket);
        other.destroy();
      });
    }
    far.once('connect', () => near.pipe(far).pipe(near));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const close = () => {
    server.close();
    for (const socket of open) socket.destroy();
  };
  if (signal.aborted) close();
  else signal.addEventListener('abort', close, { once: true });
  return { host: '127.0.0.1', port: (server.address() as AddressInfo).port };
}

async function probe(to: Address, signal: AbortSignal): Promise<void> {
  const socket = connect({ host: to.host, port: to.port });
  const timer = setTimeout(() => socket.destroy(new Error('the connection timed out')), CONNECT_TIMEOUT_MS);
  const cut = () => socket.destroy(new Error('given up'));
  signal.addEventListener('abort', cut, { once: true });
  try {
    await once(socket, 'connect');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new Error(
      code === 'ETIMEDOUT'
        ? 'timed out'
        : code === undefined
          ? (error as Error).message
          : 'Connection refused',
    );
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', cut);
    socket.destroy();
  }
}
