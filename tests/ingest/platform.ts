import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Observation, ObservationList, Page, Point } from '@ronghe/contracts';
import { end, freePort, type Process, startProcess } from '../durability/processes.ts';
import { type Caller, signIn } from '../journeys/portal-api.ts';

const PASSWORD = 'ingest-test-password';
const PAGE_ROWS = 10_000;
const POINTS_MAX = 500;
const DELIVERER = [
  'ingest:observation:write',
  'ingest:observation:read',
  'collect:point:read',
  'ingest:reject:read',
];

/** The built server with a data folder that outlives it, on ports that stay, so that clients find it again. */
export type Platform = {
  url: string;
  port: number;
  mqttPort: number;
  data: string;
  admin: Caller;
  /** API key that may write and read, and its id; with it comes what MQTT and basic sign-in ask for */
  key: string;
  keyId: string;
  /** ends it with a signal and starts it again on the same data */
  restart(signal: NodeJS.Signals): Promise<void>;
  kill(signal: NodeJS.Signals): Promise<void>;
  start(): Promise<void>;
  points(search?: string): Promise<Point[]>;
  /** every observation of a point, oldest first */
  observations(point: number): Promise<Observation[]>;
  stop(): Promise<void>;
};

type Options = { environment?: Readonly<Record<string, string>>; data?: string };

export async function startPlatform({ environment = {}, data }: Options = {}): Promise<Platform> {
  const folder = data ?? mkdtempSync(join(tmpdir(), 'ronghe-ingest-'));
  mkdirSync(join(folder, 'data'), { recursive: true });
  const [port, mqttPort] = [await freePort(), await freePort()];
  const url = `http://127.0.0.1:${port}`;
  const start = () =>
    startProcess({
      file: 'server/dist/main.js',
      args: ['--data', join(folder, 'data'), '--port', String(port)],
      ready: /^ready /,
      environment: {
        RONGHE_ADMIN_PASSWORD: PASSWORD,
        RONGHE_MQTT_PORT: String(mqttPort),
        RONGHE_SQL_PORT: '0',
        RONGHE_LOG_LEVEL: 'warn',
        RONGHE_REQUESTS_PER_MINUTE_MAX: '1000000',
        ...environment,
      },
    });
  let running: Process = await start();
  const admin = await signIn(url, 'admin', PASSWORD);
  const issued = await admin.post<{ key: string; id: string }>('/api/auth/keys', {
    name: 'ingest-test',
    organisation: 'jx',
    permissions: DELIVERER,
    expiresAt: null,
  });
  const observations = async (point: number) => {
    const rows: Observation[] = [];
    let from = new Date(0).toISOString();
    for (;;) {
      const page = await admin.get<ObservationList>(
        `/api/ingest/observations?point=${point}&from=${from}&limit=${PAGE_ROWS}`,
      );
      // `from` is inclusive, so the last row of a page comes again on the next.
      rows.push(...page.items.filter(({ time }) => rows.length === 0 || time !== from));
      const last = page.items.at(-1)?.time;
      if (!page.truncated || !last) return rows;
      from = last;
    }
  };
  return {
    url,
    port,
    mqttPort,
    data: join(folder, 'data'),
    admin,
    key: issued.key,
    keyId: issued.id,
    observations,
    async points(search = '') {
      const query = `search=${encodeURIComponent(search)}&limit=${POINTS_MAX}`;
      return (await admin.get<Page<Point>>(`/api/collect/points?${query}`)).items;
    },
    async kill(signal) {
      await end(running, signal);
    },
    async start() {
      running = await start();
    },
    async restart(signal) {
      await end(running, signal);
      running = await start();
    },
    async stop() {
      await end(running, 'SIGTERM');
      if (!data) rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Where a program of Debian lies, or null. Some are in /usr/sbin, which is not on every PATH. */
export function find(program: string): string | null {
  const folders = [...(process.env.PATH ?? '').split(':'), '/usr/sbin', '/usr/local/bin'];
  return folders.map((folder) => join(folder, program)).find((path) => existsSync(path)) ?? null;
}

/** A test's name that tells why it does not run, so that nobody takes a skipped test for a passed one. */
export const skipReason = (program: string): string =>
  `SKIPPED: ${program} is not installed (Debian: apt-get install ${program.replace(/_(pub|sub)$/, '-clients')})`;

/**
 * A number from the environment, once: the server refuses variables it does not know, so that none may be left there.
 */
export function takeNumber(name: string, fallback: number): number {
  const value = process.env[name];
  delete process.env[name];
  return value === undefined ? fallback : Number(value);
}
