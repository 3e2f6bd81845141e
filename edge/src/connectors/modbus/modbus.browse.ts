import { pause } from '../../backoff.ts';
import { folderItem } from '../../browse-item.ts';
import type { BrowseItem } from '../../connector.ts';
import type { ModbusPoint } from './modbus.config.ts';
import { type Answer, type Block, decodeRegisters, type Encoding, type Table } from './modbus.decode.ts';
import { ModbusException, ModbusTimeout } from './modbus.link.ts';

/** Most requests of one question, and rest of the device between two of them. */
const REQUESTS_MAX = 250;
const REST_MS = 10;
/** Longest time of one question; what has not been looked at by then is told as such. */
const BROWSE_MS_MAX = 20_000;
/** After so many requests without an answer the device is left alone. */
const TIMEOUTS_MAX = 2;
/** Addresses of one range that is shown with its values. */
const LEAF_LENGTH = 100;
/** A range is looked through in so many steps, coarse in a large one. */
const STEPS = 100;
/** What was refused is opened in ranges of this length first, which are looked through in steps of ten. */
const FINER_LENGTH = 1_000;
/** The first addresses of a table are looked through with it; the rest is opened when asked for. */
const FIRST_LENGTH = 10_000;
const ADDRESSES = 65_536;

const TABLES: Readonly<Record<Table, string>> = {
  holding: 'Holding registers',
  input: 'Input registers',
  coil: 'Coils',
  discrete: 'Discrete inputs',
};

/** Addresses from `start` up to, not including, `end`. */
type Area = { start: number; end: number };
type Found = { answered: Area[]; unknown: Area[]; values: Map<number, number | boolean> };
type Read = (block: Block) => Promise<Answer>;

/**
 * What a device has, by reading only: its tables (null), in a table the ranges of addresses that answer, in a range its
 * registers with what they would be as numbers. Modbus has no list of its points, so this is found by trying, with at most
 * `REQUESTS_MAX` requests. Throws an error for people when the device does not answer at all.
 */
export async function browseModbus(
  read: Read,
  { node, limit }: { node: string | null; limit: number },
): Promise<BrowseItem[]> {
  if (node === null) return (await tablesOf(read)).slice(0, limit);
  const [, table, from, to] = /^(holding|input|coil|discrete)(?::(\d{1,5})-(\d{1,5}))?$/.exec(node) ?? [];
  const area = { start: Number(from ?? 0), end: to === undefined ? FIRST_LENGTH : Number(to) + 1 };
  if (table === undefined || area.start >= area.end || area.end > ADDRESSES)
    throw new Error('there is no such node; a range is written like holding:0-99');
  const probe = createProbe(read, table as Table);
  const found = await probe(area);
  const items =
    area.end - area.start <= LEAF_LENGTH
      ? pointsOf(table as Table, found)
      : [
          ...foldersOf(
            table as Table,
            found,
            area.end - area.start > FINER_LENGTH ? FINER_LENGTH : LEAF_LENGTH,
          ),
          ...(from === undefined ? furtherFolders(table as Table) : []),
        ];
  return items.slice(0, limit);
}

async function tablesOf(read: Read): Promise<BrowseItem[]> {
  const items: BrowseItem[] = [];
  let timeouts = 0;
  for (const table of Object.keys(TABLES) as Table[]) {
    try {
      await read({ table, start: 0, length: 1, places: [] });
    } catch (error) {
      if (error instanceof ModbusTimeout) timeouts += 1;
      else if (!(error instanceof ModbusException)) throw error;
      // An address that is refused may have others beside it; a function that is refused has none.
      if (error instanceof ModbusTimeout || error.message === 'illegal-function') continue;
    }
    items.push(folderItem(table, TABLES[table], null));
    await pause(REST_MS, new AbortController().signal);
  }
  if (timeouts === Object.keys(TABLES).length) throw new Error('the device does not answer');
  return items;
}

