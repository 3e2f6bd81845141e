// Disk bytes a point after merging, and the five reads, idle and while ingesting, on the same data in all targets at once.
import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { endless } from './bodies.mjs';
import { CHUNK_LINES, endSecondsOf, START_SECONDS } from './generate.mjs';
import { load, percentile } from './loader.mjs';
import { minutesOf, READS, readsOf } from './reads.mjs';
import { megabytes, ms, printTable, short } from './table.mjs';

const SETTLE_POLL_MS = 3_000;
const SETTLE_POLLS_SAME = 5;
const ROUNDS = 15;
const LOAD_CONNECTIONS = 2;
const wait = (duration) => new Promise((resolve) => setTimeout(resolve, duration));

/** Goals of ours: bytes a point as a share of a peer's, by kind of data. */
const DISK_GOALS = {
  cpu: [['VictoriaMetrics', 2]],
  iot: [
    ['VictoriaMetrics', 1.05],
    ['InfluxDB', 0.4],
  ],
};
/** Goals of the reads: [read, peer, how many times ours' time the peer needs at least]. */
const READ_GOALS = [
  ['Q1', 'fastest', 1],
  ['Q2', 'InfluxDB', 1 / 3],
  ['Q4', 'InfluxDB', 100],
  ['Q4', 'VictoriaMetrics', 10],
];
const P95_LOADED_MAX = 3;

/** Bytes a folder takes on the disk. */
const bytesOf = (folder) => Number(execFileSync('du', ['-sB1', folder], { encoding: 'utf8' }).split('\t')[0]);

/** Waits until the folder no longer shrinks or grows: merges are over. */
async function settle(server, secondsMax) {
  const until = Date.now() + secondsMax * 1000;
  let before = bytesOf(server.folder);
  let same = 0;
  while (same < SETTLE_POLLS_SAME && Date.now() < until) {
    await wait(SETTLE_POLL_MS);
    const now = bytesOf(server.folder);
    same = Math.abs(now - before) < now * 0.002 ? same + 1 : 0;
    before = now;
  }
  return same >= SETTLE_POLLS_SAME;
}

/**
 * Starts every target, loads the data into it, hastens merging where it can be and waits until the disk is still.
 * @returns the running servers with `{bytesPerPoint, emptyBytes}`; the caller stops them
 */
export async function stand({ targets, temp, data, connections, settleSeconds }) {
  const servers = [];
  for (const target of targets) {
    const server = await target.start({ folder: join(temp, `stand-${target.name}`) });
    servers.push(server);
    // What an empty installation takes (templates, catalogues, logs made ahead) is no cost of a point.
    server.emptyBytes = bytesOf(server.folder);
    await load(server, { next: data.bodies(10_000), connections });
    await server.drained?.();
    if (server.name === 'VictoriaMetrics') await fetch(`${server.url}/internal/force_merge`);
  }
  for (const server of servers) {
    server.settled = await settle(server, settleSeconds);
    server.bytesPerPoint = (bytesOf(server.folder) - server.emptyBytes) / data.values;
    server.parts = server.name === 'ours' ? await partsOf(server) : [];
  }
  return servers;
}

/** Ours by class of data, as its own retention page counts them: parts in use only, not those merged away and not yet deleted. */
async function partsOf({ url, headers, folder }) {
  const answer = await fetch(`${url}/api/ingest/retention`, { headers });
  if (!answer.ok) throw new Error(`the retention page answered ${answer.status}`);
  const { items } = await answer.json();
  const folders = readdirSync(folder).map((name) => [`folder ${name}`, bytesOf(join(folder, name))]);
  return [...items.map(({ class: name, bytes }) => [`class ${name}`, bytes]), ...folders];
}

export function tellDisk(servers, { data, name }) {
  const rows = servers.map((server) => [
    server.name,
    server.bytesPerPoint.toFixed(2),
    megabytes(server.emptyBytes),
    server.settled ? '' : 'still merging when the time was over',
  ]);
  printTable(
    `disk, ${name}: ${short(data.values)} values, after merging`,
    ['target', 'bytes/value', 'MB when empty', ''],
    rows,
  );
  const of = (target) => servers.find((server) => server.name === target);
  const [mine] = servers;
  for (const [what, bytes] of mine.parts)
    console.log(`  ours, ${what}: ${megabytes(bytes)} MB, ${(bytes / data.values).toFixed(2)} bytes/value`);
  const raw = (mine.parts.find(([what]) => what === 'class raw')?.[1] ?? Number.NaN) / data.values;
  return DISK_GOALS[name].flatMap(([peer, most]) => {
    const theirs = of(peer)?.bytesPerPoint;
    if (!theirs) return [];
    const ratio = raw / theirs;
    const missed = ratio <= most ? '' : ' — MISSED';
    return [
      [`disk, ${name}, raw values: ours / ${peer}`, `${ratio.toFixed(2)}x`, `goal ≤ ${most}x${missed}`],
      [
        `disk, ${name}, everything but what an empty one takes: ours / ${peer}`,
        `${(mine.bytesPerPoint / theirs).toFixed(2)}x`,
        'with rollups, journal and parts merged away',
      ],
    ];
  });
}

