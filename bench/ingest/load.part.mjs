// Line protocol over HTTP, acknowledged = durable where the target promises it: rounds of all targets, interleaved.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { sum, tree } from '../processes.mjs';
import { load } from './loader.mjs';
import { median, megabytes, ms, printTable, short } from './table.mjs';

const MEMORY_SAMPLE_MS = 500;
/** Goals of ours against each peer: [lines a body, peer, least ratio, what we would like]. */
export const LOAD_GOALS = [
  [10_000, 'InfluxDB', 3, 4],
  [10_000, 'VictoriaMetrics', 1.5, 2],
  [1_000, 'InfluxDB', 2.5],
  [1_000, 'VictoriaMetrics', 1.3],
];

/** Loads one data set into a fresh server and tells how it went, CPU seconds and most memory of the server included. */
export async function loadOnce(target, { folder, data, bodyLines, connections }) {
  const server = await target.start({ folder });
  let bytesMost = 0;
  const timer = setInterval(() => {
    bytesMost = Math.max(bytesMost, sum(tree(server.pid), 'bytes'));
  }, MEMORY_SAMPLE_MS);
  try {
    const before = server.used();
    const result = await load(server, { next: data.bodies(bodyLines), connections });
    // Acknowledged is not the whole work: what is still on its way to the tables belongs to the price.
    const began = performance.now();
    await server.drained?.();
    const seconds = result.seconds + (performance.now() - began) / 1000;
    const cpuSeconds = server.used().cpuSeconds - before.cpuSeconds;
    return {
      ...result,
      storedPerSecond: result.lines / seconds,
      cpuSeconds,
      cpuPerMillion: (cpuSeconds * 1e6) / result.values,
      bytesMost,
    };
  } finally {
    clearInterval(timer);
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * @returns rows for the summary: rates and their ratios to each peer, of the same round, with the goals beside them
 */
export async function loadPart({ targets, temp, data, rounds, connections, name }) {
  const results = new Map();
  for (let round = 0; round < rounds; round += 1) {
    for (const bodyLines of [10_000, 1_000]) {
      // Everybody is first once, so that nobody always meets the warm or the full disk.
      const order = targets.map((_, index) => targets[(index + round) % targets.length]);
      for (const target of order) {
        const folder = join(temp, `load-${round}-${bodyLines}-${target.name}`);
        const result = await loadOnce(target, { folder, data, bodyLines, connections });
        const key = `${bodyLines} ${target.name}`;
        results.set(key, [...(results.get(key) ?? []), result]);
        console.log(
          `  round ${round + 1}, ${short(bodyLines)}-line bodies, ${target.name}: ${short(result.linesPerSecond)} lines/s` +
            `${result.retries ? `, sent again: ${result.retries}` : ''}`,
        );
      }
    }
  }
  print(results, { name, data, connections });
  return ratios(results, name);
}

function print(results, { name, data, connections }) {
  const rows = [...results].map(([key, rounds]) => {
    const middle = (field) => median(rounds.map((round) => round[field]));
    const [bodyLines, target] = key.split(' ');
    return [
      `${target}, ${bodyLines}-line bodies`,
      rounds.map(({ linesPerSecond }) => short(linesPerSecond)).join(' / '),
      short(middle('storedPerSecond')),
      short(middle('valuesPerSecond')),
      ms(middle('p50')),
      ms(middle('p95')),
      ms(middle('p99')),
      middle('cpuPerMillion').toFixed(2),
      megabytes(middle('bytesMost')),
      middle('clientCores').toFixed(2),
    ];
  });
  printTable(
    `${name}: ${short(data.lines)} lines, ${short(data.values)} values, ${megabytes(data.bytes)} MB, ${connections} connections`,
    [
      'target',
      'lines/s',
      'till stored',
      'values/s',
      'p50 ms',
      'p95',
      'p99',
      'CPU s/M values',
      'MB',
      'loader cores',
    ],
    rows,
  );
}

function ratios(results, name) {
  return LOAD_GOALS.flatMap(([bodyLines, peer, least, stretch]) => {
    const ours = results.get(`${bodyLines} ours`);
    const theirs = results.get(`${bodyLines} ${peer}`);
    if (!ours || !theirs) return [];
    const ratioOf = (field) => median(ours.map((round, at) => round[field] / theirs[at][field]));
    const ratio = ratioOf('linesPerSecond');
    const title = `${name}, ${bodyLines}-line bodies`;
    const missed = ratio >= least ? '' : ' — MISSED';
    return [
      [
        `${title}, acknowledged: ours / ${peer}`,
        `${ratio.toFixed(2)}x`,
        `goal ≥ ${least}x${stretch ? `, stretch ${stretch}x` : ''}${missed}`,
      ],
      [`${title}, till stored: ours / ${peer}`, `${ratioOf('storedPerSecond').toFixed(2)}x`],
      [`${title}, CPU a value: ${peer} / ours`, `${(1 / ratioOf('cpuPerMillion')).toFixed(2)}x`],
    ];
  });
}
