// A collector process with Modbus TCP, OPC UA and MQTT at once, as fast as asked, into a server on the same machine: what the
// devices changed is what was read, sent and stored, and what each part costs.
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { environmentOf } from '../environment.mjs';
import { megabytes, printTable, short } from '../ingest/table.mjs';
import { targets } from '../ingest/targets.mjs';
import { sum, tree } from '../processes.mjs';

const ROOT = join(import.meta.dirname, '../..');
const EVERY_MS = 100;
const REGISTERS = 100;
const FIELDS = 10;
const WARM_MS = 10_000;
const DRAIN_MS_MAX = 120_000;
const SMALL_BUFFER_BYTES = 200_000;
const GOAL = 20_000;
const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Half of the changes over Modbus, a quarter each over OPC UA and MQTT. */
export const SHARES = { modbus: 1 / 2, opcua: 1 / 4, mqtt: 1 / 4 };

function shapeOf(changes, shares) {
  const aRound = (changes * EVERY_MS) / 1000;
  const of = (share, size) => (share > 0 ? Math.max(1, Math.round((aRound * share) / size)) : 0);
  return {
    devices: of(shares.modbus, REGISTERS),
    variables: of(shares.opcua, 1),
    topics: of(shares.mqtt, FIELDS),
  };
}

function startDevices({ devices, variables, topics }) {
  const child = spawn(
    process.execPath,
    [join(import.meta.dirname, 'devices.child.mjs'), devices, variables, topics, FIELDS, EVERY_MS].map(
      String,
    ),
    { cwd: ROOT, stdio: ['pipe', 'pipe', 'inherit'] },
  );
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  // The OPC UA library writes to standard output as well.
  const told = async () => {
    for (;;) {
      const { value, done } = await lines.next();
      if (done) throw new Error('the devices ended');
      if (value.startsWith('{')) return JSON.parse(value);
    }
  };
  return {
    child,
    told,
    ask(word) {
      child.stdin.write(`${word}\n`);
    },
  };
}

const configOf = ({ folder, url, key, ports, variables, topics }) => `collector: bench
server: { url: '${url}', key: '${key}' }
buffer: { folder: '${join(folder, 'buffer')}' }
logLevel: error
connections:
${ports.modbus
  .map(
    (port, device) => `  - name: modbus-${device}
    protocol: modbus
    endpoint: tcp://127.0.0.1:${port}
    intervalMs: ${EVERY_MS}
    points:
${Array.from({ length: REGISTERS }, (_, at) => `      - { key: modbus.d${device}.r${at}, address: 'holding:${at}' }`).join('\n')}`,
  )
  .join('\n')}
${variables === 0 ? '' : opcuaPart(ports, variables)}${topics === 0 ? '' : mqttPart(ports)}`;

const opcuaPart = (ports, variables) => `  - name: opcua
    protocol: opcua
    endpoint: opc.tcp://127.0.0.1:${ports.opcua}
    publishingIntervalMs: ${EVERY_MS}
    samplingIntervalMs: 50
    points:
${Array.from({ length: variables }, (_, at) => `      - { key: opcua.v${at}, address: 'ns=1;s=v${at}' }`).join('\n')}
`;

const mqttPart = (ports) => `  - name: mqtt
    protocol: mqtt
    endpoint: mqtt://127.0.0.1:${ports.mqtt}
    points: []
    discover:
      - { topic: hall/+, key: 'mqtt.{topic[1]}.{field}', time: /time }
`;

async function startEdge(folder, config) {
  const file = join(folder, 'edge.yaml');
  writeFileSync(file, config);
  const child = spawn(process.execPath, [join(ROOT, 'edge/dist/main.js'), '--config', file], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: environmentOf({}),
  });
  await new Promise((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => line.startsWith('edge ready') && resolve());
    child.once('exit', (code) => reject(new Error(`the collector ended with ${code}`)));
  });
  return child;
}

/** Both ends of the ledger over all points of one protocol. */
async function ledgerOf(ask, prefix) {
  const total = { points: 0, read: 0, sent: 0, stored: 0, lacking: 0, different: 0 };
  for (const { key } of await pointsOf(ask, prefix)) {
    const { hours } = await ask(`/api/collect/ledger?point=${encodeURIComponent(key)}`);
    total.points += 1;
    for (const hour of hours) {
      total.read += hour.read;
      total.sent += hour.sent;
      total.stored += hour.stored;
      total.lacking += hour.lost + hour.rejected + hour.missing;
      total.different += hour.checksum === 'different' ? 1 : 0;
    }
  }
  return total;
}

