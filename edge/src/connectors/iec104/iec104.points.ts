import type { PointType, Sample } from '@ronghe/contracts';
import { POINTS_MAX } from '../../config.ts';
import type { BrowseItem, PointDescriptor, Reading } from '../../connector.ts';
import { addressKey, parseAddress, typeOf } from './iec104.address.ts';
import type { Iec104Config, Iec104Point } from './iec104.config.ts';
import type { Asdu, Encoding, InformationObject } from './iec104.decode.ts';
import { AHEAD_MS_MAX, sampleOf } from './iec104.samples.ts';
import type { StationClock } from './iec104.time.ts';

/** Most objects of a station that are remembered for browsing and for counting those that are no points. */
const SEEN_MAX = POINTS_MAX;

type Entry = {
  descriptor: PointDescriptor;
  commonAddress: number;
  encoding: Encoding | undefined;
  scale: number;
  offset: number;
  /** whether anything came since the link is up */
  heard: boolean;
  failed: boolean;
  lastMs: number | undefined;
};

/** What one ASDU brought. */
export type Taken = {
  readings: Reading[];
  /** address of the first object ever that is no point, when it was in here */
  stranger: string | null;
};

/** Which points failed, those of every station when `commonAddress` is null, and why. */
export type Missing = {
  commonAddress: number | null;
  which: 'counters' | 'others' | 'all';
  reason: string;
};

/** The points of one connection by their addresses, and how each of them is. */
export type Points = {
  /** Values of one ASDU, in its order. */
  take(asdu: Asdu, nowMs: number): Taken;
  /** Points of a station that an interrogation should have brought and did not; each fails once, with the reason. */
  missing(of: Missing, nowMs: number): Reading[];
  /** The link is lost: what to make stale. Nothing is heard and nothing has failed any more. */
  lose(nowMs: number): { point: PointDescriptor; afterMs?: number }[];
  counts(): { points: number; failed: number; strangers: number };
  /** Common addresses of the listed points, in order. */
  commonAddresses(): number[];
  /** What the station has sent so far: stations, or the objects of one. */
  browse(node: string | null, limit: number): BrowseItem[];
};

