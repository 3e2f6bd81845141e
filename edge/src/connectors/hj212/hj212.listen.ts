import { createServer, type Socket } from 'node:net';

/** Waits for callers until the signal is aborted; rejects when the address cannot be had or the listening breaks off. */
export function listen(options: {
  host: string;
  port: number;
  signal: AbortSignal;
  onListening: () => void;
  onSocket: (socket: Socket) => void;
}): Promise<void> {
  const { host, port, signal } = options;
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve, reject) => {
    const sockets = new Set<Socket>();
    let reason: Error | null = null;
    const server = createServer((socket) => {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.once('close', () => sockets.delete(socket));
      options.onSocket(socket);
    });
    const end = () => {
      signal.removeEventListener('abort', end);
      for (const socket of sockets) socket.destroy();
      server.close(() => (reason === null ? resolve() : reject(reason)));
    };
    server.on('error', (error) => {
      reason ??= error;
      end();
    });
    server.once('listening', options.onListening);
    signal.addEventListener('abort', end, { once: true });
    server.listen({ host, port });
  });
}
