import type { PointDefinition } from '#collect';
import { AppError } from '#platform/errors/errors.ts';
import {
  cleanUnit,
  createGathering,
  createNaming,
  type Gathering,
  type KnownDefinitions,
  type Naming,
  numberSample,
  sortTags,
  staleSample,
  type Tag,
} from '../doors/keys.ts';
import {
  eachField,
  endMessage,
  numberOf,
  type Range,
  rangeAt,
  readMessage,
  startMessage,
  tagOf,
  type Wire,
} from '../doors/protobuf.ts';
import type { IncomingPoint, Refused } from '../observations/batch.ts';
import type { Incoming } from '../observations/observations.ts';

const SERIES_MAX = 200_000;
const SAMPLES_MAX = 500_000;
const SYMBOLS_MAX = 1_000_000;
const LABELS_MAX = 200;
const LABEL_CHARACTERS_MAX = 4_096;

/** The two halves of the NaN with which Prometheus says that a series has ended (`StaleNaN`). */
const STALE_HIGH = 0x7ff00000;
const STALE_LOW = 0x00000002;

// Labels and samples are most of a request and are walked by hand.
const LABEL_NAME = tagOf(1, 2);
const LABEL_VALUE = tagOf(2, 2);
const SAMPLE_VALUE = tagOf(1, 1);
const SAMPLE_TIME = tagOf(2, 0);

export type RemoteWriteVersion = 1 | 2;
export type RemoteWriteSamples = { points: IncomingPoint[]; refused: Refused[] };

type Request = { bytes: Buffer; wire: Wire; gathering: Gathering; naming: Naming; samples: number };
type Labels = { tags: Tag[] | null; fault: string | null };
/** Field numbers in which the two versions differ. */
type Numbers = { labels: number; samples: number; histograms: number; exemplars: number };
const NUMBERS: Readonly<Record<RemoteWriteVersion, Numbers>> = {
  1: { labels: 1, samples: 2, exemplars: 3, histograms: 4 },
  2: { labels: 1, samples: 2, histograms: 3, exemplars: 4 },
};

/**
 * Reads a remote write request, not compressed: version 1.0 `prometheus.WriteRequest`, version 2.0
 * `io.prometheus.write.v2.Request` (prometheus.io/docs/specs/prw). The name of a series is the measurement, its other
 * labels are tags, the field is `value`: `up,instance=a:9100,job=node.value`.
 *
 * The stale marker becomes a bad sample with the reason `stale`; other values that are not finite become bad samples whose
 * reason is the value. Native histograms, exemplars and series without a valid name are refused one by one. Metadata of
 * 1.0 is not looked at; of 2.0 the unit is taken.
 * @param known definitions of earlier requests
 * @throws REQUEST_INVALID when it is not such a message; REQUEST_TOO_LARGE over 200,000 series, 500,000 samples or
 *   32 million characters of labels
 */
export function readRemoteWrite(
  bytes: Buffer,
  version: RemoteWriteVersion,
  known: KnownDefinitions = new Map(),
): RemoteWriteSamples {
  return readMessage(bytes, (wire, all) => {
    const request = { bytes, wire, gathering: createGathering(), naming: createNaming(known), samples: 0 };
    const symbols: string[] = [];
    const series: Range[] = [];
    const seriesTag = tagOf(version === 1 ? 1 : 5, 2);
    eachField(wire, all, (tag) => {
      if (tag === seriesTag) limited(series, SERIES_MAX).push(rangeAt(wire));
      else if (version === 2 && tag === tagOf(4, 2)) limited(symbols, SYMBOLS_MAX).push(wire.string());
      else return false;
      return true;
    });
    for (const range of series) readSeries(request, range, { version, symbols });
    return request.gathering.result();
  });
}

function limited<Item>(items: Item[], max: number): Item[] {
  if (items.length >= max) throw new AppError('REQUEST_TOO_LARGE');
  return items;
}

function readSeries(
  request: Request,
  range: Range,
  { version, symbols }: { version: RemoteWriteVersion; symbols: readonly string[] },
): void {
  const { wire } = request;
  const numbers = NUMBERS[version];
  const labels: Tag[] = [];
  const references: number[] = [];
  const samples: Incoming[] = [];
  const other = { histograms: 0, exemplars: 0 };
  let metadata: Range | null = null;
  eachField(wire, range, (tag) => {
    if (tag === tagOf(numbers.labels, 2) && version === 1) limited(labels, LABELS_MAX).push(readLabel(wire));
    else if (tag === tagOf(numbers.labels, 2)) readReferences(wire, references);
    else if (tag === tagOf(numbers.labels, 0) && version === 2)
      limited(references, LABELS_MAX * 2).push(wire.uint32());
    else if (tag === tagOf(numbers.samples, 2)) samples.push(readSample(request));
    else if (tag === tagOf(numbers.histograms, 2)) other.histograms += skipCounted(request);
    else if (tag === tagOf(numbers.exemplars, 2)) other.exemplars += skipCounted(request);
    else if (tag === tagOf(5, 2) && version === 2) metadata = rangeAt(wire);
    else return false;
    return true;
  });
  const read = version === 1 ? checkLabels(labels) : resolveLabels(references, symbols);
  const unit = metadata ? readUnit(wire, metadata, symbols) : undefined;
  add(request, { ...read, unit, samples, other });
}

