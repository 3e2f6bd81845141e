import { type AddressInfo, createServer, type Socket } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { type MqttMessage, openMqttLink } from './mqtt-link.ts';
import { freePort } from './testing/tcp-proxy.ts';
import { until } from './testing/wait.ts';

const CONNECT = 1;
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
    take: (_link, message) => messages.push(message),
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