/** Looks through a range: whole steps first; where one is refused, what answers from its beginning on. */
function createProbe(read: Read, table: Table): (area: Area) => Promise<Found> {
  const endMs = performance.now() + BROWSE_MS_MAX;
  const found: Found = { answered: [], unknown: [], values: new Map() };
  const never = new AbortController().signal;
  let requests = 0;
  let timeouts = 0;
  const isOver = () => requests >= REQUESTS_MAX || timeouts >= TIMEOUTS_MAX || performance.now() > endMs;

  /** True when all addresses answer. */
  const answers = async (start: number, end: number): Promise<boolean> => {
    if (isOver()) return false;
    requests += 1;
    try {
      const answer = await read({ table, start, length: end - start, places: [] });
      keep(found.values, start, end, answer);
      timeouts = 0;
      return true;
    } catch (error) {
      if (error instanceof ModbusTimeout) timeouts += 1;
      else if (!(error instanceof ModbusException)) throw error;
      else if (!error.splits) throw new Error(`the device refuses this table: ${error.message}`);
      return false;
    } finally {
      await pause(REST_MS, never);
    }
  };

  /** The end of what answers from the beginning of a step that was refused as a whole. */
  const extentOf = async (start: number, end: number): Promise<number> => {
    if (end - start <= 1 || !(await answers(start, start + 1))) return start;
    let [good, bad] = [start + 1, end];
    while (bad - good > 1 && !isOver()) {
      const middle = Math.floor((good + bad) / 2);
      if (await answers(start, middle)) good = middle;
      else bad = middle;
    }
    return good;
  };

  return async ({ start, end }) => {
    // A range that is shown is asked for at once, before each of its addresses is.
    if (end - start <= LEAF_LENGTH && (await answers(start, end))) {
      add(found.answered, start, end);
      return found;
    }
    const step = Math.max(1, Math.ceil((end - start) / STEPS));
    for (let at = start; at < end; at += step) {
      const next = Math.min(at + step, end);
      const good = (await answers(at, next)) ? next : await extentOf(at, next);
      if (good > at) add(found.answered, at, good);
      if (good < next && (step > 1 || isOver())) add(found.unknown, good, next);
    }
    if (found.answered.length === 0 && timeouts >= TIMEOUTS_MAX)
      throw new Error('the device does not answer');
    return found;
  };
}

/** Adds an area to those before it, as one where they touch. */
function add(areas: Area[], start: number, end: number): void {
  const last = areas.at(-1);
  if (last?.end === start) last.end = end;
  else areas.push({ start, end });
}

function keep(values: Found['values'], start: number, end: number, answer: Answer): void {
  for (let at = start; at < end; at += 1) {
    const value = 'bits' in answer ? answer.bits[at - start] : wordAt(answer.registers, at - start);
    if (value !== undefined) values.set(at, value);
  }
}

const wordAt = (bytes: Buffer, index: number): number | undefined =>
  bytes.length >= index * 2 + 2 ? bytes.readUInt16BE(index * 2) : undefined;

function foldersOf(table: Table, { answered, unknown }: Found, unknownLength: number): BrowseItem[] {
  const parts = (areas: readonly Area[], length: number, description: string) =>
    areas.flatMap((area) => piecesOf(area, length).map((each) => ({ ...each, description })));
  return [
    ...parts(answered, LEAF_LENGTH, 'these addresses answer'),
    ...parts(unknown, unknownLength, 'refused as a whole; open it to look closer'),
  ]
    .sort((left, right) => left.start - right.start)
    .map(({ start, end, description }) => rangeOf(table, start, end, description));
}

/** Cut at multiples of the length. */
function piecesOf({ start, end }: Area, length: number): Area[] {
  const pieces: Area[] = [];
  for (let at = start; at < end; ) {
    const next = Math.min(end, (Math.floor(at / length) + 1) * length);
    pieces.push({ start: at, end: next });
    at = next;
  }
  return pieces;
}

const furtherFolders = (table: Table): BrowseItem[] =>
  piecesOf({ start: FIRST_LENGTH, end: ADDRESSES }, FIRST_LENGTH).map(({ start, end }) =>
    rangeOf(table, start, end, 'not looked at yet'),
  );

const rangeOf = (table: Table, start: number, end: number, description: string): BrowseItem =>
  folderItem(`${table}:${start}-${end - 1}`, `${start} – ${end - 1}`, description);

function pointsOf(table: Table, { values }: Found): BrowseItem[] {
  return [...values]
    .sort(([left], [right]) => left - right)
    .map(([at, value]) => {
      const address = `${table}:${at}`;
      const isBit = typeof value === 'boolean';
      return {
        id: address,
        name: address,
        kind: 'point',
        type: isBit ? 'boolean' : 'number',
        unit: null,
        description: isBit ? null : meaningsOf(value, values.get(at + 1)),
        value,
        config: isBit ? { address } : { address, encoding: 'uint16' },
      };
    });
}

/** What a register would be in other encodings, with the one behind it where there is one, in the words of the options. */
function meaningsOf(word: number, next: number | boolean | undefined): string {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt16BE(word, 0);
  const as = (encoding: Encoding, wordOrder: 'big' | 'little' = 'big', length = 4): string => {
    const point = {
      key: 'x',
      address: 'holding:0',
      encoding,
      wordOrder,
      byteOrder: 'big',
      scale: 1,
      offset: 0,
    };
    return `${encoding} ${decodeRegisters(bytes.subarray(0, length), point as ModbusPoint)}`;
  };
  const single = `${as('uint16', 'big', 2)}, ${as('int16', 'big', 2)}`;
  if (typeof next !== 'number') return single;
  bytes.writeUInt16BE(next, 2);
  const double = (order: 'big' | 'little') =>
    `${as('float32', order)}, ${as('uint32', order)}, ${as('int32', order)}`;
  return `${single}; with the next: ${double('big')}; with wordOrder little: ${double('little')}`;
}
