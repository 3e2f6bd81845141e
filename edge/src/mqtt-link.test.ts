import { type AddressInfo, createServer, type Socket } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { UNACKNOWLEDGED_MAX } from './mqtt-acknowledge.ts';
import { type MqttMessage, openMqttLink } from './mqtt-link.ts';
import { freePort } from './testing/tcp-proxy.ts';
import { until } from './testing/wait.ts';

const CONNECT = 1;
const PUBACK = 4;
const SUBSCRIBE = 8;
const CONNACK = Buffer.from([0x20, 2, 0, 0]);
/** PUBLISH of QoS 0: topic `t`, payload `1`. */
const PUBLISH = Buffer.from([0x30, 4, 0, 1, 0x74, 0x31]);

const undo: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const work of undo.splice(0).reverse()) await work();
});

/** A broker that only does what the test says. Pieces from the client are whole packets, since it waits for answers. */
async function startRawBroker(
  answer: (type: number, socket: Socket, piece: Buffer) => void,
): Promise<number> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('data', (piece) => answer((piece[0] ?? 0) >> 4, socket, piece));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  undo.push(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  return (server.address() as AddressInfo).port;
}

function open(port: number, messages: { push(message: MqttMessage): unknown } = []) {
  const link = openMqttLink({
    endpoint: `mqtt://127.0.0.1:${port}`,
    level: 4,
    clientId: 'test',
    clean: true,
    keepAliveSeconds: 1,
    timeoutMs: 1_000,
    take: (_link, message) => void messages.push(message),
  });
  undo.push(() => link.close());
  return link;
}

test('bytes that are no MQTT end the link with the reason', async () => {
  const port = await startRawBroker((type, socket) => {
    if (type !== CONNECT) return;
    socket.write(CONNACK);
    socket.write(PUBLISH.map((byte) => byte ^ 0x5a));
  });
  expect((await open(port).ended).message).toBe('PUBREL has the wrong flags 10');
});

test('a packet that claims more than the limit ends the link before it comes', async () => {
  const port = await startRawBroker((type, socket) => {
    if (type === CONNECT) socket.write(Buffer.concat([CONNACK, Buffer.from([0x30, 0xff, 0xff, 0xff, 0x7f])]));
  });
  expect((await open(port).ended).message).toContain('over the limit');
});

test('a packet that never becomes whole ends the link after 1.5 times the keep-alive', async () => {
  const port = await startRawBroker((type, socket) => {
    if (type !== CONNECT) return;
    socket.write(Buffer.concat([CONNACK, Buffer.from([0x30, 0xff, 0x7f])]));
    const timer = setInterval(() => socket.write(PUBLISH), 100);
    socket.on('close', () => clearInterval(timer));
  });
  const messages: MqttMessage[] = [];
  const link = open(port, messages);
  await link.connected;
  const beforeMs = performance.now();
  expect((await link.ended).message).toBe('the broker was silent for 2 s');
  expect(performance.now() - beforeMs).toBeLessThan(3_000);
  expect(messages).toEqual([]);
});

test('messages are a sign of life when the answer to a ping is late', async () => {
  const port = await startRawBroker((type, socket) => {
    if (type !== CONNECT) return;
    socket.write(CONNACK);
    const timer = setInterval(() => socket.write(PUBLISH), 300);
    socket.on('close', () => clearInterval(timer));
  });
  const messages: MqttMessage[] = [];
  const link = open(port, messages);
  await link.connected;
  const ended = await Promise.race([
    link.ended,
    new Promise((resolve) => setTimeout(resolve, 3_500, 'alive')),
  ]);
  expect(ended).toBe('alive');
  expect(messages.length).toBeGreaterThan(5);
  expect(messages[0]).toEqual({ topic: 't', bytes: Buffer.from('1'), retained: false });
});

test('a broker that falls silent is noticed', async () => {
  const port = await startRawBroker((type, socket) => {
    if (type === CONNECT) socket.write(CONNACK);
  });
  expect((await open(port).ended).message).toContain('the broker was silent');
});

test('a message of QoS 1 is acknowledged after it was taken', async () => {
  const message = Buffer.from([0x32, 6, 0, 1, 0x74, 0, 9, 0x31]);
  const port = await startRawBroker((type, socket) => {
    if (type === CONNECT) socket.write(Buffer.concat([CONNACK, message]));
  });
  const order: string[] = [];
  const link = open(port, { push: () => order.push('taken') });
  link.client.on('packetsend', ({ cmd }) => order.push(cmd));
  await until('the acknowledgement', () => order.includes('puback'));
  expect(order.slice(-2)).toEqual(['taken', 'puback']);
});

