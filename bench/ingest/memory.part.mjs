// Memory under overload: more connections than it can serve, for minutes, with the limits as they are delivered.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { endless } from './bodies.mjs';
import { load } from './loader.mjs';
import { median, megabytes, short } from './table.mjs';

const CONNECTIONS = 32;
const SAMPLE_MS = 1_000;
/** Growth from the middle third to the last third that is noise of the allocator, and not a leak. */
const GROWTH_MAX = 1.1;

/** @returns rows for the summary */
export async function memoryPart({ target, temp, minutes, hosts }) {
  const folder = join(temp, 'memory');
  const server = await target.start({ folder, raised: false });
  const samples = [];
  const answers = new Map();
  const timer = setInterval(() => samples.push(server.used().bytes), SAMPLE_MS);
  try {
    const shape = { kind: 'cpu', hosts, lines: Number.MAX_SAFE_INTEGER };
    const { linesPerSecond, p50, p99 } = await load(server, {
      next: endless(shape, 1_000),
      connections: CONNECTIONS,
      untilMs: performance.now() + minutes * 60_000,
      onAnswer: (status) => answers.set(status, (answers.get(status) ?? 0) + 1),
    });
    const third = Math.floor(samples.length / 3);
    const [first, middle, last] = [
      samples.slice(0, third),
      samples.slice(third, 2 * third),
      samples.slice(2 * third),
    ].map(median);
    const told = [...answers].map(([status, count]) => `${count} x ${status}`).join(', ');
    console.log(
      `\noverload for ${minutes} min, ${CONNECTIONS} connections: ${short(linesPerSecond)} lines/s, p50 ${p50.toFixed(0)} ms, p99 ${p99.toFixed(0)} ms, answers ${told}` +
        `\nmemory of all its processes: first third ${megabytes(first)}, second ${megabytes(middle)}, last ${megabytes(last)}, most ${megabytes(Math.max(...samples))} MB`,
    );
    const growth = last / middle;
    const missed = growth <= GROWTH_MAX ? '' : ' — MISSED';
    return [
      [
        `memory after ${minutes} min of overload, last / middle third`,
        `${growth.toFixed(2)}x`,
        `goal ≤ ${GROWTH_MAX}x${missed}`,
      ],
    ];
  } finally {
    clearInterval(timer);
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}
