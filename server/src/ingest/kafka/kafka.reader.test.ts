import { Producer, stringSerializers } from '@platformatic/kafka';
import type { Page, Reject } from '@ronghe/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemScope } from '#platform/auth/scope.ts';
import { AppError } from '#platform/errors/errors.ts';
import { silentLog } from '#platform/log/log.ts';
import { call, startTestIngest, type TestIngest } from '../ingest.fixture.ts';
import type { Delivery } from '../observations/intake.service.ts';
import { type KafkaMessage, nextOffsets, storeMessages } from './kafka.reader.ts';

const message = (offset: number, more: Partial<KafkaMessage> = {}): KafkaMessage => ({
  topic: 'plant',
  partition: 0,
  offset: BigInt(offset),
  timestamp: 1_700_000_000_000n,
  key: Buffer.from('pump'),
  value: Buffer.from(JSON.stringify({ speed: offset })),
  ...more,
});

describe('messages of Kafka', () => {
  const scope = systemScope({ organisation: 'jx', permissions: ['ingest:observation:write'], name: 'kafka' });
  const parts = (store: (delivery: Delivery) => Promise<void>) => ({
    intake: {
      store: async (_scope: unknown, delivery: Delivery) => {
        await store(delivery);
        return { duplicate: false, stored: 0, refused: [] };
      },
      refuse: () => Promise.resolve(),
    },
    ids: { next: () => 'id' },
    config: { bodyBytesMax: 100_000 } as TestIngest['platform']['config'],
    log: silentLog(),
  });
  const { signal } = new AbortController();

  it('are the same samples whenever they are read, and two of one millisecond have two times', async () => {
    const times: number[] = [];
    const reading = parts(async ({ points }) => {
      for (const { definition, samples } of points) {
        expect(definition.key).toBe('pump.speed');
        times.push(...samples.map(({ timeUs }) => timeUs));
      }
    });
    const messages = [message(1), message(2)];
    for (const _ of [1, 2]) expect(await storeMessages(reading, scope, { messages, signal })).toBe(true);
    expect(times).toEqual([1, 2, 1, 2].map((offset) => 1_700_000_000_000_000 + offset));
  });

  it('wait while the queue is full, and are not kept when the source stops', async () => {
    let attempts = 0;
    const full = parts(async () => {
      attempts += 1;
      if (attempts < 3) throw new AppError('INGEST_OVERLOADED');
    });
    expect(await storeMessages(full, scope, { messages: [message(1)], signal })).toBe(true);
    expect(attempts).toBe(3);
    const stop = new AbortController();
    const never = parts(async () => {
      stop.abort();
      throw new AppError('ENGINE_UNAVAILABLE');
    });
    const stopped = { messages: [message(1)], signal: stop.signal };
    expect(await storeMessages(never, scope, stopped)).toBe(false);
  });

  it('are committed up to the last of each partition', () => {
    const messages = [message(5), message(3), message(9, { partition: 1 }), message(1, { topic: 'other' })];
    expect(nextOffsets(messages)).toMatchObject([
      { topic: 'plant', partition: 0, offset: 6n },
      { topic: 'plant', partition: 1, offset: 10n },
      { topic: 'other', partition: 0, offset: 2n },
    ]);
  });
});

it('a Kafka that is away keeps the platform neither from starting nor from stopping', async () => {
  const server = await startTestIngest({ kafkaBrokers: ['127.0.0.1:1'], kafkaTopics: ['plant'] });
  const startedMs = performance.now();
  await server.stop();
  expect(performance.now() - startedMs).toBeLessThan(10_000);
});

/** host:port of a Kafka that makes topics by itself, for example kfake of franz-go. */
const brokers = process.env.RONGHE_TEST_KAFKA;
if (!brokers) process.stderr.write('SKIPPED: set RONGHE_TEST_KAFKA=host:port to read from a real Kafka\n');

describe.skipIf(!brokers)(
  'a real Kafka',
  () => {
    const topic = 'ronghe-test';
    const run = Date.now();
    let server: TestIngest;
    let producer: Producer<string, string, string, string>;
    beforeAll(async () => {
      const bootstrapBrokers = [brokers ?? ''];
      producer = new Producer({ clientId: 'test', bootstrapBrokers, serializers: stringSerializers });
      server = await start();
    });
    const start = () =>
      startTestIngest({
        kafkaBrokers: [brokers ?? ''],
        kafkaTopics: [topic],
        kafkaGroup: `ronghe-${run}`,
      });
    afterAll(async () => {
      await producer?.close();
      await server?.stop();
    });
    const send = (messages: { key?: string; value: string }[]) =>
      producer.send({ messages: messages.map((each) => ({ topic, ...each })) });
    const values = async (point: string) => {
      const query = { point, from: new Date(0).toISOString(), limit: 5_000, order: 'ascending' as const };
      try {
        const { items } = await server.ingest.observations.list(server.platform.scope(), query);
        return items.map(({ value }) => value);
      } catch (error) {
        if ((error as { code?: string }).code === 'POINT_UNKNOWN') return [];
        throw error;
      }
    };

    it('is read from its beginning, JSON and line protocol, and poison goes to the rejects list', async () => {
      const wanted = Array.from({ length: 500 }, (_, index) => index);
      await send(
        wanted.map((index) => ({
          key: `json-${run}`,
          value: JSON.stringify({ ts: run + index, values: { n: index } }),
        })),
      );
      await send([{ value: `lines,run=${run} v=1 ${run}000000` }, { value: `{"poison": ${run}` }]);
      await expect.poll(() => values(`json-${run}.n`), { timeout: 20_000 }).toEqual(wanted);
      await expect.poll(() => values(`lines,run=${run}.v`), { timeout: 20_000 }).toEqual([1]);
      const token = await server.platform.signIn({ organisation: 'jx', role: 'administrator' });
      const rejects = async () => {
        const answer = await call(server, '/api/ingest/rejects?search=poison', { key: token });
        return (answer.body as Page<Reject>).items.filter(({ sample }) => sample.includes(String(run)));
      };
      await expect.poll(rejects).toMatchObject([{ door: 'kafka', code: 'SAMPLE_INVALID' }]);
    });

    it('is read on from where it was committed, and not a second time', async () => {
      await server.stop();
      const wanted = [1, 2, 3].map((index) => ({ ts: run + index, values: { n: index } }));
      await send(wanted.map((value) => ({ key: `later-${run}`, value: JSON.stringify(value) })));
      // A new platform has empty tables: what it shows, it has read itself.
      server = await start();
      await expect.poll(() => values(`later-${run}.n`), { timeout: 20_000 }).toEqual([1, 2, 3]);
      expect(await values(`json-${run}.n`)).toEqual([]);
    });
  },
  60_000,
);
