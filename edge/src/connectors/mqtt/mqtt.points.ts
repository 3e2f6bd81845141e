import type { PointType, Sample } from '@ronghe/contracts';
import type { Clock } from '../../clock.ts';
import type { PointDescriptor, Reading } from '../../connector.ts';
import type { MqttMessage } from '../../mqtt-link.ts';
import type { MqttConfig, MqttDiscover, MqttPoint } from './mqtt.config.ts';
import {
  type Format,
  type MessageRecord,
  PAYLOAD_INVALID,
  PayloadError,
  type Pointer,
  parsePointer,
  type Rule,
  readMessage,
  readSample,
  typeOfCell,
} from './mqtt.decode.ts';
import { fillTemplate, keyOf } from './mqtt.keys.ts';
import { coverFilters, createTopicTree } from './mqtt.topics.ts';

/** Why a sample of a retained message is marked. */
const RETAINED_REASON = 'retained';

/** One point with what is known of its newest samples. */
type Live = {
  point: PointDescriptor;
  rule: Rule;
  /** source time of its newest value */
  valueMs: number | null;
  /** time of its stale sample, while no later value came */
  staleMs: number | null;
  /** its field was there at least once */
  seen: boolean;
  failed: boolean;
};

type Parsing = { format: Format; records: Pointer | null };
type PointTarget = Parsing & { kind: 'point'; topic: string; live: Live };
type DiscoverTarget = Parsing & {
  kind: 'discover';
  topic: string;
  entry: MqttDiscover;
  below: Pointer;
  rule: Omit<Rule, 'pointer' | 'type'>;
  /** By topic and field; null for what can be no point. */
  found: Map<string, Map<string, Live | null>>;
};
type Target = PointTarget | DiscoverTarget;

/** Since start: messages, those that could not be read, those that no point asked for, retained ones that were not used, and fields that became no point. */
export type Counts = {
  messages: number;
  invalid: number;
  unasked: number;
  retained: number;
  skipped: number;
};

/** What the topics of one broker mean. */
export type Points = {
  /** The fewest topic filters that bring everything. */
  filters: readonly string[];
  /** Never throws. */
  take(message: MqttMessage): Reading[];
  /** The broker does not let us read these filters: their points are bad. */
  refuse(filters: readonly string[]): Reading[];
  /** The link was lost: all points are stale from now on. Gives each that was not so before. */
  lose(nowMs: number): { point: PointDescriptor; afterMs?: number }[];
  sizes(): { points: number; failed: number };
  counts: Counts;
};

/** Configured points and those that are discovered, at most `pointsMax` of the latter. */
export function createPoints(config: MqttConfig, clock: Clock): Points {
  const counts: Counts = { messages: 0, invalid: 0, unasked: 0, retained: 0, skipped: 0 };
  const targets: Target[] = [
    ...config.points.map((point) => pointTarget(config.name, point)),
    ...config.discover.map(discoverTarget),
  ];
  const tree = createTopicTree<Target>();
  for (const target of targets) tree.add(target.topic, target);
  const { chosen, coverOf } = coverFilters(targets.map((target) => target.topic));
  const lives = targets.flatMap((target) => (target.kind === 'point' ? [target.live] : []));
  const discoverer = createDiscoverer({ config, counts, lives });

  const readOne = (
    target: Target,
    topic: string,
    records: readonly MessageRecord[],
    taking: Taking,
  ): Reading[] => {
    if (target.kind === 'point') return readPoint(target.live, records, taking);
    return records.flatMap((record) =>
      discoverer.fieldsOf(target, topic, record).flatMap((live) => readPoint(live, [record], taking)),
    );
  };

  return {
    filters: chosen,
    counts,
    take(message) {
      counts.messages += 1;
      if (message.retained && config.retained === 'ignore') {
        counts.retained += 1;
        return [];
      }
      const matched = tree.match(message.topic);
      if (matched.length === 0) counts.unasked += 1;
      const taking: Taking = {
        nowMs: clock.now().getTime(),
        asState: message.retained && config.retained === 'state',
        counts,
      };
      const parse = createParser(message.bytes, config.payloadBytesMax);
      let isInvalid = false;
      const readings = matched.flatMap((target) => {
        const parsed = parse(target);
        if (!(parsed instanceof PayloadError)) return readOne(target, message.topic, parsed, taking);
        isInvalid = true;
        const concerned = target.kind === 'point' ? [target.live] : discoverer.knownOf(target, message.topic);
        return concerned.map((live) => fail(live, parsed.message, taking.nowMs));
      });
      if (isInvalid || readings.some(({ sample }) => sample[3] === PAYLOAD_INVALID)) counts.invalid += 1;
      return readings;
    },
    refuse(filters) {
      const refused = new Set(filters);
      const nowMs = clock.now().getTime();
      return targets.flatMap((target) =>
        target.kind === 'point' && refused.has(coverOf.get(target.topic) ?? '')
          ? [fail(target.live, 'subscription-refused', nowMs)]
          : [],
      );
    },
    lose(nowMs) {
      const lost = lives.filter((live) => live.staleMs === null);
      return lost.map((live) => {
        live.staleMs = Math.max(nowMs, (live.valueMs ?? nowMs - 1) + 1);
        // Is told again on the next connection.
        if (!live.seen) live.failed = false;
        return live.valueMs === null ? { point: live.point } : { point: live.point, afterMs: live.valueMs };
      });
    },
    sizes: () => ({ points: lives.length, failed: lives.filter((live) => live.failed).length }),
  };
}

