import { STALE_REASON } from '@ronghe/contracts';
import type { PointDefinition } from '#collect';
import { cleanName, cleanUnit, type Gathering } from '../doors/keys.ts';
import type { Metric, SparkplugPayload } from './sparkplug-codec.ts';
import { type DataType, isControl, keyOfMetric } from './sparkplug-topic.ts';
import {
  datatypeName,
  guessedDatatype,
  metricValue,
  pointTypeOf,
  qualityOf,
  unitOf,
} from './sparkplug-values.ts';

/** Reason of a sample whose alias was told by a birth that may be out of date. */
export const UNCONFIRMED_REASON = 'birth-unconfirmed';

/** How many metrics the births of one organisation may hold in memory. */
export type Budget = { used: number; max: number };
export type NodeMessage = { type: DataType; device: string; payload: SparkplugPayload };
export type NodeTime = { nowUs: number; futureUsMax: number };

/** What is known of one edge node: its births, and which of its values are stale. */
export type EdgeNode = {
  /**
   * Applies a message in its turn; samples and what could not be read go into the gathering.
   * @returns false when a birth is missing
   */
  apply(message: NodeMessage, gathering: Gathering, time: NodeTime): boolean;
  /** A message was lost: what its births told may be out of date. */
  doubt(): void;
};

type Definition = {
  device: string;
  name: string;
  alias: string | null;
  datatype: number;
  point: PointDefinition | null;
  lastUs: number;
  staleUs: number | null;
};

type State = {
  group: string;
  node: string;
  budget: Budget;
  born: boolean;
  bdSeq: number | null;
  byName: Map<string, Definition>;
  byAlias: Map<string, Definition>;
  /** aliases that one session gave to two metrics */
  ambiguous: Set<string>;
  /** devices ('' is the node) whose births may be out of date */
  doubted: Set<string>;
  /** devices that a new birth of the node has not named yet */
  awaited: Set<string>;
};

/** Follows the session of one edge node as a host application does (Sparkplug B 3.0, sections 5.8 to 5.16). */
export function createEdgeNode(place: { group: string; node: string }, budget: Budget): EdgeNode {
  const state: State = {
    ...place,
    budget,
    born: false,
    bdSeq: null,
    byName: new Map(),
    byAlias: new Map(),
    ambiguous: new Set(),
    doubted: new Set(),
    awaited: new Set(),
  };
  return {
    apply(message, gathering, time) {
      const { type, device, payload } = message;
      if (type === 'NDEATH') takeNodeDeath(state, payload, { gathering, time });
      else if (type === 'DDEATH') {
        const at = payload.timestampMs === null ? time.nowUs : payload.timestampMs * 1000;
        makeStale(state, { device, atUs: at, gathering });
      } else if (type === 'NBIRTH' || type === 'DBIRTH') {
        if (type === 'NBIRTH') beginSession(state, payload);
        takeBirth(state, message, { gathering, time });
        return state.born;
      } else return takeData(state, message, { gathering, time });
      return true;
    },
    doubt() {
      state.doubted = new Set(['', ...[...state.byName.values()].map(({ device }) => device)]);
    },
  };
}

type Into = { gathering: Gathering; time: NodeTime };

/** A birth of the node ends all aliases; its devices have to be born again. */
function beginSession(state: State, payload: SparkplugPayload): void {
  state.born = true;
  state.bdSeq = bdSeqOf(payload);
  state.byAlias.clear();
  state.ambiguous.clear();
  state.doubted.clear();
  const devices = [...state.byName.values()].map(({ device }) => device);
  state.awaited = new Set(devices.filter((device) => device !== ''));
}

function takeBirth(state: State, { device, payload }: NodeMessage, { gathering, time }: Into): void {
  state.doubted.delete(device);
  state.awaited.delete(device);
  for (const [alias, definition] of state.byAlias)
    if (definition.device === device) state.byAlias.delete(alias);
  const before = new Set([...state.byName.values()].filter((each) => each.device === device));
  for (const metric of payload.metrics) {
    if (metric.name !== null && isControl(metric.name)) continue;
    const definition = define(state, { device, metric }, gathering);
    if (!definition) continue;
    before.delete(definition);
    giveAlias(state, definition, { metric, gathering });
    addSample({ definition, metric, payload, doubted: false }, { gathering, time });
  }
  // What the new birth no longer names is not coming back under the old one.
  const gone = [...before];
  for (const definition of gone) {
    stale(definition, { atUs: time.nowUs, gathering });
    state.byName.delete(nameKey(device, definition.name));
    state.budget.used -= 1;
  }
}