async function pointsOf(ask, prefix) {
  const points = [];
  for (let cursor = ''; cursor !== null; ) {
    const more = cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`;
    const page = await ask(`/api/collect/points?search=${prefix}&limit=500${more}`);
    points.push(...page.items);
    cursor = page.next;
  }
  return points;
}

/** CPU and memory of the three while values change. */
async function measured(pids, seconds) {
  const before = Object.fromEntries(Object.entries(pids).map(([name, pid]) => [name, tree(pid)]));
  const most = {};
  const until = performance.now() + seconds * 1000;
  while (performance.now() < until) {
    await wait(1_000);
    for (const [name, pid] of Object.entries(pids))
      most[name] = Math.max(most[name] ?? 0, sum(tree(pid), 'bytes'));
  }
  return Object.entries(pids).map(([name, pid]) => {
    const cpu = (sum(tree(pid), 'cpuSeconds') - sum(before[name], 'cpuSeconds')) / seconds;
    return [name, cpu.toFixed(2), megabytes(most[name])];
  });
}

/** One protocol after the other, alone: what each costs. @returns rows for the summary */
export async function protocolsPart({ seconds, changes }) {
  const rows = [];
  for (const protocol of Object.keys(SHARES)) {
    console.log(`\nonly ${protocol}`);
    const shares = Object.fromEntries(Object.keys(SHARES).map((each) => [each, each === protocol ? 1 : 0]));
    for (const [what, value, goal] of await plantPart({
      seconds,
      changes: changes / 2,
      shares,
      goal: changes / 2,
    }))
      rows.push([`${protocol} alone: ${what}`, value, goal]);
  }
  return rows;
}

/** @returns rows for the summary */
export async function plantPart({ seconds, changes, shares = SHARES, goal = GOAL }) {
  const folder = mkdtempSync(join(tmpdir(), 'ronghe-bench-'));
  mkdirSync(join(folder, 'edge'));
  const shape = shapeOf(changes, shares);
  const devices = startDevices(shape);
  const [ours] = targets();
  const server = await ours.start({ folder: join(folder, 'server') });
  const ask = async (path) => (await fetch(`${server.url}${path}`, { headers: server.headers })).json();
  let edge;
  try {
    const ports = await devices.told();
    const { key } = await (
      await fetch(`${server.url}/api/collect/collectors`, {
        method: 'POST',
        headers: { ...server.headers, 'content-type': 'application/json' },
        body: JSON.stringify({ name: 'bench', title: 'bench', organisation: 'jx' }),
      })
    ).json();
    edge = await startEdge(
      folder,
      configOf({ folder: join(folder, 'edge'), url: server.url, key, ports, ...shape }),
    );
    await wait(WARM_MS);
    const report = async () => (await ask('/api/collect/collectors/bench')).report;
    devices.ask('change');
    const before = await report();
    const costs = await measured({ server: server.pid, edge: edge.pid, devices: devices.child.pid }, seconds);
    const after = await report();
    devices.ask('stop');
    const produced = await devices.told();
    // Modbus is read on, so the buffer is never empty: it is stopped when what the others changed has surely been read.
    const until = Date.now() + DRAIN_MS_MAX;
    await wait(2_000);
    while (Date.now() < until && (await report()).bufferBytes > SMALL_BUFFER_BYTES) await wait(500);
    edge.kill('SIGTERM');
    await new Promise((resolve) => edge.once('exit', resolve));
    await server.drained();
    const rate = (after.samplesRead - before.samplesRead) / seconds;
    const ledgers = {};
    for (const prefix of ['modbus', 'opcua', 'mqtt']) ledgers[prefix] = await ledgerOf(ask, `${prefix}.`);
    printTable('while values change', ['part', 'cores', 'MB'], costs);
    printTable(
      'ledger',
      ['protocol', 'points', 'changed', 'read', 'sent', 'stored', 'lacking', 'hours that differ'],
      Object.entries(ledgers).map(([name, told]) => [
        name,
        told.points,
        short(produced[name] ?? told.read),
        told.read,
        told.sent,
        told.stored,
        told.lacking,
        told.different,
      ]),
    );
    const total = Object.values(ledgers).reduce((all, { stored }) => all + stored, 0);
    const lost = Object.values(ledgers).reduce(
      (all, { sent, stored, lacking }) => all + sent - stored + lacking,
      0,
    );
    return [
      ['tag changes a second, read', short(rate), `goal ≥ ${short(goal)}${rate >= goal ? '' : ' — MISSED'}`],
      [
        'cores and MB of the collector',
        `${costs
          .find(([name]) => name === 'edge')
          ?.slice(1)
          .join(', ')} MB`,
        '',
      ],
      ['samples stored in all', short(total), ''],
      ['lost, lacking or different', `${lost}`, `must be 0${lost === 0 ? '' : ' — MISSED'}`],
    ];
  } finally {
    edge?.kill('SIGKILL');
    devices.child.kill('SIGKILL');
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}