/** One message is parsed once for each way of reading it, however many points it has. */
function createParser(
  bytes: Uint8Array,
  bytesMax: number,
): (parsing: Parsing) => MessageRecord[] | PayloadError {
  const known = new Map<string, MessageRecord[] | PayloadError>();
  return ({ format, records }) => {
    const way = `${format} ${records === null ? '' : JSON.stringify(records)}`;
    const before = known.get(way);
    if (before !== undefined) return before;
    const parsed = parseSafely(bytes, { format, records, bytesMax });
    known.set(way, parsed);
    return parsed;
  };
}

function parseSafely(
  bytes: Uint8Array,
  options: Parsing & { bytesMax: number },
): MessageRecord[] | PayloadError {
  try {
    return readMessage(bytes, options);
  } catch (error) {
    return error instanceof PayloadError ? error : new PayloadError(PAYLOAD_INVALID);
  }
}

type Taking = { nowMs: number; asState: boolean; counts: Counts };

/**
 * What the records of one message say of one point. A field that was there before and is missing now has not changed,
 * for many devices send changes only; one that was never there is told once, as `field-missing`.
 */
function readPoint(live: Live, records: readonly MessageRecord[], context: Taking): Reading[] {
  const readings: Reading[] = [];
  let isThere = false;
  for (const record of records) {
    const read = readSample(record, live.rule, context.nowMs);
    if (read === null) continue;
    isThere = true;
    for (const sample of context.asState ? asState(live, read, context) : [read.sample]) {
      note(live, sample);
      readings.push({ point: live.point, sample });
    }
  }
  live.seen ||= isThere;
  if (!isThere && !live.seen && !live.failed) readings.push(fail(live, 'field-missing', context.nowMs));
  return readings;
}

/**
 * A retained message is the last that the broker has seen of its topic, not something that happens now (3.3.1.3). With
 * a newer time of its own it is a sample of that time. Otherwise, for a point that has no value or is stale, it is the
 * best guess of the present state: `uncertain`, since nobody knows whether the sender still lives.
 */
function asState(live: Live, read: { sample: Sample; isOwnTime: boolean }, context: Taking): Sample[] {
  const [timeMs, value, quality, reason] = read.sample;
  const isNewer = read.isOwnTime && (live.valueMs === null || timeMs > live.valueMs);
  const samples: Sample[] = isNewer ? [[timeMs, value, quality, reason ?? RETAINED_REASON]] : [];
  const isOpen =
    live.staleMs === null ? live.valueMs === null && !isNewer : !isNewer || timeMs <= live.staleMs;
  if (isOpen)
    samples.push([
      context.nowMs,
      value,
      quality === 'good' ? 'uncertain' : quality,
      reason ?? RETAINED_REASON,
    ]);
  if (samples.length === 0) context.counts.retained += 1;
  return samples;
}

/** Remembers what a sample says of its point. */
function note(live: Live, [timeMs, value]: Sample): void {
  live.failed = value === null;
  if (value !== null) live.valueMs = Math.max(timeMs, live.valueMs ?? timeMs);
  if (live.staleMs !== null && timeMs > live.staleMs) live.staleMs = null;
}

function fail(live: Live, reason: string, nowMs: number): Reading {
  const sample: Sample = [nowMs, null, 'bad', reason];
  note(live, sample);
  return { point: live.point, sample };
}

