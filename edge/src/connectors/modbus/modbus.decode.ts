import type { PointType, SampleValue } from '@ronghe/contracts';
import { shortFloat } from '../../short-float.ts';
import type { ModbusPoint } from './modbus.config.ts';

/** The four tables of the Modbus data model (Modbus Application Protocol V1.1b3, section 4.3). */
export type Table = 'coil' | 'discrete' | 'input' | 'holding';
export type Address = { table: Table; address: number; bit: number | null };
export type Encoding = NonNullable<ModbusPoint['encoding']>;

/** Most registers, and most coils or discrete inputs, in one request; the protocol allows 125 and 2000. */
export const REGISTERS_MAX = 120;
export const BITS_MAX = 1_920;
/** Unused registers worth reading along to save a request. */
const GAP_MAX = 8;

/** One point with its place worked out. */
export type Place = { point: ModbusPoint; index: number; table: Table; start: number; length: number };
/** One request: everything from `start` in one table, and the points inside. */
export type Block = { table: Table; start: number; length: number; places: Place[] };

/** `holding:12.5` → table, address, bit. The text has been checked by the schema. */
export function parseAddress(text: string): Address {
  const [, table, address, bit] = /^(\w+):(\d+)(?:\.(\d+))?$/.exec(text) ?? [];
  return { table: table as Table, address: Number(address), bit: bit === undefined ? null : Number(bit) };
}

/** Whether the numbers of an address are possible. */
export function fitsAddress(text: string): boolean {
  const { address, bit } = parseAddress(text);
  return address <= 65_535 && (bit === null || bit <= 15);
}

/** The encoding when none is written. */
export function encodingOf(address: string, encoding: Encoding | undefined): Encoding {
  const place = parseAddress(address);
  if (place.table === 'coil' || place.table === 'discrete') return 'boolean';
  return encoding ?? (place.bit === null ? 'uint16' : 'bit');
}

/** The type of values that an address and encoding give. */
export function typeOf(address: string, encoding: Encoding | undefined): PointType {
  const actual = encodingOf(address, encoding);
  return actual === 'boolean' || actual === 'bit' ? 'boolean' : 'number';
}

const REGISTERS: Readonly<Record<Encoding, number>> = {
  int16: 1,
  uint16: 1,
  int32: 2,
  uint32: 2,
  float32: 2,
  float64: 4,
  boolean: 1,
  bit: 1,
};

/** Points gathered into as few requests as the limits allow, in the order of their addresses. */
export function planBlocks(points: readonly ModbusPoint[]): Block[] {
  const places = points.map((point, index): Place => {
    const { table, address } = parseAddress(point.address);
    const length = REGISTERS[encodingOf(point.address, point.encoding)];
    return { point, index, table, start: address, length };
  });
  places.sort((left, right) => left.table.localeCompare(right.table) || left.start - right.start);
  const blocks: Block[] = [];
  for (const place of places) {
    const block = blocks.at(-1);
    if (block !== undefined && joins(block, place)) {
      block.length = Math.max(block.length, place.start + place.length - block.start);
      block.places.push(place);
    } else {
      blocks.push({ table: place.table, start: place.start, length: place.length, places: [place] });
    }
  }
  return blocks;
}

function joins(block: Block, place: Place): boolean {
  const most = block.table === 'coil' || block.table === 'discrete' ? BITS_MAX : REGISTERS_MAX;
  return (
    block.table === place.table &&
    place.start <= block.start + block.length + GAP_MAX &&
    place.start + place.length - block.start <= most
  );
}

/**
 * Two smaller requests for the same points: cut at the widest gap between them first, for an address that a device
 * refuses is most often one that no point asked for. Only for blocks of at least two points.
 */
export function splitBlock(block: Block): Block[] {
  let cut = Math.ceil(block.places.length / 2);
  let widest = 0;
  block.places.forEach((place, index) => {
    const before = block.places[index - 1];
    const gap = before === undefined ? 0 : place.start - (before.start + before.length);
    if (gap > widest) [widest, cut] = [gap, index];
  });
  return [block.places.slice(0, cut), block.places.slice(cut)].flatMap((places) => {
    const first = places[0];
    if (first === undefined) return [];
    const end = Math.max(...places.map((place) => place.start + place.length));
    return [{ table: block.table, start: first.start, length: end - first.start, places }];
  });
}

/** What one request brought: register bytes as on the wire, or the bits of coils and discrete inputs. */
export type Answer = { registers: Buffer } | { bits: readonly boolean[] };

/** The value of one place from its block's answer; null when the answer is too short. */
export function decodePlace(place: Place, block: Block, answer: Answer): SampleValue {
  const position = place.start - block.start;
  if ('bits' in answer) return answer.bits[position] ?? null;
  const bytes = answer.registers.subarray(position * 2, (position + place.length) * 2);
  if (bytes.length < place.length * 2) return null;
  return decodeRegisters(bytes, place.point);
}

/** Registers as on the wire → value, by the point's orders, encoding, scale and offset. */
export function decodeRegisters(wire: Buffer, point: ModbusPoint): number | boolean {
  const bytes = bigEndian(wire, point);
  const encoding = encodingOf(point.address, point.encoding);
  switch (encoding) {
    case 'boolean':
      return bytes.readUInt16BE(0) !== 0;
    case 'bit':
      return ((bytes.readUInt16BE(0) >> (parseAddress(point.address).bit ?? 0)) & 1) === 1;
    default:
      return scaled(readNumber(bytes, encoding), point);
  }
}

function scaled(raw: number, point: Pick<ModbusPoint, 'scale' | 'offset'>): number {
  if (point.scale === 1 && point.offset === 0) return raw;
  // 3 × 0.1 is 0.30000000000000004 in binary; the fifteenth digit is the last that is surely right.
  return Number((raw * point.scale + point.offset).toPrecision(15));
}

function readNumber(bytes: Buffer, encoding: Exclude<Encoding, 'boolean' | 'bit'>): number {
  switch (encoding) {
    case 'int16':
      return bytes.readInt16BE(0);
    case 'uint16':
      return bytes.readUInt16BE(0);
    case 'int32':
      return bytes.readInt32BE(0);
    case 'uint32':
      return bytes.readUInt32BE(0);
    case 'float32':
      return shortFloat(bytes.readFloatBE(0));
    case 'float64':
      return bytes.readDoubleBE(0);
  }
}

function bigEndian(wire: Buffer, orders: Pick<ModbusPoint, 'wordOrder' | 'byteOrder'>): Buffer {
  const bytes = Buffer.from(wire);
  if (orders.byteOrder === 'little') bytes.swap16();
  if (orders.wordOrder === 'big') return bytes;
  const words: Buffer[] = [];
  for (let offset = bytes.length - 2; offset >= 0; offset -= 2)
    words.push(bytes.subarray(offset, offset + 2));
  return Buffer.concat(words);
}
