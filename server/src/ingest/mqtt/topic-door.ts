import type { Scope } from '#platform/auth/scope.ts';
import type { Clock, Ids } from '#platform/clock/clock.ts';
import type { Config } from '#platform/config/config.ts';
import { AppError } from '#platform/errors/errors.ts';
import type { Log } from '#platform/log/log.ts';
import type { MqttAccept, MqttMaySubscribe, MqttMessage } from '#platform/mqtt/mqtt.ts';
import type { Delivery, Intake } from '../observations/intake.service.ts';
import { collectorOfTopic } from './batch-topic.ts';
import { deliverUntil } from './deliver.ts';
import { readPayload, type Samples } from './payload.ts';
import { createRecall } from './recall.ts';
import { formOfTopic, isAddressed, type TopicForm } from './topics.ts';

type Parts = {
  intake: Intake;
  clock: Clock;
  ids: Ids;
  config: Config;
  log: Log;
  /** `ronghe/v1/<collector>/batch` */
  batches: MqttAccept;
  /** `spBv1.0/#` */
  sparkplug: MqttAccept;
};

/** Topics that tell of a device's coming and going and hold no samples; subscribers may want them. */
const NOTICES = new Set(['v1/gateway/connect', 'v1/gateway/disconnect']);

/**
 * Every topic of MQTT: batches of collectors, Sparkplug, plain JSON and line protocol. The acknowledgement waits until the
 * samples are durable; what cannot be read, and every other topic, is acknowledged once it is in the rejects list.
 */
export function createTopicDoor(parts: Parts): MqttAccept {
  const recall = createRecall();
  const { clock, config } = parts;
  return async (scope, message) => {
    const { topic, payload, qos, dup } = message;
    if (/^ronghe\/v1\/[^/]+\/batch$/.test(topic)) {
      return collectorOfTopic(topic) !== null && parts.batches(scope, message);
    }
    if (topic.startsWith('spBv1.0/')) return parts.sparkplug(scope, message);
    if (!scope.permissions.has('ingest:observation:write')) return false;
    if (NOTICES.has(topic)) return 'forward';
    const form = formOfTopic(topic, scope.actor.name);
    const sender = `${scope.organisation} ${scope.actor.id}`;
    const arrivedMs = clock.now().getTime();
    const nowMs = recall.firstMs({ sender, topic, payload, qos, again: dup, nowMs: arrivedMs });
    const samples = form ? await read(form, { message, config, nowMs }) : unknownTopic(message);
    const kept = await deliver(parts, scope, { message, samples });
    return kept && (form ? 'forward' : true);
  };
}

/** Readers may listen to everything of their organisation, writers to what is addressed to devices. */
export const maySubscribe: MqttMaySubscribe = ({ permissions }, filter) =>
  permissions.has('ingest:observation:read') ||
  (permissions.has('ingest:observation:write') && isAddressed(filter));

const read = (
  form: TopicForm,
  { message, config, nowMs }: { message: MqttMessage; config: Config; nowMs: number },
): Promise<Samples> =>
  readPayload(message.payload, { ...form, place: message.topic, nowMs, bytesMax: config.bodyBytesMax });

function unknownTopic({ topic, payload }: MqttMessage): Samples {
  const reason = 'no door reads this topic';
  const sample = `${topic} ${payload.subarray(0, 200).toString('utf8')}`;
  const values = { point: topic.slice(0, 100), reason };
  return { points: [], refused: [{ code: 'SAMPLE_INVALID', values, point: null, sample, count: 1 }] };
}

async function deliver(
  { intake, ids, log }: Parts,
  scope: Scope,
  { message, samples }: { message: MqttMessage; samples: Samples },
): Promise<boolean> {
  const { topic, payload, signal } = message;
  const delivery: Delivery = {
    door: 'mqtt',
    organisation: scope.organisation,
    source: null,
    token: `mqtt ${ids.next()}`,
    batch: null,
    ...samples,
  };
  try {
    return await deliverUntil(signal, () => intake.store(scope, delivery));
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'REQUEST_TOO_LARGE') throw error;
    log.warn({ topic, bytes: payload.length }, 'an MQTT message holds more samples than the queue');
    const fault = {
      code: 'REQUEST_TOO_LARGE' as const,
      values: {},
      point: null,
      sample: `${topic}, ${payload.length} bytes`,
      count: samples.points.reduce((sum, point) => sum + point.samples.length, 0),
    };
    return deliverUntil(signal, () => intake.refuse(scope, delivery, fault));
  }
}