function define(
  state: State,
  { device, metric }: { device: string; metric: Metric },
  gathering: Gathering,
): Definition | null {
  const { name, alias, datatype } = metric;
  const place = { group: state.group, node: state.node, device };
  if (name === null) {
    gathering.refuse({
      point: placeName(place),
      reason: 'a birth must name its metrics',
      sample: shown(metric),
    });
    return null;
  }
  const kind = datatype ?? guessedDatatype(metric);
  if (kind === null) {
    const reason = 'a metric of a birth must have a datatype';
    gathering.refuse({ point: keyOfMetric(place, name), reason, sample: shown(metric) });
    return null;
  }
  const known = state.byName.get(nameKey(device, name));
  if (!known && state.budget.used >= state.budget.max) {
    const reason = `births of one organisation may hold ${state.budget.max} metrics`;
    gathering.refuse({ point: keyOfMetric(place, name), reason, sample: shown(metric) });
    return null;
  }
  if (!known) state.budget.used += 1;
  const definition = known ?? {
    device,
    name,
    alias,
    datatype: kind,
    point: null,
    lastUs: Number.NEGATIVE_INFINITY,
    staleUs: null,
  };
  Object.assign(definition, {
    alias,
    datatype: kind,
    point: pointOf(place, { name, datatype: kind, metric }),
  });
  state.byName.set(nameKey(device, name), definition);
  return definition;
}

function pointOf(
  place: { group: string; node: string; device: string },
  { name, datatype, metric }: { name: string; datatype: number; metric: Metric },
): PointDefinition | null {
  const type = pointTypeOf(datatype);
  if (type === null) return null;
  return {
    key: keyOfMetric(place, name),
    type,
    name: cleanName(name),
    unit: cleanUnit(unitOf(metric)),
    equipment: cleanName(place.device === '' ? place.node : place.device),
    connection: cleanName(place.group, 100),
  };
}

/** An alias must be one metric's in the whole edge node; one that is two's is nobody's, for a wrong value is worse. */
function giveAlias(
  state: State,
  definition: Definition,
  { metric, gathering }: { metric: Metric; gathering: Gathering },
): void {
  const { alias } = definition;
  if (alias === null || state.ambiguous.has(alias)) return;
  const other = state.byAlias.get(alias);
  if (other === undefined || other === definition) {
    state.byAlias.set(alias, definition);
    return;
  }
  state.byAlias.delete(alias);
  state.ambiguous.add(alias);
  const place = { group: state.group, node: state.node, device: definition.device };
  const reason = `alias ${alias} is also that of "${other.name}"; values under it cannot be told apart`;
  gathering.refuse({ point: keyOfMetric(place, definition.name), reason, sample: shown(metric) });
}

function takeData(state: State, message: NodeMessage, { gathering, time }: Into): boolean {
  const { device, payload } = message;
  buryAwaited(state, { gathering, time });
  const place = { group: state.group, node: state.node, device };
  let complete = state.born;
  for (const metric of payload.metrics) {
    const { name, alias } = metric;
    if (name !== null && isControl(name)) continue;
    const named = name === null ? undefined : state.byName.get(nameKey(device, name));
    const definition = named ?? (alias === null ? undefined : state.byAlias.get(alias));
    if (definition) {
      const doubted = named === undefined && state.doubted.has(definition.device);
      addSample({ definition, metric, payload, doubted }, { gathering, time });
      continue;
    }
    complete = false;
    if (name === null) {
      const reason =
        alias === null
          ? 'a metric must have a name or an alias'
          : 'no birth has named the alias of the metric';
      gathering.refuse({ point: placeName(place), reason, sample: shown(metric) });
      continue;
    }
    addUnborn({ place, name, metric, payload }, { gathering, time });
  }
  return complete;
}

