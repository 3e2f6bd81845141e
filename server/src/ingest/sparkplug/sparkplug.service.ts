import type { Scope } from '#platform/auth/scope.ts';
import type { Clock, Ids } from '#platform/clock/clock.ts';
import type { Config } from '#platform/config/config.ts';
import type { Metrics } from '#platform/http/metrics.ts';
import type { Log } from '#platform/log/log.ts';
import type { MqttAccept, MqttMessage, MqttPublication } from '#platform/mqtt/mqtt.ts';
import { createGathering, type Gathering } from '../doors/keys.ts';
import { deliverUntil } from '../mqtt/deliver.ts';
import type { Intake } from '../observations/intake.service.ts';
import { decodePayload, encodeRebirth } from './sparkplug-codec.ts';
import { type Budget, createEdgeNode, type EdgeNode, type NodeMessage } from './sparkplug-node.ts';
import { createSequence, type Sequence, type WaitingRoom } from './sparkplug-sequence.ts';
import { parseTopic, type SparkplugTopic } from './sparkplug-topic.ts';

const NODES_MAX = 1_000;
const METRICS_MAX = 200_000;
/** So that a restart of the host does not make every node send its births again and again. */
const REBIRTH_EVERY_MS = 1_000;
/** Bytes of messages of one organisation that wait for one that is missing. */
const WAITING_BYTES_MAX = 2_000_000;
const US_PER_HOUR = 3_600_000_000;

/** The Sparkplug B 3.0 host application at one broker. */
export type SparkplugHost = {
  /** Takes what is under `spBv1.0/`. Commands to equipment and the STATE of this host are refused: they are its own. */
  accept: MqttAccept;
  /** STATE of this host when the role is primary, else nothing. */
  state(online: boolean): MqttPublication[];
  stop(): void;
};

type Parts = {
  intake: Intake;
  clock: Clock;
  ids: Ids;
  config: Config;
  log: Log;
  metrics: Metrics;
  /** to the broker where the organisation's edge nodes are */
  publish: (organisation: string, message: MqttPublication) => void;
};
type Member = {
  organisation: string;
  group: string;
  node: string;
  edge: EdgeNode;
  sequence: Sequence<Held>;
  askedMs: number;
};
type Own = { nodes: Map<string, Member>; budget: Budget; room: WaitingRoom };
type Held = {
  scope: Scope;
  message: NodeMessage;
  signal: AbortSignal;
  settle: (kept: boolean | Promise<boolean>) => void;
};

