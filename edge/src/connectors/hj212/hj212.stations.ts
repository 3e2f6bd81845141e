import type { PointType, Sample } from '@ronghe/contracts';
import type { Moment } from '../../clock.ts';
import { emitStale } from '../../connection.ts';
import type { BrowseItem, PointDescriptor, Reading } from '../../connector.ts';
import { DATA_COMMANDS, describeField, typeOfField } from './hj212.codes.ts';
import type { Hj212Config } from './hj212.config.ts';
import { type Message, parseContent, type Record212, readField } from './hj212.decode.ts';

/** A point that so many moments of its command did not hold has failed. Moments, for a logger may cut one into several messages. */
const MISSES_MAX = 3;
/** Most fields of one station that are remembered for a person who chooses points. */
const SEEN_MAX = 2_000;
/** Names of fields that are offered or made into points; what else comes from the wire is nobody's key. */
const FIELD = /^\w{1,40}(-[A-Za-z]{1,20})?$/;

type Tracked = {
  point: PointDescriptor;
  type: PointType;
  /** number of the moment that held it last */
  seenAt: number;
  isMissing: boolean;
  lastMs: number;
};
/** The points of one command by field, and the moments that came: their number and the last one's DataTime. */
type Group = { fields: Map<string, Tracked>; moments: number; atMs: number | null };

/** One configured station and what is known of it. */
export type Station = {
  mn: string;
  password: string | undefined;
  equipment: string | undefined;
  /** by command */
  groups: Map<string, Group>;
  /** how many points it has, and how many of them its messages do not hold */
  size: number;
  failing: number;
  /** fields that came, as `2011/w01018-Rtd` */
  seen: Set<string>;
  /** when its last message came; null before the first */
  heardAt: Moment | null;
  isHere: boolean;
  /** has been told stale and has not been here since */
  isLost: boolean;
};

export type Stations = {
  find(mn: string): Station | undefined;
  all(): Iterable<Station>;
  /** Readings of a whole message. Throws Hj212Error when its data area cannot be read. */
  take(station: Station, message: Message, content: string, nowMs: number): Reading[];
  /** One stale reading for each of its points. */
  lose(station: Station, nowMs: number): Reading[];
  points(): { points: number; failed: number };
  /** Fields that came while there was no room for more points. */
  skipped(): number;
  browse(node: string | null, limit: number): BrowseItem[];
};

