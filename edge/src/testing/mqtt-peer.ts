import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer as createTlsServer, type TlsOptions } from 'node:tls';
import { Aedes } from 'aedes';
import mqtt, { type MqttClient } from 'mqtt';
import { freePort } from './tcp-proxy.ts';
import { until } from './wait.ts';

export type BrokerPeer = { port: number; broker: Aedes; stop(): Promise<void> };

/** A real MQTT broker on a free or given port, over TLS when certificates are given. */
export async function startBroker(
  port = 0,
  options: { tls?: TlsOptions; mayRead?: (filter: string) => boolean } = {},
): Promise<BrokerPeer> {
  const { mayRead, tls } = options;
  const broker = await Aedes.createBroker(
    mayRead === undefined
      ? {}
      : { authorizeSubscribe: (_client, sub, done) => done(null, mayRead(sub.topic) ? sub : null) },
  );
  const sockets = new Set<Socket>();
  const take = (socket: Socket): void => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => undefined);
    broker.handle(socket);
  };
  const server: Server = tls === undefined ? createServer(take) : createTlsServer(tls, take);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    broker,
    async stop() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of sockets) socket.destroy();
      await closed;
      await new Promise<void>((resolve) => broker.close(() => resolve()));
    },
  };
}

/** A machine that tells its value when it changes and every 200 ms, as `{"ts": ms, "data": {"value": …}}` with QoS 1. */
export type DevicePeer = { client: MqttClient; set(value: number): Promise<void>; stop(): Promise<void> };

export const DEVICE_TOPIC = 'plant/press-1/data';
const TELL_EVERY_MS = 200;

export async function startDevice(port: number): Promise<DevicePeer> {
  const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${port}`, { reconnectPeriod: 0 });
  client.on('error', () => undefined);
  let value: number | null = null;
  const tell = async (): Promise<void> => {
    if (value === null) return;
    const body = JSON.stringify({ ts: Date.now(), data: { value } });
    await client.publishAsync(DEVICE_TOPIC, body, { qos: 1 });
  };
  const timer = setInterval(() => void tell().catch(() => undefined), TELL_EVERY_MS);
  return {
    client,
    async set(to) {
      value = to;
      await tell();
    },
    async stop() {
      clearInterval(timer);
      await client.endAsync(true).catch(() => undefined);
    },
  };
}

/** Where Debian puts the broker, or null where it is not installed. */
export function findMosquitto(): string | null {
  const folders = [...(process.env.PATH ?? '').split(':'), '/usr/sbin', '/usr/local/sbin'];
  return folders.map((folder) => join(folder, 'mosquitto')).find((path) => existsSync(path)) ?? null;
}

/** Mosquitto on a free or given port of the loopback interface; it speaks version 5 too. */
export async function startMosquitto(
  program: string,
  port?: number,
): Promise<{ port: number; stop(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'ronghe-mosquitto-'));
  const own = port ?? (await freePort());
  const config = [`listener ${own} 127.0.0.1`, 'allow_anonymous true', 'persistence false', 'user root', ''];
  await writeFile(join(folder, 'mosquitto.conf'), config.join('\n'));
  const child = spawn(program, ['-c', join(folder, 'mosquitto.conf')], { stdio: 'ignore' });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  await until('mosquitto listens', async () => {
    if (child.exitCode !== null) throw new Error(`mosquitto ended with ${child.exitCode}`);
    return mqtt.connectAsync(`mqtt://127.0.0.1:${own}`, { reconnectPeriod: 0 }).then(
      (client) => client.endAsync(true).then(() => true),
      () => false,
    );
  });
  return {
    port: own,
    async stop() {
      child.kill('SIGKILL');
      await ended;
      await rm(folder, { recursive: true, force: true });
    },
  };
}
