import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { type ModbusPeer, startModbusPeer } from './modbus-peer.ts';

const REQUEST_BYTES = 8;
const CRC_BYTES = 2;
const MBAP_BYTES = 6;

/** CRC-16 of serial frames (Modbus over Serial Line V1.02, 6.2.2), bit by bit. */
function crcOf(bytes: Buffer): number {
  let crc = 0xffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? (crc >> 1) ^ 0xa001 : crc >> 1;
  }
  return crc;
}

const withCrc = (frame: Buffer): Buffer => {
  const crc = Buffer.alloc(CRC_BYTES);
  crc.writeUInt16LE(crcOf(frame));
  return Buffer.concat([frame, crc]);
};

/**
 * A device behind a transparent serial server: reads as serial frames over TCP. Frames whose CRC is wrong are not answered,
 * as on a real line.
 */
export async function startModbusRtuPeer(
  options: { port?: number; refused?: number[] } = {},
): Promise<ModbusPeer> {
  const { port, ...rest } = options;
  const device = await startModbusPeer(rest);
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect(device.port, '127.0.0.1');
    let requests = Buffer.alloc(0);
    let answers = Buffer.alloc(0);
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(one);
      one.on('error', () => undefined);
      one.on('close', () => {
        sockets.delete(one);
        other.destroy();
      });
    }
    near.on('data', (data) => {
      requests = Buffer.concat([requests, data]);
      for (; requests.length >= REQUEST_BYTES; requests = requests.subarray(REQUEST_BYTES)) {
        const frame = requests.subarray(0, REQUEST_BYTES - CRC_BYTES);
        if (crcOf(frame) !== requests.readUInt16LE(REQUEST_BYTES - CRC_BYTES)) continue;
        const head = Buffer.alloc(MBAP_BYTES);
        head.writeUInt16BE(frame.length, 4);
        far.write(Buffer.concat([head, frame]));
      }
    });
    far.on('data', (data) => {
      answers = Buffer.concat([answers, data]);
      while (answers.length > MBAP_BYTES) {
        const bytes = MBAP_BYTES + answers.readUInt16BE(4);
        if (answers.length < bytes) return;
        near.write(withCrc(answers.subarray(MBAP_BYTES, bytes)));
        answers = answers.subarray(bytes);
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(port ?? 0, '127.0.0.1', resolve));
  return {
    ...device,
    port: (server.address() as AddressInfo).port,
    async stop() {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
      await device.stop();
    },
  };
}