/** A metric with a name needs no birth, except for the sign of whole numbers. */
function addUnborn(
  said: {
    place: { group: string; node: string; device: string };
    name: string;
    metric: Metric;
    payload: SparkplugPayload;
  },
  { gathering, time }: Into,
): void {
  const { place, name, metric, payload } = said;
  const datatype = metric.datatype ?? guessedDatatype(metric);
  const point = datatype === null ? null : pointOf(place, { name, datatype, metric });
  if (datatype === null || point === null) {
    const what = datatype === null ? 'a metric without value' : datatypeName(datatype);
    const reason = `no birth has named the metric, and ${what} cannot be stored`;
    gathering.refuse({ point: keyOfMetric(place, name), reason, sample: shown(metric) });
    return;
  }
  const definition = { device: place.device, name, alias: null, datatype, point, lastUs: 0, staleUs: null };
  const doubted = metric.datatype === null && metric.raw.int !== undefined;
  addSample({ definition, metric, payload, doubted }, { gathering, time });
}

function addSample(
  said: { definition: Definition; metric: Metric; payload: SparkplugPayload; doubted: boolean },
  { gathering, time }: Into,
): void {
  const { definition, metric, payload, doubted } = said;
  const { point, datatype } = definition;
  if (point === null) {
    const reason = `${datatypeName(datatype)} is no sample`;
    gathering.refuse({ point: cleanName(definition.name), reason, sample: shown(metric) });
    return;
  }
  let timeUs = (metric.timestampMs ?? payload.timestampMs ?? time.nowUs / 1000) * 1000;
  // A birth repeats a value with its old time; after a stale sample it must be seen as valid again.
  if (definition.staleUs !== null && timeUs <= definition.staleUs)
    timeUs = Math.max(time.nowUs, definition.staleUs + 1);
  if (timeUs <= time.nowUs + time.futureUsMax) definition.lastUs = Math.max(definition.lastUs, timeUs);
  definition.staleUs = null;
  try {
    const value = metricValue(metric, datatype);
    const { quality, reason } = qualityOf(metric);
    if (value === null) {
      const why = quality === 'good' ? 'null' : reason;
      gathering.add(point, { timeUs, value, quality: quality === 'good' ? 'bad' : quality, reason: why });
    } else if (quality === 'good' && doubted)
      gathering.add(point, { timeUs, value, quality: 'uncertain', reason: UNCONFIRMED_REASON });
    else gathering.add(point, { timeUs, value, quality, reason });
  } catch (error) {
    gathering.refuse({ point: point.key, reason: (error as Error).message, sample: shown(metric) });
  }
}

/** The will of an earlier connection must not bury the birth of the present one. */
function takeNodeDeath(state: State, payload: SparkplugPayload, { gathering, time }: Into): void {
  const bdSeq = bdSeqOf(payload);
  if (state.bdSeq !== null && bdSeq !== null && bdSeq !== state.bdSeq) return;
  state.born = false;
  state.byAlias.clear();
  for (const definition of state.byName.values()) stale(definition, { atUs: time.nowUs, gathering });
}

/** Devices that a node did not bring back before its next data are gone. */
function buryAwaited(state: State, { gathering, time }: Into): void {
  for (const device of state.awaited) makeStale(state, { device, atUs: time.nowUs, gathering });
  state.awaited.clear();
}

function makeStale(
  state: State,
  { device, atUs, gathering }: { device: string; atUs: number; gathering: Gathering },
): void {
  for (const definition of state.byName.values())
    if (definition.device === device) stale(definition, { atUs, gathering });
}

/** One stale sample, after the newest value; none when it is stale already. */
function stale(definition: Definition, { atUs, gathering }: { atUs: number; gathering: Gathering }): void {
  if (definition.staleUs !== null || definition.point === null) return;
  definition.staleUs = Math.max(atUs, definition.lastUs + 1);
  gathering.add(definition.point, {
    timeUs: definition.staleUs,
    value: null,
    quality: 'bad',
    reason: STALE_REASON,
  });
}

function bdSeqOf({ metrics }: SparkplugPayload): number | null {
  const raw = metrics.find(({ name }) => name === 'bdSeq')?.raw;
  const value = raw?.long ?? raw?.int;
  return value === undefined ? null : Number(value);
}

const nameKey = (device: string, name: string): string => `${device}/${name}`;
const placeName = ({ group, node, device }: { group: string; node: string; device: string }): string =>
  [group, node, device].filter((id) => id !== '').join('/');
/** A metric as a person may want to see it. */
const shown = ({ name, alias, timestampMs, raw }: Metric): string => {
  const { bytes, ...rest } = raw;
  const value = { ...rest, ...(bytes ? { bytes: bytes.length } : {}) };
  const text = { name, alias, timestampMs, ...value };
  return JSON.stringify(text, (_key, each) => (typeof each === 'bigint' ? String(each) : each));
};
