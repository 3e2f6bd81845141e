import type { DataValue, NotificationMessage } from 'node-opcua-client';
import { expect, test } from 'vitest';
import { systemClock } from '../../clock.ts';
import { silentLog } from '../../log.ts';
import { until } from '../../testing/wait.ts';
import { type Calls, OpcuaFault } from './opcua.calls.ts';
import { OpcuaConfig } from './opcua.config.ts';
import { opcua } from './opcua.library.ts';
import { createSubscription } from './opcua.subscription.ts';

const { CreateSubscriptionResponse, DataChangeNotification, DataType, PublishRequest, PublishResponse } =
  opcua;
const { RepublishRequest, StatusChangeNotification, StatusCodes } = opcua;
const ID = 7;

/** A server that says what the test has written, and whose messages may get lost on the way. */
function scriptedServer(kept: ReadonlyMap<number, object>) {
  const answers: (object | OpcuaFault)[] = [];
  const acknowledged: number[] = [];
  const republished: number[] = [];
  const calls: Calls = {
    limits: { read: 1, historyRead: 1, browse: 1, translate: 1, monitor: 1 },
    pollMs: Number.NaN,
    serverMs: () => Number.NaN,
    async call<Answer>(request: object): Promise<Answer> {
      if (request instanceof PublishRequest) {
        for (const each of request.subscriptionAcknowledgements ?? []) acknowledged.push(each.sequenceNumber);
        const answer = await until('the test says something', () => answers.shift(), 5_000).catch(
          () => new OpcuaFault('BadSessionClosed'),
        );
        if (answer instanceof OpcuaFault) throw answer;
        return new PublishResponse({ subscriptionId: ID, notificationMessage: answer }) as Answer;
      }
      if (request instanceof RepublishRequest) {
        const number = request.retransmitSequenceNumber;
        republished.push(number);
        const message = kept.get(number);
        if (message === undefined) throw new OpcuaFault('BadMessageNotAvailable');
        return { notificationMessage: new opcua.NotificationMessage(message) } as Answer;
      }
      return new CreateSubscriptionResponse({
        subscriptionId: ID,
        revisedPublishingInterval: 100,
        revisedMaxKeepAliveCount: 10,
      }) as Answer;
    },
  };
  return { calls, answers, acknowledged, republished };
}

const change = (sequenceNumber: number, value: number) => ({
  sequenceNumber,
  publishTime: new Date(),
  notificationData: [
    new DataChangeNotification({
      monitoredItems: [{ clientHandle: 1, value: { value: { dataType: DataType.Double, value } } }],
    }),
  ],
});
const keepAlive = (next: number) => ({ sequenceNumber: next, publishTime: new Date(), notificationData: [] });

async function open(server: ReturnType<typeof scriptedServer>) {
  const values: number[] = [];
  const config = OpcuaConfig.parse({
    name: 'x',
    protocol: 'opcua',
    endpoint: 'opc.tcp://h',
    points: [{ key: 'k', address: 'i=1' }],
  });
  const subscription = await createSubscription({
    calls: server.calls,
    config,
    log: silentLog(),
    clock: systemClock,
    onData: (_handle, data: DataValue) => values.push(data.value.value),
    prepare: async () => undefined,
  });
  return { subscription, values };
}

test('a message that was lost on the way is asked for again, in its order, and acknowledged', async () => {
  const server = scriptedServer(
    new Map<number, Partial<NotificationMessage>>([
      [2, change(2, 2) as never],
      [3, change(3, 3) as never],
      [6, change(6, 6) as never],
    ]),
  );
  const { subscription, values } = await open(server);
  server.answers.push(change(1, 1), change(4, 4), change(5, 5), keepAlive(7), change(7, 7));
  await until('all came', () => values.length === 7);
  expect(values).toEqual([1, 2, 3, 4, 5, 6, 7]);
  await subscription.close(false);
  await until('they are acknowledged', () => server.acknowledged.length >= 6);
  expect([...server.acknowledged].sort()).toEqual(expect.arrayContaining([1, 2, 3, 4, 5, 6]));
});

test('what the server no longer has is left to the history, and the rest goes on', async () => {
  const server = scriptedServer(new Map());
  const { subscription, values } = await open(server);
  server.answers.push(change(1, 1), change(500, 2), change(501, 3));
  await until('the rest', () => values.length === 3);
  expect(server.republished).toEqual([2]);
  await subscription.close(false);
});

test('numbers begin anew after the largest', async () => {
  const server = scriptedServer(new Map());
  const { subscription, values } = await open(server);
  server.answers.push(change(0xffffffff, 1), keepAlive(1), change(1, 2), change(2, 3));
  await until('all came', () => values.length === 3);
  expect(server.republished).toEqual([1]);
  await subscription.close(false);
});

test('a subscription that the server gives up has ended, and passing faults have no end', async () => {
  const server = scriptedServer(new Map());
  const { subscription, values } = await open(server);
  server.answers.push(
    new OpcuaFault('BadTimeout'),
    new OpcuaFault('BadTooManyPublishRequests'),
    change(1, 1),
  );
  await until('it goes on', () => values.length === 1);
  expect(subscription.ended()).toBeNull();
  server.answers.push({
    sequenceNumber: 2,
    publishTime: new Date(),
    notificationData: [new StatusChangeNotification({ status: StatusCodes.BadTimeout })],
  });
  await until('it has ended', () => subscription.ended() !== null);
  expect(subscription.ended()?.code).toBe('BadTimeout');
  await subscription.close(false);
});
