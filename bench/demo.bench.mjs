// The small province as a newcomer meets it: time to ready (first and second start), load when idle, age of a live value.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { environmentOf } from './environment.mjs';
import { sum, tree } from './processes.mjs';

const ROOT = join(import.meta.dirname, '..');
const PASSWORD = 'bench-password-1';
const IDLE_SECONDS = 30;
const ROUNDS = 15;
/** Where the spinning frame keeps its setpoint, a float32 in two registers. */
const MODBUS_SETPOINT_REGISTER = 100;
const seconds = (ms) => `${(ms / 1000).toFixed(1)} s`;

function start(data) {
  const began = Date.now();
  const child = spawn(process.execPath, [join(ROOT, 'demo/dist/main.js'), '--data', data, '--port', '0'], {
    stdio: ['ignore', 'pipe', 'ignore'],
    env: environmentOf({
      RONGHE_ADMIN_PASSWORD: PASSWORD,
      RONGHE_MQTT_PORT: '0',
      RONGHE_SQL_PORT: '0',
      RONGHE_LOG_LEVEL: 'error',
    }),
  });
  return new Promise((resolve, reject) => {
    child.on('exit', (code) => reject(new Error(`the demo ended with exit code ${code}`)));
    createInterface({ input: child.stdout }).on('line', (line) => {
      const [, url] = /^ready (\S+)$/.exec(line) ?? [];
      if (url) resolve({ child, url, readyMs: Date.now() - began });
    });
  });
}

const stop = (child) =>
  new Promise((resolve) => {
    const began = Date.now();
    child.removeAllListeners('exit');
    child.on('exit', () => resolve(Date.now() - began));
    child.kill('SIGTERM');
  });

async function idle(pid) {
  const before = tree(pid);
  await new Promise((resolve) => setTimeout(resolve, IDLE_SECONDS * 1000));
  const after = tree(pid);
  const cpu = (sum(after, 'cpuSeconds') - sum(before, 'cpuSeconds')) / IDLE_SECONDS;
  return { cpu, bytes: sum(after, 'bytes'), processes: after.length };
}

/** From the write at the device to the live stream of the portal, in milliseconds, `ROUNDS` times. */
async function latencies({ url, data }, { plant, key, write }) {
  const { token } = await post(url, '/api/auth/login', { username: 'admin', password: PASSWORD });
  const headers = { authorization: `Bearer ${token}` };
  const { items } = await (
    await fetch(`${url}/api/collect/points?search=${key}&limit=10`, { headers })
  ).json();
  const { ports } = JSON.parse(readFileSync(join(data, 'demo/state.json'), 'utf8'));
  const stop = new AbortController();
  const stream = await fetch(`${url}/api/ingest/live?points=${items[0].id}`, {
    headers,
    signal: stop.signal,
  });
  const device = await write(ports[plant]);
  const took = [];
  let wanted;
  let heard = () => {};
  const listening = follow(stream.body, (values) => values.some(({ value }) => value === wanted) && heard());
  for (let round = 0; round < ROUNDS; round += 1) {
    // Anywhere between two polls of the collector, so that the mean is a fair one.
    await new Promise((resolve) => setTimeout(resolve, 1000 + 700 * Math.random()));
    const arrived = new Promise((resolve) => {
      heard = resolve;
    });
    wanted = device.value(round);
    const began = performance.now();
    await device.set(wanted);
    await arrived;
    took.push(performance.now() - began);
  }
  stop.abort();
  await listening.catch(() => {});
  await device.close();
  return took.sort((a, b) => a - b);
}

async function follow(body, hear) {
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of body) {
    text += decoder.decode(chunk, { stream: true });
    const events = text.split('\n\n');
    text = events.pop() ?? '';
    for (const event of events) {
      const json = /^data: ?(.*)$/m.exec(event)?.[1];
      if (json) hear(JSON.parse(json));
    }
  }
}

async function post(url, path, body) {
  const response = await fetch(`${url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  return response.json();
}

const MODBUS = {
  plant: 'pengli-textile',
  key: 'frame-1.setpoint',
  async write(port) {
    const { default: modbus } = await import('modbus-serial');
    const client = new modbus.default();
    await client.connectTCP('127.0.0.1', { port });
    client.setID(1);
    const address = MODBUS_SETPOINT_REGISTER;
    return {
      value: (round) => 14_000 + round,
      set(value) {
        const bytes = Buffer.alloc(4);
        bytes.writeFloatBE(value);
        return client.writeRegisters(address, [bytes.readUInt16BE(0), bytes.readUInt16BE(2)]);
      },
      close: () => new Promise((resolve) => client.close(resolve)),
    };
  },
};

const OPCUA = {
  plant: 'yuzhang-copper',
  key: 'furnace-1.setpoint',
  async write(port) {
    const { AttributeIds, DataType, OPCUACertificateManager, OPCUAClient } = await import('node-opcua');
    const clientCertificateManager = new OPCUACertificateManager({
      rootFolder: mkdtempSync(join(tmpdir(), 'ronghe-pki-')),
    });
    await clientCertificateManager.initialize();
    const client = OPCUAClient.create({ endpointMustExist: false, clientCertificateManager });
    await client.connect(`opc.tcp://127.0.0.1:${port}`);
    const session = await client.createSession();
    return {
      value: (round) => 1150 + round,
      set: (value) =>
        session.write({
          nodeId: 'ns=1;s=furnace-1.setpoint',
          attributeId: AttributeIds.Value,
          value: { value: { dataType: DataType.Double, value } },
        }),
      async close() {
        await session.close();
        await client.disconnect();
      },
    };
  },
};

export async function run() {
  const data = mkdtempSync(join(tmpdir(), 'ronghe-bench-'));
  try {
    const first = await start(data);
    const load = await idle(first.child.pid);
    const modbus = await latencies({ url: first.url, data }, MODBUS);
    const opcua = await latencies({ url: first.url, data }, OPCUA);
    const stopMs = await stop(first.child);
    const second = await start(data);
    await stop(second.child);
    const span = (took) => `${seconds(took[Math.floor(took.length / 2)])} (${seconds(took.at(-1))})`;
    return [
      [
        'first start to ready (built, empty data folder)',
        seconds(first.readyMs),
        'goal 60 s with install and build',
      ],
      ['second start to ready', seconds(second.readyMs), 'goal 5 s'],
      ['stop by SIGTERM', seconds(stopMs), 'goal 10 s'],
      [
        `CPU of all ${load.processes} processes, ${IDLE_SECONDS} s`,
        `${load.cpu.toFixed(2)} cores`,
        'goal 0.5',
      ],
      ['memory of all processes (PSS)', `${(load.bytes / 1e9).toFixed(2)} GB`, 'goal 2'],
      [`OPC UA write to live stream, median of ${ROUNDS} (worst)`, span(opcua), 'goal 2 s'],
      [`Modbus write to live stream, median of ${ROUNDS} (worst)`, span(modbus), 'goal 2 s'],
    ];
  } finally {
    rmSync(data, { recursive: true, force: true });
  }
}