export function createSparkplugHost(parts: Parts): SparkplugHost {
  const { clock, config, metrics } = parts;
  const organisations = new Map<string, Own>();
  const stopped = new AbortController();
  // One T for birth and death of this host, so that a late death cannot end a newer birth.
  const startedMs = clock.now().getTime();
  metrics.describe('ronghe_ingest_sparkplug_total', 'Sparkplug: gaps in seq, births asked for, bad payloads');
  const count = (what: string) => metrics.count('ronghe_ingest_sparkplug_total', 1, { what });

  const memberOf = (organisation: string, topic: { group: string; node: string }): Member | null => {
    let own = organisations.get(organisation);
    if (!own) {
      own = {
        nodes: new Map(),
        budget: { used: 0, max: METRICS_MAX },
        room: { bytes: 0, bytesMax: WAITING_BYTES_MAX },
      };
      organisations.set(organisation, own);
    }
    const { group, node } = topic;
    const key = `${group}/${node}`;
    const known = own.nodes.get(key);
    if (known) return known;
    if (own.nodes.size >= NODES_MAX) return null;
    const edge = createEdgeNode({ group, node }, own.budget);
    const member: Member = {
      organisation,
      group,
      node,
      edge,
      askedMs: Number.NEGATIVE_INFINITY,
      sequence: createSequence<Held>({
        waitMs: config.sparkplugReorderMs,
        room: own.room,
        apply: (held) => applyTo(member, held),
        lost() {
          count('gap');
          edge.doubt();
          askForBirth(member);
        },
      }),
    };
    own.nodes.set(key, member);
    return member;
  };

  const askForBirth = (member: Member): void => {
    const nowMs = clock.now().getTime();
    if (config.sparkplugRole !== 'primary' || nowMs - member.askedMs < REBIRTH_EVERY_MS) return;
    member.askedMs = nowMs;
    count('rebirth');
    const topic = `spBv1.0/${member.group}/NCMD/${member.node}`;
    const command: MqttPublication = { topic, payload: encodeRebirth(nowMs), qos: 0, retain: false };
    parts.publish(member.organisation, command);
  };

  const applyTo = (member: Member, { scope, message, signal, settle }: Held): void => {
    const gathering = createGathering();
    const time = {
      nowUs: clock.now().getTime() * 1000,
      futureUsMax: config.ingestFutureHoursMax * US_PER_HOUR,
    };
    try {
      if (!member.edge.apply(message, gathering, time)) askForBirth(member);
      settle(store(parts, scope, { gathering, signal }));
    } catch (error) {
      // This also runs on a timer, where nobody would catch it.
      parts.log.error({ err: error }, 'a Sparkplug message could not be read');
      settle(false);
    }
  };

  return {
    async accept(scope, message) {
      if (!scope.permissions.has('ingest:observation:write')) return false;
      const topic = parseTopic(message.topic);
      if (topic?.kind === 'command') return false;
      if (topic?.kind === 'state') return topic.host === config.sparkplugHostId ? false : 'forward';
      const read = topic === null ? 'is no Sparkplug topic' : decode(topic, message);
      if (typeof read === 'string' || topic === null) {
        count('malformed');
        return refuse(parts, scope, { message, reason: String(read) });
      }
      const member = memberOf(scope.organisation, topic);
      if (!member) {
        const reason = `is of one edge node more than the ${NODES_MAX} of an organisation`;
        return refuse(parts, scope, { message, reason });
      }
      // Without an acknowledgement to hold back there is nobody to wait for, once a message must wait for another.
      const patient = message.qos > 0;
      const signal = patient ? message.signal : stopped.signal;
      const kept = await new Promise<boolean>((settle) => {
        const waits = member.sequence.take(
          { type: read.type, seq: read.payload.seq, bytes: message.payload.length },
          {
            scope,
            message: read,
            signal,
            settle,
          },
        );
        if (waits && !patient) settle(true);
      });
      return kept && 'forward';
    },
    state(online) {
      if (config.sparkplugRole !== 'primary') return [];
      const topic = `spBv1.0/STATE/${config.sparkplugHostId}`;
      const payload = Buffer.from(JSON.stringify({ online, timestamp: startedMs }));
      return [{ topic, payload, qos: 1, retain: true }];
    },
    stop() {
      stopped.abort();
      for (const { nodes } of organisations.values())
        for (const { sequence } of nodes.values()) sequence.stop();
    },
  };
}

function decode(
  topic: Extract<SparkplugTopic, { kind: 'data' }> | SparkplugTopic,
  message: MqttMessage,
): NodeMessage | string {
  if (topic.kind !== 'data') return 'is no data';
  try {
    return { type: topic.type, device: topic.device, payload: decodePayload(message.payload) };
  } catch (error) {
    return `is no Sparkplug payload: ${(error as Error).message}`;
  }
}

async function store(
  { intake, ids, log }: Parts,
  scope: Scope,
  { gathering, signal }: { gathering: Gathering; signal: AbortSignal },
): Promise<boolean> {
  const { points, refused } = gathering.result();
  if (points.length === 0 && refused.length === 0) return true;
  const delivery = {
    door: 'sparkplug-b' as const,
    organisation: scope.organisation,
    source: null,
    token: `sparkplug ${ids.next()}`,
    batch: null,
    points,
    refused,
  };
  try {
    return await deliverUntil(signal, () => intake.store(scope, delivery));
  } catch (error) {
    log.error({ err: error }, 'a Sparkplug message could not be stored');
    return false;
  }
}

async function refuse(
  { intake, ids }: Parts,
  scope: Scope,
  { message, reason }: { message: MqttMessage; reason: string },
): Promise<boolean> {
  const { topic, payload, signal } = message;
  const fault = {
    code: 'SAMPLE_INVALID' as const,
    values: { point: topic.slice(0, 100), reason: reason.slice(0, 200) },
    point: null,
    sample: `${topic} ${payload.subarray(0, 100).toString('hex')}`,
    count: 1,
  };
  const delivery = { door: 'sparkplug-b' as const, source: null, token: `sparkplug ${ids.next()}` };
  return deliverUntil(signal, () => intake.refuse(scope, delivery, fault));
}