/** Turns messages into readings of the points that were named, and with `discover` of all others too. */
export function createStations(config: Hj212Config): Stations {
  const stations = new Map<string, Station>();
  for (const { mn, password, equipment } of config.stations)
    stations.set(mn, {
      mn,
      password,
      equipment,
      groups: new Map(),
      size: 0,
      failing: 0,
      seen: new Set(),
      heardAt: null,
      isHere: false,
      isLost: false,
    });
  let total = 0;
  let skipped = 0;

  const groupOf = (station: Station, cn: string): Group => {
    const group = station.groups.get(cn) ?? { fields: new Map(), moments: 0, atMs: null };
    station.groups.set(cn, group);
    return group;
  };
  const track = (station: Station, cn: string, field: string, point: PointDescriptor): Tracked => {
    const group = groupOf(station, cn);
    const tracked = { point, type: point.type, seenAt: group.moments, isMissing: false, lastMs: 0 };
    group.fields.set(field, tracked);
    station.size += 1;
    total += 1;
    return tracked;
  };
  for (const point of config.points) {
    const [mn = '', cn = '', field = ''] = point.address.split('/');
    const station = stations.get(mn);
    if (station !== undefined) track(station, cn, field, descriptorOf(config.name, station, point, field));
  }

  const discover = (station: Station, cn: string, field: string): Tracked | undefined => {
    if (!config.discover || !DATA_COMMANDS.has(cn)) return undefined;
    if (!FIELD.test(field) || typeOfField(field) !== 'number') return undefined;
    if (total >= config.pointsMax) {
      skipped += 1;
      return undefined;
    }
    // Real time has the short key; an average of an hour is another point than that of a day.
    const key = cn === '2011' ? `${station.mn}.${field}` : `${station.mn}.${cn}.${field}`;
    return track(station, cn, field, descriptorOf(config.name, station, { key }, field));
  };

  const takeRecord = (station: Station, message: Message, record: Record212, nowMs: number): Reading[] => {
    const readings: Reading[] = [];
    for (const field of record.fields.keys())
      if (station.seen.size < SEEN_MAX && FIELD.test(field)) station.seen.add(`${message.cn}/${field}`);
    // No group for a command that no point can be of: a station could make up thousands.
    const isKnown = station.groups.has(message.cn) || (config.discover && DATA_COMMANDS.has(message.cn));
    if (!isKnown) return readings;
    const group = groupOf(station, message.cn);
    if (record.atMs === null || record.atMs !== group.atMs) group.moments += 1;
    group.atMs = record.atMs;
    for (const field of record.fields.keys()) {
      const tracked = group.fields.get(field) ?? discover(station, message.cn, field);
      if (tracked === undefined) continue;
      const { value, quality, reason } = readField(record.fields, field, {
        type: tracked.type,
        version: message.version,
      });
      const timeMs = record.atMs ?? nowMs;
      // A value without a moment is worth less than its flag says.
      const isDoubtful = record.atMs === null && quality === 'good';
      const sample: Sample = [timeMs, value, isDoubtful ? 'uncertain' : quality];
      const why = isDoubtful ? 'no-data-time' : reason;
      if (why !== undefined) sample.push(why);
      if (tracked.isMissing) station.failing -= 1;
      tracked.isMissing = false;
      tracked.seenAt = group.moments;
      tracked.lastMs = Math.max(tracked.lastMs, timeMs);
      readings.push({ point: tracked.point, sample });
    }
    return readings;
  };

  return {
    find: (mn) => stations.get(mn),
    all: () => stations.values(),
    skipped: () => skipped,
    take(station, message, content, nowMs) {
      const records = parseContent(content);
      const readings = records.flatMap((record) => takeRecord(station, message, record, nowMs));
      const { fields = [], moments = 0 } = station.groups.get(message.cn) ?? {};
      for (const tracked of fields.values()) {
        if (tracked.isMissing || moments - tracked.seenAt < MISSES_MAX) continue;
        tracked.isMissing = true;
        station.failing += 1;
        readings.push({ point: tracked.point, sample: [nowMs, null, 'bad', 'not-reported'] });
      }
      return readings;
    },
    lose(station, nowMs) {
      const readings: Reading[] = [];
      const points = [...station.groups.values()].flatMap(({ fields }) => [...fields.values()]);
      emitStale(
        (some) => readings.push(...some),
        points.map(({ point, lastMs }) => ({ point, afterMs: lastMs })),
        nowMs,
      );
      return readings;
    },
    points() {
      let failed = 0;
      for (const station of stations.values()) failed += station.isHere ? station.failing : station.size;
      return { points: total, failed };
    },
    browse: (node, limit) => browseStations(stations, node, limit),
  };
}

function browseStations(
  stations: ReadonlyMap<string, Station>,
  node: string | null,
  limit: number,
): BrowseItem[] {
  if (node === null)
    return [...stations.values()].slice(0, limit).map(({ mn, equipment }) => ({
      id: mn,
      name: equipment ?? mn,
      kind: 'folder',
      type: null,
      unit: null,
      description: null,
    }));
  const station = stations.get(node);
  if (station === undefined) throw new Error(`there is no station ${node}`);
  return [...station.seen].slice(0, limit).map((place) => {
    const field = place.slice(place.indexOf('/') + 1);
    const { name, unit } = describeField(field);
    return {
      id: `${node}/${place}`,
      name: name ?? field,
      kind: 'point',
      type: typeOfField(field),
      unit: unit ?? null,
      description: null,
    };
  });
}

type Named = {
  key: string;
  name?: string | undefined;
  unit?: string | undefined;
  equipment?: string | undefined;
  type?: PointType | undefined;
};

function descriptorOf(connection: string, station: Station, point: Named, field: string): PointDescriptor {
  const known = describeField(field);
  const name = point.name ?? known.name;
  const type = point.type ?? typeOfField(field);
  const unit = point.unit ?? (type === 'number' ? known.unit : undefined);
  const equipment = point.equipment ?? station.equipment;
  return {
    key: point.key,
    type,
    connection,
    ...(name === undefined ? {} : { name }),
    ...(unit === undefined ? {} : { unit }),
    ...(equipment === undefined ? {} : { equipment }),
  };
}
