// The same reads at growing sizes: what is fast with ten million values must not be slow with a hundred.
import { rmSync } from 'node:fs';
import { Agent } from 'node:http';
import { join } from 'node:path';
import { endless } from './bodies.mjs';
import { endSecondsOf, START_SECONDS } from './generate.mjs';
import { exchange, load, percentile } from './loader.mjs';
import { READS, readsOf } from './reads.mjs';
import { ms, printTable, short } from './table.mjs';

const VALUES_PER_LINE = 10;
const ROUNDS = 9;
const SETTLE_POLL_MS = 1_000;

/** Waits until everything stored before now is in the rollups. @returns how long that took, in ms */
async function rolledUp(server) {
  const began = performance.now();
  for (;;) {
    const answer = await exchange(new Agent(), {
      url: `${server.url}/api/ingest/rollups`,
      headers: server.headers,
    });
    const { upTo } = JSON.parse(answer.text);
    const took = performance.now() - began;
    if (upTo !== null && Date.parse(upTo) > Date.now() - took) return took;
    await new Promise((resolve) => setTimeout(resolve, SETTLE_POLL_MS));
  }
}

/**
 * @param {{sizes: readonly number[]}} options values in all, ascending
 * @returns rows for the summary: how many times slower each read is at the largest size than at the smallest
 */
export async function growthPart({ target, temp, sizes, hosts, connections }) {
  const folder = join(temp, 'growth');
  const server = await target.start({ folder });
  const shape = { kind: 'cpu', hosts, lines: Number.MAX_SAFE_INTEGER };
  const source = endless(shape, 10_000);
  const medians = new Map();
  try {
    let lines = 0;
    for (const size of sizes) {
      const next = () => {
        if (lines * VALUES_PER_LINE >= size) return null;
        const body = source();
        lines += body.lines;
        return body;
      };
      const { linesPerSecond } = await load(server, { next, connections });
      await server.drained();
      console.log(`  ${short(size)} values are in (${short(linesPerSecond)} lines/s)`);
      console.log(`  rolled up ${((await rolledUp(server)) / 1000).toFixed(0)} s later`);
      const reads = await readsOf(server, { start: START_SECONDS, end: endSecondsOf({ ...shape, lines }) });
      for (const read of Object.keys(READS)) {
        const took = [];
        for (let round = 0; round < ROUNDS; round += 1) {
          const began = performance.now();
          await reads[read]();
          took.push(performance.now() - began);
        }
        took.sort((a, b) => a - b);
        medians.set(`${read} ${size}`, [percentile(took, 0.5), percentile(took, 0.95)]);
      }
      reads.close();
    }
  } finally {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
  const rows = Object.keys(READS).map((read) => [
    `${read} ${READS[read]}`,
    ...sizes.map((size) => medians.get(`${read} ${size}`).map(ms).join(' / ')),
  ]);
  printTable('growth of ours: p50 / p95 ms', ['read', ...sizes.map((size) => `${short(size)} values`)], rows);
  const [least, most] = [sizes[0], sizes.at(-1)];
  return Object.keys(READS).map((read) => [
    `${read} at ${short(most)} values / at ${short(least)}`,
    `${(medians.get(`${read} ${most}`)[0] / medians.get(`${read} ${least}`)[0]).toFixed(1)}x`,
    read === 'Q4' ? 'asks for all of the data' : 'asks for the same amount of data',
  ]);
}