/** Sample{1 double value, 2 int64 timestamp in ms}; a field of value 0 may be left out. */
function readSample(request: Request): Incoming {
  countSample(request);
  const { bytes, wire } = request;
  const end = startMessage(wire);
  let value = 0;
  let timeMs = 0;
  let stale = false;
  while (wire.pos < end) {
    const tag = wire.uint32();
    if (tag === SAMPLE_VALUE) {
      // The bits decide: as numbers, every NaN is alike.
      const at = wire.pos;
      value = wire.double();
      stale =
        Number.isNaN(value) &&
        bytes.readUInt32LE(at) === STALE_LOW &&
        bytes.readUInt32LE(at + 4) === STALE_HIGH;
    } else if (tag === SAMPLE_TIME) timeMs = numberOf(wire.int64());
    else wire.skipType(tag & 7);
  }
  endMessage(wire, end);
  return stale ? staleSample(timeMs * 1000) : numberSample(timeMs * 1000, value);
}
function skipCounted(request: Request): number {
  countSample(request);
  rangeAt(request.wire);
  return 1;
}
function countSample(request: Request): void {
  request.samples += 1;
  if (request.samples > SAMPLES_MAX) throw new AppError('REQUEST_TOO_LARGE');
}

function readReferences(wire: Wire, references: number[]): void {
  const [start, end] = rangeAt(wire);
  wire.pos = start;
  while (wire.pos < end) limited(references, LABELS_MAX * 2).push(wire.uint32());
  if (wire.pos !== end) throw new RangeError('a label reference ends outside its list');
}

/** Label{1 name, 2 value} */
function readLabel(wire: Wire): Tag {
  const end = startMessage(wire);
  let name = '';
  let value = '';
  while (wire.pos < end) {
    const tag = wire.uint32();
    if (tag === LABEL_NAME) name = wire.string();
    else if (tag === LABEL_VALUE) value = wire.string();
    else wire.skipType(tag & 7);
  }
  endMessage(wire, end);
  return [name, value];
}

function resolveLabels(references: readonly number[], symbols: readonly string[]): Labels {
  if (references.length % 2 !== 0) return { tags: null, fault: 'labels_refs must come in pairs' };
  const tags: Tag[] = [];
  for (let index = 0; index < references.length; index += 2) {
    const name = symbols[references[index] ?? -1];
    const value = symbols[references[index + 1] ?? -1];
    if (name === undefined || value === undefined)
      return { tags: null, fault: 'labels_refs must lie inside symbols' };
    tags.push([name, value]);
  }
  return checkLabels(tags);
}

function checkLabels(tags: readonly Tag[]): Labels {
  for (const [name, value] of tags)
    if (name.length > LABEL_CHARACTERS_MAX || value.length > LABEL_CHARACTERS_MAX)
      return { tags: null, fault: `a label may have ${LABEL_CHARACTERS_MAX} characters` };
  const sorted = sortTags(tags);
  return sorted
    ? { tags: sorted, fault: null }
    : { tags: null, fault: 'labels must have names, and each name once' };
}

/** Metadata{1 type, 3 help_ref, 4 unit_ref} */
function readUnit(wire: Wire, range: Range, symbols: readonly string[]): string | undefined {
  let unit: string | undefined;
  eachField(wire, range, (tag) => {
    if (tag !== tagOf(4, 0)) return false;
    unit = cleanUnit(symbols[wire.uint32()]);
    return true;
  });
  return unit;
}

type ReadSeries = Labels & {
  unit: string | undefined;
  samples: readonly Incoming[];
  other: { histograms: number; exemplars: number };
};

function add(request: Request, { tags, fault, unit, samples, other }: ReadSeries): void {
  const { gathering, naming } = request;
  const measurement = tags?.find(([name]) => name === '__name__')?.[1];
  const refuse = (point: string | null, reason: string, count: number) => {
    if (count === 0) return;
    const sample = tags ? Object.fromEntries(tags) : '';
    gathering.refuse({ point, reason, sample, count });
  };
  if (!tags || measurement === undefined) {
    const reason = fault ?? 'a series needs the label __name__';
    refuse(null, reason, samples.length + other.histograms + other.exemplars);
    return;
  }
  const series = { measurement, tags: tags.filter(([name]) => name !== '__name__') };
  const named = naming.definitionOf(series, 'value');
  const definition: PointDefinition = unit === undefined ? named : { ...named, unit };
  for (const sample of samples) gathering.add(definition, sample);
  refuse(definition.key, 'native histograms are not stored; send classic ones', other.histograms);
  refuse(definition.key, 'exemplars are not stored', other.exemplars);
}
