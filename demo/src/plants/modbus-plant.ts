import { once } from 'node:events';
import { type IServiceVector, ServerTCP } from 'modbus-serial';
import { plantOf } from '../province/plants.ts';
import {
  createRegisterMap,
  MODBUS_ILLEGAL_ADDRESS,
  type ModbusTable,
  type RegisterMap,
} from './modbus-registers.ts';
import { type PlantOptions, type ProtocolServer, type RunningPlant, runPlant } from './plant-server.ts';
import { freePort } from './ports.ts';
import type { Simulation } from './simulation.ts';

/** Unit every simulated device answers to. */
export const MODBUS_UNIT = 1;

/** Starts a plant behind Modbus TCP. Reading beyond its registers is answered with exception 2. */
export const startModbusPlant = (options: PlantOptions): Promise<RunningPlant> =>
  runPlant(options, startServer);

async function startServer(options: PlantOptions, simulation: Simulation): Promise<ProtocolServer> {
  const plant = plantOf(options.plant);
  const registers = createRegisterMap(plant.points);
  // The library takes port 0 for "none given" and would listen on 502.
  const port = options.port || (await freePort());
  let silent = false;
  const writeSetpoint = (offset: number, words: readonly number[]) => {
    const value = registers.writeFloat(plant.setpoint.key, offset, words);
    if (value === null) throw illegalAddress();
    simulation.setSetpoint(value);
  };
  const vector = serviceVector({ registers, isSilent: () => silent, writeSetpoint });
  let server: ServerTCP | null = await listen(vector, port);
  const close = async () => {
    const closing = server;
    server = null;
    if (closing) await new Promise<void>((resolve) => closing.close(() => resolve()));
  };
  return {
    port,
    publish: (readings) => registers.store(readings),
    cut: close,
    async restore() {
      server ??= await listen(vector, port);
    },
    silence: (value) => {
      silent = value;
    },
    stop: close,
  };
}

type VectorOptions = {
  registers: RegisterMap;
  isSilent(): boolean;
  writeSetpoint(offset: number, words: readonly number[]): void;
};

function serviceVector({ registers, isSilent, writeSetpoint }: VectorOptions): IServiceVector {
  // A hung controller keeps the connection and never answers: the promise stays open.
  const never = () => new Promise<never>(() => undefined);
  const read = async (table: ModbusTable, offset: number): Promise<number> => {
    if (isSilent()) return never();
    const value = registers.read(table, offset);
    if (value === undefined) throw illegalAddress();
    return value;
  };
  return {
    getCoil: async (offset: number) => (await read('coil', offset)) === 1,
    getDiscreteInput: async (offset: number) => (await read('discrete', offset)) === 1,
    getInputRegister: (offset: number) => read('input', offset),
    getHoldingRegister: (offset: number) => read('holding', offset),
    setRegister: async (offset: number, value: number) => {
      if (isSilent()) return never();
      writeSetpoint(offset, [value]);
    },
    setRegisterArray: async (offset: number, values: number[]) => {
      if (isSilent()) return never();
      writeSetpoint(offset, values);
    },
  };
}

const illegalAddress = (): Error =>
  Object.assign(new Error('there is no such register'), { modbusErrorCode: MODBUS_ILLEGAL_ADDRESS });

async function listen(vector: IServiceVector, port: number): Promise<ServerTCP> {
  const server = new ServerTCP(vector, { host: '127.0.0.1', port, unitID: MODBUS_UNIT });
  server.on('socketError', () => undefined);
  const failed = once(server, 'serverError').then(([error]) => {
    throw error;
  });
  await Promise.race([once(server, 'initialized'), failed]);
  failed.catch(() => undefined);
  return server;
}
