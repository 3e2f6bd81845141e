// What deadband and swinging door keep of real recordings, and how far the rest is off. The recordings are not part of the
// repository: without them the part says so and measures nothing.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { printTable, short } from '../ingest/table.mjs';

const DATA = process.env.RONGHE_BENCH_RECORDINGS ?? join(import.meta.dirname, '../../../shared/data/collect');
const MINUTE_MS = 60_000;

/** Recordings: file, what separates cells, header lines, first column of values, milliseconds from row to row. */
const RECORDINGS = [
  {
    name: 'Tennessee Eastman, normal',
    file: 'tep/d00_te.dat',
    cells: /\s+/,
    skip: 0,
    from: 0,
    stepMs: 3 * MINUTE_MS,
  },
  {
    name: 'Tennessee Eastman, fault 1',
    file: 'tep/d01_te.dat',
    cells: /\s+/,
    skip: 0,
    from: 0,
    stepMs: 3 * MINUTE_MS,
  },
  {
    name: 'transformer, hourly',
    file: 'ett/ETTh1.csv',
    cells: ',',
    skip: 1,
    from: 1,
    stepMs: 60 * MINUTE_MS,
  },
  { name: 'pump, 1 Hz', file: 'skab/anomaly-free.csv', cells: ';', skip: 1, from: 1, stepMs: 1_000 },
];

function columnsOf({ file, cells, skip, from, stepMs }) {
  const lines = readFileSync(join(DATA, file), 'utf8').trim().split('\n').slice(skip);
  const rows = lines.map((line) => line.trim().split(cells).slice(from).map(Number));
  const times = rows.map((_, at) => at * stepMs);
  return rows[0]
    .map((_, column) => ({ name: `${column + 1}`, times, values: rows.map((row) => row[column]) }))
    .filter(({ values }) => values.every(Number.isFinite));
}

/** @param {{share: number}} options the bound as a share of each signal's span */
export function filtersPart({ share }) {
  const found = RECORDINGS.filter(({ file }) => existsSync(join(DATA, file)));
  if (found.length === 0) {
    console.log(`recordings are not at ${DATA}: filters are not measured`);
    return [];
  }
  const temp = mkdtempSync(join(tmpdir(), 'ronghe-bench-'));
  const table = [];
  const summary = [];
  for (const recording of found) {
    const file = join(temp, 'recording.json');
    writeFileSync(file, JSON.stringify({ share, columns: columnsOf(recording) }));
    const child = spawnSync(
      process.execPath,
      ['--import', 'tsx', join(import.meta.dirname, 'filters.child.mjs'), file],
      { encoding: 'utf8', maxBuffer: 1e8 },
    );
    if (child.status !== 0) throw new Error(child.stderr);
    const signals = JSON.parse(child.stdout).filter(({ constant }) => !constant);
    const total = signals.reduce((sum, { rows }) => sum + rows, 0);
    const keptBy = (kind) => signals.reduce((sum, signal) => sum + signal[kind].kept, 0);
    const worst = (kind) => Math.max(...signals.map((signal) => signal[kind].error / signal.bound));
    table.push([
      recording.name,
      signals.length,
      short(total),
      `${((100 * keptBy('deadband')) / total).toFixed(1)} %`,
      worst('deadband').toFixed(3),
      `${((100 * keptBy('door')) / total).toFixed(1)} %`,
      worst('door').toFixed(3),
    ]);
    summary.push([
      `${recording.name}: worst error of both / bound`,
      `${Math.max(worst('deadband'), worst('door')).toFixed(3)}x`,
      'must be ≤ 1',
    ]);
  }
  rmSync(temp, { recursive: true, force: true });
  printTable(
    `kept of recordings, bound ${share * 100} % of each signal's span`,
    [
      'recording',
      'signals',
      'samples',
      'deadband keeps',
      'error/bound',
      'swinging door keeps',
      'error/bound',
    ],
    table,
  );
  return summary;
}
