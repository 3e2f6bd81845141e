// biome-ignore-all lint/correctness/noUndeclaredDependencies: only tests import this file
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from '../ingest.fixture.ts';

const PLACES = ['/usr/sbin/mosquitto', '/usr/bin/mosquitto', '/usr/local/sbin/mosquitto', 'mosquitto'];
export const MOSQUITTO_USER = { username: 'plant', password: 'broker-password' };

/** The mosquitto of this machine; null when there is none. */
export function findMosquitto(): string | null {
  for (const place of PLACES)
    try {
      execFileSync(place, ['-h'], { stdio: 'ignore' });
      return place;
    } catch (error) {
      // It answers to -h with 3, which is an error too; only a missing one has a code.
      if ((error as { code?: string }).code !== 'ENOENT') return place;
    }
  return null;
}

export type Mosquitto = {
  port: number;
  start(): Promise<void>;
  /** with SIGKILL, so that nothing is written any more */
  kill(): Promise<void>;
};

/** A real broker that keeps its sessions on disk at every change, and lets nobody in without the password. */
export async function createMosquitto(program: string): Promise<Mosquitto> {
  const folder = mkdtempSync(join(tmpdir(), 'ronghe-mosquitto-'));
  const port = await freePort();
  const passwords = join(folder, 'passwords');
  const { username, password } = MOSQUITTO_USER;
  execFileSync('mosquitto_passwd', ['-b', '-c', passwords, username, password], { stdio: 'ignore' });
  const config = join(folder, 'mosquitto.conf');
  const lines = [
    `listener ${port} 127.0.0.1`,
    'allow_anonymous false',
    `password_file ${passwords}`,
    'persistence true',
    `persistence_location ${folder}/`,
    'autosave_on_changes true',
    'autosave_interval 1',
    'max_queued_messages 100000',
    ...(process.getuid?.() === 0 ? ['user root'] : []),
  ];
  writeFileSync(config, `${lines.join('\n')}\n`);
  let running: ChildProcess | undefined;
  return {
    port,
    async start() {
      running = spawn(program, ['-c', config], { stdio: 'ignore' });
      await until(() => answers(port), Boolean);
    },
    async kill() {
      const process = running;
      running = undefined;
      if (!process || process.exitCode !== null) return;
      const ended = new Promise((resolve) => process.once('exit', resolve));
      process.kill('SIGKILL');
      await ended;
    },
  };
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(true));
    socket.once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}
