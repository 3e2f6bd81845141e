import { setTimeout as delay } from 'node:timers/promises';
import type { Message } from '@platformatic/kafka';
import { type Scope, systemScope } from '#platform/auth/scope.ts';
import type { Ids } from '#platform/clock/clock.ts';
import type { Config } from '#platform/config/config.ts';
import { AppError } from '#platform/errors/errors.ts';
import type { Metrics } from '#platform/http/metrics.ts';
import type { Log } from '#platform/log/log.ts';
import { deliverUntil } from '../mqtt/deliver.ts';
import { readPayload } from '../mqtt/payload.ts';
import type { Delivery, Intake } from '../observations/intake.service.ts';

const RETRY_MS = 1_000;
const RETRY_MS_MAX = 30_000;
/** Read together, stored side by side, committed together. */
const MESSAGES_MAX = 500;
const BYTES_MAX = 4_000_000;
const PREFIX_CHARACTERS_MAX = 200;
const SESSION_TIMEOUT_MS = 30_000;
const HEARTBEAT_MS = 3_000;
const STOP_TIMEOUT_MS = 3_000;

/** One message of a topic; bytes as they came. */
export type KafkaMessage = Pick<
  Message<Buffer, Buffer, Buffer, Buffer>,
  'topic' | 'partition' | 'offset' | 'timestamp' | 'key' | 'value'
>;
/** Reads the topics of `kafkaTopics` for one organisation; does nothing when there are none. */
export type KafkaSource = { start(): void; stop(): Promise<void> };

type Parts = { intake: Intake; ids: Ids; config: Config; log: Log; metrics: Metrics };

/**
 * A member of the consumer group that takes messages in groups: stores them, then commits their offsets. What was stored
 * and not committed comes again after a failure and lands on the same points and times. While the queue is full nothing
 * more is read, so the consumer pauses by itself.
 */
export function createKafkaSource(parts: Parts): KafkaSource {
  const { config, log, metrics } = parts;
  const stopped = new AbortController();
  let running: Promise<void> | undefined;
  const organisation = config.kafkaOrganisation ?? config.organisationPath;
  const scope = systemScope({ organisation, permissions: ['ingest:observation:write'], name: 'kafka' });

  return {
    start() {
      if (config.kafkaBrokers.length === 0 || config.kafkaTopics.length === 0) return;
      metrics.describe('ronghe_ingest_kafka_messages_total', 'Kafka messages stored or put aside, by topic');
      running = keepReading(parts, scope, stopped.signal);
      running.catch((error: unknown) => log.error({ err: error }, 'Kafka is no longer read'));
    },
    async stop() {
      stopped.abort();
      // A connection that is being tried cannot be called off; what it would read stays uncommitted.
      const late = delay(STOP_TIMEOUT_MS, undefined, { ref: false });
      await Promise.race([running?.catch(() => undefined), late]);
    },
  };
}

async function keepReading(parts: Parts, scope: Scope, signal: AbortSignal): Promise<void> {
  let waitMs = RETRY_MS;
  while (!signal.aborted) {
    const startedMs = performance.now();
    try {
      await readUntilFailure(parts, scope, signal);
    } catch (error) {
      parts.log.warn({ err: error, brokers: parts.config.kafkaBrokers }, 'Kafka could not be read');
    }
    if (performance.now() - startedMs > RETRY_MS_MAX) waitMs = RETRY_MS;
    const pauseMs = waitMs * (0.5 + Math.random());
    await delay(pauseMs, undefined, { signal }).catch(() => undefined);
    waitMs = Math.min(RETRY_MS_MAX, waitMs * 2);
  }
}

async function readUntilFailure(parts: Parts, scope: Scope, signal: AbortSignal): Promise<void> {
  const { config, metrics } = parts;
  // Loaded when it is needed: most installations read no Kafka.
  const { Consumer } = await import('@platformatic/kafka');
  const consumer = new Consumer<Buffer, Buffer, Buffer, Buffer>(consumerOptions(config));
  try {
    const stream = await consumer.consume({
      topics: [...config.kafkaTopics],
      mode: 'committed',
      fallbackMode: 'earliest',
      autocommit: false,
      highWaterMark: MESSAGES_MAX,
      maxBytes: BYTES_MAX,
    });
    signal.addEventListener('abort', () => void stream.close().catch(() => undefined), { once: true });
    for await (const messages of groups(stream)) {
      if (!(await storeMessages(parts, scope, { messages, signal }))) break;
      await consumer.commit({ offsets: nextOffsets(messages) });
      for (const { topic } of messages) metrics.count('ronghe_ingest_kafka_messages_total', 1, { topic });
    }
  } finally {
    await consumer.close(true);
  }
}

