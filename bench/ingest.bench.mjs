// Ingest against the databases people use for this today: the same loader, the same data, the same machine, one run.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { spool } from './ingest/bodies.mjs';
import { linesOf } from './ingest/generate.mjs';
import { growthPart } from './ingest/growth.part.mjs';
import { loadPart } from './ingest/load.part.mjs';
import { memoryPart } from './ingest/memory.part.mjs';
import { parserPart } from './ingest/parser.part.mjs';
import { stand, tellDisk, tellReads } from './ingest/reads.part.mjs';
import { seriesPart } from './ingest/series.part.mjs';
import { targets } from './ingest/targets.mjs';

const PARTS = ['load', 'parser', 'series', 'disk', 'reads', 'memory', 'growth'];
const BY_DEFAULT = 'load,parser,series,disk,reads,memory';

/** Settings, all from the environment; bench/README.md tells what they do. */
function settings() {
  const number = (name, fallback) => Number(process.env[`RONGHE_BENCH_${name}`] ?? fallback);
  const list = (name, fallback) => (process.env[`RONGHE_BENCH_${name}`] ?? fallback).split(',');
  const parts = list('PARTS', BY_DEFAULT);
  const unknown = parts.filter((part) => !PARTS.includes(part));
  if (unknown.length > 0)
    throw new Error(`RONGHE_BENCH_PARTS knows ${PARTS.join(', ')}; it does not know ${unknown.join(', ')}`);
  return {
    parts: new Set(parts),
    kinds: list('KINDS', 'cpu,iot'),
    hosts: number('HOSTS', 100),
    days: number('DAYS', 1),
    rounds: number('ROUNDS', 3),
    connections: number('CONNECTIONS', 8),
    series: number('SERIES', 1_000_000),
    settleSeconds: number('SETTLE_SECONDS', 120),
    minutes: number('MINUTES', 3),
    sizes: list('GROWTH_MILLIONS', '10,100').map((millions) => Number(millions) * 1e6),
  };
}

/** The parts that need a data set of one kind in a file. */
async function onData(kind, common) {
  const { parts, temp, found } = common;
  const wants = (part) => parts.has(part) && (kind === 'cpu' || part === 'load' || part === 'disk');
  if (!['load', 'parser', 'disk', 'reads'].some(wants)) return [];
  const shape = { kind, hosts: common.hosts, lines: linesOf({ ...common, kind }) };
  const data = spool(join(temp, `${kind}.lp`), shape);
  const rows = [];
  if (wants('parser')) rows.push(...parserPart({ temp, data }));
  if (wants('load')) rows.push(...(await loadPart({ ...common, targets: found, data, name: kind })));
  if (wants('disk') || wants('reads')) {
    const servers = await stand({ ...common, targets: found, temp: join(temp, kind), data });
    try {
      if (wants('disk')) rows.push(...tellDisk(servers, { data, name: kind }));
      if (wants('reads')) rows.push(...(await tellReads(servers, { data, name: kind })));
    } finally {
      for (const server of servers) await server.stop();
    }
  }
  data.remove();
  return rows;
}

export async function run() {
  const chosen = settings();
  const temp = mkdtempSync(join(tmpdir(), 'ronghe-bench-'));
  const common = { ...chosen, temp, found: targets() };
  const [ours] = common.found;
  const rows = [];
  try {
    for (const kind of chosen.kinds) rows.push(...(await onData(kind, common)));
    if (chosen.parts.has('series')) rows.push(...(await seriesPart({ ...common, targets: common.found })));
    if (chosen.parts.has('memory')) rows.push(...(await memoryPart({ ...common, target: ours })));
    if (chosen.parts.has('growth')) rows.push(...(await growthPart({ ...common, target: ours })));
    return rows;
  } finally {
    rmSync(temp, { recursive: true, force: true });
  }
}
