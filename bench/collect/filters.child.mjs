// Deadband and swinging door on a recording: run with tsx, because it takes the collector's own code. Reads
// `{columns: [{name, times, values}]}` from a file and prints what was kept and the largest error of each.
import { readFileSync } from 'node:fs';
import { createDeadband, createSwingingDoor } from '../../edge/src/conditioning/filters.ts';

const { columns, share } = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const HEARTBEAT_MS = 24 * 3_600_000;

function run(filter, { times, values }) {
  const kept = [];
  for (const [at, timeMs] of times.entries())
    kept.push(...filter.take([timeMs, values[at], 'good'], () => undefined));
  kept.push(...filter.flush());
  return kept;
}

function errorOf(kept, { times, values }, isLine) {
  let at = 0;
  let most = 0;
  for (const [index, timeMs] of times.entries()) {
    while (at + 1 < kept.length && kept[at + 1][0] <= timeMs) at += 1;
    const [one, other] = [kept[at], kept[at + 1]];
    const slope = isLine && other ? (other[1] - one[1]) / (other[0] - one[0]) : 0;
    most = Math.max(most, Math.abs(one[1] + slope * (timeMs - one[0]) - values[index]));
  }
  return most;
}

const results = columns.map((column) => {
  const span = Math.max(...column.values) - Math.min(...column.values);
  const bound = span * share;
  if (bound === 0) return { name: column.name, rows: column.times.length, constant: true };
  const dead = run(createDeadband({ absolute: bound, heartbeatMs: HEARTBEAT_MS }), column);
  const door = run(createSwingingDoor({ deviation: bound, heartbeatMs: HEARTBEAT_MS }), column);
  return {
    name: column.name,
    rows: column.times.length,
    bound,
    deadband: { kept: dead.length, error: errorOf(dead, column, false) },
    door: { kept: door.length, error: errorOf(door, column, true) },
  };
});
process.stdout.write(JSON.stringify(results));
