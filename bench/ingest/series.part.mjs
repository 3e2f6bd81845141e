// Many new series at once: every line is the first of its series.
import { join } from 'node:path';
import { spool } from './bodies.mjs';
import { loadOnce } from './load.part.mjs';
import { megabytes, printTable, short } from './table.mjs';

const VALUES_PER_LINE = 10;
const GOALS = [
  ['InfluxDB', 5],
  ['VictoriaMetrics', 3],
];

/** @returns rows for the summary */
export async function seriesPart({ targets, temp, connections, series }) {
  const hosts = Math.round(series / VALUES_PER_LINE);
  const data = spool(join(temp, 'series.lp'), { kind: 'cpu', hosts, lines: hosts });
  const rates = new Map();
  const rows = [];
  for (const target of targets) {
    const folder = join(temp, `series-${target.name}`);
    const result = await loadOnce(target, { folder, data, bodyLines: 10_000, connections });
    rates.set(target.name, result.linesPerSecond);
    rows.push([
      target.name,
      short(result.linesPerSecond),
      result.cpuSeconds.toFixed(1),
      megabytes(result.bytesMost),
      result.retries,
    ]);
  }
  data.remove();
  printTable(`${short(series)} new series`, ['target', 'lines/s', 'CPU s', 'MB', 'sent again'], rows);
  return GOALS.flatMap(([peer, least]) => {
    if (!rates.has(peer)) return [];
    const ratio = rates.get('ours') / rates.get(peer);
    const missed = ratio >= least ? '' : ' — MISSED';
    return [
      [`${short(series)} new series: ours / ${peer}`, `${ratio.toFixed(2)}x`, `goal ≥ ${least}x${missed}`],
    ];
  });
}
