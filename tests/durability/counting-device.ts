import modbus from 'modbus-serial';

const REGISTERS_PER_VALUE = 4;

/**
 * A Modbus TCP device whose every float64 is a number never given before, so that each sample can be told from every other.
 * `holding:0`, `holding:4`, `holding:8` … are its points.
 */
export type CountingDevice = { port: number; reads(): number; stop(): Promise<void> };

export async function startCountingDevice(port: number): Promise<CountingDevice> {
  let reads = 0;
  const server = new modbus.ServerTCP(
    {
      getMultipleHoldingRegisters: (_address: number, length: number) => {
        const bytes = Buffer.alloc(length * 2);
        for (let value = 0; value < length / REGISTERS_PER_VALUE; value += 1) {
          reads += 1;
          bytes.writeDoubleBE(reads, value * 8);
        }
        return Array.from({ length }, (_, index) => bytes.readUInt16BE(index * 2));
      },
    },
    { host: '127.0.0.1', port, unitID: 1 },
  );
  await new Promise<void>((resolve, reject) => {
    server.on('initialized', () => resolve());
    server.on('serverError', (error) => reject(error ?? new Error('the device could not start')));
  });
  return {
    port,
    reads: () => reads,
    stop: () => new Promise<void>((resolve) => server.close(() => resolve())),
  };
}