type Discoverer = {
  /** The points of a record's fields; new ones are made while there is room. */
  fieldsOf(target: DiscoverTarget, topic: string, record: MessageRecord): Live[];
  knownOf(target: DiscoverTarget, topic: string): Live[];
};

/** Makes points of fields, each under a key that no other field and no configured point has. */
function createDiscoverer(options: { config: MqttConfig; counts: Counts; lives: Live[] }): Discoverer {
  const { config, counts, lives } = options;
  const taken = new Set(config.points.map((point) => point.key));
  let remembered = 0;

  const make = (
    target: DiscoverTarget,
    place: { topic: string; pointer: Pointer; type: PointType },
  ): Live | null => {
    if (lives.length - config.points.length >= config.pointsMax) return null;
    const { topic, pointer, type } = place;
    const field = pointer.slice(target.format === 'neuron' ? 0 : target.below.length).join('.');
    const key = keyOf(fillTemplate(target.entry.key, { topic, field }));
    if (key === null || taken.has(key)) return null;
    taken.add(key);
    const { equipment } = target.entry;
    const machine = equipment === undefined ? '' : fillTemplate(equipment, { topic, field }).slice(0, 200);
    const name = (pointer.at(-1) ?? topic.split('/').at(-1) ?? '').slice(0, 200);
    const live = newLive(
      {
        key,
        type,
        connection: config.name,
        ...(name === '' ? {} : { name }),
        ...(machine === '' ? {} : { equipment: machine }),
      },
      { ...target.rule, pointer, type },
    );
    lives.push(live);
    return live;
  };

  const fieldsOf = (target: DiscoverTarget, topic: string, record: MessageRecord): Live[] => {
    const known = target.found.get(topic) ?? new Map<string, Live | null>();
    const fields = record.fields(target.below).flatMap(({ pointer, cell }) => {
      const field = JSON.stringify(pointer);
      if (isMark(target.rule, pointer)) return [];
      const before = known.get(field);
      if (before !== undefined) return before === null ? [] : [before];
      const type = typeOfCell(cell, target.format);
      // Null and errors do not tell a type; the field may become a point with its first value.
      if (type === null) return [];
      const live = make(target, { topic, pointer, type });
      if (live === null) counts.skipped += 1;
      // What can be no point is remembered too, but not without a bound.
      if (live !== null || remembered < config.pointsMax) {
        if (live === null) remembered += 1;
        known.set(field, live);
      }
      return live === null ? [] : [live];
    });
    if (known.size > 0) target.found.set(topic, known);
    return fields;
  };

  return {
    fieldsOf,
    knownOf: (target, topic) =>
      [...(target.found.get(topic)?.values() ?? [])].flatMap((live) => (live === null ? [] : [live])),
  };
}

/** Fields that say when and how good are no points. */
const isMark = (rule: Omit<Rule, 'pointer' | 'type'>, pointer: Pointer): boolean =>
  [rule.time, rule.quality].some(
    (mark) =>
      mark !== null &&
      mark.length === pointer.length &&
      mark.every((token, index) => token === pointer[index]),
  );

const newLive = (point: PointDescriptor, rule: Rule): Live => ({
  point,
  rule,
  valueMs: null,
  staleMs: null,
  seen: false,
  failed: false,
});

const pointerOf = (text: string | undefined): Pointer | null =>
  text === undefined ? null : parsePointer(text);

const marksOf = (config: MqttPoint | MqttDiscover) => ({
  time: pointerOf(config.time),
  timeFormat: config.timeFormat,
  quality: pointerOf(config.quality),
  qualityMap: config.qualityMap ?? null,
});

function pointTarget(connection: string, config: MqttPoint): PointTarget {
  const { key, type, name, unit, equipment, scale, offset } = config;
  const point: PointDescriptor = {
    key,
    type,
    connection,
    ...(name === undefined ? {} : { name }),
    ...(unit === undefined ? {} : { unit }),
    ...(equipment === undefined ? {} : { equipment }),
  };
  const rule: Rule = { ...marksOf(config), pointer: pointerOf(config.path) ?? [], type, scale, offset };
  return {
    kind: 'point',
    topic: config.topic,
    format: config.format,
    records: pointerOf(config.records),
    live: newLive(point, rule),
  };
}

const discoverTarget = (entry: MqttDiscover): DiscoverTarget => ({
  kind: 'discover',
  topic: entry.topic,
  format: entry.format,
  records: pointerOf(entry.records),
  entry,
  below: pointerOf(entry.path) ?? [],
  rule: { ...marksOf(entry), scale: 1, offset: 0 },
  found: new Map(),
});
