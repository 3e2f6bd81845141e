import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { Platform } from './platform.ts';

/** Bodies of the largest size that one organisation may have in the doors' memory at once. */
const BODIES_MAX = 2;

/** For `startPlatform`: doors whose memory is full after 2 MB of bodies of one organisation. */
export const SMALL_DOORS = {
  RONGHE_BODY_BYTES_MAX: '1000000',
  RONGHE_INGEST_BODY_BYTES_MAX: '1000000',
} as const;

/**
 * Overload that stays as long as a test needs it, however fast the machine is: uploads that take all the memory the doors
 * have for bodies of the organisation and do not go on.
 * @returns what ends them
 */
export async function holdUploads(platform: Pick<Platform, 'port' | 'key'>): Promise<() => void> {
  const bytes = Number(SMALL_DOORS.RONGHE_INGEST_BODY_BYTES_MAX);
  const sockets = new Set<Socket>();
  let ended = false;
  const hold = async (): Promise<void> => {
    const socket = connect(platform.port, '127.0.0.1');
    sockets.add(socket);
    socket.on('error', () => undefined);
    // An answer means that somebody else had the last bytes at this moment: once more, until they are ours.
    socket.once('data', () => socket.destroy());
    socket.once('close', () => {
      sockets.delete(socket);
      if (!ended) void hold();
    });
    await once(socket, 'connect');
    socket.write(
      `POST /api/v2/write HTTP/1.1\r\nhost: held\r\nauthorization: Token ${platform.key}\r\ncontent-length: ${bytes}\r\n\r\n`,
    );
    socket.write(Buffer.alloc(bytes - 1, '#'));
  };
  for (let count = 0; count < BODIES_MAX; count++) await hold();
  return () => {
    ended = true;
    for (const socket of sockets) socket.destroy();
  };
}
