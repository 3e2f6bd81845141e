import type { ModbusPlace, PlantPoint } from '../province/plants.ts';
import type { Reading, Readings } from './simulation.ts';

/** Exception codes of the Modbus application protocol. */
export const MODBUS_ILLEGAL_ADDRESS = 2;

/** Tables of a Modbus device. */
export type ModbusTable = 'holding' | 'input' | 'coil' | 'discrete';
type Place = ModbusPlace & { table: ModbusTable; offset: number };

/** Memory of a Modbus device: what is not there is not readable. */
export type RegisterMap = {
  /** Puts readings into their registers, in the encoding of each point. */
  store(readings: Readings): void;
  /** A register (16 bits) or a bit as 0/1; undefined where nothing is. */
  read(table: ModbusTable, offset: number): number | undefined;
  /**
   * Writes registers of one float32 holding value and gives the value back once both words are there; null when the
   * registers do not belong to it.
   */
  writeFloat(key: string, offset: number, words: readonly number[]): number | null;
};

/** Splits `holding:100`. @throws RangeError for anything else */
export function parsePlace(place: ModbusPlace): Place {
  const match = /^(holding|input|coil|discrete):(\d{1,5})$/.exec(place.address);
  if (!match) throw new RangeError(`${place.address} is not a Modbus address`);
  return { ...place, table: match[1] as ModbusTable, offset: Number(match[2]) };
}

/** The 16-bit words of a value as a device would send them. Values outside the encoding are held at its limits. */
export function encodeWords(value: number, place: ModbusPlace): number[] {
  const raw = place.scale === undefined ? value : value / place.scale;
  const bytes = new DataView(new ArrayBuffer(4));
  switch (place.encoding) {
    case 'boolean':
      return [raw ? 1 : 0];
    case 'int16':
      bytes.setInt16(0, Math.round(Math.min(32_767, Math.max(-32_768, raw))));
      return [bytes.getUint16(0)];
    case 'uint16':
      return [Math.round(Math.min(65_535, Math.max(0, raw)))];
    case 'uint32':
      bytes.setUint32(0, Math.round(raw) % 4_294_967_296);
      break;
    case 'float32':
      bytes.setFloat32(0, raw);
      break;
  }
  const words = [bytes.getUint16(0), bytes.getUint16(2)];
  return place.wordOrder === 'little' ? words.reverse() : words;
}

/** The memory of a device with these points; points without a place in Modbus are left out. */
export function createRegisterMap(points: readonly PlantPoint[]): RegisterMap {
  const places = new Map<string, Place>();
  for (const point of points) if (point.modbus) places.set(point.key, parsePlace(point.modbus));
  const memory: Record<ModbusTable, Map<number, number>> = {
    holding: new Map(),
    input: new Map(),
    coil: new Map(),
    discrete: new Map(),
  };
  return {
    store(readings) {
      for (const [key, place] of places) {
        const words = encodeWords(numeric(readings[key]), place);
        for (const [index, word] of words.entries()) memory[place.table].set(place.offset + index, word);
      }
    },
    read: (table, offset) => memory[table].get(offset),
    writeFloat(key, offset, words) {
      const place = places.get(key);
      const inside = (index: number) => index >= 0 && index < 2;
      if (!place || !words.every((_, index) => inside(offset + index - place.offset))) return null;
      for (const [index, word] of words.entries()) memory.holding.set(offset + index, word);
      const bytes = new DataView(new ArrayBuffer(4));
      bytes.setUint16(0, memory.holding.get(place.offset) ?? 0);
      bytes.setUint16(2, memory.holding.get(place.offset + 1) ?? 0);
      return bytes.getFloat32(0);
    },
  };
}

const numeric = (value: Reading | undefined): number =>
  typeof value === 'boolean' ? Number(value) : typeof value === 'number' ? value : 0;
