import modbus from 'modbus-serial';
import { freePort } from './tcp-proxy.ts';

const { ServerTCP } = modbus;

/** A real Modbus TCP server over memory, for tests. */
export type ModbusPeer = {
  port: number;
  registers: Uint16Array;
  coils: boolean[];
  setFloat(address: number, value: number): void;
  /** Register reads that were asked for, as `start+length`. */
  reads: string[];
  stop(): Promise<void>;
};

/** Addresses in `refused`, and those that are not in `has`, answer with exception 2, illegal data address, for the whole request. */
export async function startModbusPeer(
  options: { port?: number; refused?: number[]; has?: (address: number) => boolean } = {},
): Promise<ModbusPeer> {
  const registers = new Uint16Array(65_536);
  const coils = new Array<boolean>(1_000).fill(false);
  const reads: string[] = [];
  const port = options.port ?? (await freePort());
  const read = (start: number, length: number): number[] => {
    reads.push(`${start}+${length}`);
    for (const address of options.refused ?? []) {
      if (address >= start && address < start + length) throw { modbusErrorCode: 2 };
    }
    for (let address = start; options.has !== undefined && address < start + length; address += 1)
      if (!options.has(address)) throw { modbusErrorCode: 2 };
    return [...registers.subarray(start, start + length)];
  };
  const server = new ServerTCP(
    {
      // The synchronous forms: the library's callback form cannot answer with an exception.
      getMultipleHoldingRegisters: (start: number, length: number) => read(start, length),
      getMultipleInputRegisters: (start: number, length: number) => read(start, length),
      getHoldingRegister: (address: number) => read(address, 1)[0],
      getInputRegister: (address: number) => read(address, 1)[0],
      getCoil: (address: number) => Promise.resolve(coils[address] ?? false),
      getDiscreteInput: (address: number) => Promise.resolve(coils[address] ?? false),
    } as never,
    { host: '127.0.0.1', port, unitID: 255 },
  );
  server.on('socketError', () => undefined);
  await new Promise<void>((resolve) => server.once('initialized', () => resolve()));
  return {
    port,
    registers,
    coils,
    reads,
    setFloat(address, value) {
      const bytes = Buffer.alloc(4);
      bytes.writeFloatBE(value);
      registers[address] = bytes.readUInt16BE(0);
      registers[address + 1] = bytes.readUInt16BE(2);
    },
    stop: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
