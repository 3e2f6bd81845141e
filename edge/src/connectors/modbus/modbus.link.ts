import serial from 'modbus-serial';
import { pause } from '../../backoff.ts';
import { type Reached, timed } from '../../link-health.ts';
import { openSocket } from '../../tcp-socket.ts';
import type { Answer, Block } from './modbus.decode.ts';

const { default: ModbusRTU } = serial;

/** What a device can answer instead of data (Modbus Application Protocol V1.1b3, section 7), as reasons of samples. */
const EXCEPTIONS: Readonly<Record<number, string>> = {
  1: 'illegal-function',
  2: 'illegal-data-address',
  3: 'illegal-data-value',
  4: 'server-device-failure',
  5: 'acknowledge',
  6: 'server-device-busy',
  8: 'memory-parity-error',
  10: 'gateway-path-unavailable',
  11: 'gateway-target-failed-to-respond',
};

/** The device answered, with an exception. `splits` when a smaller request may succeed. */
export class ModbusException extends Error {
  readonly splits: boolean;
  constructor(code: number) {
    super(EXCEPTIONS[code] ?? `exception-${code}`);
    this.name = 'ModbusException';
    this.splits = code === 2 || code === 3;
  }
}

/** No answer in time; the connection may still be good. */
export class ModbusTimeout extends Error {
  constructor() {
    super('no answer in time');
    this.name = 'ModbusTimeout';
  }
}

/** One open TCP connection to a device. */
export type Link = {
  /** One at a time; others wait. Throws ModbusException, ModbusTimeout, or the reason why the connection is gone. */
  read(block: Block): Promise<Answer>;
  /** Aborted, with the reason, when the connection is gone. */
  gone: AbortSignal;
  close(): void;
};

/** Connects; throws what the network says. Aborting the signal ends a connection attempt and an open link. */
export async function openLink(options: {
  host: string;
  port: number;
  framing: 'tcp' | 'rtu';
  unitId: number;
  timeoutMs: number;
  signal: AbortSignal;
  reached: Reached;
}): Promise<Link> {
  const { reached } = options;
  // Our own socket: the library does not tell of a connection that ends with an error.
  const { socket, gone } = await openSocket({ ...options, peer: 'the device' });
  reached({ address: socket.remoteAddress });
  const client = new ModbusRTU();
  client.on('error', () => undefined);
  // What the library calls telnet is serial frames over a plain TCP connection.
  if (options.framing === 'rtu') await client.linkTelnet(socket, { port: options.port });
  else await client.linkTCP(socket, { port: options.port });
  client.setID(options.unitId);
  client.setTimeout(options.timeoutMs);
  // Whoever looks through the device waits for the polls, and they for him.
  return inTurn(
    {
      // The library waits the whole timeout on a connection that has ended; the socket knows at once.
      read: (block) =>
        new Promise((resolve, reject) => {
          if (gone.aborted) return reject(gone.reason);
          const lost = () => reject(gone.reason);
          gone.addEventListener('abort', lost, { once: true });
          timed(reached, () => request(client, block))
            .then(resolve, (error: unknown) => reject(translate(error)))
            .finally(() => gone.removeEventListener('abort', lost));
        }),
      gone,
      close: () => socket.destroy(),
    },
    options.framing === 'rtu' ? options.timeoutMs : 0,
  );
}

/** Requests one after the other. After one without an answer the line rests, where a late one could be mistaken. */
function inTurn(link: Link, restMs: number): Link {
  let before: Promise<unknown> = Promise.resolve();
  return {
    ...link,
    read(block) {
      const answer = before.then(() => link.read(block));
      before = answer.catch((error: unknown) =>
        error instanceof ModbusTimeout ? pause(restMs, link.gone) : undefined,
      );
      return answer;
    },
  };
}

async function request(client: InstanceType<typeof ModbusRTU>, block: Block): Promise<Answer> {
  const { start, length } = block;
  switch (block.table) {
    case 'coil':
      return { bits: (await client.readCoils(start, length)).data };
    case 'discrete':
      return { bits: (await client.readDiscreteInputs(start, length)).data };
    case 'input':
      return { registers: (await client.readInputRegisters(start, length)).buffer };
    case 'holding':
      return { registers: (await client.readHoldingRegisters(start, length)).buffer };
  }
}

function translate(error: unknown): unknown {
  if (typeof error !== 'object' || error === null) return error;
  if ('modbusCode' in error && typeof error.modbusCode === 'number')
    return new ModbusException(error.modbusCode);
  if ('errno' in error && error.errno === 'ETIMEDOUT' && !('syscall' in error)) return new ModbusTimeout();
  return error;
}