/** Every read `ROUNDS` times, targets taking turns; ms sorted ascending by `name read`. */
async function measure(asked) {
  const took = new Map();
  for (let round = 0; round < ROUNDS; round += 1)
    for (const read of Object.keys(READS))
      for (const [name, reads] of asked) {
        const began = performance.now();
        await reads[read]();
        const key = `${name} ${read}`;
        took.set(key, [...(took.get(key) ?? []), performance.now() - began]);
      }
  for (const times of took.values()) times.sort((a, b) => a - b);
  return took;
}

/** Throws when two targets do not tell the same story: times of different answers cannot be compared. */
async function compareAnswers(asked) {
  const [first, ...others] = await Promise.all(
    [...asked].map(async ([name, reads]) => [name, minutesOf(name, await reads.Q2())]),
  );
  for (const [name, values] of others) {
    const same =
      values.length === first[1].length &&
      values.every((value, at) => Math.abs(value - first[1][at]) < 1e-9 * Math.max(1, Math.abs(value)));
    if (!same)
      throw new Error(
        `${first[0]} and ${name} answer Q2 differently: ${first[1].slice(0, 3)} … against ${values.slice(0, 3)} …`,
      );
  }
}

/** While lines newer than all that is asked for come in without a pause. */
async function measureLoaded(server, reads, shape) {
  const newer = { ...shape, startSeconds: endSecondsOf(shape), lines: Number.MAX_SAFE_INTEGER };
  let isOver = false;
  const source = endless(newer, CHUNK_LINES);
  const loading = load(server, { next: () => (isOver ? null : source()), connections: LOAD_CONNECTIONS });
  try {
    return await measure(new Map([[server.name, reads]]));
  } finally {
    isOver = true;
    const { linesPerSecond } = await loading;
    server.loadedLinesPerSecond = linesPerSecond;
  }
}

/** @returns rows for the summary */
export async function tellReads(servers, { data, name }) {
  const { shape } = data;
  const span = { start: START_SECONDS, end: endSecondsOf(shape) };
  const asked = new Map();
  for (const server of servers) asked.set(server.name, await readsOf(server, span));
  try {
    await compareAnswers(asked);
    const idle = await measure(asked);
    const loaded = new Map();
    for (const server of servers)
      for (const [key, times] of await measureLoaded(server, asked.get(server.name), shape))
        loaded.set(key, times);
    const rows = Object.keys(READS).flatMap((read) =>
      servers.map((server) => {
        const key = `${server.name} ${read}`;
        const show = (times, share) => ms(percentile(times, share));
        return [
          `${read} ${READS[read]}, ${server.name}`,
          show(idle.get(key), 0.5),
          show(idle.get(key), 0.95),
          show(loaded.get(key), 0.5),
          show(loaded.get(key), 0.95),
        ];
      }),
    );
    printTable(
      `reads, ${name}, ${short(data.values)} values; while ingesting ${servers.map((server) => `${server.name} ${short(server.loadedLinesPerSecond)} lines/s`).join(', ')}`,
      ['read', 'p50 ms idle', 'p95', 'p50 loaded', 'p95'],
      rows,
    );
    return summary({ servers, idle, loaded });
  } finally {
    for (const reads of asked.values()) reads.close();
  }
}

function summary({ servers, idle, loaded }) {
  const p50 = (name, read) => percentile(idle.get(`${name} ${read}`) ?? [], 0.5);
  const peers = servers.map(({ name }) => name).filter((name) => name !== 'ours');
  const rows = READ_GOALS.flatMap(([read, peer, least]) => {
    const times = peer === 'fastest' ? peers.map((name) => p50(name, read)) : [p50(peer, read)];
    const theirs = Math.min(...times.filter((time) => time > 0));
    if (!Number.isFinite(theirs)) return [];
    const ratio = theirs / p50('ours', read);
    const missed = ratio >= least ? '' : ' — MISSED';
    return [
      [`${read}: ${peer} peer's time / ours`, `${ratio.toFixed(2)}x`, `goal ≥ ${least.toFixed(2)}x${missed}`],
    ];
  });
  const worst = Math.max(
    ...Object.keys(READS).map((read) => {
      const p95 = (from) => percentile(from.get(`ours ${read}`), 0.95);
      return p95(loaded) / p95(idle);
    }),
  );
  const missed = worst <= P95_LOADED_MAX ? '' : ' — MISSED';
  rows.push([
    'reads of ours, p95 while ingesting / idle, worst of five',
    `${worst.toFixed(1)}x`,
    `goal ≤ ${P95_LOADED_MAX}x${missed}`,
  ]);
  return rows;
}