function consumerOptions(config: Config) {
  const { kafkaBrokers, kafkaGroup, kafkaUser, kafkaPassword, kafkaMechanism, kafkaTls } = config;
  const sasl =
    kafkaUser === undefined
      ? {}
      : { sasl: { mechanism: kafkaMechanism, username: kafkaUser, password: kafkaPassword ?? '' } };
  return {
    clientId: 'ronghe',
    groupId: kafkaGroup,
    bootstrapBrokers: [...kafkaBrokers],
    sessionTimeout: SESSION_TIMEOUT_MS,
    heartbeatInterval: HEARTBEAT_MS,
    ...sasl,
    ...(kafkaTls ? { tls: {} } : {}),
  };
}

type Source = AsyncIterable<KafkaMessage> & { readableLength: number };

/** Messages that are there already, together; never waits for more once it has one. */
async function* groups(stream: Source): AsyncGenerator<KafkaMessage[]> {
  let group: KafkaMessage[] = [];
  let bytes = 0;
  for await (const message of stream) {
    group.push(message);
    bytes += message.value?.length ?? 0;
    if (stream.readableLength > 0 && group.length < MESSAGES_MAX && bytes < BYTES_MAX) continue;
    yield group;
    group = [];
    bytes = 0;
  }
}

/** The offset after the last message of each partition. */
export function nextOffsets(messages: readonly KafkaMessage[]) {
  const offsets = new Map<
    string,
    { topic: string; partition: number; offset: bigint; leaderEpoch: number }
  >();
  for (const { topic, partition, offset } of messages) {
    const key = `${topic}/${partition}`;
    const next = offset + 1n;
    const known = offsets.get(key);
    if (!known || known.offset < next) offsets.set(key, { topic, partition, offset: next, leaderEpoch: -1 });
  }
  return [...offsets.values()];
}

/**
 * Stores messages side by side; one that can never be stored goes to the rejects list.
 * @returns false when the source stops before all of them were durable
 */
export async function storeMessages(
  parts: Pick<Parts, 'intake' | 'ids' | 'config' | 'log'>,
  scope: Scope,
  { messages, signal }: { messages: readonly KafkaMessage[]; signal: AbortSignal },
): Promise<boolean> {
  const kept = await Promise.all(messages.map((message) => storeMessage(parts, scope, { message, signal })));
  return kept.every(Boolean);
}

async function storeMessage(
  { intake, config }: Pick<Parts, 'intake' | 'ids' | 'config' | 'log'>,
  scope: Scope,
  { message, signal }: { message: KafkaMessage; signal: AbortSignal },
): Promise<boolean> {
  const { topic, partition, offset, timestamp, value } = message;
  const place = `${topic}/${partition}@${offset}`;
  // A record without a value only deletes its key where a topic is compacted; it says nothing about a point.
  if (!value) return true;
  // The same record gets the same time whenever it is read, and two records of one millisecond get two times.
  const nowMs = Number(timestamp) + Number(offset % 1000n) / 1000;
  const samples = await readPayload(Buffer.from(value), {
    place,
    prefix: prefixOf(message),
    nowMs,
    bytesMax: config.bodyBytesMax,
    form: 'any',
  });
  const delivery: Delivery = {
    door: 'kafka',
    organisation: scope.organisation,
    source: null,
    token: `kafka ${place}`,
    batch: null,
    ...samples,
  };
  try {
    return await deliverUntil(signal, () => intake.store(scope, delivery));
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'REQUEST_TOO_LARGE') throw error;
    const count = samples.points.reduce((sum, point) => sum + point.samples.length, 0);
    const fault = { code: 'REQUEST_TOO_LARGE' as const, values: {}, point: null, sample: place, count };
    return deliverUntil(signal, () => intake.refuse(scope, delivery, fault));
  }
}

/** The record's key names the device; without one the topic does. */
function prefixOf({ key, topic }: KafkaMessage): string {
  const text = key && key.length <= PREFIX_CHARACTERS_MAX ? Buffer.from(key).toString('utf8') : '';
  return text === '' || text.includes('\uFFFD') ? topic : text;
}