const message = (id: number): Buffer => Buffer.from([0x32, 6, 0, 1, 0x74, id >> 8, id & 0xff, 0x31]);

/** A link whose messages the test allows to be acknowledged; `acknowledged` are the ids that the broker got. */
async function heldLink(messages: number) {
  const acknowledged: number[] = [];
  const port = await startRawBroker((type, socket, piece) => {
    const ids = Array.from({ length: messages }, (_, index) => message(index + 1));
    if (type === CONNECT) socket.write(Buffer.concat([CONNACK, ...ids]));
    if (type === PUBACK)
      for (let at = 0; at < piece.length; at += 4) acknowledged.push(piece.readUInt16BE(at + 2));
  });
  const held: { allow(): void; refuse(error: Error): void }[] = [];
  let hurries = 0;
  const link = openMqttLink({
    endpoint: `mqtt://127.0.0.1:${port}`,
    level: 4,
    clientId: 'test',
    clean: true,
    keepAliveSeconds: 30,
    take: () => new Promise<void>((allow, refuse) => held.push({ allow, refuse })),
    hurry: () => {
      hurries += 1;
    },
  });
  undo.push(() => link.close());
  return { link, held, acknowledged, hurries: () => hurries };
}

test('messages are taken while earlier ones wait, and acknowledged in their order', async () => {
  const { held, acknowledged, hurries } = await heldLink(3);
  await until('all are taken', () => held.length === 3);
  held[1]?.allow();
  held[2]?.allow();
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(acknowledged).toEqual([]);
  held[0]?.allow();
  await until('all are acknowledged', () => acknowledged.length === 3);
  expect(acknowledged).toEqual([1, 2, 3]);
  expect(hurries(), 'three messages do not look like a broker that waits').toBe(0);
});

test('a broker that sends no more until it is answered makes the write come early', async () => {
  const { held, hurries } = await heldLink(20);
  await until('the write is asked for', () => hurries() === 1);
  expect(held.length).toBe(20);
});

test('what is not acknowledged is bounded', async () => {
  const { held, acknowledged } = await heldLink(UNACKNOWLEDGED_MAX + 5);
  await until('as many as may be', () => held.length === UNACKNOWLEDGED_MAX);
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(held.length).toBe(UNACKNOWLEDGED_MAX);
  for (const { allow } of held) allow();
  await until('the rest is taken', () => held.length === UNACKNOWLEDGED_MAX + 5);
  for (const { allow } of held) allow();
  await until('all are acknowledged', () => acknowledged.length === held.length);
});

test('what cannot be kept ends the link, and nothing later is acknowledged', async () => {
  const { link, held, acknowledged } = await heldLink(3);
  await until('all are taken', () => held.length === 3);
  held[0]?.allow();
  held[1]?.refuse(new Error('the disk is gone'));
  held[2]?.allow();
  expect((await link.ended).message).toBe('the disk is gone');
  expect(acknowledged.filter((id) => id !== 1)).toEqual([]);
});

test('closing waits for what was taken, for a moment', async () => {
  const { link, held, acknowledged, hurries } = await heldLink(1);
  await until('it is taken', () => held.length === 1);
  const closed = link.close();
  await until('the write is asked for', () => hurries() === 1);
  held[0]?.allow();
  await closed;
  await until('it is acknowledged', () => acknowledged.length === 1);
});

test('refused filters are named, and the others hold', async () => {
  const port = await startRawBroker((type, socket, piece) => {
    if (type === CONNECT) socket.write(CONNACK);
    if (type === SUBSCRIBE) socket.write(Buffer.from([0x90, 4, piece[2] ?? 0, piece[3] ?? 0, 1, 0x80]));
  });
  const link = open(port);
  await link.connected;
  expect(await link.subscribe(['mine', 'yours'])).toEqual(['yours']);
});

test('a broker that does not answer SUBSCRIBE, or nothing at all, ends the link', async () => {
  const deaf = await startRawBroker((type, socket) => {
    if (type === CONNECT) socket.write(CONNACK);
    else socket.write(PUBLISH);
  });
  const link = open(deaf);
  await link.connected;
  await expect(link.subscribe(['a'])).rejects.toThrow('the broker did not answer SUBSCRIBE');
  const dumb = await startRawBroker(() => undefined);
  await expect(open(dumb).connected).rejects.toThrow('connack timeout');
});

test('nobody there, and a refusal, are told as they are', async () => {
  await expect(open(await freePort()).connected).rejects.toThrow('ECONNREFUSED');
  const strict = await startRawBroker((_type, socket) => socket.write(Buffer.from([0x20, 2, 0, 5])));
  await expect(open(strict).connected).rejects.toThrow('Not authorized');
});