/** All listed points, and with `discover` those that the station brings. */
export function createPoints(config: Iec104Config, clock: StationClock): Points {
  const entries = new Map<number, Entry[]>();
  const seen = new Map<number, Encoding>();
  let points = 0;
  let failed = 0;
  let strangers = 0;

  const add = (key: number, entry: Entry): void => {
    const there = entries.get(key);
    if (there === undefined) entries.set(key, [entry]);
    else there.push(entry);
    points += 1;
  };
  for (const point of config.points) {
    const address = parseAddress(point.address);
    if (address !== null) add(addressKey(address), entryOf(config.name, point, address.commonAddress));
  }

  const setFailed = (entry: Entry, to: boolean): void => {
    if (entry.failed !== to) failed += to ? 1 : -1;
    entry.failed = to;
  };

  const entriesFor = (key: number, asdu: Asdu, object: InformationObject): Entry[] => {
    if (!entries.has(key) && config.discover && points < POINTS_MAX)
      add(key, discovered(config, asdu.commonAddress, object));
    return entries.get(key) ?? [];
  };

  /** Whether the object is seen for the first time. */
  const remember = (key: number, encoding: Encoding): boolean => {
    const isNew = !seen.has(key);
    if (isNew && seen.size >= SEEN_MAX) return false;
    seen.set(key, encoding);
    return isNew;
  };

  const read = (entry: Entry, object: InformationObject, nowMs: number): Reading => {
    const { descriptor, encoding } = entry;
    const { type } = descriptor;
    const sample: Sample =
      encoding !== undefined && encoding !== object.encoding
        ? [nowMs, null, 'bad', 'encoding-mismatch']
        : sampleOf(object, { type, scale: entry.scale, offset: entry.offset }, { nowMs, clock });
    entry.heard = true;
    setFailed(entry, sample[3] === 'encoding-mismatch' || sample[3] === 'type-mismatch');
    entry.lastMs = Math.max(entry.lastMs ?? sample[0], sample[0]);
    return { point: descriptor, sample };
  };

  return {
    take(asdu, nowMs) {
      const readings: Reading[] = [];
      let stranger: string | null = null;
      for (const object of asdu.objects ?? []) {
        const place = { commonAddress: asdu.commonAddress, objectAddress: object.address };
        const key = addressKey(place);
        const found = entriesFor(key, asdu, object);
        const isNew = remember(key, object.encoding);
        if (isNew && found.length === 0) {
          if (strangers === 0) stranger = `${place.commonAddress}/${place.objectAddress}`;
          strangers += 1;
        }
        for (const entry of found) readings.push(read(entry, object, nowMs));
      }
      return { readings, stranger };
    },
    missing({ commonAddress, which, reason }, nowMs) {
      const readings: Reading[] = [];
      for (const entry of [...entries.values()].flat()) {
        if (commonAddress !== null && entry.commonAddress !== commonAddress) continue;
        if (entry.heard || entry.failed) continue;
        if (which !== 'all' && which !== (entry.encoding === 'counter' ? 'counters' : 'others')) continue;
        setFailed(entry, true);
        readings.push({ point: entry.descriptor, sample: [nowMs, null, 'bad', reason] });
      }
      return readings;
    },
    lose(nowMs) {
      return [...entries.values()].flat().map((entry) => {
        entry.heard = false;
        setFailed(entry, false);
        const { descriptor: point, lastMs } = entry;
        const near = lastMs !== undefined && lastMs <= nowMs + AHEAD_MS_MAX;
        return near ? { point, afterMs: lastMs } : { point };
      });
    },
    counts: () => ({ points, failed, strangers }),
    commonAddresses: () => [
      ...new Set(config.points.flatMap((point) => parseAddress(point.address)?.commonAddress ?? [])),
    ],
    browse: (node, limit) => (node === null ? stationsOf(seen) : objectsOf(seen, node)).slice(0, limit),
  };
}

function entryOf(connection: string, point: Iec104Point, commonAddress: number): Entry {
  const { encoding, scale, offset } = point;
  const descriptor = {
    key: point.key,
    type: typeOf(point),
    connection,
    ...(point.name === undefined ? {} : { name: point.name }),
    ...(point.unit === undefined ? {} : { unit: point.unit }),
    ...(point.equipment === undefined ? {} : { equipment: point.equipment }),
  };
  return { ...NEW, descriptor, commonAddress, encoding, scale, offset };
}

const NEW = { heard: false, failed: false, lastMs: undefined };

/** A point of its own for an object that nobody listed; what it is follows from its first value. */
function discovered(config: Iec104Config, commonAddress: number, object: InformationObject): Entry {
  const type: PointType = object.encoding === 'single' ? 'boolean' : 'number';
  const key = `${config.keyPrefix}${commonAddress}.${object.address}`;
  const descriptor = { key, type, connection: config.name };
  return { ...NEW, descriptor, commonAddress, encoding: undefined, scale: 1, offset: 0 };
}

const ADDRESSES = 2 ** 24;

function stationsOf(seen: ReadonlyMap<number, unknown>): BrowseItem[] {
  const stations = new Set([...seen.keys()].map((key) => Math.floor(key / ADDRESSES)));
  return [...stations]
    .sort((left, right) => left - right)
    .map((station) => ({
      id: String(station),
      name: String(station),
      kind: 'folder',
      type: null,
      unit: null,
      description: null,
    }));
}

function objectsOf(seen: ReadonlyMap<number, Encoding>, station: string): BrowseItem[] {
  return [...seen]
    .filter(([key]) => String(Math.floor(key / ADDRESSES)) === station)
    .sort(([left], [right]) => left - right)
    .map(([key, encoding]) => ({
      id: `${station}/${key % ADDRESSES}`,
      name: String(key % ADDRESSES),
      kind: 'point',
      type: encoding === 'single' ? 'boolean' : 'number',
      unit: null,
      description: encoding,
    }));
}
